//! Jobs: when each is due, and the loop that runs them.
//!
//! Every node runs this loop. Leases in the database see to it that a job runs on one of them at a time, and a note of
//! its last run that it runs once each time it is due, also if that was while no node was up. Jobs are idempotent, so
//! that running one again, by hand or because a node broke off, does no harm.

use std::{collections::HashMap, error::Error, fmt, sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use passgate::{
    Env, Failure, Passgate,
    jobs::{JobOutcome, Turn},
};
use passgate_core::time::{Clock, Entropy, Timestamp, random_bytes};
use passgate_webauthn::causes;
use tokio::sync::oneshot;
use url::Url;

use crate::{
    mail::{self, Deliver},
    metadata::{Metadata, RefreshError},
    metrics::Metrics,
    operations::Operations,
};

/// How often the loop looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(60);

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How long a node leaves a job alone that failed: long enough for a database to come back.
const PAUSE: Duration = Duration::from_secs(15 * 60);

/// How long a node leaves a job alone that waits because the clock is in doubt.
const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);

/// The same for what asks somebody else's server.
const LONG_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Something to be done now and then.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name, in the log and on the command line.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Seconds from one time it is due to the next.
    period: i64,
    /// Seconds after midnight UTC (or the full hour) at which it is due.
    offset: i64,
    /// How long a node leaves it alone after it failed there; another may run it meanwhile.
    pause: Duration,
    run: fn(&Passgate, &Means, Turn<'_>, Env<'_>) -> Result<JobOutcome, JobError>,
}

/// What keeps a job from its end.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database, or what it holds.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The metadata cannot be read or downloaded, or is not accepted.
    #[error(transparent)]
    Metadata(#[from] RefreshError),
}

/// What jobs need besides the database.
#[derive(Clone, Debug)]
pub struct Means {
    /// For those that write letters.
    pub post: Post,
    /// For the one that downloads it.
    pub metadata: Metadata,
}

/// What a job needs to write letters.
#[derive(Clone)]
pub struct Post {
    deliver: Arc<dyn Deliver>,
    abort_page: Option<Url>,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("abort_page", &self.abort_page)
            .finish_non_exhaustive()
    }
}

impl Post {
    /// Letters go this way, and their links to the pages of a server at this address; without one there are no letters.
    pub fn new(deliver: Arc<dyn Deliver>, abort_page: Option<Url>) -> Self {
        Self { deliver, abort_page }
    }

    /// What an operation writes its letters with.
    fn post(&self) -> mail::Post<'_> {
        mail::Post {
            deliver: self.deliver.as_ref(),
            abort_page: self.abort_page.as_ref(),
        }
    }
}

/// Every job.
pub const JOBS: [Job; 10] = [
    Job {
        name: "purge_spent_tokens",
        about: "forgets spent tokens and sessions that expired a day ago",
        period: HOUR,
        offset: 0,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.purge_spent_tokens(turn, env)?),
    },
    Job {
        name: "rotate_token_keys",
        about: "makes new token keys where they are a week old, and drops old ones",
        period: HOUR,
        offset: 600,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.rotate_token_keys(turn, env)?),
    },
    Job {
        name: "delete_due_applications",
        about: "deletes applications whose deletion is due",
        period: HOUR,
        offset: 1_200,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.delete_due_applications(turn, env)?),
    },
    Job {
        name: "advance_account_deletions",
        about: "freezes, and later deletes, applications that asked for it themselves",
        period: HOUR,
        offset: 1_800,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.advance_account_deletions(turn, env)?),
    },
    Job {
        name: "remove_deleted_applications",
        about: "removes the rows of deleted applications, a few at a time, and frees their names",
        period: HOUR,
        offset: 2_100,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.remove_deleted_applications(turn, env)?),
    },
    Job {
        name: "warn_missed_administrators",
        about: "warns administrators whom the first mail about a deletion did not reach, up to 24 times",
        period: HOUR,
        offset: 2_400,
        pause: PAUSE,
        run: |passgate, means, turn, env| {
            Ok(passgate.warn_missed_administrators(turn, &means.post.post(), env)?)
        },
    },
    Job {
        name: "refresh_metadata",
        about: "downloads the FIDO metadata when its successor is due, if `metadata_url` is set",
        period: HOUR,
        offset: 3_000,
        pause: LONG_PAUSE,
        run: |passgate, means, turn, env| Ok(means.metadata.download(passgate, turn, env)?),
    },
    Job {
        name: "purge_events",
        about: "deletes events older than their application keeps them",
        period: DAY,
        offset: 0,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.purge_events(turn, env)?),
    },
    Job {
        name: "purge_dispatched_emails",
        about: "forgets messages sent more than 50 days ago, and places held for messages that never were",
        period: DAY,
        offset: 0,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.purge_dispatched_emails(turn, env)?),
    },
    Job {
        name: "write_reports",
        about: "writes the reports of the day; a second run replaces them",
        period: DAY,
        offset: 22 * HOUR,
        pause: PAUSE,
        run: |passgate, _, turn, env| Ok(passgate.write_reports(turn, env)?),
    },
];

impl Job {
    /// The job of that name; hyphens are as good as underscores.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        JOBS.into_iter().find(|job| job.name == name)
    }

    /// When it was last due: the latest such time that is not after `now`.
    pub const fn due_before(&self, now: Timestamp) -> Timestamp {
        let seconds = now.as_micros().div_euclid(1_000_000) - self.offset;
        Timestamp::from_seconds(seconds.div_euclid(self.period) * self.period + self.offset)
    }

    /// When it is due, in words.
    pub fn schedule(&self) -> String {
        let (hours, minutes) = (self.offset / HOUR, self.offset % HOUR / 60);
        if self.period == DAY {
            format!("daily at {hours:02}:{minutes:02} UTC")
        } else {
            format!("hourly at :{minutes:02}")
        }
    }

    /// Runs it now, whenever it ran last.
    ///
    /// # Errors
    /// What keeps it from its end.
    pub fn run_by_hand(
        &self,
        passgate: &Passgate,
        means: &Means,
        clock: &dyn Clock,
        env: Env<'_>,
    ) -> Result<JobOutcome, JobError> {
        let holder = holder(env.entropy);
        (self.run)(passgate, means, Turn::by_hand(&holder).with_clock(clock), env)
    }
}

/// A name that no other node and no other process has.
fn holder(entropy: &dyn Entropy) -> String {
    hex::encode(random_bytes::<8>(entropy))
}

/// What one node knows of the jobs, and runs of them.
pub struct Runner {
    operations: Operations,
    means: Means,
    holder: String,
    /// Until when each job needs no look: it has run since it was due, or failed and rests.
    settled: HashMap<&'static str, Settled>,
    metrics: Metrics,
}

#[derive(Clone, Copy)]
enum Settled {
    /// It has run since this time at which it was due.
    RanSince(Timestamp),
    /// It failed, and is not tried again before this time.
    RestsUntil(Timestamp),
}

impl Runner {
    /// A node that has run nothing yet.
    pub fn new(operations: Operations, means: Means) -> Self {
        let holder = holder(operations.env().entropy);
        Self {
            operations,
            means,
            holder,
            settled: HashMap::new(),
            metrics: Metrics::default(),
        }
    }

    /// Counting here what becomes of the jobs.
    #[must_use]
    pub fn counting(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Runs what is due, one job after the other. Returns what became of each job that was tried; none of a failure,
    /// which is logged.
    pub async fn run_due(&mut self) -> Vec<(&'static str, Option<JobOutcome>)> {
        let now = self.operations.clock().now();
        let mut outcomes = Vec::new();
        for job in JOBS {
            let due_at = job.due_before(now);
            let wait = match self.settled.get(job.name) {
                // What lies in the future was noted by a clock that was ahead.
                Some(Settled::RanSince(time)) => *time >= due_at && *time <= now,
                Some(Settled::RestsUntil(time)) => *time > now && *time <= now.plus(LONG_PAUSE),
                None => false,
            };
            if !wait {
                outcomes.push((job.name, self.perform(job, due_at, now).await));
            }
        }
        outcomes
    }

    async fn perform(&mut self, job: Job, due_at: Timestamp, now: Timestamp) -> Option<JobOutcome> {
        let holder = self.holder.clone();
        let (operations, means) = (self.operations.clone(), self.means.clone());
        let run = move |passgate: &Passgate, env: Env<'_>| {
            let turn = Turn::due(&holder, due_at).with_clock(operations.clock());
            (job.run)(passgate, &means, turn, env)
        };
        match self.operations.hop(run).await {
            Ok(Ok(outcome)) => {
                self.metrics.job_ran(job.name, name_of(&outcome));
                match outcome {
                    JobOutcome::Done { count } => tracing::info!(job = job.name, count, "job done"),
                    JobOutcome::Stopped { count } => tracing::info!(job = job.name, count, "job stopped"),
                    JobOutcome::DoneAlready => {
                        tracing::debug!(job = job.name, "the job has run since it was due")
                    }
                    JobOutcome::HeldElsewhere => tracing::debug!(job = job.name, "another node runs the job"),
                    JobOutcome::Off => {}
                    JobOutcome::ClockInDoubt(doubt) => {
                        tracing::warn!(job = job.name, %doubt, "the job waits, because of the clock");
                        let until = now.plus(LOOK_AGAIN);
                        self.settled.insert(job.name, Settled::RestsUntil(until));
                    }
                }
                if matches!(
                    outcome,
                    JobOutcome::Done { .. } | JobOutcome::DoneAlready | JobOutcome::Off
                ) {
                    self.settled.insert(job.name, Settled::RanSince(due_at));
                    self.metrics
                        .job_is_done(job.name, now.as_micros().div_euclid(1_000_000));
                }
                Some(outcome)
            }
            Ok(Err(error)) => self.rest(job, &error, now),
            Err(not_ended) => self.rest(job, &not_ended, now),
        }
    }

    /// Leaves a job alone that failed, for a while.
    fn rest(&mut self, job: Job, error: &dyn Error, now: Timestamp) -> Option<JobOutcome> {
        tracing::error!(job = job.name, cause = causes(error), "job failed");
        self.metrics.job_ran(job.name, "failed");
        let until = now.plus(job.pause);
        self.settled.insert(job.name, Settled::RestsUntil(until));
        None
    }
}

/// What an outcome is called where runs are counted.
const fn name_of(outcome: &JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Done { .. } => "done",
        JobOutcome::Stopped { .. } => "stopped",
        JobOutcome::DoneAlready => "done_already",
        JobOutcome::HeldElsewhere => "held_elsewhere",
        JobOutcome::Off => "off",
        JobOutcome::ClockInDoubt(_) => "clock_in_doubt",
    }
}

/// The loop of a node, running.
pub struct RunningJobs {
    operations: Operations,
    /// Dropped to end the loop.
    keep_going: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Runs jobs when they are due, until [`RunningJobs::stop`].
pub fn start(operations: Operations, means: Means, metrics: Metrics) -> RunningJobs {
    let (keep_going, mut stopped) = oneshot::channel();
    let mut runner = Runner::new(operations.clone(), means).counting(metrics);
    let task = rt::spawn(async move {
        loop {
            tokio::select! {
                () = rt::time::sleep(LOOK_EVERY) => {}
                _ = &mut stopped => return,
            }
            runner.run_due().await;
        }
    });
    RunningJobs {
        operations,
        keep_going,
        task,
    }
}

impl RunningJobs {
    /// Begins no further job, lets the one at hand end at the next point where it can, and waits for that.
    pub async fn stop(self) {
        self.operations.passgate().stop_jobs();
        drop(self.keep_going);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the loop of the jobs broke down");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-01 at that time of day.
    fn at(hour: i64, minute: i64) -> Timestamp {
        Timestamp::from_seconds(1_735_689_600 + hour * HOUR + minute * 60)
    }

    fn due_before(name: &str, hour: i64, minute: i64) -> Timestamp {
        Job::find(name).unwrap().due_before(at(hour, minute))
    }

    #[test]
    fn reports_are_due_at_ten_in_the_evening() {
        assert_eq!(due_before("write_reports", 21, 59), at(-2, 0));
        assert_eq!(due_before("write_reports", 22, 0), at(22, 0));
        assert_eq!(due_before("write_reports", 45, 59), at(22, 0));
    }

    #[test]
    fn hourly_jobs_are_due_every_hour_at_minutes_of_their_own() {
        assert_eq!(due_before("purge_spent_tokens", 1, 59), at(1, 0));
        assert_eq!(due_before("rotate-token-keys", 1, 9), at(0, 10));
        assert_eq!(due_before("rotate-token-keys", 1, 10), at(1, 10));
    }

    #[test]
    fn schedules_in_words() {
        let schedule = |name| Job::find(name).unwrap().schedule();
        assert_eq!(schedule("purge_events"), "daily at 00:00 UTC");
        assert_eq!(schedule("write_reports"), "daily at 22:00 UTC");
        assert_eq!(schedule("delete_due_applications"), "hourly at :20");
        assert!(Job::find("unknown").is_none());
    }

    #[test]
    fn every_job_and_every_kind_of_event_is_documented() {
        let page = include_str!("../../../docs/events.md");
        for job in JOBS {
            let row = format!("| `{}` | {} | {} |", job.name, job.schedule(), job.about);
            assert!(page.contains(&row), "docs/events.md has no row {row}");
        }
        for kind in passgate_core::event::EventKind::ALL {
            let row = format!(
                "| {} | `{}` | {} |",
                kind.number(),
                kind.as_str(),
                kind.severity().as_str()
            );
            assert!(page.contains(&row), "docs/events.md has no row {row}");
        }
    }
}
