//! Applications that are not made, or not there.

use actix_web::http::StatusCode;
use passgate::{AppNotFound, applications::CreateAppError};

use crate::problem::{ErrorCode, Problem};

impl From<CreateAppError> for Problem {
    fn from(error: CreateAppError) -> Self {
        match error {
            CreateAppError::NotAvailable { app } => Self::domain(
                StatusCode::CONFLICT,
                None,
                format!("accountName '{app}' is not available"),
            ),
        }
    }
}

impl From<AppNotFound> for Problem {
    fn from(AppNotFound: AppNotFound) -> Self {
        Self::rule(ErrorCode::AppNotFound, "App was not found.")
    }
}
