//! Deletion as the third generation of the API knows it: asked for with a secret key, warned of by mail, aborted by a
//! link, keys frozen after a day, data gone after two weeks.
//!
//! Mailing is the host's business, and a deletion of which nobody was warned must not happen. So the host prepares it,
//! mails the link, and only then requests it: [`Passgate::prepare_account_deletion`], then
//! [`Passgate::request_account_deletion`]. Administrators whom that did not reach are warned by a job,
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
    Caller, Env, Failure, Passgate, Refusal, Stopped,
    applications::set_state,
    jobs::{JobOutcome, Turn},
    leases::Harm,
    record::record,
};

/// A deletion that is to be requested once its administrators are warned, and the secret of the link that aborts it.
#[derive(Clone, Debug)]
pub struct PreparedDeletion {
    /// What the link carries; URL-safe. Whoever has it can abort the deletion: it goes to the administrators only.
    pub abort_token: Secret<String>,
    /// Whom to warn; never empty.
    pub admin_emails: Vec<String>,
    /// When it was, or is, asked for.
    requested_at: Timestamp,
    /// When the keys are frozen.
    pub freeze_at: Timestamp,
    /// When the data goes.
    pub delete_at: Timestamp,
}

/// A warning to an administrator whom none has reached.
#[derive(Clone, Debug)]
pub struct MissedWarning {
    /// The application on its way out.
    pub app: AppId,
    /// Whom to warn.
    pub address: String,
    /// What the link carries, as in [`PreparedDeletion`]; each administrator who is warned later has a link of their own.
    pub abort_token: Secret<String>,
    /// When the keys are frozen.
    pub freeze_at: Timestamp,
    /// When the data goes.
    pub delete_at: Timestamp,
}

/// Why a deletion cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum PrepareDeletionError {
    /// The application has no administrator whom one could warn.
    #[error("the application has no administrator's address")]
    NoAdministrator,
    /// An operator has set a date for the deletion, which stands.
    #[error("the application is marked for deletion already")]
    AlreadyScheduled,
}

impl Refusal for PrepareDeletionError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NoAdministrator => Some(Code::AdminAddressMissing),
            Self::AlreadyScheduled => Some(Code::AppPendingDeletion),
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
    /// Makes what the warning to the administrators needs; none if the deletion was asked for already, and they were
    /// warned. Nothing is recorded yet.
    ///
    /// # Errors
    /// See [`PrepareDeletionError`].
    pub fn prepare_account_deletion(
        &self,
        caller: &Caller,
        env: Env<'_>,
    ) -> Result<Option<PreparedDeletion>, Stopped<PrepareDeletionError>> {
        let app = caller.app_id();
        let emails = caller.snapshot().application.admin_emails.iter();
        let admin_emails: Vec<String> = emails.filter(|email| !email.trim().is_empty()).cloned().collect();
        if admin_emails.is_empty() {
            return Err(Stopped::Refused(PrepareDeletionError::NoAdministrator));
        }
        let earlier = self.store().read(|tx| {
            refuse_scheduled(tx, app)?;
            Ok::<_, Stopped<PrepareDeletionError>>(account_deletions::find(tx, app)?)
        })?;
        if earlier.is_some() {
            return Ok(None);
        }
        let schedule = Schedule::from_request(env.now);
        Ok(Some(PreparedDeletion {
            abort_token: fresh_abort_token(env),
            admin_emails,
            requested_at: schedule.requested_at,
            freeze_at: schedule.freeze_at,
            delete_at: schedule.delete_at,
        }))
    }

    /// Asks for the caller's application to be deleted, after its administrators were warned. From now on the link of
    /// this preparation aborts the deletion, and that of an earlier one no longer does.
    ///
    /// `missed` are those administrators whom the warning did not reach. They are on record, and have their turn with
    /// [`Passgate::warn_missed_administrators`].
    ///
    /// # Errors
    /// [`PrepareDeletionError::AlreadyScheduled`] if an operator came first.
    pub fn request_account_deletion(
        &self,
        caller: &Caller,
        prepared: &PreparedDeletion,
        missed: &[String],
        env: Env<'_>,
    ) -> Result<(), Stopped<PrepareDeletionError>> {
        let app = caller.app_id();
        self.store().write_locked(app, |tx| {
            refuse_scheduled(tx, app)?;
            account_deletions::delete(tx, app)?;
            let deletion = AccountDeletion {
                abort_token_digest: abort_token_digest(prepared.abort_token.expose()),
                requested_at: prepared.requested_at,
                freeze_at: prepared.freeze_at,
                delete_at: prepared.delete_at,
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

    /// Warns administrators whom no warning of a deletion has reached: `warn` mails it, and says whether somebody took it.
    /// Each is tried [`WARNING_ATTEMPTS`] times, once a run. The outcome counts those who were reached.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn warn_missed_administrators<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        warn: impl Fn(&MissedWarning) -> bool,
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
                        reached += u64::from(warn_missed_administrator(self, missed, &warn, env)?);
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
    warn: impl Fn(&MissedWarning) -> bool,
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
    let warning = MissedWarning {
        app: app.clone(),
        address: missed.address.clone(),
        abort_token,
        freeze_at: deletion.freeze_at,
        delete_at: deletion.delete_at,
    };
    if !warn(&warning) {
        return Ok(false);
    }
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

/// One date stands: the one that an operator set.
fn refuse_scheduled(tx: &mut Tx<'_>, app: &AppId) -> Result<(), Stopped<PrepareDeletionError>> {
    match applications::find(tx, app)?.map(|application| application.state) {
        Some(ApplicationState::DeletionScheduled { .. }) => {
            Err(Stopped::Refused(PrepareDeletionError::AlreadyScheduled))
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
