//! What backends are refused about their own application: purposes, authenticators, events; and operators about metadata.

use actix_web::http::StatusCode;
use passgate::{
    authentication_configs::{
        AddAuthenticationConfigError, DeleteAuthenticationConfigError, UpdateAuthenticationConfigError,
    },
    authenticators::{AddAuthenticatorsError, AuthenticatorsError},
    events::ListEventsError,
    metadata::NoMetadata,
};

use crate::problem::{ErrorCode, Problem};

impl From<AddAuthenticationConfigError> for Problem {
    fn from(error: AddAuthenticationConfigError) -> Self {
        match error {
            AddAuthenticationConfigError::AlreadyExists { purpose } => Self::domain(
                StatusCode::BAD_REQUEST,
                None,
                format!("The configuration {} already exists.", purpose.as_str()),
            ),
        }
    }
}

impl From<UpdateAuthenticationConfigError> for Problem {
    fn from(error: UpdateAuthenticationConfigError) -> Self {
        match error {
            UpdateAuthenticationConfigError::NotFound { purpose } => Self::domain(
                StatusCode::NOT_FOUND,
                None,
                format!("The configuration {} does not exist.", purpose.as_str()),
            ),
        }
    }
}

impl From<DeleteAuthenticationConfigError> for Problem {
    fn from(error: DeleteAuthenticationConfigError) -> Self {
        match error {
            // The endpoint answers this one without a body and never comes here with it.
            DeleteAuthenticationConfigError::NotFound => {
                Self::domain(StatusCode::NOT_FOUND, None, "The configuration does not exist.")
            }
            DeleteAuthenticationConfigError::Preset { purpose } => Self::domain(
                StatusCode::BAD_REQUEST,
                None,
                format!("The {} configuration cannot be deleted.", purpose.as_str()),
            ),
        }
    }
}

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

impl From<ListEventsError> for Problem {
    fn from(error: ListEventsError) -> Self {
        match error {
            ListEventsError::Disabled => Self::forbidden(),
        }
    }
}

impl From<NoMetadata> for Problem {
    fn from(NoMetadata: NoMetadata) -> Self {
        Self::domain(
            StatusCode::SERVICE_UNAVAILABLE,
            Some(ErrorCode::MetadataUnavailable),
            "There is no FIDO metadata.",
        )
    }
}

fn attestation_not_on_plan() -> Problem {
    Problem::domain(
        StatusCode::FORBIDDEN,
        Some(ErrorCode::AttestationNotSupportedOnPlan),
        "Attestation is not supported on your plan.",
    )
}
