//! Documents that an application does not publish.

use actix_web::http::StatusCode;
use passgate::{AppNotFound, well_known::WellKnownDocumentError};

use crate::problem::{ErrorCode, Problem};

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
