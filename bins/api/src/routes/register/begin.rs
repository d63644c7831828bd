//! `POST /register/begin`: options for `navigator.credentials.create()`.

use passgate::register::RegisterBeginInput;
use passgate_webauthn::CreationOptionsJson;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, PublicKey, Register},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::{options::CreationOptions, relying_party},
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Request(pub(in crate::routes) RegisterBeginInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "RegistrationBegin",
        &[
            text::<wire::RegisterToken>("token").required(),
            text::<wire::Origin>("Origin").required(),
            text::<wire::RpId>("RPID").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        Ok(Self(RegisterBeginInput {
            token: body.text("token")?,
            relying_party: relying_party(body)?,
        }))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "BegunRegistration")]
struct Begun {
    /// What the browser takes.
    #[schemars(with = "CreationOptions")]
    data: CreationOptionsJson,
    /// What *complete* takes as session.
    #[schemars(with = "wire::Session")]
    session: String,
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("beginRegistration", "Options for navigator.credentials.create()")
        .answers(&[json::<Begun>()])
        .refusals(&[(403, "the token expired")]);

pub(in crate::routes) async fn handle(call: Call<PublicKey<Register>, Request>) -> Result<Answer, Problem> {
    let begun = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.register_begin(caller, input.0, client, env)
        })
        .await?;
    Answer::json(&Begun {
        data: begun.data,
        session: begun.session,
    })
}
