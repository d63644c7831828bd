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
    timestamps, wire,
};

pub(in crate::routes) struct Request {
    pub(in crate::routes) token: Option<String>,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SignInVerify",
        &[text::<wire::VerifyToken>("token").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            token: parts.body().text("token")?,
        })
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("verifySignIn", "What a sign-in token says")
    .about("A token verifies once, except for magic links.")
    .answers(&[json::<Verified>()])
    .refusals(&[(403, "the token expired")]);

pub(in crate::routes) async fn handle(
    call: Call<SecretKey<TokenVerify>, Request>,
) -> Result<Answer, Problem> {
    let claims = call
        .run_ceremony(async |passgate, caller, input, client, env| {
            let token = input.token.as_deref();
            passgate
                .verify_sign_in_token_async(caller, token, client, env)
                .await
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
    /// Who signed in. A backend that asked for a user compares it.
    #[schemars(with = "wire::UserId")]
    pub(in crate::routes) user_id: String,
    /// When the user signed in.
    #[schemars(with = "wire::Instant")]
    pub(in crate::routes) timestamp: String,
    #[schemars(with = "Option<wire::RpId>")]
    pub(in crate::routes) rp_id: Option<String>,
    /// The origin of the page; empty if there is none.
    #[schemars(with = "wire::Origin")]
    pub(in crate::routes) origin: String,
    /// Always `true`: what is not verified is refused.
    pub(in crate::routes) success: bool,
    #[schemars(with = "wire::Device")]
    pub(in crate::routes) device: String,
    #[schemars(with = "wire::Country")]
    pub(in crate::routes) country: String,
    #[schemars(with = "Option<wire::Nickname>")]
    pub(in crate::routes) nickname: Option<String>,
    /// The credential's id; empty if there was none.
    #[schemars(with = "wire::CredentialIdBytes")]
    pub(in crate::routes) credential_id: String,
    /// What the sign-in was for. A backend that asked for a purpose compares it.
    #[schemars(with = "Option<wire::Purpose>")]
    purpose: Option<String>,
    /// When the token expires.
    #[schemars(with = "wire::Instant")]
    pub(in crate::routes) expires_at: String,
    #[schemars(with = "wire::TokenUuid")]
    token_id: String,
    #[schemars(with = "wire::TokenType")]
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
