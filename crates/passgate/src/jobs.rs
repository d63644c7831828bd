//! Jobs: what must be done now and then, on one node at a time.
//!
//! Every job takes a lease first, is idempotent, and works application by application in short transactions, so that it
//! can be stopped anywhere and run again.

use std::{cell::Cell, fmt, sync::atomic::Ordering, time::Duration};

use passgate_core::{
    application::AppId,
    time::{Clock, DAY, Timestamp},
};
use passgate_store::{
    StoreError, Tx, applications, dispatched_emails, events, leases, reports, settings, spent_tokens,
};

use crate::{
    Env, Failure, Passgate, deletion::DeleteAppError, failure::FailedApplication, magic_links::RESERVED_FOR,
};

/// How long a lease lasts unless its holder renews it or lets go of it: longer than any step of a job takes.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// How long records of sent mails are kept.
const EMAILS_KEPT: Duration = Duration::from_secs(50 * DAY.as_secs());

/// Events deleted in one transaction, so that a large purge does not hold up sign-ins.
const STEP: u32 = 1000;

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It ran.
    Done {
        /// How many rows, applications or keys it removed or wrote.
        count: u64,
    },
    /// It ran until [`Passgate::stop_jobs`], or until it found that another node had taken over; what it did stays done.
    Stopped {
        /// How many rows, applications or keys it had removed or written by then.
        count: u64,
    },
    /// Another node has run it since it was due.
    DoneAlready,
    /// Another node runs it.
    HeldElsewhere,
    /// The configuration leaves it nothing to do.
    Off,
}

/// Who runs a job, and whether because it is due or because somebody wants it run.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    holder: &'a str,
    due_at: Option<Timestamp>,
    clock: Option<&'a dyn Clock>,
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("holder", &self.holder)
            .field("due_at", &self.due_at)
            .finish_non_exhaustive()
    }
}

impl<'a> Turn<'a> {
    /// Run it, whenever it ran last. `holder` names the node, or the process: no two may share one.
    pub const fn by_hand(holder: &'a str) -> Self {
        Self {
            holder,
            due_at: None,
            clock: None,
        }
    }

    /// Run it unless some node has done so since it was due.
    pub const fn due(holder: &'a str, due_at: Timestamp) -> Self {
        Self {
            holder,
            due_at: Some(due_at),
            clock: None,
        }
    }

    /// Keep the job to this node however long it takes, by a clock that goes on meanwhile. Without one it is this node's
    /// for a quarter of an hour.
    #[must_use]
    pub const fn with_clock(self, clock: &'a dyn Clock) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// Whether somebody wants it run, due or not.
    pub(crate) const fn is_by_hand(&self) -> bool {
        self.due_at.is_none()
    }
}

impl<'a> From<&'a str> for Turn<'a> {
    fn from(holder: &'a str) -> Self {
        Self::by_hand(holder)
    }
}

impl Passgate {
    /// Forgets spent tokens and sessions that have expired: those no longer open anyway.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn purge_spent_tokens<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_spent_tokens", turn.into(), env, |work| {
            work.passgate
                .store()
                .write(|tx| Ok(count(spent_tokens::purge(tx, env.now)?)))
        })
    }

    /// Deletes events older than their application's retention, also where no new ones are stored.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn purge_events<'a>(&self, turn: impl Into<Turn<'a>>, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_events", turn.into(), env, |work| {
            let passgate = work.passgate;
            work.for_each_app(|app| {
                let features = passgate.find_features(app)?;
                let Some(features) = features else {
                    return Ok(0);
                };
                let kept = Duration::from_secs(u64::from(features.event_retention_days) * DAY.as_secs());
                let before = env.now.minus(kept);
                let mut total = 0;
                loop {
                    let purged = passgate.store().write(|tx| -> Result<_, Failure> {
                        Ok(count(events::purge(tx, app, before, STEP)?))
                    })?;
                    total += purged;
                    if purged == 0 || !work.goes_on()? {
                        return Ok(total);
                    }
                }
            })
        })
    }

    /// Deletes the records of mails sent more than 50 days ago, and of those that nobody said were sent.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn purge_dispatched_emails<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_dispatched_emails", turn.into(), env, |work| {
            work.for_each_app(|app| {
                let (before, reserved_before) = (env.now.minus(EMAILS_KEPT), env.now.minus(RESERVED_FOR));
                work.passgate
                    .store()
                    .write(|tx| Ok(count(dispatched_emails::purge(tx, app, before, reserved_before)?)))
            })
        })
    }

    /// Writes today's reports of every application; a second run of the day replaces them.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn write_reports<'a>(&self, turn: impl Into<Turn<'a>>, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("write_reports", turn.into(), env, |work| {
            let passgate = work.passgate;
            work.for_each_app(|app| {
                // Counted in a snapshot of the database, so that the numbers of a day fit together.
                let (credentials, active_users) = passgate.store().read(|tx| -> Result<_, Failure> {
                    Ok((
                        reports::count_credentials(tx, app, env.now)?,
                        reports::count_active_users(tx, app, env.now)?,
                    ))
                })?;
                passgate.store().write(|tx| {
                    reports::record_credentials(tx, app, &credentials)?;
                    reports::record_active_users(tx, app, &active_users)?;
                    Ok(1)
                })
            })
        })
    }

    /// Makes a new token key for every application whose newest is too old, and drops keys that sealed nothing that
    /// could still be alive. Tokens rotate keys by themselves; this keeps quiet applications in step.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn rotate_token_keys<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.run_leased("rotate_token_keys", turn.into(), env, |work| {
            work.for_each_app(|app| Ok(u64::from(work.passgate.rotate_if_due(app, env)?)))
        })
    }

    /// Deletes every application whose deletion is due.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn delete_due_applications<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.run_leased("delete_due_applications", turn.into(), env, |work| {
            let due = work.passgate.list_pending_deletion(env)?;
            work.for_each(&due, |app| match work.passgate.delete_app(app, env) {
                Ok(_) => Ok(1),
                // Taken back or deleted by someone else since the list was read.
                Err(DeleteAppError::AppNotFound | DeleteAppError::NotScheduled | DeleteAppError::NotDue) => {
                    Ok(0)
                }
                Err(DeleteAppError::Failure(failure)) => Err(failure),
            })
        })
    }

    /// When some node last brought a job to its end.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn last_job_run(&self, name: &str) -> Result<Option<Timestamp>, Failure> {
        self.store().read(|tx| Ok(last_run(tx, name)?))
    }

    /// Lets jobs end early and start no more, because the process is about to end. A job stops between two of its short
    /// transactions; the next to run it goes on where it stopped.
    pub fn stop_jobs(&self) {
        self.inner.jobs_stopping.store(true, Ordering::Relaxed);
    }

    /// Whether [`Passgate::stop_jobs`] was called: what waits for something should give up.
    pub fn jobs_are_stopping(&self) -> bool {
        self.inner.jobs_stopping.load(Ordering::Relaxed)
    }

    /// Runs a job if no other node holds its lease, and lets go of the lease afterwards, also when the job failed.
    pub(crate) fn run_leased<E: From<Failure>>(
        &self,
        name: &str,
        turn: Turn<'_>,
        env: Env<'_>,
        job: impl FnOnce(&Work<'_>) -> Result<u64, E>,
    ) -> Result<JobOutcome, E> {
        if self.jobs_are_stopping() {
            return Ok(JobOutcome::Stopped { count: 0 });
        }
        let expires_at = env.now.plus(LEASE);
        let refused = self.store().write(|tx| -> Result<_, Failure> {
            if !leases::acquire(tx, name, turn.holder, env.now, expires_at)? {
                return Ok(Some(JobOutcome::HeldElsewhere));
            }
            // Asked under the lease: whoever held it before has written down that it ran.
            let done = match turn.due_at {
                Some(due_at) => last_run(tx, name)?.is_some_and(|last| last >= due_at),
                None => false,
            };
            if done {
                leases::release(tx, name, turn.holder)?;
                return Ok(Some(JobOutcome::DoneAlready));
            }
            Ok(None)
        })?;
        if let Some(refused) = refused {
            return Ok(refused);
        }
        let work = Work {
            passgate: self,
            name,
            turn,
            expires_at: Cell::new(expires_at),
            ended_early: Cell::new(false),
        };
        let outcome = job(&work);
        let stopped = work.ended_early.get();
        let released = self.store().write(|tx| -> Result<_, Failure> {
            if outcome.is_ok() && !stopped {
                settings::set(
                    tx,
                    &last_run_name(name),
                    env.now.as_micros().to_string().as_bytes(),
                )?;
            }
            Ok(leases::release(tx, name, turn.holder)?)
        });
        // What kept the job from its end says more than that its lease has to run out.
        let count = outcome?;
        released?;
        Ok(if stopped {
            JobOutcome::Stopped { count }
        } else {
            JobOutcome::Done { count }
        })
    }
}

/// A job under way, under its lease.
pub(crate) struct Work<'a> {
    pub(crate) passgate: &'a Passgate,
    name: &'a str,
    turn: Turn<'a>,
    /// When the lease ends.
    expires_at: Cell<Timestamp>,
    ended_early: Cell<bool>,
}

impl Work<'_> {
    /// Asked between two steps: whether to take the next one. Renews the lease when half of it is over; if another node
    /// has it by then, the work is that node's.
    pub(crate) fn goes_on(&self) -> Result<bool, Failure> {
        let goes_on = !self.passgate.jobs_are_stopping() && self.keeps_lease()?;
        if !goes_on {
            self.ended_early.set(true);
        }
        Ok(goes_on)
    }

    fn keeps_lease(&self) -> Result<bool, Failure> {
        let Some(clock) = self.turn.clock else {
            return Ok(true);
        };
        let now = clock.now();
        if now.plus(LEASE / 2) < self.expires_at.get() {
            return Ok(true);
        }
        let expires_at = now.plus(LEASE);
        let renewed = self.passgate.store().write(|tx| -> Result<_, Failure> {
            Ok(leases::renew(tx, self.name, self.turn.holder, expires_at)?)
        })?;
        if renewed {
            self.expires_at.set(expires_at);
        }
        Ok(renewed)
    }

    /// Does something for every application.
    pub(crate) fn for_each_app(&self, step: impl Fn(&AppId) -> Result<u64, Failure>) -> Result<u64, Failure> {
        let store = self.passgate.store();
        let apps = store.read(|tx| -> Result<_, Failure> { Ok(applications::list_ids(tx)?) })?;
        self.for_each(&apps, step)
    }

    /// Does something for these applications. Where that fails, the others have their turn all the same, and the job has
    /// failed in the end.
    pub(crate) fn for_each(
        &self,
        apps: &[AppId],
        step: impl Fn(&AppId) -> Result<u64, Failure>,
    ) -> Result<u64, Failure> {
        let mut total = 0;
        let mut failed = Vec::new();
        for app in apps {
            if !self.goes_on()? {
                break;
            }
            match step(app) {
                Ok(count) => total += count,
                Err(failure) => failed.push(FailedApplication {
                    app: app.clone(),
                    failure,
                }),
            }
        }
        if failed.is_empty() {
            Ok(total)
        } else {
            Err(Failure::Applications { failed })
        }
    }
}

/// The setting under which the store keeps when a job last ran.
fn last_run_name(job: &str) -> String {
    format!("job_ran_{job}")
}

/// When a job last ran; a record that cannot be read counts as none, so that the job runs.
fn last_run(tx: &mut Tx<'_>, job: &str) -> Result<Option<Timestamp>, StoreError> {
    let stored = settings::get(tx, &last_run_name(job))?;
    let micros = stored.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    Ok(micros.map(Timestamp::from_micros))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
