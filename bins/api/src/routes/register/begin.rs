//! `POST /register/begin`: options for `navigator.credentials.create()`.

use passgate::register::RegisterBeginInput;

use crate::{
    answer::Answer,
    auth::{Call, PublicKey, Register},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::{BegunAnswer, relying_party},
};

pub(in crate::routes) struct Request(pub(in crate::routes) RegisterBeginInput);

impl Input for Request {
    const BODY: Option<&'static str> = Some("RegistrationBegin");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        Ok(Self(RegisterBeginInput {
            token: body.text("token")?,
            relying_party: relying_party(body)?,
        }))
    }
}

pub(in crate::routes) async fn handle(call: Call<PublicKey<Register>, Request>) -> Result<Answer, Problem> {
    let client = call.client();
    let begun = call
        .run(move |passgate, caller, input, env| passgate.register_begin(caller, input.0, &client, env))
        .await?;
    Answer::json(&BegunAnswer {
        data: begun.data,
        session: begun.session,
    })
}
