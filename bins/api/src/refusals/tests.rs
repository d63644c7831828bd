//! Refusals that no request provokes; the others are the rows of the API's tests.

use std::time::Duration;

use actix_web::ResponseError as _;
use passgate::{TooOften, magic_links::MagicLinkError, register::RegisterBeginError};
use passgate_core::{magic_link::InvalidLinkTemplate, register::BeginError, user::InvalidUserId};

use crate::{
    problem::{ErrorCode, Problem},
    shares::Exceeded,
};

/// A problem as `status code title`.
fn line(problem: &Problem) -> String {
    let status = problem.status_code().as_u16();
    let code = problem.code().map_or("null", ErrorCode::as_str);
    format!("{status} {code} {}", problem.title())
}

#[test]
fn statuses_codes_and_titles_are_a_contract() {
    let soon = TooOften {
        retry_after: Duration::from_secs(1),
    };
    for (problem, expected) in [
        // It takes more requests at once than are served.
        (
            Exceeded::Share.into(),
            "429 rate_limit_exceeded Too many requests of this application are under way. Please try again.",
        ),
        // It takes more of them than the playground makes in an hour.
        (
            Problem::too_many_demos(soon),
            "429 rate_limit_exceeded Too many demo applications were made. Please try again later.",
        ),
        // It takes a full disk.
        (
            Problem::not_writable("a full disk"),
            "503 storage_not_writable The storage cannot be written to at the moment.",
        ),
        // A registration token is not sealed without one.
        (
            RegisterBeginError::Rule(BeginError::UserId(InvalidUserId::Blank)).into(),
            "400 missing_userid The token does not contain a valid userId",
        ),
        // Validation asks for it, with a text of its own.
        (
            MagicLinkError::Template(InvalidLinkTemplate::NoPlaceholder).into(),
            "400 invalid_argument the link template has no $TOKEN",
        ),
    ] {
        assert_eq!(line(&problem), expected);
    }
}
