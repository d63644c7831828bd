//! What is counted while requests are served and jobs run, for Prometheus.
//!
//! No label holds what a client or a customer chose: routes are those of the table, codes those of the register, methods
//! those that are known. So the number of series has a bound, whatever is sent.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Upper bounds of the buckets of durations, in seconds: from what memory answers to what a client gives up on.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Methods that have a series of their own.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: Cow<'static, str>,
    status: u16,
    /// The error code of a refusal; empty where there is none.
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Cow<'static, str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobRun {
    /// The job. `job` itself is a label of Prometheus's own.
    task: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Task {
    task: &'static str,
}

/// The counts of one server. Copies count together.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Counts>);

struct Counts {
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    job_runs: Family<JobRun, Counter>,
    job_success: Family<Task, Gauge>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::<_, _, fn() -> Histogram>::new_with_constructor(|| Histogram::new(SECONDS)),
            job_runs: Family::default(),
            job_success: Family::default(),
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Counts a request that was answered. The route must be one of a bounded number of names.
    pub fn answered(
        &self,
        method: &str,
        route: Cow<'static, str>,
        status: u16,
        code: Option<&'static str>,
        took: Duration,
    ) {
        let known = METHODS.into_iter().find(|known| *known == method);
        let request = Request {
            method: known.unwrap_or("other"),
            route: route.clone(),
            status,
            code: code.unwrap_or_default(),
        };
        self.0.requests.get_or_create(&request).inc();
        let route = Route { route };
        self.0.durations.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Counts a run of a job by its outcome.
    pub fn job_ran(&self, job: &'static str, outcome: &'static str) {
        self.0
            .job_runs
            .get_or_create(&JobRun { task: job, outcome })
            .inc();
    }

    /// Notes that a job has run since it was due, here or elsewhere. `at` is in seconds since 1970.
    pub fn job_is_done(&self, job: &'static str, at: i64) {
        self.0.job_success.get_or_create(&Task { task: job }).set(at);
    }

    /// Adds everything that is counted to a registry.
    pub fn register(&self, registry: &mut Registry) {
        let counts = &self.0;
        registry.register(
            "requests",
            "Requests that were answered, by route, status and error code",
            counts.requests.clone(),
        );
        registry.register(
            "request_duration_seconds",
            "Time from the headers of a request to its answer, by route",
            counts.durations.clone(),
        );
        registry.register(
            "job_runs",
            "Runs of jobs on this node, by outcome",
            counts.job_runs.clone(),
        );
        registry.register(
            "job_last_success_timestamp_seconds",
            "When this node last knew a job to have run since it was due",
            counts.job_success.clone(),
        );
    }
}
