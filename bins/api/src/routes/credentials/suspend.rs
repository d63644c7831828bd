//! `POST /credentials/suspend` and `/credentials/resume`: a credential that stays, and cannot sign in meanwhile.

use passgate_webauthn::CredentialId;

use super::{changed, credential_id};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Suspend(Option<CredentialId>);

impl Input for Suspend {
    const BODY: Option<Body> = Some(Body::new(
        "CredentialsSuspend",
        &[text::<wire::CredentialId>("credentialId").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) struct Resume(Option<CredentialId>);

impl Input for Resume {
    const BODY: Option<Body> = Some(Body::new(
        "CredentialsResume",
        &[text::<wire::CredentialId>("credentialId").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) const SUSPEND: Doc =
    Doc::new("suspendCredential", "Keeps a credential from signing in")
        .answers(&[nothing(204)])
        .refusals(&[(404, "there is no such credential")]);

pub(in crate::routes) async fn suspend(call: Call<SecretKey, Suspend>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, caller, input, env| match input.0 {
            Some(id) => passgate.suspend_credential(caller, &id, env),
            None => Ok(false),
        })
        .await?;
    changed(found)
}

pub(in crate::routes) const RESUME: Doc =
    Doc::new("resumeCredential", "Lets a suspended credential sign in again")
        .answers(&[nothing(204)])
        .refusals(&[(404, "there is no such credential")]);

pub(in crate::routes) async fn resume(call: Call<SecretKey, Resume>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, caller, input, env| match input.0 {
            Some(id) => passgate.resume_credential(caller, &id, env),
            None => Ok(false),
        })
        .await?;
    changed(found)
}
