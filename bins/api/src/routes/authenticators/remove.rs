//! `POST /authenticators/remove`: models leave whichever list they are on.

use passgate_core::application::AaguidSet;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(in crate::routes) struct Request {
    aaguids: AaguidSet,
}

impl Input for Request {
    const BODY: Option<&'static str> = Some("RemoveAuthenticators");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            aaguids: super::aaguids(parts.body())?,
        })
    }
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.remove_authenticators(caller, &input.aaguids, env))
        .await?;
    Ok(Answer::no_content())
}
