//! `POST /signin/begin`: options for `navigator.credentials.get()`.

use passgate::sign_in::SignInBeginInput;
use passgate_webauthn::RequestOptionsJson;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, Login, PublicKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::{options::RequestOptions, relying_party},
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Request(pub(in crate::routes) SignInBeginInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SignInBegin",
        &[
            text::<wire::UserId>("userId").or_null(),
            text::<wire::Alias>("alias").or_null(),
            text::<wire::Purpose>("purpose").or_null(),
            text::<wire::Origin>("Origin").required(),
            text::<wire::RpId>("RPID").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        Ok(Self(SignInBeginInput {
            user_id: body.text("userId")?,
            alias: body.text("alias")?,
            purpose: body.text("purpose")?,
            relying_party: relying_party(body)?,
        }))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "BegunSignIn")]
struct Begun {
    /// What the browser takes.
    #[schemars(with = "RequestOptions")]
    data: RequestOptionsJson,
    /// What *complete* takes as session.
    #[schemars(with = "wire::Session")]
    session: String,
}

pub(in crate::routes) const DOC: Doc = Doc::new("beginSignIn", "Options for navigator.credentials.get()")
    .about("Without user and alias the authenticator offers what it has.")
    .answers(&[json::<Begun>()]);

pub(in crate::routes) async fn handle(call: Call<PublicKey<Login>, Request>) -> Result<Answer, Problem> {
    let begun = call
        .run_ceremony(async |passgate, caller, input, client, env| {
            passgate.sign_in_begin_async(caller, input.0, client, env).await
        })
        .await?;
    Answer::json(&Begun {
        data: begun.data,
        session: begun.session,
    })
}
