//! Keys that are refused, and failures, which are no caller's doing.

use passgate::{Failure, Stopped, authentication::AuthenticationError};
use passgate_core::api_key::{ApiKeyKind, HeaderProblem, MissingScope};
use passgate_webauthn::causes;

use crate::problem::Problem;

const API_KEY: &str = ApiKeyKind::Public.header();
const API_SECRET: &str = ApiKeyKind::Secret.header();

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let cause = causes(&failure);
        if failure.is_unavailable() {
            Self::unavailable(cause)
        } else if failure.is_not_writable() {
            Self::not_writable(cause)
        } else {
            Self::unexpected(cause)
        }
    }
}

impl<R: Into<Self>> From<Stopped<R>> for Problem {
    fn from(stopped: Stopped<R>) -> Self {
        match stopped {
            Stopped::Refused(refusal) => refusal.into(),
            Stopped::Failed(failure) => failure.into(),
        }
    }
}

impl From<AuthenticationError> for Problem {
    fn from(AuthenticationError { required, problem }: AuthenticationError) -> Self {
        let (required, other) = match required {
            ApiKeyKind::Public => (API_KEY, API_SECRET),
            ApiKeyKind::Secret => (API_SECRET, API_KEY),
        };
        Self::unauthorized(required, Some(detail(&problem, required, other)))
    }
}

impl From<MissingScope> for Problem {
    fn from(error: MissingScope) -> Self {
        let MissingScope { required } = error;
        Self::missing_scope(required.as_str())
    }
}

/// What the 401 says about the headers that were sent.
fn detail(problem: &HeaderProblem, required: &str, other: &str) -> String {
    match problem {
        HeaderProblem::SignInToken => format!("A verify token was supplied instead of your '{required}'."),
        HeaderProblem::RegisterToken => {
            format!("A register token was supplied instead of your '{required}'.")
        }
        HeaderProblem::OtherKind if required == API_SECRET => {
            "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.".to_owned()
        }
        HeaderProblem::OtherKind => {
            "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.".to_owned()
        }
        HeaderProblem::Unrecognised { started_with } => format!(
            "We don't recognize the value you supplied for your '{required}'. It started with: '{started_with}'."
        ),
        HeaderProblem::Invalid => format!("The value of your '{required}' is not valid."),
        HeaderProblem::OtherHeader => {
            format!("A '{other}' header was supplied when a '{required}' header should have been supplied.")
        }
        HeaderProblem::Missing => format!("A valid '{required}' header is required."),
    }
}
