//! Tokens that do not open.

use std::time::Duration;

use actix_web::http::StatusCode;
use passgate_core::token::OpenTokenError;

use crate::problem::{ErrorCode, Problem};

const NOT_VALID: &str = "The token you supplied was not valid. It could be that the token has expired or that it was \
                         not issued for this tenant.";

impl From<OpenTokenError> for Problem {
    fn from(error: OpenTokenError) -> Self {
        match error {
            OpenTokenError::Missing { prefix } => Self::rule(
                ErrorCode::MissingToken,
                format!("This operation requires a token that starts with '{prefix}' to be passed."),
            ),
            OpenTokenError::WrongPrefix { prefix, started_with } => Self::rule(
                ErrorCode::InvalidToken,
                format!(
                    "The token you sent was not correct. The token used for this endpoint should start with \
                     '{prefix}'. Make sure you are not sending the wrong value. The value you sent started with \
                     '{started_with}'"
                ),
            ),
            OpenTokenError::Format => Self::rule(
                ErrorCode::InvalidTokenFormat,
                "The token you supplied was not formatted correctly. It should be valid base64url.",
            ),
            OpenTokenError::UnknownKey { id: _ } | OpenTokenError::Invalid => {
                Self::rule(ErrorCode::InvalidToken, NOT_VALID)
            }
            OpenTokenError::Expired { ago } => Self::domain(
                StatusCode::FORBIDDEN,
                Some(ErrorCode::ExpiredToken),
                format!("The token expired {} ago.", largest_unit(ago)),
            ),
        }
    }
}

/// A duration in its single largest unit, truncated: `3 hours`.
fn largest_unit(duration: Duration) -> String {
    const UNITS: [(&str, u128); 6] = [
        ("week", 604_800_000),
        ("day", 86_400_000),
        ("hour", 3_600_000),
        ("minute", 60_000),
        ("second", 1_000),
        ("millisecond", 1),
    ];
    let milliseconds = duration.as_millis();
    for (unit, length) in UNITS {
        match milliseconds / length {
            0 => {}
            1 => return format!("1 {unit}"),
            number => return format!("{number} {unit}s"),
        }
    }
    "no time".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_truncated_to_one_unit() {
        for (milliseconds, text) in [
            (0, "no time"),
            (1, "1 millisecond"),
            (999, "999 milliseconds"),
            (1_999, "1 second"),
            (10_000, "10 seconds"),
            (60_000, "1 minute"),
            (3 * 3_600_000 + 59_000, "3 hours"),
            (2 * 86_400_000, "2 days"),
            (604_800_000, "1 week"),
            (3 * 604_800_000, "3 weeks"),
        ] {
            assert_eq!(largest_unit(Duration::from_millis(milliseconds)), text);
        }
        assert_eq!(largest_unit(Duration::from_micros(999)), "no time");
    }
}
