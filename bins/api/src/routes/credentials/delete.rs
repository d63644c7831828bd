//! `POST /credentials/delete`: one credential, which need not exist.

use passgate_webauthn::CredentialId;

use super::credential_id;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(in crate::routes) struct Request(Option<CredentialId>);

impl Input for Request {
    const BODY: Option<&'static str> = Some("CredentialsDelete");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| match input.0 {
        Some(id) => passgate.delete_credential(caller, &id, env),
        None => Ok(false),
    })
    .await?;
    Ok(Answer::no_content())
}
