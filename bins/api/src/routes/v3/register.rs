//! `/v3/register`: a bare token for the browser, options with a session id, and a token as `data`.

use passgate::register::{RegisterBeginInput, RegisterCompleteInput, RegisterTokenInput};
use passgate_core::{
    alias::{Alias, MAX_CHARS},
    token::{RegisterToken, RegistrationSession, SignInToken},
};

use super::{BegunAnswer, DataAnswer, with_prefix, without_prefix};
use crate::{
    answer::Answer,
    auth::{Call, PublicKey, Register, SecretKey, TokenRegister},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::register::{begin, complete, token},
    validation::{Validation, text_length},
};

/// A registration token for a user who signs in with the username.
pub(in crate::routes) struct Token(RegisterTokenInput);

impl Input for Token {
    const BODY: Option<&'static str> = token::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let token::Request(mut input) = token::Request::read(parts)?;
        let mut check = Validation::default();
        check
            .member("Username")
            .at_most(text_length(&input.username), MAX_CHARS);
        check.finish()?;
        let username =
            Alias::parse(&input.username).map_err(|error| parts.body().unusable("username", &error))?;
        input.aliases.sign_in_name = Some(username);

        if input.authenticator_type.as_deref().unwrap_or_default().is_empty() {
            input.authenticator_type = Some("platform".to_owned());
        }
        if let Some(verification) = &mut input.user_verification
            && verification.eq_ignore_ascii_case("optional")
        {
            "discouraged".clone_into(verification);
        }
        Ok(Self(input))
    }
}

pub(in crate::routes) async fn token(call: Call<SecretKey<TokenRegister>, Token>) -> Result<Answer, Problem> {
    let token = call
        .run(|passgate, caller, input, env| passgate.register_token(caller, input.0, env))
        .await?;
    Answer::json(&without_prefix::<RegisterToken>(&token))
}

pub(in crate::routes) struct Begin(RegisterBeginInput);

impl Input for Begin {
    const BODY: Option<&'static str> = begin::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let begin::Request(mut input) = begin::Request::read(parts)?;
        input.token = input.token.map(with_prefix::<RegisterToken>);
        Ok(Self(input))
    }
}

pub(in crate::routes) async fn begin(call: Call<PublicKey<Register>, Begin>) -> Result<Answer, Problem> {
    let client = call.client();
    let begun = call
        .run(move |passgate, caller, input, env| passgate.register_begin(caller, input.0, &client, env))
        .await?;
    Answer::json(&BegunAnswer::new::<RegistrationSession>(
        begun.data,
        &begun.session,
    ))
}

pub(in crate::routes) struct Complete(RegisterCompleteInput);

impl Input for Complete {
    const BODY: Option<&'static str> = complete::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let complete::Request(mut input) = complete::Request::read(parts)?;
        input.session = super::session::<RegistrationSession>(parts, input.session)?;
        Ok(Self(input))
    }
}

pub(in crate::routes) async fn complete(
    call: Call<PublicKey<Register>, Complete>,
) -> Result<Answer, Problem> {
    let registered = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.register_complete(caller, input.0, client, env)
        })
        .await?;
    Answer::json(&DataAnswer {
        data: without_prefix::<SignInToken>(&registered.token),
    })
}
