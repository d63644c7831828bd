//! Metadata that is not there.

use actix_web::http::StatusCode;
use passgate::metadata::NoMetadata;

use crate::problem::{ErrorCode, Problem};

impl From<NoMetadata> for Problem {
    fn from(NoMetadata: NoMetadata) -> Self {
        Self::domain(
            StatusCode::SERVICE_UNAVAILABLE,
            Some(ErrorCode::MetadataUnavailable),
            "There is no FIDO metadata.",
        )
    }
}
