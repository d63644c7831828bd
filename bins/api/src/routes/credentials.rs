//! `/credentials`: what users have registered.

pub(super) mod delete;
pub(super) mod list;
pub(super) mod rename;
pub(super) mod suspend;

use actix_web::http::StatusCode;
use passgate_webauthn::CredentialId;

use crate::{
    answer::Answer,
    input::{Parts, Unreadable},
    problem::{ErrorCode, Problem},
};

/// The credential that a body names; none if the id cannot be one, and so cannot exist.
pub(super) fn credential_id(parts: &Parts<'_>) -> Result<Option<CredentialId>, Unreadable> {
    let id = parts.body().bytes("credentialId")?.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| {
        let title = "credentialId must not be null or empty";
        Problem::domain(StatusCode::BAD_REQUEST, None, title)
    })?;
    Ok(CredentialId::new(id).ok())
}

/// 204 if there was such a credential.
fn changed(found: bool) -> Result<Answer, Problem> {
    if found {
        Ok(Answer::no_content())
    } else {
        let title = "The credential was not found.";
        Err(Problem::domain(
            StatusCode::NOT_FOUND,
            Some(ErrorCode::CredentialNotFound),
            title,
        ))
    }
}
