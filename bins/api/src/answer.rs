//! What an endpoint answers with when all went well.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BodyStream, BoxBody},
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    },
    web::Bytes,
};
use futures_util::{Stream, TryStreamExt as _, stream::LocalBoxStream};
use serde::Serialize;

use crate::problem::Problem;

/// The media type of successful JSON answers.
const CONTENT_TYPE_JSON: &str = "application/json; charset=utf-8";

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    content_type: Option<&'static str>,
    headers: HeaderMap,
    body: Body,
}

/// What follows the headers.
enum Body {
    /// All of it.
    Whole(Cow<'static, [u8]>),
    /// Part after part, as they come. One that fails ends the connection, so that nobody takes the rest for the whole.
    Parts(LocalBoxStream<'static, Result<Vec<u8>, Problem>>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Parts(_) => f.write_str("Parts(..)"),
        }
    }
}

impl Answer {
    /// 200 with a JSON document.
    ///
    /// # Errors
    /// 500 if the value cannot be written, which would be a mistake in its type.
    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| Problem::unexpected(error.to_string()))?;
        Ok(Self::with(StatusCode::OK, Some(CONTENT_TYPE_JSON), body))
    }

    /// 200 with a JSON document that is written already.
    pub fn json_text(text: String) -> Self {
        Self::with(StatusCode::OK, Some(CONTENT_TYPE_JSON), text.into_bytes())
    }

    /// 200 with a JSON document of somebody else's making. Its readers may compare the whole content type, so it has no
    /// parameter, which JSON does not need.
    ///
    /// # Errors
    /// 500 if the value cannot be written, which would be a mistake in its type.
    pub fn foreign_json(value: &impl Serialize) -> Result<Self, Problem> {
        let mut answer = Self::json(value)?;
        answer.content_type = Some("application/json");
        Ok(answer)
    }

    /// 200 with an indented JSON document.
    ///
    /// # Errors
    /// 500 if the value cannot be written, which would be a mistake in its type.
    pub fn pretty_json(value: &impl Serialize) -> Result<Self, Problem> {
        let body =
            serde_json::to_vec_pretty(value).map_err(|error| Problem::unexpected(error.to_string()))?;
        Ok(Self::with(StatusCode::OK, Some(CONTENT_TYPE_JSON), body))
    }

    /// 200 with a line of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::with(
            StatusCode::OK,
            Some("text/plain; charset=utf-8"),
            text.into().into_bytes(),
        )
    }

    /// 200 with a page for people.
    pub fn html(html: String) -> Self {
        Self::with(
            StatusCode::OK,
            Some("text/html; charset=utf-8"),
            html.into_bytes(),
        )
    }

    /// 200 with a document that is part of the program.
    pub fn document(media_type: &'static str, document: &'static [u8]) -> Self {
        Self {
            body: Body::Whole(Cow::Borrowed(document)),
            ..Self::with(StatusCode::OK, Some(media_type), Vec::new())
        }
    }

    /// 200 with a document that is written while it is sent. A failure on the way is logged, and breaks the
    /// connection.
    pub fn stream(
        media_type: &'static str,
        parts: impl Stream<Item = Result<Vec<u8>, Problem>> + 'static,
    ) -> Self {
        let logged = parts.inspect_err(|problem| {
            tracing::error!(
                cause = problem.cause(),
                "an answer broke off: {}",
                problem.title()
            );
        });
        Self {
            body: Body::Parts(Box::pin(logged)),
            ..Self::with(StatusCode::OK, Some(media_type), Vec::new())
        }
    }

    /// A status without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self::with(status, None, Vec::new())
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// The same answer with another status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn with(status: StatusCode, content_type: Option<&'static str>, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            headers: HeaderMap::new(),
            body: Body::Whole(Cow::Owned(body)),
        }
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let body = match self.body {
            Body::Whole(Cow::Borrowed(document)) => BoxBody::new(document),
            Body::Whole(Cow::Owned(bytes)) => BoxBody::new(bytes),
            Body::Parts(parts) => {
                let parts = parts.map_ok(Bytes::from).map_err(|problem| problem.to_string());
                BoxBody::new(BodyStream::new(parts))
            }
        };
        let mut response = HttpResponse::with_body(self.status, body);
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        if let Some(content_type) = self.content_type {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }
}
/// A page that no other page may hold in a frame.
pub fn unframed(answer: Answer) -> Answer {
    answer.with_header(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"),
    )
}
