//! What an application, or everybody together, has too much of.

use actix_web::http::StatusCode;

use crate::{
    problem::{ErrorCode, Problem},
    shares::Exceeded,
};

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Share => Self::domain(
                StatusCode::TOO_MANY_REQUESTS,
                Some(ErrorCode::RateLimitExceeded),
                "Too many requests of this application are under way. Please try again.",
            )
            .with_retry_after(1),
            Exceeded::Server | Exceeded::Patience => Self::busy(exceeded.to_string()),
        }
    }
}
