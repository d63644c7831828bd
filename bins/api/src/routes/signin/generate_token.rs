//! `POST /signin/generate-token`: a backend makes a sign-in token itself.

use std::time::Duration;

use passgate::sign_in::GenerateSignInTokenInput;
use passgate_core::{token::MAX_GENERATED_LIFETIME, user::UserId};

use crate::{
    answer::Answer,
    auth::{Call, SecretKey, TokenVerify},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::TokenAnswer,
    shape::{Body, integer, text},
    validation::Validation,
    wire,
};

/// The longest that a token may be asked to live, in seconds.
#[expect(clippy::cast_possible_wrap, reason = "a week in seconds is a small number")]
pub(in crate::routes) const LONGEST_TIME_TO_LIVE: i64 = MAX_GENERATED_LIFETIME.as_secs() as i64;

pub(in crate::routes) struct Request(GenerateSignInTokenInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SigninGenerateToken",
        &[
            text::<wire::UserId>("userId").required(),
            integer("timeToLive", 3600)
                .at_least(1)
                .at_most(LONGEST_TIME_TO_LIVE.unsigned_abs())
                .about("How long the token lives, in seconds.")
                .or_null(),
            text::<wire::Purpose>("purpose").or_null(),
            text::<wire::RpId>("RPID").or_null(),
            text::<wire::Origin>("Origin").or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let user_id = body.required_text("userId")?;
        let time_to_live = body.small_integer("timeToLive")?;
        let purpose = body.text("purpose")?;
        let (rp_id, origin) = (body.text("RPID")?, body.text("Origin")?);

        let mut check = Validation::default();
        check.member("UserId").required(Some(&user_id));
        check
            .member("TimeToLiveSeconds")
            .between(time_to_live.map(i64::from), 1, LONGEST_TIME_TO_LIVE);
        check.finish()?;

        Ok(Self(GenerateSignInTokenInput {
            user_id: UserId::parse(&user_id).map_err(|error| body.unusable("userId", &error))?,
            time_to_live: time_to_live.map(|seconds| Duration::from_secs(u64::from(seconds.unsigned_abs()))),
            purpose,
            rp_id,
            origin,
        }))
    }
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("generateSignInToken", "Makes a sign-in token without a passkey")
        .answers(&[json::<TokenAnswer>()])
        .refusals(&[(403, "switched off for the application")]);

pub(in crate::routes) async fn handle(
    call: Call<SecretKey<TokenVerify>, Request>,
) -> Result<Answer, Problem> {
    let token = call
        .run(|passgate, caller, input, env| passgate.generate_sign_in_token(caller, input.0, env))
        .await?;
    Answer::json(&TokenAnswer { token })
}
