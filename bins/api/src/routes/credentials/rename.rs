//! `POST /credentials/rename`: another nickname for a credential, or none.

use passgate_webauthn::CredentialId;

use super::{changed, credential_id};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    validation::{NICKNAME_TOO_LONG, Validation, fits_nickname},
    wire,
};

pub(in crate::routes) struct Request {
    credential_id: Option<CredentialId>,
    nickname: Option<String>,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "CredentialsRename",
        &[
            text::<wire::CredentialId>("credentialId").required(),
            text::<wire::Nickname>("nickname")
                .at_most(passgate_core::credential::MAX_NICKNAME_CHARS as u64)
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let credential_id = credential_id(parts)?;
        let nickname = parts
            .body()
            .text("nickname")?
            .filter(|text| !text.trim().is_empty());
        let mut check = Validation::default();
        check
            .member("Nickname")
            .rule(fits_nickname(nickname.as_deref()), NICKNAME_TOO_LONG);
        check.finish()?;
        Ok(Self {
            credential_id,
            nickname,
        })
    }
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("renameCredential", "Gives a credential another nickname, or none")
        .answers(&[nothing(204)])
        .refusals(&[(404, "there is no such credential")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, caller, input, env| match input.credential_id {
            Some(id) => passgate.rename_credential(caller, &id, input.nickname.as_deref(), env),
            None => Ok(false),
        })
        .await?;
    changed(found)
}
