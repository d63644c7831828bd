//! `POST /authenticators/add`: models go on one of the two lists.

use passgate_core::application::AaguidSet;
use passgate_store::authenticators::AuthenticatorList;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(in crate::routes) struct Request {
    aaguids: AaguidSet,
    list: AuthenticatorList,
}

impl Input for Request {
    const BODY: Option<&'static str> = Some("AddAuthenticators");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let allowed = parts.body().boolean_or("isAllowed", false)?;
        let list = if allowed {
            AuthenticatorList::Allowed
        } else {
            AuthenticatorList::Blocked
        };
        Ok(Self {
            aaguids: super::aaguids(parts.body())?,
            list,
        })
    }
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| {
        passgate.add_authenticators(caller, &input.aaguids, input.list, env)
    })
    .await?;
    Ok(Answer::no_content())
}
