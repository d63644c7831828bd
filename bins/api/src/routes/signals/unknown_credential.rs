//! `POST /signals/unknown-credential`: a passkey that nobody here knows, for its authenticator to drop it.

use passgate::signals::SignalUnknownError;
use passgate_webauthn::{CredentialId, RpId, signal::UnknownCredential};

use super::check_rp_id;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::credentials,
    validation::Validation,
};

pub(in crate::routes) struct Request {
    credential_id: CredentialId,
    rp_id: RpId,
}

impl Input for Request {
    const BODY: Option<&'static str> = Some("SignalUnknownCredential");

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

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let input = call
        .run(|passgate, caller, input, _| {
            passgate.check_unknown_credential(caller, &input.credential_id)?;
            Ok::<_, SignalUnknownError>(input)
        })
        .await?;
    Answer::json(&UnknownCredential::new(&input.rp_id, &input.credential_id))
}
