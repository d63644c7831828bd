//! What an endpoint answers with when all went well.

use std::{borrow::Cow, convert::Infallible, fmt};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BodyStream, BoxBody, SizedStream},
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    },
    web::Bytes,
};
use futures_util::{
    Stream, StreamExt as _, TryStreamExt as _,
    stream::{self, LocalBoxStream},
};
use serde::Serialize;

use crate::{problem::Problem, shares::Room};

/// The media type of successful JSON answers.
const CONTENT_TYPE_JSON: &str = "application/json; charset=utf-8";

/// Bytes of a piece of a long document. The server takes the next one when about two of them wait to be sent.
const PIECE: usize = 16 * 1024;

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
    /// Part of a document after part, with its length. What is not read yet costs one part, and room for that is held
    /// as long as the answer is under way.
    Pieces(Bytes, Room),
    /// Part after part, as they come. One that fails ends the connection, so that nobody takes the rest for the whole.
    Parts(LocalBoxStream<'static, Result<Vec<u8>, Problem>>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Pieces(document, _) => write!(f, "Pieces({} bytes)", document.len()),
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

    /// 200 with a long document, sent piece by piece: a client that does not read holds two
    /// pieces, for which there must be room.
    ///
    /// # Errors
    /// 429 or 503 if too much is under way.
    pub fn long_document(media_type: &'static str, document: Bytes, mut room: Room) -> Result<Self, Problem> {
        room.hold(document.len().min(2 * PIECE))?;
        Ok(Self {
            body: Body::Pieces(document, room),
            ..Self::with(StatusCode::OK, Some(media_type), Vec::new())
        })
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
            Body::Pieces(document, room) => {
                let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
                let begins = stream::iter((0..document.len()).step_by(PIECE));
                let pieces = begins.map(move |begin| {
                    let _held = &room;
                    let end = document.len().min(begin + PIECE);
                    Ok::<_, Infallible>(document.slice(begin..end))
                });
                BoxBody::new(SizedStream::new(length, pieces))
            }
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

#[cfg(test)]
mod tests {
    use passgate_core::application::AppId;

    use super::*;
    use crate::shares::{Share, ShareLimits, Shares};

    #[test]
    fn a_long_document_under_way_costs_two_pieces_and_has_a_bound() {
        static DOCUMENT: [u8; 10 * PIECE] = [b'x'; 10 * PIECE];
        let shares = Shares::new(ShareLimits {
            bytes: 5 * PIECE,
            bytes_of_one: 5 * PIECE,
            ..ShareLimits::default()
        });
        let app = Share::App(AppId::parse("demoapp").unwrap());
        let begin = || {
            Answer::long_document(
                "text/plain",
                Bytes::from_static(&DOCUMENT),
                shares.room(app.clone()),
            )
        };
        let (one, other) = (begin().unwrap(), begin().unwrap());
        assert_eq!(shares.usage().bytes, 4 * PIECE);
        assert!(begin().is_err());
        // A client that goes away, or has read it all, gives the room back.
        drop(one);
        begin().unwrap();
        drop(other);
        assert_eq!(shares.usage().bytes, 0);
    }
}
