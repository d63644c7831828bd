//! `POST /signin/verify`: the backend asks what a sign-in token says.

use passgate_core::token::SignInToken;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey, TokenVerify},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    timestamps,
};

pub(in crate::routes) struct Request {
    pub(in crate::routes) token: Option<String>,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new("SignInVerify", &[text("token").required()]));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            token: parts.body().text("token")?,
        })
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("What a sign-in token says")
    .about("A token verifies once, except for magic links.")
    .answers(&[json::<Verified>()])
    .refusals(&[(403, "the token expired")]);

pub(in crate::routes) async fn handle(
    call: Call<SecretKey<TokenVerify>, Request>,
) -> Result<Answer, Problem> {
    let claims = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.verify_sign_in_token(caller, input.token.as_deref(), client, env)
        })
        .await?;
    Answer::json(&Verified::from(claims))
}

/// A verified sign-in. Where a token has no origin, device, country or credential id, an empty text stands instead of
/// `null`, which some clients refuse to read.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "VerifiedToken")]
pub(in crate::routes) struct Verified {
    pub(in crate::routes) user_id: String,
    pub(in crate::routes) timestamp: String,
    pub(in crate::routes) rp_id: Option<String>,
    pub(in crate::routes) origin: String,
    pub(in crate::routes) success: bool,
    pub(in crate::routes) device: String,
    pub(in crate::routes) country: String,
    pub(in crate::routes) nickname: Option<String>,
    pub(in crate::routes) credential_id: String,
    purpose: Option<String>,
    pub(in crate::routes) expires_at: String,
    token_id: String,
    r#type: &'static str,
}

impl From<SignInToken> for Verified {
    fn from(claims: SignInToken) -> Self {
        Self {
            user_id: claims.user_id.into(),
            timestamp: timestamps::instant(claims.timestamp),
            rp_id: claims.rp_id,
            origin: claims.origin.unwrap_or_default(),
            success: true,
            device: claims.device.unwrap_or_default(),
            country: claims.country.unwrap_or_default(),
            nickname: claims.nickname,
            credential_id: claims
                .credential_id
                .map(|id| encoding::base64(id.as_bytes()))
                .unwrap_or_default(),
            purpose: claims.purpose,
            expires_at: timestamps::instant(claims.expires_at),
            token_id: claims.token_id.to_string(),
            r#type: claims.token_type.as_str(),
        }
    }
}
