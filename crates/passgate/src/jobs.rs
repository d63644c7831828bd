//! Jobs: what must be done now and then, on one node at a time.
//!
//! Every job takes a lease first, is idempotent, and works application by application in short transactions, so that it
//! can be stopped anywhere and run again.

use std::time::Duration;

use passgate_core::{application::AppId, time::DAY};
use passgate_store::{applications, dispatched_emails, events, leases, reports, spent_tokens};

use crate::{Env, Failure, Passgate, deletion::DeleteAppError};

/// How long a lease lasts unless its holder lets go of it: longer than any job takes.
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
    /// Another node runs it.
    HeldElsewhere,
}

impl Passgate {
    /// Forgets spent tokens and sessions that have expired: those no longer open anyway.
    ///
    /// # Errors
    /// Only what no caller can mend; what was done until then stays done.
    pub fn purge_spent_tokens(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_spent_tokens", holder, env, |passgate| {
            passgate
                .store()
                .write(|tx| Ok(count(spent_tokens::purge(tx, env.now)?)))
        })
    }

    /// Deletes events older than their application's retention, also where no new ones are stored.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn purge_events(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_events", holder, env, |passgate| {
            passgate.for_each_app(|passgate, app| {
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
                    if purged == 0 {
                        return Ok(total);
                    }
                    total += purged;
                }
            })
        })
    }

    /// Deletes the records of mails sent more than 50 days ago.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn purge_dispatched_emails(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("purge_dispatched_emails", holder, env, |passgate| {
            passgate.for_each_app(|passgate, app| {
                let before = env.now.minus(EMAILS_KEPT);
                passgate
                    .store()
                    .write(|tx| Ok(count(dispatched_emails::purge(tx, app, before)?)))
            })
        })
    }

    /// Writes today's reports of every application; a second run of the day replaces them.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn write_reports(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("write_reports", holder, env, |passgate| {
            passgate.for_each_app(|passgate, app| {
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
    pub fn rotate_token_keys(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("rotate_token_keys", holder, env, |passgate| {
            passgate.for_each_app(|passgate, app| Ok(u64::from(passgate.rotate_if_due(app, env)?)))
        })
    }

    /// Deletes every application whose deletion is due.
    ///
    /// # Errors
    /// As [`Passgate::purge_spent_tokens`].
    pub fn delete_due_applications(&self, holder: &str, env: Env<'_>) -> Result<JobOutcome, Failure> {
        self.run_leased("delete_due_applications", holder, env, |passgate| {
            let mut deleted = 0;
            for app in passgate.list_pending_deletion(env)? {
                match passgate.delete_app(&app, env) {
                    Ok(_) => deleted += 1,
                    // Taken back or deleted by someone else since the list was read.
                    Err(
                        DeleteAppError::AppNotFound | DeleteAppError::NotScheduled | DeleteAppError::NotDue,
                    ) => {}
                    Err(DeleteAppError::Failure(failure)) => return Err(failure),
                }
            }
            Ok(deleted)
        })
    }

    /// Runs a job if no other node holds its lease, and lets go of the lease afterwards, also when the job failed.
    pub(crate) fn run_leased(
        &self,
        name: &str,
        holder: &str,
        env: Env<'_>,
        job: impl FnOnce(&Self) -> Result<u64, Failure>,
    ) -> Result<JobOutcome, Failure> {
        let expires_at = env.now.plus(LEASE);
        let acquired = self.store().write(|tx| -> Result<_, Failure> {
            Ok(leases::acquire(tx, name, holder, env.now, expires_at)?)
        })?;
        if !acquired {
            return Ok(JobOutcome::HeldElsewhere);
        }
        let outcome = job(self);
        self.store()
            .write(|tx| -> Result<_, Failure> { Ok(leases::release(tx, name, holder)?) })?;
        Ok(JobOutcome::Done { count: outcome? })
    }

    fn for_each_app(&self, work: impl Fn(&Self, &AppId) -> Result<u64, Failure>) -> Result<u64, Failure> {
        let apps = self
            .store()
            .read(|tx| -> Result<_, Failure> { Ok(applications::list_ids(tx)?) })?;
        let mut total = 0;
        for app in &apps {
            total += work(self, app)?;
        }
        Ok(total)
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
