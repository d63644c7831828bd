//! `POST /authenticators/remove`: models leave whichever list they are on.

use passgate_core::application::AaguidSet;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, texts},
    wire,
};

pub(in crate::routes) struct Request {
    aaguids: AaguidSet,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "RemoveAuthenticators",
        &[texts::<wire::Aaguid>("aaGuids")
            .at_least(1)
            .about("The AAGUIDs of the models.")
            .required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            aaguids: super::aaguids(parts.body())?,
        })
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new(
    "removeAuthenticators",
    "Takes authenticator models off both lists",
)
.answers(&[nothing(204)])
.refusals(&[(403, "attestation is not among the application's features")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.remove_authenticators(caller, &input.aaguids, env))
        .await?;
    Ok(Answer::no_content())
}
