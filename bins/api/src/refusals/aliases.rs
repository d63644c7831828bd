//! Aliases that are not set.

use actix_web::http::StatusCode;
use passgate::aliases::AliasesError;

use crate::problem::{ErrorCode, Problem};

impl From<AliasesError> for Problem {
    fn from(error: AliasesError) -> Self {
        match error {
            AliasesError::Conflict => Self::domain(
                StatusCode::CONFLICT,
                Some(ErrorCode::AliasConflict),
                "Alias is already in use by another userid",
            ),
            AliasesError::TooMany => Self::rule(
                ErrorCode::TooManyAliases,
                "A user has at most 10 aliases, the username included.",
            ),
        }
    }
}
