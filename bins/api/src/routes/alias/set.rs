//! `POST /alias`: the complete new set of a user's aliases.

use passgate::aliases::SetAliasesInput;
use passgate_core::{
    alias::{self, ClearText},
    user::UserId,
};

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::register::token::check_aliases,
    shape::{Body, boolean, text, texts},
    validation::Validation,
    wire,
};

pub(in crate::routes) struct Request(pub(in crate::routes) SetAliasesInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "AliasPayload",
        &[
            text::<wire::UserId>("userId").required(),
            texts::<wire::Alias>("aliases")
                .at_most(alias::MAX_PER_USER as u64)
                .about("All aliases of the user, each of at most 250 characters.")
                .required(),
            boolean("hashing")
                .about("Whether the aliases are stored as digests only; `true` if it is missing."),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let user_id = body.text("userId")?;
        let aliases = body.texts("aliases")?;
        let is_present = aliases.is_some();
        let aliases = alias::parse_all(aliases.unwrap_or_default());
        let hashing = body.boolean_or("hashing", true)?;

        let mut check = Validation::default();
        check.member("UserId").required(user_id.as_deref());
        check_aliases(
            check.member("Aliases").present(is_present),
            aliases.as_ref().err(),
        );
        check.finish()?;

        Ok(Self(SetAliasesInput {
            user_id: UserId::parse(&user_id.unwrap_or_default())
                .map_err(|error| body.unusable("userId", &error))?,
            aliases: aliases.map_err(|error| body.unusable("aliases", &error))?,
            clear_text: ClearText::from_hashing(hashing),
            keeps_sign_in_name: false,
        }))
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("setAliases", "Sets all aliases of a user")
    .answers(&[nothing(204)])
    .refusals(&[(409, "an alias belongs to another user")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.set_aliases(caller, input.0, env))
        .await?;
    Ok(Answer::no_content())
}
