//! Purposes that are not made, changed or deleted.

use actix_web::http::StatusCode;
use passgate::authentication_configs::{
    AddAuthenticationConfigError, DeleteAuthenticationConfigError, UpdateAuthenticationConfigError,
};

use crate::problem::Problem;

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
