//! Every refusal as `application/problem+json`, with the exact types, titles and codes of the API.
//!
//! This is the wire form only. Which refusal gets which status and code is chosen in `refusals`, one file per noun.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
pub use passgate_core::code::Code as ErrorCode;
use serde_json::{Map, Value};

use crate::{json::BindingError, validation::Failures};

/// The media type of problems. No parameter may follow: several clients compare the whole value.
pub const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

const ERRORS_PAGE: &str = "https://docs.passwordless.dev/guide/errors.html";
/// Where the codes of our own are described, which that page does not know.
const OWN_ERRORS_PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/api.md");
const HTTP_SPECIFICATION: &str = "https://tools.ietf.org/html/rfc9110";

/// A refusal or a failure, ready to be written once the request's trace id is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Refusal>);

#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    status: StatusCode,
    title: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    kind: Kind,
    challenge: Option<&'static str>,
    retry_after: Option<u64>,
    cause: Option<String>,
    closes_connection: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// A rule of the API, with its code (which may be missing and is then written as `null`).
    Domain {
        code: Option<ErrorCode>,
        members: Vec<(&'static str, Value)>,
    },
    /// Members that failed validation.
    Validation(Failures),
    /// A page of the errors guide that is not an error code.
    Guide(&'static str),
    /// What the HTTP specification says about the status.
    Http { section: &'static str },
}

impl Problem {
    /// A rule of the API said no. Rules without a code write `"errorCode": null`.
    pub fn domain(status: StatusCode, code: Option<ErrorCode>, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            status,
            title,
            Kind::Domain {
                code,
                members: Vec::new(),
            },
        )
    }

    /// A rule of the API said no, with status 400 and a code.
    pub fn rule(code: ErrorCode, title: impl Into<Cow<'static, str>>) -> Self {
        Self::domain(StatusCode::BAD_REQUEST, Some(code), title)
    }

    /// Adds a member to a domain problem, written before its code.
    pub fn with_member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Kind::Domain { members, .. } = &mut self.0.kind {
            members.push((name, value.into()));
        }
        self
    }

    /// Adds a sentence for people.
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says in how many seconds another try is welcome.
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Members failed their checks.
    pub fn validation(failures: Failures) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "One or more validation errors occurred.",
            Kind::Validation(failures),
        )
    }

    /// The body could not be bound to the parameter of that name.
    pub fn unreadable_body(parameter: &str, error: &BindingError) -> Self {
        Self::malformed_body(parameter, error.to_string())
    }

    /// The body is not what the parameter of that name needs.
    pub fn malformed_body(parameter: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        let title =
            format!("Failed to read parameter \"{parameter} request\" from the request body as JSON.");
        Self::bad_request(title).with_detail(detail)
    }

    /// A query parameter is not there.
    pub fn missing_query_parameter(declaration: &str) -> Self {
        Self::bad_request(format!(
            "Required parameter \"{declaration}\" was not provided from query string."
        ))
    }

    /// A query or path parameter is not what it should be.
    pub fn malformed_parameter(declaration: &str, sent: &str) -> Self {
        let shown: String = sent.chars().take(64).collect();
        Self::bad_request(format!(
            "Failed to bind parameter \"{declaration}\" from \"{shown}\"."
        ))
    }

    /// The body is not JSON.
    pub fn unsupported_media_type(sent: &str) -> Self {
        let shown: String = sent.chars().take(64).collect();
        let title = format!("Expected a supported JSON media type but got \"{shown}\".");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            title,
            Kind::Http { section: "15.5.16" },
        )
    }

    /// The body is larger than `limit` bytes.
    pub fn body_too_large(limit: usize) -> Self {
        let title = format!("Request body too large. The limit is {limit} bytes.");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            title,
            Kind::Http { section: "15.5.14" },
        )
    }

    /// The body did not arrive in time.
    pub fn body_too_slow() -> Self {
        let title = "Reading the request body timed out due to data arriving too slowly.";
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            title,
            Kind::Http { section: "15.5.9" },
        )
        .closing()
    }

    /// The body broke off.
    pub fn body_incomplete() -> Self {
        Self::bad_request("Unexpected end of request content.").closing()
    }

    /// No valid key; `header` is the header that is required, and the scheme of the challenge.
    pub fn unauthorized(header: &'static str, detail: Option<String>) -> Self {
        let title = format!("A valid '{header}' header is required.");
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, title, Kind::Guide(header));
        problem.0.detail = detail.map(Cow::Owned);
        problem.0.challenge = Some(header);
        problem
    }

    /// The caller is known, and may not do this.
    pub fn forbidden() -> Self {
        let title = "You are forbidden from accessing this resource.";
        Self::new(StatusCode::FORBIDDEN, title, Kind::Guide("forbidden"))
    }

    /// The caller's key lacks a scope.
    pub fn missing_scope(required: &str) -> Self {
        Self::forbidden().with_detail(format!(
            "You are unable to access this resource because you do not have the required permissions. \
             Required scopes: {required}"
        ))
    }

    /// Something failed that is not the caller's fault; `cause` goes to the log and nowhere else.
    pub fn unexpected(cause: impl Into<String>) -> Self {
        let title = "An error occurred while processing your request.";
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            title,
            Kind::Http { section: "15.6.1" },
        )
        .with_detail("The api has encountered an error");
        problem.0.cause = Some(cause.into());
        problem
    }

    /// The database cannot be reached, or has no time; `cause` goes to the log and nowhere else.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let title = "The service is temporarily unable to process your request.";
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            title,
            Kind::Http { section: "15.6.4" },
        )
        .with_detail("The storage is not available. Please try again.");
        problem.0.cause = Some(cause.into());
        problem
    }

    /// The database answers and cannot write; `cause` goes to the log and nowhere else.
    pub fn not_writable(cause: impl Into<String>) -> Self {
        let mut problem = Self::domain(
            StatusCode::SERVICE_UNAVAILABLE,
            Some(ErrorCode::StorageNotWritable),
            "The storage cannot be written to at the moment.",
        )
        .with_retry_after(30);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// A link to this server was to be mailed, and nobody said where it is reached.
    pub fn public_url_missing() -> Self {
        Self::domain(
            StatusCode::SERVICE_UNAVAILABLE,
            Some(ErrorCode::PublicUrlMissing),
            "This server cannot mail links to itself: its operator has not set 'public_url'.",
        )
    }

    /// The error code, if this is a rule that has one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self.0.kind {
            Kind::Domain { code, .. } => code,
            Kind::Validation(_) | Kind::Guide(_) | Kind::Http { .. } => None,
        }
    }

    /// The text for people.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What went wrong inside, for the log.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// No threads or no places are left for mail; `cause` goes to the log and nowhere else.
    pub fn busy(cause: impl Into<String>) -> Self {
        Self::unavailable(cause)
            .with_detail("Too much is under way. Please try again.")
            .with_retry_after(5)
    }

    /// The body, with the trace id under which the log speaks of this request.
    pub fn body(&self, trace_id: &str) -> String {
        let mut body = Map::new();
        body.insert("type".to_owned(), self.type_uri().into());
        body.insert("title".to_owned(), self.0.title.as_ref().into());
        body.insert("status".to_owned(), self.0.status.as_u16().into());
        if let Some(detail) = &self.0.detail {
            body.insert("detail".to_owned(), detail.as_ref().into());
        }
        match &self.0.kind {
            Kind::Domain { code, members } => {
                for (name, value) in members {
                    body.insert((*name).to_owned(), value.clone());
                }
                body.insert("errorCode".to_owned(), code.map(ErrorCode::as_str).into());
            }
            Kind::Validation(failures) => {
                let errors: Map<String, Value> = failures
                    .members()
                    .iter()
                    .map(|(member, texts)| (member.clone(), texts.clone().into()))
                    .collect();
                body.insert("errors".to_owned(), errors.into());
            }
            Kind::Guide(_) | Kind::Http { .. } => {}
        }
        body.insert("traceId".to_owned(), trace_id.into());
        Value::Object(body).to_string()
    }

    fn new(status: StatusCode, title: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        Self(Box::new(Refusal {
            status,
            title: title.into(),
            detail: None,
            kind,
            challenge: None,
            retry_after: None,
            cause: None,
            closes_connection: false,
        }))
    }

    fn bad_request(title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title, Kind::Http { section: "15.5.1" })
    }

    /// After an unread rest of a body the connection cannot be used again.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.0.closes_connection = true;
        self
    }

    fn type_uri(&self) -> String {
        match &self.0.kind {
            Kind::Domain { code: Some(code), .. } if !code.is_of_the_api() => {
                format!("{OWN_ERRORS_PAGE}#{}", code.as_str())
            }
            Kind::Domain { code, .. } => format!("{ERRORS_PAGE}#{}", code.map_or("", ErrorCode::as_str)),
            Kind::Guide(page) => format!("{ERRORS_PAGE}#{page}"),
            Kind::Validation(_) => format!("{HTTP_SPECIFICATION}#section-15.5.1"),
            Kind::Http { section } => format!("{HTTP_SPECIFICATION}#section-{section}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.title)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// The response without its body: the outermost layer writes it, since it knows the trace id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.0.status);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM));
        if let Some(scheme) = self.0.challenge {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if let Some(seconds) = self.0.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.closes_connection {
            response
                .head_mut()
                .set_connection_type(actix_web::http::ConnectionType::Close);
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<Failures> for Problem {
    fn from(failures: Failures) -> Self {
        Self::validation(failures)
    }
}

#[cfg(test)]
mod tests;
