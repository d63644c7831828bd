//! What operators are refused.

use actix_web::http::StatusCode;
use passgate::{
    api_keys::{CreateKeyError, KeyChangeError},
    applications::CreateAppError,
    deletion::{CanDeleteError, DeleteAppError, MarkDeleteError},
    features::ReplaceFeaturesError,
    well_known::{WellKnownDocumentError, WellKnownError},
};

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
            CreateKeyError::AppNotFound => app_not_found(),
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

impl From<ReplaceFeaturesError> for Problem {
    fn from(error: ReplaceFeaturesError) -> Self {
        match error {
            ReplaceFeaturesError::AppNotFound => app_not_found(),
        }
    }
}

impl From<CanDeleteError> for Problem {
    fn from(error: CanDeleteError) -> Self {
        match error {
            CanDeleteError::AppNotFound => app_not_found(),
        }
    }
}

impl From<MarkDeleteError> for Problem {
    fn from(error: MarkDeleteError) -> Self {
        match error {
            MarkDeleteError::AppNotFound => app_not_found(),
            MarkDeleteError::AlreadyPending => Self::rule(
                ErrorCode::AppPendingDeletion,
                "App is already pending to be deleted.",
            ),
        }
    }
}

impl From<DeleteAppError> for Problem {
    fn from(error: DeleteAppError) -> Self {
        match error {
            DeleteAppError::AppNotFound => app_not_found(),
            DeleteAppError::NotScheduled => Self::rule(
                ErrorCode::AppNotPendingDeletion,
                "App was not scheduled for deletion.",
            ),
            DeleteAppError::NotDue => {
                Self::rule(ErrorCode::AppNotPendingDeletion, "App cannot be deleted yet.")
            }
        }
    }
}

impl From<WellKnownError> for Problem {
    fn from(error: WellKnownError) -> Self {
        match error {
            WellKnownError::AppNotFound => app_not_found(),
        }
    }
}

/// Browsers and phones ask for these; to them, 404 is an answer like any other.
impl From<WellKnownDocumentError> for Problem {
    fn from(error: WellKnownDocumentError) -> Self {
        match error {
            WellKnownDocumentError::AppNotFound => Self::domain(
                StatusCode::NOT_FOUND,
                Some(ErrorCode::AppNotFound),
                "App was not found.",
            ),
            WellKnownDocumentError::NotPublished { document } => Self::domain(
                StatusCode::NOT_FOUND,
                Some(ErrorCode::DocumentNotPublished),
                format!("The document '{}' is not published here.", document.name()),
            ),
        }
    }
}

fn app_not_found() -> Problem {
    Problem::rule(ErrorCode::AppNotFound, "App was not found.")
}
