//! `POST /signals/unknown-credential`: a passkey that nobody here knows, for its authenticator to drop it.

use passgate::{Stopped, signals::SignalUnknownError};
use passgate_webauthn::{CredentialId, RpId, signal::UnknownCredential};
use schemars::JsonSchema;

use super::check_rp_id;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::credentials,
    shape::{Body, text},
    validation::Validation,
    wire,
};

pub(in crate::routes) struct Request {
    credential_id: CredentialId,
    rp_id: RpId,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SignalUnknownCredential",
        &[
            text::<wire::CredentialId>("credentialId").required(),
            text::<wire::RpId>("rpId").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let credential_id = credentials::credential_id(parts)?
            .ok_or_else(|| body.wrong("credentialId", "must be at most 1023 bytes".to_owned()))?;
        let rp_id = body.text("rpId")?;
        let mut check = Validation::default();
        let rp_id = check_rp_id(&mut check, rp_id.as_deref());
        check.finish()?;
        Ok(Self {
            credential_id,
            rp_id: rp_id?,
        })
    }
}

/// What `PublicKeyCredential.signalUnknownCredential()` takes.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UnknownCredential")]
#[expect(dead_code, reason = "the verifier writes it")]
struct Shape {
    #[schemars(with = "wire::RpId")]
    rp_id: String,
    #[schemars(with = "wire::CredentialId")]
    credential_id: String,
}

pub(in crate::routes) const DOC: Doc = Doc::new(
    "signalUnknownCredential",
    "The payload for PublicKeyCredential.signalUnknownCredential()",
)
.answers(&[json::<Shape>()])
.refusals(&[(409, "the application knows the credential")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let input = call
        .run(|passgate, caller, input, _| {
            passgate.check_unknown_credential(caller, &input.credential_id)?;
            Ok::<_, Stopped<SignalUnknownError>>(input)
        })
        .await?;
    Answer::json(&UnknownCredential::new(&input.rp_id, &input.credential_id))
}
