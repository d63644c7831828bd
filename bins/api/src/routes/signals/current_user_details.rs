//! `POST /signals/current-user-details`: a user's names, for authenticators to show them.

use passgate::{Stopped, signals::SignalUserError};
use passgate_core::user::UserId;
use passgate_webauthn::{RpId, signal::CurrentUserDetails};
use schemars::JsonSchema;

use super::{AboutUser, check_rp_id, check_user_id};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    validation::Validation,
    wire,
};

pub(in crate::routes) struct Request {
    user_id: UserId,
    rp_id: RpId,
    name: String,
    display_name: String,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SignalCurrentUserDetails",
        &[
            text::<wire::UserId>("userId").required(),
            text::<wire::RpId>("rpId").required(),
            text::<wire::Username>("name").required(),
            text::<wire::Name>("displayName")
                .about("What the authenticator calls the user; the user's name if it is missing.")
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let (user_id, rp_id) = (body.text("userId")?, body.text("rpId")?);
        let name = body.text("name")?;
        let display_name = body.text("displayName")?;
        let mut check = Validation::default();
        let user_id = check_user_id(&mut check, user_id.as_deref());
        let rp_id = check_rp_id(&mut check, rp_id.as_deref());
        check.member("Name").required(name.as_deref());
        check.finish()?;
        let name = name.unwrap_or_default();
        Ok(Self {
            user_id: user_id?,
            rp_id: rp_id?,
            // As at registration.
            display_name: display_name.unwrap_or_else(|| name.clone()),
            name,
        })
    }
}

/// What `PublicKeyCredential.signalCurrentUserDetails()` takes.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CurrentUserDetails")]
#[expect(dead_code, reason = "the verifier writes it")]
struct Shape {
    #[schemars(with = "wire::RpId")]
    rp_id: String,
    #[schemars(with = "wire::UserHandle")]
    user_id: String,
    #[schemars(with = "wire::Username")]
    name: String,
    /// What the authenticator calls the user.
    #[schemars(with = "wire::Name")]
    display_name: String,
}

pub(in crate::routes) const DOC: Doc = Doc::new("signalCurrentUserDetails", "The payload for PublicKeyCredential.signalCurrentUserDetails()").about("Only for the page of the user who is signed in. With otherUserIds, it is given once for each of them too.").answers(&[json::<AboutUser<Shape>>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let (input, handles) = call
        .run(|passgate, caller, input, _| {
            let handles = passgate.signalled_handles(caller, &input.user_id)?;
            Ok::<_, Stopped<SignalUserError>>((input, handles))
        })
        .await?;
    let payload = CurrentUserDetails::new(&input.rp_id, &handles.first, &input.name, &input.display_name);
    Answer::json(&AboutUser::new(payload, &handles))
}
