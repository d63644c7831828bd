//! What an endpoint reads of a request: path, query and body, bound and validated.
//!
//! How long texts and lists may be is checked here for every endpoint, from the members that it names: nothing that is
//! longer than the OpenAPI document says reaches an operation.

mod lengths;

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;

use crate::{
    json::{BindingError, Json, Members},
    problem::Problem,
    shape::{Body, Member},
    validation::Failures,
};

/// What one endpoint reads.
pub trait Input: Sized + 'static {
    /// The body that is read; none if none is.
    const BODY: Option<Body> = None;
    /// The parameters that are read from the query.
    const QUERY: &'static [Member] = &[];

    /// Reads and validates.
    ///
    /// # Errors
    /// What cannot be bound, or is bound and not valid.
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable>;
}

/// For endpoints that read nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Input for Nothing {
    fn read(_: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self)
    }
}

/// Why an input cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The body does not bind.
    Body(BindingError),
    /// It binds, and is not valid.
    Invalid(Failures),
    /// Something else about the request is wrong.
    Refused(Problem),
}

impl From<BindingError> for Unreadable {
    fn from(error: BindingError) -> Self {
        Self::Body(error)
    }
}

impl From<Failures> for Unreadable {
    fn from(failures: Failures) -> Self {
        Self::Invalid(failures)
    }
}

impl From<Problem> for Unreadable {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// The parts of a request that an input is read from.
#[derive(Debug)]
pub struct Parts<'r> {
    request: &'r HttpRequest,
    body: Members<'r>,
}

impl<'r> Parts<'r> {
    /// Reads an input from a request and the text of its body.
    ///
    /// # Errors
    /// The problem to answer with.
    pub fn read<I: Input>(request: &'r HttpRequest, body: &[u8]) -> Result<I, Problem> {
        let document = match I::BODY {
            Some(read) => parse(read.parameter, request, body)?,
            None => Json::Object(Vec::new()),
        };
        let parameter = I::BODY.map_or("", |read| read.parameter);
        let unreadable = |error: BindingError| Problem::unreadable_body(parameter, &error);
        let parts = Parts {
            request,
            body: Members::of(&document).map_err(unreadable)?,
        };
        let input = I::read(&parts).map_err(|error| match error {
            Unreadable::Body(error) => unreadable(error),
            Unreadable::Invalid(failures) => Problem::validation(failures),
            Unreadable::Refused(problem) => problem,
        })?;
        // Last, since several members have words of their own for it.
        lengths::check(&parts, I::BODY.map_or(&[], |read| read.members), I::QUERY)?;
        Ok(input)
    }

    /// The members of the body; none if the endpoint reads no body.
    pub const fn body(&self) -> &Members<'r> {
        &self.body
    }

    /// A segment of the path.
    ///
    /// # Errors
    /// If it is not text.
    pub fn path(&self, name: &str) -> Result<String, Problem> {
        let sent = self.request.match_info().get(name).unwrap_or_default();
        match percent_decode_str(sent).decode_utf8() {
            Ok(text) if !text.contains('\0') => Ok(text.into_owned()),
            Ok(_) | Err(_) => Err(Problem::malformed_parameter(&format!("string {name}"), sent)),
        }
    }

    /// The first value of a query parameter, whatever the case of its name.
    ///
    /// # Errors
    /// If it contains a character that cannot be stored.
    pub fn query(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.queries(name)?.into_iter().next())
    }

    /// All values of a query parameter.
    ///
    /// # Errors
    /// If one of them contains a character that cannot be stored.
    pub fn queries(&self, name: &str) -> Result<Vec<String>, Problem> {
        let pairs = url::form_urlencoded::parse(self.request.query_string().as_bytes());
        let values = pairs
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned());
        let storable = |value: String| {
            if value.contains('\0') {
                return Err(Problem::malformed_parameter(
                    &format!("string {name}"),
                    &value.escape_debug().to_string(),
                ));
            }
            Ok(value)
        };
        values.map(storable).collect()
    }
}

/// The document in a body.
fn parse(parameter: &str, request: &HttpRequest, body: &[u8]) -> Result<Json, Problem> {
    if body.is_empty() {
        return Err(Problem::malformed_body(parameter, "The request body is empty."));
    }
    let content_type = crate::client::header(request.headers(), "content-type").unwrap_or_default();
    if !is_json(content_type) {
        return Err(Problem::unsupported_media_type(content_type));
    }
    // The error's text repeats nothing of what was sent, which may be a token.
    Json::parse(body)
        .map_err(|error| Problem::malformed_body(parameter, format!("The request body {error}.")))
}

/// `application/json` or `application/*+json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match media_type.strip_prefix("application/") {
        Some("json") => true,
        Some(subtype) => subtype.len() > "+json".len() && subtype.ends_with("+json"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_media_types() {
        for (content_type, json) in [
            ("application/json", true),
            ("application/json; charset=UTF-8", true),
            ("Application/JSON;charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("application/+json", false),
            ("text/json", false),
            ("text/plain", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(is_json(content_type), json, "{content_type}");
        }
    }
}
