//! Lists of authenticator models that stay as they are.

use actix_web::http::StatusCode;
use passgate::authenticators::{AddAuthenticatorsError, AuthenticatorsError};

use crate::problem::{ErrorCode, Problem};

impl From<AuthenticatorsError> for Problem {
    fn from(error: AuthenticatorsError) -> Self {
        match error {
            AuthenticatorsError::NotOnPlan => attestation_not_on_plan(),
        }
    }
}

impl From<AddAuthenticatorsError> for Problem {
    fn from(error: AddAuthenticatorsError) -> Self {
        match error {
            AddAuthenticatorsError::NotOnPlan => attestation_not_on_plan(),
            AddAuthenticatorsError::UnknownAuthenticators { aaguids: _ } => Self::domain(
                StatusCode::BAD_REQUEST,
                None,
                "One or more authenticators do not exist in the FIDO2 MDS.",
            ),
        }
    }
}

fn attestation_not_on_plan() -> Problem {
    Problem::domain(
        StatusCode::FORBIDDEN,
        Some(ErrorCode::AttestationNotSupportedOnPlan),
        "Attestation is not supported on your plan.",
    )
}
