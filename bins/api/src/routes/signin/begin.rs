//! `POST /signin/begin`: options for `navigator.credentials.get()`.

use passgate::sign_in::SignInBeginInput;

use crate::{
    answer::Answer,
    auth::{Call, Login, PublicKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::{BegunAnswer, relying_party},
};

pub(in crate::routes) struct Request(pub(in crate::routes) SignInBeginInput);

impl Input for Request {
    const BODY: Option<&'static str> = Some("SignInBegin");

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

pub(in crate::routes) async fn handle(call: Call<PublicKey<Login>, Request>) -> Result<Answer, Problem> {
    let client = call.client();
    let begun = call
        .run(move |passgate, caller, input, env| passgate.sign_in_begin(caller, input.0, &client, env))
        .await?;
    Answer::json(&BegunAnswer {
        data: begun.data,
        session: begun.session,
    })
}
