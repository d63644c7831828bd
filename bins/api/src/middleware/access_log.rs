//! One line per request.

use std::time::Duration;

use actix_web::{dev::ServiceRequest, http::StatusCode};

use crate::{
    api::Api,
    problem::{ErrorCode, Problem},
};

/// What is known of a request before it is answered. No query and no header: they may hold what is nobody's business.
pub(super) struct Line {
    method: String,
    path: String,
    client: Option<String>,
    /// The route it reached.
    pub(super) route: Option<String>,
    /// The application whose key was accepted, or that the path names.
    pub(super) app: Option<String>,
}

impl Line {
    pub(super) fn of(request: &ServiceRequest, api: &Api) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        Self {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            client: api
                .trust()
                .address(peer, request.headers())
                .map(|address| address.to_string()),
            route: None,
            app: None,
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
        let cause = problem.and_then(Problem::cause);
        let route = self.route.as_deref().unwrap_or(self.path.as_str());
        let milliseconds = took.as_secs_f64() * 1000.0;
        let (method, status) = (self.method.as_str(), status.as_u16());
        let (app, client) = (self.app.as_deref(), self.client.as_deref());
        if status >= 500 {
            tracing::error!(target: "passgate::request", id = trace_id, method, route, status, milliseconds, app, client, code, cause, "failed");
        } else {
            tracing::info!(target: "passgate::request", id = trace_id, method, route, status, milliseconds, app, client, code, "served");
        }
    }
}
