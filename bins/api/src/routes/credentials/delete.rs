//! `POST /credentials/delete`: one credential, which need not exist.

use actix_web::http::StatusCode;
use passgate_webauthn::CredentialId;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(in crate::routes) struct Request {
    /// None if the id cannot be one, and so cannot exist.
    credential_id: Option<CredentialId>,
}

impl Input for Request {
    const BODY: Option<&'static str> = Some("CredentialsDelete");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let id = parts
            .body()
            .bytes("credentialId")?
            .filter(|id| !id.is_empty())
            .ok_or_else(|| {
                Problem::domain(
                    StatusCode::BAD_REQUEST,
                    None,
                    "credentialId must not be null or empty",
                )
            })?;
        Ok(Self {
            credential_id: CredentialId::new(id).ok(),
        })
    }
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| match input.credential_id {
        Some(id) => passgate.delete_credential(caller, &id, env),
        None => Ok(false),
    })
    .await?;
    Ok(Answer::no_content())
}
