//! `POST /credentials/delete`: one credential, which need not exist.

use passgate_webauthn::CredentialId;

use super::credential_id;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Request(Option<CredentialId>);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "CredentialsDelete",
        &[text::<wire::CredentialId>("credentialId").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("deleteCredential", "Deletes a credential").answers(&[nothing(204)]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| match input.0 {
        Some(id) => passgate.delete_credential(caller, &id, env),
        None => Ok(false),
    })
    .await?;
    Ok(Answer::no_content())
}
