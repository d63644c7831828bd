//! Deletion as the third generation of the API knows it: asked for with a secret key, warned of by mail, aborted by a
//! link, keys frozen after a day, data gone after two weeks.
//!
//! Mailing is the host's business, and a deletion of which nobody was warned must not happen: it stands once at least one
//! administrator was. Those whom the warning did not reach are warned by a job,
//! [`Passgate::warn_missed_administrators`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate_core::{
    account_deletion::{Schedule, Step, WARNING_ATTEMPTS, abort},
    application::{AppId, ApplicationState, FrozenBy},
    code::Code,
    event::{Occurrence, UNKNOWN_USER},
    secret::Secret,
    time::Timestamp,
};
use passgate_store::{
    InsertError, Tx,
    account_deletions::{self, AccountDeletion, MissedAdministrator},
    applications,
};
use ring::digest::{SHA256, digest};

use crate::{
    Caller, Env, Failure, Passgate, Refusal, Stopped, TooOften,
    applications::set_state,
    jobs::{JobOutcome, Turn},
    leases::Harm,
    post::{Letter, Post, Undelivered},
    record::record,
};

/// Why a deletion cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestDeletionError {
    /// The application has no administrator whom one could warn.
    #[error("the application has no administrator's address")]
    NoAdministrator,
    /// An operator has set a date for the deletion, which stands.
    #[error("the application is marked for deletion already")]
    AlreadyScheduled,
    /// The host sends no letters that reach people, so that nobody would be warned.
    #[error("there is no way to warn anybody")]
    NoPost,
    /// The host does not take the request now.
    #[error(transparent)]
    TooOften(#[from] TooOften),
}

impl Refusal for RequestDeletionError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NoAdministrator => Some(Code::AdminAddressMissing),
            Self::AlreadyScheduled => Some(Code::AppPendingDeletion),
            Self::NoPost => Some(Code::MailNotConfigured),
            Self::TooOften(refusal) => refusal.code(),
        }
    }
}

/// A deletion that a link would abort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDeletion {
    /// Whose.
    pub app: AppId,
    /// When its keys stop working, or stopped.
    pub freeze_at: Timestamp,
    /// When its data goes.
    pub delete_at: Timestamp,
}

/// Why a deletion was not aborted.
#[derive(Debug, thiserror::Error)]
pub enum AbortDeletionError {
    /// The link belongs to no deletion: it was used before, replaced by a later one, or never existed.
    #[error("the link belongs to no deletion")]
    UnknownToken,
}

impl Refusal for AbortDeletionError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::UnknownToken => None,
        }
    }
}

impl Passgate {
    /// Asks for the caller's application to be deleted, after warning its administrators: from now on the link in the
    /// warning aborts the deletion. The administrators whom it does not reach are on record, and have their turn with
    /// [`Passgate::warn_missed_administrators`].
    ///
    /// While a deletion stands, asking once more changes nothing and warns nobody: a stolen key must not fill mailboxes,
    /// nor replace the link that would stop it. `admit` is asked before anybody is warned.
    ///
    /// # Errors
    /// See [`RequestDeletionError`]; [`Failure::Undelivered`] if nobody could be warned. Nothing is recorded then.
    pub fn request_account_deletion(
        &self,
        caller: &Caller,
        post: &dyn Post,
        admit: impl FnOnce() -> Result<(), TooOften>,
        env: Env<'_>,
    ) -> Result<(), Stopped<RequestDeletionError>> {
        if !post.reaches_people() {
            return Err(Stopped::Refused(RequestDeletionError::NoPost));
        }
        let administrators = administrators(caller)?;
        let earlier = self
            .store()
            .read(|tx| -> Result<_, Stopped<RequestDeletionError>> {
                refuse_scheduled(tx, caller.app_id())?;
                Ok(account_deletions::find(tx, caller.app_id())?)
            })?;
        if earlier.is_some() {
            return Ok(());
        }
        admit()?;
        let schedule = Schedule::from_request(env.now);
        let abort_token = fresh_abort_token(env);
        let missed =
            warn(&administrators, caller.app_id(), &abort_token, &schedule, post).map_err(Failure::from)?;
        schedule_deletion(self, caller, &abort_token, &schedule, &missed, env)
    }

    /// Which deletion a link would abort; looking changes nothing.
    ///
    /// # Errors
    /// [`AbortDeletionError::UnknownToken`].
    pub fn find_account_deletion(
        &self,
        abort_token: &str,
    ) -> Result<FoundDeletion, Stopped<AbortDeletionError>> {
        let digest = abort_token_digest(abort_token);
        self.store()
            .read(|tx| -> Result<_, Failure> { Ok(account_deletions::find_by_abort_token(tx, &digest)?) })?
            .map(|(app, deletion)| FoundDeletion {
                app,
                freeze_at: deletion.freeze_at,
                delete_at: deletion.delete_at,
            })
            .ok_or(Stopped::Refused(AbortDeletionError::UnknownToken))
    }

    /// Aborts the deletion that a link belongs to, and unlocks the keys that were locked for it. Returns whose deletion
    /// it was.
    ///
    /// # Errors
    /// [`AbortDeletionError::UnknownToken`]; a link works once.
    pub fn abort_account_deletion(
        &self,
        abort_token: &str,
        env: Env<'_>,
    ) -> Result<AppId, Stopped<AbortDeletionError>> {
        let app = self.find_account_deletion(abort_token)?.app;
        let digest = abort_token_digest(abort_token);
        self.store().write_locked(&app, |tx| {
            // Looked at again under the lock: another click may have come first, or the data may be gone.
            let current = account_deletions::find_by_abort_token(tx, &digest)?;
            let application = applications::find(tx, &app)?;
            let (Some(_), Some(application)) = (current, application) else {
                return Err(Stopped::Refused(AbortDeletionError::UnknownToken));
            };
            account_deletions::delete(tx, &app)?;
            set_state(tx, &app, &abort(application.state.clone()), env.now)?;
            record(tx, &application, env, &Occurrence::DeletionCancelled)?;
            Ok(())
        })?;
        self.snapshots().forget(&app);
        Ok(app)
    }

    /// Takes every deletion on its way to where it should be by now: keys frozen, or data gone.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn advance_account_deletions<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.leases().run(
            "advance_account_deletions",
            Harm::Destroys,
            turn.into(),
            env,
            |work| {
                let due = self
                    .store()
                    .read(|tx| -> Result<_, Failure> { Ok(account_deletions::list_due(tx, env.now)?) })?;
                let due: Vec<_> = due.into_iter().map(|(app, _)| app).collect();
                work.for_each(&due, |app| {
                    Ok(u64::from(advance_account_deletion(self, app, env)?))
                })
            },
        )
    }

    /// Warns administrators whom no warning of a deletion has reached. Each is tried [`WARNING_ATTEMPTS`] times, once a run. The outcome counts those who were reached.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn warn_missed_administrators<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        post: &dyn Post,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.leases().run(
            "warn_missed_administrators",
            Harm::Mends,
            turn.into(),
            env,
            |work| {
                let missed = self.store().read(|tx| -> Result<_, Failure> {
                    Ok(account_deletions::list_missed(tx, WARNING_ATTEMPTS)?)
                })?;
                let mut apps: Vec<_> = missed.iter().map(|missed| missed.app.clone()).collect();
                apps.dedup();
                work.for_each(&apps, |app| {
                    let mut reached = 0;
                    for missed in missed.iter().filter(|missed| &missed.app == app) {
                        if !work.goes_on()? {
                            break;
                        }
                        reached += u64::from(warn_missed_administrator(self, missed, post, env)?);
                    }
                    Ok(reached)
                })
            },
        )
    }
}

/// The link is good before it is mailed, and the attempt counts also if the process ends in between.
fn warn_missed_administrator(
    passgate: &Passgate,
    missed: &MissedAdministrator,
    post: &dyn Post,
    env: Env<'_>,
) -> Result<bool, Failure> {
    let app = &missed.app;
    let abort_token = fresh_abort_token(env);
    let digest = abort_token_digest(abort_token.expose());
    let begun = passgate.store().write(|tx| -> Result<_, Failure> {
        if !account_deletions::begin_attempt(tx, missed, &digest)? {
            return Ok(None);
        }
        Ok(account_deletions::find(tx, app)?)
    })?;
    // Aborted since the list was read.
    let Some(deletion) = begun else {
        return Ok(false);
    };
    let letter = Letter::DeletionWarning {
        to: &missed.address,
        app,
        abort_token: &abort_token,
        freeze_at: deletion.freeze_at,
        delete_at: deletion.delete_at,
    };
    if let Err(error) = post.deliver(&letter) {
        not_warned(app, &missed.address, &error);
        return Ok(false);
    }
    tracing::info!(
        app = app.as_str(),
        address = missed.address,
        "an administrator was warned of a deletion after all"
    );
    passgate.store().write(|tx| -> Result<_, Failure> {
        account_deletions::set_reached(tx, missed)?;
        if let Some(application) = applications::find(tx, app)? {
            let address = &missed.address;
            record(
                tx,
                &application,
                env,
                &Occurrence::DeletionWarningDelivered { address },
            )?;
        }
        Ok(())
    })?;
    Ok(true)
}

/// Returns whether anything changed.
fn advance_account_deletion(passgate: &Passgate, app: &AppId, env: Env<'_>) -> Result<bool, Failure> {
    let changed = passgate.store().write_locked(app, |tx| -> Result<_, Failure> {
        // Aborted since the list was read, or the application is gone.
        let (Some(deletion), Some(application)) =
            (account_deletions::find(tx, app)?, applications::find(tx, app)?)
        else {
            return Ok(false);
        };
        match schedule(&deletion).step(&application.state, env.now) {
            Step::Wait => Ok(false),
            Step::Freeze => {
                let frozen = application
                    .state
                    .clone()
                    .freeze(FrozenBy::AccountDeletion, env.now);
                set_state(tx, app, &frozen, env.now)?;
                record(tx, &application, env, &Occurrence::ApplicationFrozen)?;
                Ok(true)
            }
            Step::Delete => {
                account_deletions::delete(tx, app)?;
                applications::delete(tx, app)?;
                Ok(true)
            }
        }
    })?;
    if changed {
        passgate.snapshots().forget(app);
    }
    Ok(changed)
}

/// The addresses to warn, at least one.
fn administrators(caller: &Caller) -> Result<Vec<String>, RequestDeletionError> {
    let emails = caller.snapshot().application.admin_emails.iter();
    let emails: Vec<String> = emails.filter(|email| !email.trim().is_empty()).cloned().collect();
    if emails.is_empty() {
        return Err(RequestDeletionError::NoAdministrator);
    }
    Ok(emails)
}

/// Warns every administrator. Returns those whom the warning did not reach, who are not all of them.
fn warn(
    administrators: &[String],
    app: &AppId,
    abort_token: &Secret<String>,
    schedule: &Schedule,
    post: &dyn Post,
) -> Result<Vec<String>, Undelivered> {
    let mut missed = Vec::new();
    let mut first_error = None;
    for address in administrators {
        let letter = Letter::DeletionWarning {
            to: address,
            app,
            abort_token,
            freeze_at: schedule.freeze_at,
            delete_at: schedule.delete_at,
        };
        if let Err(error) = post.deliver(&letter) {
            not_warned(app, address, &error);
            missed.push(address.clone());
            first_error.get_or_insert(error);
        }
    }
    match first_error {
        Some(error) if missed.len() == administrators.len() => Err(error),
        Some(_) | None => Ok(missed),
    }
}

fn not_warned(app: &AppId, address: &str, error: &Undelivered) {
    tracing::error!(
        app = app.as_str(),
        address,
        %error,
        "an administrator could not be warned of a deletion"
    );
}

/// Stores the deletion of which somebody was warned; the link of an earlier one aborts nothing any more.
fn schedule_deletion(
    passgate: &Passgate,
    caller: &Caller,
    abort_token: &Secret<String>,
    schedule: &Schedule,
    missed: &[String],
    env: Env<'_>,
) -> Result<(), Stopped<RequestDeletionError>> {
    let app = caller.app_id();
    passgate.store().write_locked(app, |tx| {
        refuse_scheduled(tx, app)?;
        account_deletions::delete(tx, app)?;
        let deletion = AccountDeletion {
            abort_token_digest: abort_token_digest(abort_token.expose()),
            requested_at: schedule.requested_at,
            freeze_at: schedule.freeze_at,
            delete_at: schedule.delete_at,
        };
        match account_deletions::insert(tx, app, &deletion) {
            // Under the application's lock nobody else inserts one.
            Ok(()) | Err(InsertError::Duplicate) => {}
            Err(InsertError::Store(error)) => return Err(error.into()),
        }
        let requested_by = UNKNOWN_USER;
        record(tx, caller, env, &Occurrence::DeletionScheduled { requested_by })?;
        for address in missed {
            account_deletions::insert_missed(tx, app, address)?;
            record(tx, caller, env, &Occurrence::DeletionWarningDelayed { address })?;
        }
        Ok(())
    })
}

/// One date stands: the one that an operator set.
fn refuse_scheduled(tx: &mut Tx<'_>, app: &AppId) -> Result<(), Stopped<RequestDeletionError>> {
    match applications::find(tx, app)?.map(|application| application.state) {
        Some(ApplicationState::DeletionScheduled { .. }) => {
            Err(Stopped::Refused(RequestDeletionError::AlreadyScheduled))
        }
        Some(ApplicationState::Active | ApplicationState::Frozen { .. }) | None => Ok(()),
    }
}

const fn schedule(deletion: &AccountDeletion) -> Schedule {
    Schedule {
        requested_at: deletion.requested_at,
        freeze_at: deletion.freeze_at,
        delete_at: deletion.delete_at,
    }
}

fn fresh_abort_token(env: Env<'_>) -> Secret<String> {
    Secret::new(URL_SAFE_NO_PAD.encode(env.random::<32>()))
}

/// What is stored of the secret in the link, which is random and long enough for a fast digest.
fn abort_token_digest(abort_token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, abort_token.as_bytes()).as_ref());
    bytes
}
