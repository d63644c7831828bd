//! Signals that are not given.

use actix_web::http::StatusCode;
use passgate::signals::{SignalUnknownError, SignalUserError};

use crate::problem::{ErrorCode, Problem};

impl From<SignalUserError> for Problem {
    fn from(error: SignalUserError) -> Self {
        match error {
            SignalUserError::NoUserHandle => Self::domain(
                StatusCode::BAD_REQUEST,
                None,
                "The user has no passkey, and the userId is longer than a user handle.",
            ),
        }
    }
}

impl From<SignalUnknownError> for Problem {
    fn from(error: SignalUnknownError) -> Self {
        match error {
            SignalUnknownError::Known => Self::domain(
                StatusCode::CONFLICT,
                Some(ErrorCode::CredentialKnown),
                "The credential exists. An authenticator that is told otherwise would drop it.",
            ),
        }
    }
}
