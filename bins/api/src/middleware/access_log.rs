//! One line per request, and its count.

use std::{borrow::Cow, time::Duration};

use actix_web::{dev::ServiceRequest, http::StatusCode};

use crate::{
    api::Api,
    metrics::Metrics,
    paths::Paths,
    problem::{ErrorCode, Problem},
};

/// The route that fails because it is asked to.
const DRILL: &str = "/health/throw/exception";

/// Most letters of a method that are told: a client may make up one of any length.
const LONGEST_METHOD: usize = 16;

/// What is known of a request before it is answered. No query, no header, and no path that is not a route: they may hold
/// what is nobody's business.
pub(super) struct Line {
    method: String,
    client: Option<String>,
    /// The route it reached, or as much of its path as may be told.
    pub(super) route: Cow<'static, str>,
    /// The application whose key was accepted, or that the path names.
    pub(super) app: Option<String>,
    /// Whether health checks that succeed are logged.
    probes: bool,
    metrics: Metrics,
}

impl Line {
    pub(super) fn of(request: &ServiceRequest, api: &Api, paths: &Paths) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        Self {
            method: request.method().as_str().chars().take(LONGEST_METHOD).collect(),
            client: api
                .trust()
                .address(peer, request.headers())
                .map(|address| address.to_string()),
            route: paths.name_of(request.path()),
            app: None,
            probes: api.settings().log_probes,
            metrics: api.metrics().clone(),
        }
    }

    /// Errors of the server at `error` with their cause, everything else at `info`.
    pub(super) fn write(
        &self,
        status: StatusCode,
        trace_id: &str,
        problem: Option<&Problem>,
        took: Duration,
    ) {
        let code = problem.and_then(Problem::code).map(ErrorCode::as_str);
        self.metrics
            .answered(&self.method, self.route.clone(), status.as_u16(), code, took);
        if !self.probes && is_quiet_probe(&self.route, status) {
            return;
        }
        let cause = problem.and_then(Problem::cause);
        let route = self.route.as_ref();
        let milliseconds = took.as_secs_f64() * 1000.0;
        let (method, status) = (self.method.as_str(), status.as_u16());
        let (app, client) = (self.app.as_deref(), self.client.as_deref());
        if status >= 500 && route == DRILL {
            // Anybody may ask for it, and nobody has to be woken.
            tracing::warn!(target: "passgate::request", id = trace_id, method, route, status, milliseconds, app, client, code, cause, "failed as asked");
        } else if status >= 500 {
            tracing::error!(target: "passgate::request", id = trace_id, method, route, status, milliseconds, app, client, code, cause, "failed");
        } else {
            tracing::info!(target: "passgate::request", id = trace_id, method, route, status, milliseconds, app, client, code, "served");
        }
    }
}

/// Whether a request is a health check that found nothing.
fn is_quiet_probe(route: &str, status: StatusCode) -> bool {
    route.starts_with("/health/") && status.is_success()
}
