//! `GET /signals/all-accepted-credentials`: the passkeys of a user, for authenticators to drop all others.

use passgate::{Stopped, signals::SignalUserError};
use passgate_core::user::UserId;
use passgate_webauthn::{RpId, signal::AllAcceptedCredentials};
use schemars::JsonSchema;

use super::{AboutUser, check_rp_id, check_user_id};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Member, text},
    validation::Validation,
    wire,
};

pub(in crate::routes) struct Request {
    user_id: UserId,
    rp_id: RpId,
}

impl Input for Request {
    const QUERY: &'static [Member] = &[
        text::<wire::UserId>("userId").required(),
        text::<wire::RpId>("rpId").required(),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let user_id = parts
            .query("userId")?
            .ok_or_else(|| Problem::missing_query_parameter("string UserId"))?;
        let rp_id = parts
            .query("rpId")?
            .ok_or_else(|| Problem::missing_query_parameter("string RpId"))?;
        let mut check = Validation::default();
        let user_id = check_user_id(&mut check, Some(&user_id));
        let rp_id = check_rp_id(&mut check, Some(&rp_id));
        check.finish()?;
        Ok(Self {
            user_id: user_id?,
            rp_id: rp_id?,
        })
    }
}

/// What `PublicKeyCredential.signalAllAcceptedCredentials()` takes.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AllAcceptedCredentials")]
#[expect(dead_code, reason = "the verifier writes it")]
struct Shape {
    #[schemars(with = "wire::RpId")]
    rp_id: String,
    #[schemars(with = "wire::UserHandle")]
    user_id: String,
    /// All credentials of the user.
    #[schemars(with = "Vec<wire::CredentialId>")]
    all_accepted_credential_ids: Vec<String>,
}

pub(in crate::routes) const DOC: Doc = Doc::new("signalAllAcceptedCredentials", "The payload for PublicKeyCredential.signalAllAcceptedCredentials()").about("Only for the page of the user who is signed in. With otherUserIds, it is given once for each of them too.").answers(&[json::<AboutUser<Shape>>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let (rp_id, accepted) = call
        .run(|passgate, caller, input, _| {
            let accepted = passgate.accepted_credentials(caller, &input.user_id)?;
            Ok::<_, Stopped<SignalUserError>>((input.rp_id, accepted))
        })
        .await?;
    let payload = AllAcceptedCredentials::new(&rp_id, &accepted.handles.first, &accepted.credential_ids);
    Answer::json(&AboutUser::new(payload, &accepted.handles))
}
