//! API keys that are not made or changed.

use actix_web::http::StatusCode;
use passgate::{
    AppNotFound,
    api_keys::{CreateKeyError, KeyChangeError},
};

use crate::problem::{ErrorCode, Problem};

impl From<CreateKeyError> for Problem {
    fn from(error: CreateKeyError) -> Self {
        match error {
            CreateKeyError::ScopesRequired => Self::rule(
                ErrorCode::CreateApiKeyScopesRequired,
                "Please select at least one scope.",
            ),
            CreateKeyError::ForeignScope { scope } => Self::malformed_body(
                "CreateApiKey",
                format!(
                    "The member 'scopes' holds '{}', which keys of this kind do not have.",
                    scope.as_str()
                ),
            ),
            CreateKeyError::AppNotFound => AppNotFound.into(),
        }
    }
}

impl From<KeyChangeError> for Problem {
    fn from(error: KeyChangeError) -> Self {
        match error {
            KeyChangeError::NotFound => Self::domain(
                StatusCode::NOT_FOUND,
                Some(ErrorCode::ApiKeyNotFound),
                "Apikey was not found",
            ),
        }
    }
}
