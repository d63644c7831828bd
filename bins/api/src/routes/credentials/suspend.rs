//! `POST /credentials/suspend` and `/credentials/resume`: a credential that stays, and cannot sign in meanwhile.

use passgate_webauthn::CredentialId;

use super::{changed, credential_id};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(in crate::routes) struct Suspend(Option<CredentialId>);

impl Input for Suspend {
    const BODY: Option<&'static str> = Some("CredentialsSuspend");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) struct Resume(Option<CredentialId>);

impl Input for Resume {
    const BODY: Option<&'static str> = Some("CredentialsResume");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        credential_id(parts).map(Self)
    }
}

pub(in crate::routes) async fn suspend(call: Call<SecretKey, Suspend>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, caller, input, env| match input.0 {
            Some(id) => passgate.suspend_credential(caller, &id, env),
            None => Ok(false),
        })
        .await?;
    changed(found)
}

pub(in crate::routes) async fn resume(call: Call<SecretKey, Resume>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, caller, input, env| match input.0 {
            Some(id) => passgate.resume_credential(caller, &id, env),
            None => Ok(false),
        })
        .await?;
    changed(found)
}
