//! Jobs: what must be done now and then, on one node at a time.
//!
//! Every job takes a lease first, is idempotent, and works application by application in short transactions, so that it
//! can be stopped anywhere and run again.

use std::time::Duration;

use passgate_core::time::{DAY, Timestamp};
use passgate_store::{applications, dispatched_emails, events, reports, spent_tokens};

pub use crate::leases::{JobOutcome, Turn};
use crate::{
    Env, Failure, Passgate, Stopped,
    deletion::DeleteAppError,
    leases::{Harm, last_run},
    magic_links::RESERVED_FOR,
};

/// How long records of sent mails are kept.
const EMAILS_KEPT: Duration = Duration::from_secs(50 * DAY.as_secs());

/// Rows deleted in one transaction, so that a large purge does not hold up sign-ins: a few milliseconds.
const STEP: u32 = 100;

impl Passgate {
    /// Forgets spent tokens and sessions that expired a day ago: no clock in use still opens them. A run goes at most a day
    /// further than the last, so that one under a wrong clock does no harm.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn purge_spent_tokens<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        self.leases()
            .run("purge_spent_tokens", Harm::Destroys, turn.into(), env, |work| {
                let until = self
                    .store()
                    .write(|tx| -> Result<_, Failure> { Ok(spent_tokens::next_purge(tx, env.now)?) })?;
                let mut total = 0;
                loop {
                    let purged = self.store().write_step(|tx| -> Result<_, Failure> {
                        Ok(count(spent_tokens::purge(tx, until, STEP)?))
                    })?;
                    total += purged;
                    if purged == 0 {
                        break;
                    }
                    if !work.goes_on()? {
                        return Ok(total);
                    }
                }
                self.store()
                    .write(|tx| -> Result<_, Failure> { Ok(spent_tokens::finish_purge(tx, until)?) })?;
                Ok(total)
            })
    }

    /// Deletes events older than their application's retention, also where no new ones are stored.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn purge_events<'a>(&self, turn: impl Into<Turn<'a>>, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.leases()
            .run("purge_events", Harm::Destroys, turn.into(), env, |work| {
                work.for_each_app(|app| {
                    let features = self.find_features(app)?;
                    let Some(features) = features else {
                        return Ok(0);
                    };
                    let kept = Duration::from_secs(u64::from(features.event_retention_days) * DAY.as_secs());
                    let before = env.now.minus(kept);
                    let mut total = 0;
                    loop {
                        let purged = self.store().write_step(|tx| -> Result<_, Failure> {
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
        self.leases().run(
            "purge_dispatched_emails",
            Harm::Destroys,
            turn.into(),
            env,
            |work| {
                work.for_each_app(|app| {
                    let (before, reserved_before) = (env.now.minus(EMAILS_KEPT), env.now.minus(RESERVED_FOR));
                    let mut total = 0;
                    loop {
                        let purged = self.store().write_step(|tx| -> Result<_, Failure> {
                            let purged = dispatched_emails::purge(tx, app, before, reserved_before, STEP)?;
                            Ok(count(purged))
                        })?;
                        total += purged;
                        if purged == 0 || !work.goes_on()? {
                            return Ok(total);
                        }
                    }
                })
            },
        )
    }

    /// Writes today's reports of every application; a second run of the day replaces them.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn write_reports<'a>(&self, turn: impl Into<Turn<'a>>, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.leases()
            .run("write_reports", Harm::Mends, turn.into(), env, |work| {
                work.for_each_app(|app| {
                    // Counted in a snapshot of the database, so that the numbers of a day fit together.
                    let (credentials, active_users) = self.store().read(|tx| -> Result<_, Failure> {
                        Ok((
                            reports::count_credentials(tx, app, env.now)?,
                            reports::count_active_users(tx, app, env.now)?,
                        ))
                    })?;
                    self.store().write(|tx| {
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
        self.leases()
            .run("rotate_token_keys", Harm::Destroys, turn.into(), env, |work| {
                work.for_each_app(|app| Ok(u64::from(self.tokens().rotate_if_due(app, env)?)))
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
        self.leases().run(
            "delete_due_applications",
            Harm::Destroys,
            turn.into(),
            env,
            |work| {
                let due = self.list_pending_deletion(env)?;
                work.for_each(&due, |app| match self.delete_app(app, env) {
                    Ok(_) => Ok(1),
                    // Taken back or deleted by someone else since the list was read.
                    Err(Stopped::Refused(
                        DeleteAppError::AppNotFound | DeleteAppError::NotScheduled | DeleteAppError::NotDue,
                    )) => Ok(0),
                    Err(Stopped::Failed(failure)) => Err(failure),
                })
            },
        )
    }

    /// Removes what is left of deleted applications, row by row, and frees their ids. Returns how many rows.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn remove_deleted_applications<'a>(
        &self,
        turn: impl Into<Turn<'a>>,
        env: Env<'_>,
    ) -> Result<JobOutcome, Failure> {
        // By no clock: they were deleted already.
        self.leases().run(
            "remove_deleted_applications",
            Harm::Mends,
            turn.into(),
            env,
            |work| {
                let deleted = self
                    .store()
                    .read(|tx| -> Result<_, Failure> { Ok(applications::list_deleted(tx)?) })?;
                work.for_each(&deleted, |app| {
                    let mut total = 0;
                    loop {
                        let removal = self.store().write_step(|tx| -> Result<_, Failure> {
                            Ok(applications::remove_some(tx, app, STEP)?)
                        })?;
                        total += count(removal.rows);
                        if removal.is_complete || !work.goes_on()? {
                            return Ok(total);
                        }
                    }
                })
            },
        )
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
        self.leases().stop();
    }

    /// Whether [`Passgate::stop_jobs`] was called: what waits for something should give up.
    pub fn jobs_are_stopping(&self) -> bool {
        self.leases().are_stopping()
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
