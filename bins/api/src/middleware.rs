//! What surrounds every request: the path's spelling, cross-origin rules, headers, problem bodies, panics, the log line.
//!
//! It is one layer on purpose. A refusal can come out of any depth, also as an error that never became a response, and
//! must leave with the same headers as everything else.

use std::{any::Any, net::SocketAddr, panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method,
        header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING, UPGRADE},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt as _;
use passgate_core::application::AppId;

use crate::{
    api::Api,
    client,
    marks::{AuthenticatedApp, ManagementDoor},
    paths::Paths,
    problem::{CONTENT_TYPE_PROBLEM, ErrorCode, Problem},
};

mod access_log;
mod cors;
mod headers;
mod path;

use access_log::Line;

/// What the layer needs to know.
#[derive(Clone)]
pub struct Surroundings {
    /// The state of the server.
    pub api: Data<Api>,
    /// The paths of all endpoints.
    pub paths: Data<Paths>,
    /// The address of the endpoints of management, if they have one of their own.
    pub management_door: Option<SocketAddr>,
}

/// Serves one request.
///
/// # Errors
/// Only what cannot be a response any more, because the request is lost; the error carries the complete answer.
pub async fn surround(
    surroundings: Surroundings,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Surroundings {
        api,
        paths,
        management_door,
    } = surroundings;
    let started = Instant::now();
    let trace_id = api
        .trace_ids()
        .of_request(client::header(request.headers(), "traceparent"));
    let strict_transport = headers::wants_strict_transport(&request, api.trust());
    path::normalise(&mut request, &api.settings().path_prefix, &paths);
    if management_door == Some(request.app_config().local_addr()) {
        request.extensions_mut().insert(ManagementDoor);
    }
    let mut line = Line::of(&request, &api, &paths);

    if let Some(answer) = cors::preflight(&request) {
        let mut response = request.into_response(answer);
        headers::add(response.headers_mut(), strict_transport);
        line.write(response.status(), &trace_id, None, started.elapsed());
        return Ok(response);
    }

    if request.method() == Method::CONNECT {
        // What follows would be a tunnel without end, and this is no proxy.
        let mut response = request.into_response(HttpResponse::NotFound().force_close().finish());
        headers::add(response.headers_mut(), strict_transport);
        line.write(response.status(), &trace_id, None, started.elapsed());
        return Ok(response);
    }

    let is_endless = wants_another_protocol(request.headers());
    if is_endless {
        // No protocol is changed here. What follows the headers would be the other protocol's, without end: nobody waits
        // for it, and the connection ends with the answer.
        request.set_payload(Payload::None);
    }
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    match outcome {
        Ok(Ok(response)) => {
            line.route = match response.request().match_pattern() {
                Some(pattern) => pattern.into(),
                None => line.route,
            };
            line.app = application(response.request());
            let mut response = response;
            if is_endless {
                response
                    .response_mut()
                    .head_mut()
                    .set_connection_type(ConnectionType::Close);
            }
            let (mut response, problem) = with_problem_body(response, &trace_id);
            if let Some(problem) = &problem
                && problem.code() == Some(ErrorCode::StorageNotWritable)
            {
                api.storage_probe()
                    .refused(problem, api.operations().clock().now());
            }
            headers::add(response.headers_mut(), strict_transport);
            line.write(response.status(), &trace_id, problem.as_ref(), started.elapsed());
            Ok(response)
        }
        Ok(Err(error)) => Err(lost(
            foreign_problem(&error),
            &line,
            &trace_id,
            strict_transport,
            started,
        )),
        Err(panic) => {
            let problem = Problem::unexpected(format!("panic: {}", panic_message(panic.as_ref())));
            Err(lost(problem, &line, &trace_id, strict_transport, started))
        }
    }
}

/// Whether what follows the headers has no end, because the client goes on in another protocol.
fn wants_another_protocol(headers: &HeaderMap) -> bool {
    headers.contains_key(UPGRADE)
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
}

/// The application whose key was accepted, or that the path names.
fn application(request: &HttpRequest) -> Option<String> {
    let authenticated = request
        .extensions()
        .get::<AuthenticatedApp>()
        .map(|app| app.0.to_string());
    let named = || {
        request
            .match_info()
            .get("app")
            .filter(|name| AppId::parse(name).is_ok())
    };
    authenticated.or_else(|| named().map(str::to_owned))
}

/// Writes the body of a problem into its response.
fn with_problem_body<B: MessageBody + 'static>(
    mut response: ServiceResponse<B>,
    trace_id: &str,
) -> (ServiceResponse<BoxBody>, Option<Problem>) {
    let problem = response.response_mut().extensions_mut().remove::<Problem>();
    let response = match &problem {
        Some(problem) => {
            let body = problem.body(trace_id);
            response.map_body(|_, _| EitherBody::<B, _>::right(BoxBody::new(body)))
        }
        None => response.map_body(|_, body| EitherBody::left(body)),
    };
    (response.map_into_boxed_body(), problem)
}

/// The complete answer to a request that is lost, as an error.
fn lost(problem: Problem, line: &Line, trace_id: &str, strict_transport: bool, started: Instant) -> Error {
    let mut answer = HttpResponse::with_body(problem.status_code(), BoxBody::new(problem.body(trace_id)));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM));
    headers::add(answer.headers_mut(), strict_transport);
    line.write(problem.status_code(), trace_id, Some(&problem), started.elapsed());
    InternalError::from_response(problem, answer).into()
}

/// An error that is none of ours, such as the framework's own.
fn foreign_problem(error: &Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => Problem::unexpected(error.to_string()),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
