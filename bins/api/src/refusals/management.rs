//! What operators are refused.

use actix_web::http::StatusCode;
use passgate::{
    AppNotFound,
    api_keys::{CreateKeyError, KeyChangeError},
    applications::CreateAppError,
    deletion::{DeleteAppError, MarkDeleteError},
    features::ChangeSettingsError,
    settings::Unfit,
    well_known::WellKnownDocumentError,
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

impl From<MarkDeleteError> for Problem {
    fn from(error: MarkDeleteError) -> Self {
        match error {
            MarkDeleteError::AppNotFound => AppNotFound.into(),
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
            DeleteAppError::AppNotFound => AppNotFound.into(),
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

/// Browsers and phones ask for these; to them, 404 is an answer like any other.
impl From<WellKnownDocumentError> for Problem {
    fn from(error: WellKnownDocumentError) -> Self {
        match error {
            WellKnownDocumentError::AppNotFound(AppNotFound) => Self::domain(
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

impl From<AppNotFound> for Problem {
    fn from(AppNotFound: AppNotFound) -> Self {
        Self::rule(ErrorCode::AppNotFound, "App was not found.")
    }
}

impl From<ChangeSettingsError<Unfit>> for Problem {
    fn from(error: ChangeSettingsError<Unfit>) -> Self {
        match error {
            ChangeSettingsError::AppNotFound => AppNotFound.into(),
            // Reading the body refuses what does not fit before it comes here.
            ChangeSettingsError::Change(unfit) => Self::malformed_body("ManageFeatures", unfit.to_string()),
        }
    }
}
