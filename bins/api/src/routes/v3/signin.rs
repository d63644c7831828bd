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
};

pub(in crate::routes) struct Begin(SignInBeginInput);

impl Input for Begin {
    const BODY: Option<Body> = Some(Body::new(
        "SignInBegin",
        &[
            text("username").or_null(),
            text("userId").or_null(),
            text("alias").or_null(),
            text("Origin").required(),
            text("RPID").required(),
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
    #[schemars(with = "StatedOptions<RequestOptions>")]
    data: StatedOptions<RequestOptionsJson>,
    session_id: String,
}

pub(in crate::routes) const BEGIN: Doc =
    Doc::new("Options for navigator.credentials.get()").answers(&[json::<Begun>()]);

pub(in crate::routes) async fn begin(call: Call<PublicKey<Login>, Begin>) -> Result<Answer, Problem> {
    let begun = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.sign_in_begin(caller, input.0, client, env)
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

pub(in crate::routes) const COMPLETE: Doc = Doc::new("The authenticator's answer becomes a sign-in token")
    .answers(&[json::<DataAnswer>()])
    .refusals(&[(403, "the session expired")]);

pub(in crate::routes) async fn complete(call: Call<PublicKey<Login>, Complete>) -> Result<Answer, Problem> {
    let signed_in = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.sign_in_complete(caller, input.0, client, env)
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
    success: bool,
    username: String,
    timestamp: String,
    rpid: Option<String>,
    origin: String,
    device: String,
    country: String,
    nickname: Option<String>,
    credential_id: String,
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

pub(in crate::routes) const VERIFY: Doc = Doc::new("What a sign-in token says")
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
