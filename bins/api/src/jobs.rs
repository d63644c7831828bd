//! Jobs: when each is due, and the loop that runs them.
//!
//! Every node runs this loop; leases in the database see to it that a job runs on one of them at a time, and jobs are
//! idempotent, so that running one again does no harm.

use std::time::Duration;

use passgate::{Env, Failure, Passgate, jobs::JobOutcome};
use passgate_core::time::{Timestamp, random_bytes};

use crate::operations::Operations;

/// How often the loop looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(60);

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Something to be done now and then.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name in the log.
    pub name: &'static str,
    /// Seconds from one time it is due to the next.
    period: i64,
    /// Seconds after midnight UTC (or the full hour) at which it is due.
    offset: i64,
    run: fn(&Passgate, &str, Env<'_>) -> Result<JobOutcome, Failure>,
}

/// Every job.
pub const JOBS: [Job; 7] = [
    Job {
        name: "purge_spent_tokens",
        period: HOUR,
        offset: 0,
        run: Passgate::purge_spent_tokens,
    },
    Job {
        name: "rotate_token_keys",
        period: HOUR,
        offset: 600,
        run: Passgate::rotate_token_keys,
    },
    Job {
        name: "delete_due_applications",
        period: HOUR,
        offset: 1_200,
        run: Passgate::delete_due_applications,
    },
    Job {
        name: "advance_account_deletions",
        period: HOUR,
        offset: 1_800,
        run: Passgate::advance_account_deletions,
    },
    Job {
        name: "purge_events",
        period: DAY,
        offset: 0,
        run: Passgate::purge_events,
    },
    Job {
        name: "purge_dispatched_emails",
        period: DAY,
        offset: 0,
        run: Passgate::purge_dispatched_emails,
    },
    Job {
        name: "write_reports",
        period: DAY,
        offset: 22 * HOUR,
        run: Passgate::write_reports,
    },
];

impl Job {
    /// Whether one of the times at which it is due lies after `last` and not after `now`.
    pub const fn is_due(&self, last: Timestamp, now: Timestamp) -> bool {
        self.count_until(now) > self.count_until(last)
    }

    /// How many times it has been due since the epoch.
    const fn count_until(&self, at: Timestamp) -> i64 {
        (at.as_micros().div_euclid(1_000_000) - self.offset).div_euclid(self.period)
    }
}

/// Runs jobs when they are due, for as long as the runtime lives.
pub async fn run(operations: Operations) {
    let holder = hex::encode(random_bytes::<8>(operations.entropy()));
    let mut last = operations.clock().now();
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        let now = operations.clock().now();
        for job in JOBS.iter().filter(|job| job.is_due(last, now)) {
            perform(&operations, *job, holder.clone()).await;
        }
        last = now;
    }
}

/// Runs one job. A failure is logged, and the job tried again when it is next due.
async fn perform(operations: &Operations, job: Job, holder: String) {
    match operations
        .run(move |passgate, env| (job.run)(passgate, &holder, env))
        .await
    {
        Ok(JobOutcome::Done { count }) => tracing::info!(job = job.name, count, "job done"),
        Ok(JobOutcome::HeldElsewhere) => tracing::debug!(job = job.name, "another node runs the job"),
        Err(problem) => tracing::error!(job = job.name, cause = problem.cause(), "job failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Job {
        *JOBS.iter().find(|job| job.name == name).unwrap()
    }

    /// 2025-01-01 at that time of day.
    fn at(hour: i64, minute: i64) -> Timestamp {
        Timestamp::from_seconds(1_735_689_600 + hour * HOUR + minute * 60)
    }

    #[test]
    fn reports_are_due_at_ten_in_the_evening() {
        let reports = find("write_reports");
        assert!(!reports.is_due(at(0, 0), at(21, 59)));
        assert!(reports.is_due(at(21, 59), at(22, 0)));
        assert!(!reports.is_due(at(22, 0), at(23, 59)));
        assert!(
            reports.is_due(at(20, 0), at(44, 0)),
            "a loop that slept catches up once"
        );
    }

    #[test]
    fn hourly_jobs_are_due_every_hour() {
        let purge = find("purge_spent_tokens");
        assert!(purge.is_due(at(0, 59), at(1, 0)));
        assert!(!purge.is_due(at(1, 0), at(1, 59)));
        assert!(
            !purge.is_due(at(2, 0), at(1, 0)),
            "a clock that went back makes nothing due"
        );
    }
}
