//! `POST /authenticators/add`: models go on one of the two lists.

use passgate_core::application::AaguidSet;
use passgate_store::authenticators::AuthenticatorList;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, boolean, texts},
    wire,
};

pub(in crate::routes) struct Request {
    aaguids: AaguidSet,
    list: AuthenticatorList,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "AddAuthenticators",
        &[
            texts::<wire::Aaguid>("aaGuids")
                .at_least(1)
                .about("The AAGUIDs of the models.")
                .required(),
            boolean("isAllowed").about(
                "Which list: `true` for the models that are allowed, `false` for those that are blocked.",
            ),
        ],
    ));

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

pub(in crate::routes) const DOC: Doc = Doc::new("addAuthenticators", "Allows or blocks authenticator models")
    .answers(&[nothing(204)])
    .refusals(&[(403, "attestation is not among the application's features")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| {
        passgate.add_authenticators(caller, &input.aaguids, input.list, env)
    })
    .await?;
    Ok(Answer::no_content())
}
