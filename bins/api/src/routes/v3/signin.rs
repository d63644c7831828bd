//! `/v3/signin`: sign-in by username, a token as `data`, and a verdict that speaks of usernames.

use passgate::{
    Stopped,
    sign_in::{SignInBeginInput, SignInCompleteInput, SignInTokenError},
};
use passgate_core::token::{SignInSession, SignInToken};
use passgate_webauthn::RequestOptionsJson;
use schemars::JsonSchema;
use serde::Serialize;

use super::{DataAnswer, StatedOptions, with_prefix, without_prefix};
use crate::{
    answer::Answer,
    auth::{Call, Login, PublicKey, SecretKey, TokenVerify},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::options::RequestOptions,
    routes::signin::{begin, complete, verify},
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Begin(SignInBeginInput);

impl Input for Begin {
    const BODY: Option<Body> = Some(Body::new(
        "SignInBegin",
        &[
            text::<wire::Username>("username")
                .about("The name that the user registered with, which is one of the aliases.")
                .or_null(),
            text::<wire::UserId>("userId").or_null(),
            text::<wire::Alias>("alias").or_null(),
            text::<wire::Origin>("Origin").required(),
            text::<wire::RpId>("RPID").required(),
        ],
    ));

    /// `username` is one of the user's aliases, unless an alias is sent too.
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let begin::Request(mut input) = begin::Request::read(parts)?;
        let username = parts.body().text("username")?;
        input.alias = input.alias.filter(|alias| !alias.is_empty()).or(username);
        Ok(Self(input))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FormerBegunSignIn")]
struct Begun {
    /// What the browser takes.
    #[schemars(with = "StatedOptions<RequestOptions>")]
    data: StatedOptions<RequestOptionsJson>,
    /// What *complete* takes as session.
    #[schemars(with = "wire::FormerToken")]
    session_id: String,
}

pub(in crate::routes) const BEGIN: Doc =
    Doc::new("beginSignInV3", "Options for navigator.credentials.get()").answers(&[json::<Begun>()]);

pub(in crate::routes) async fn begin(call: Call<PublicKey<Login>, Begin>) -> Result<Answer, Problem> {
    let begun = call
        .run_ceremony(async |passgate, caller, input, client, env| {
            passgate.sign_in_begin_async(caller, input.0, client, env).await
        })
        .await?;
    Answer::json(&Begun {
        data: StatedOptions::new(begun.data),
        session_id: without_prefix::<SignInSession>(&begun.session),
    })
}

pub(in crate::routes) struct Complete(SignInCompleteInput);

impl Input for Complete {
    const BODY: Option<Body> = complete::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let complete::Request(mut input) = complete::Request::read(parts)?;
        input.session = super::session::<SignInSession>(parts, input.session)?;
        Ok(Self(input))
    }
}

pub(in crate::routes) const COMPLETE: Doc = Doc::new(
    "completeSignInV3",
    "The authenticator's answer becomes a sign-in token",
)
.answers(&[json::<DataAnswer>()])
.refusals(&[(403, "the session expired")]);

pub(in crate::routes) async fn complete(call: Call<PublicKey<Login>, Complete>) -> Result<Answer, Problem> {
    let signed_in = call
        .run_ceremony(async |passgate, caller, input, client, env| {
            passgate
                .sign_in_complete_async(caller, input.0, client, env)
                .await
        })
        .await?;
    Answer::json(&DataAnswer {
        data: without_prefix::<SignInToken>(&signed_in.token),
    })
}

/// What a token says, with the name that the user signs in with in place of the user's id.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FormerVerifiedToken")]
struct Verified {
    /// Always `true`: what is not verified is refused.
    success: bool,
    /// The name that the user registered with, if it is stored in clear; else the user's id.
    #[schemars(with = "wire::Username")]
    username: String,
    /// When the user signed in.
    #[schemars(with = "wire::Instant")]
    timestamp: String,
    #[schemars(with = "Option<wire::RpId>")]
    rpid: Option<String>,
    /// The origin of the page; empty if there is none.
    #[schemars(with = "wire::Origin")]
    origin: String,
    #[schemars(with = "wire::Device")]
    device: String,
    #[schemars(with = "wire::Country")]
    country: String,
    #[schemars(with = "Option<wire::Nickname>")]
    nickname: Option<String>,
    /// The credential's id; empty if there was none.
    #[schemars(with = "wire::CredentialIdBytes")]
    credential_id: String,
    /// When the token expires.
    #[schemars(with = "wire::Instant")]
    expires_at: String,
}

impl Verified {
    /// `username` is the user's, if it is known in clear.
    fn new(claims: SignInToken, username: Option<String>) -> Self {
        let verified = verify::Verified::from(claims);
        Self {
            success: verified.success,
            username: username.unwrap_or(verified.user_id),
            timestamp: verified.timestamp,
            rpid: verified.rp_id,
            origin: verified.origin,
            device: verified.device,
            country: verified.country,
            nickname: verified.nickname,
            credential_id: verified.credential_id,
            expires_at: verified.expires_at,
        }
    }
}

pub(in crate::routes) const VERIFY: Doc = Doc::new("verifySignInV3", "What a sign-in token says")
    .answers(&[json::<Verified>()])
    .refusals(&[(403, "the token expired")]);

pub(in crate::routes) async fn verify(
    call: Call<SecretKey<TokenVerify>, verify::Request>,
) -> Result<Answer, Problem> {
    let verified = call
        .run_for_client(|passgate, caller, input, client, env| {
            let token = input.token.map(with_prefix::<SignInToken>);
            let claims = passgate.verify_sign_in_token(caller, token.as_deref(), client, env)?;
            let username = passgate.sign_in_name(caller, &claims.user_id)?;
            Ok::<_, Stopped<SignInTokenError>>(Verified::new(claims, username))
        })
        .await?;
    Answer::json(&verified)
}
