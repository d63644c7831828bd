//! `/v3/register`: a bare token for the browser, options with a session id, and a token as `data`.

use passgate::register::{RegisterBeginInput, RegisterCompleteInput, RegisterTokenInput};
use passgate_core::{
    alias::{Alias, MAX_CHARS, MAX_PER_USER},
    token::{RegisterToken, RegistrationSession, SignInToken},
    user::MAX_REGISTERED_BYTES,
};
use passgate_webauthn::CreationOptionsJson;
use schemars::JsonSchema;
use serde::Serialize;

use super::{DataAnswer, StatedOptions, with_prefix, without_prefix};
use crate::{
    answer::Answer,
    auth::{Call, PublicKey, Register, SecretKey, TokenRegister},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::ceremony::options::CreationOptions,
    routes::register::{begin, complete, token},
    shape::{Body, boolean, text, texts},
    validation::{Validation, text_length},
    wire,
};

/// A registration token for a user who signs in with the username.
pub(in crate::routes) struct Token(RegisterTokenInput);

impl Input for Token {
    const BODY: Option<Body> = Some(Body::new(
        "RegisterToken",
        &[
            text::<wire::UserId>("userId")
                .at_most(MAX_REGISTERED_BYTES as u64)
                .required(),
            text::<wire::Username>("username")
                .at_most(MAX_CHARS as u64)
                .required(),
            text::<wire::Name>("displayname")
                .about("What the authenticator calls the user; the user's name if it is missing.")
                .or_null(),
            text::<wire::Conveyance>("attType").or_null(),
            text::<wire::AuthenticatorType>("authType")
                .about("Where the authenticator is; `platform` if it is missing.")
                .or_null(),
            text::<wire::SentUserVerification>("userVerification").or_null(),
            boolean("discoverable")
                .about("Whether the passkey can be found without a user's name; `true` if it is missing."),
            texts::<wire::Alias>("aliases")
                .at_most(MAX_PER_USER as u64)
                .about("All aliases of the user, each of at most 250 characters.")
                .or_null(),
            boolean("aliasHashing")
                .about("Whether the aliases are stored as digests only; `true` if it is missing."),
            texts::<wire::Hint>("hints")
                .about("The kinds of authenticators that the browser may offer first.")
                .at_most(3)
                .or_null(),
            text::<wire::SentTime>("expiresAt")
                .about("When the token expires, at most 30 days from now; in 120 seconds if it is missing.")
                .or_null(),
        ],
    ));

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

pub(in crate::routes) const TOKEN: Doc = Doc::new("registerTokenV3", "Allows a user to register")
    .answers(&[json::<String>()])
    .refusals(&[(409, "the username or an alias belongs to another user")]);

pub(in crate::routes) async fn token(call: Call<SecretKey<TokenRegister>, Token>) -> Result<Answer, Problem> {
    let token = call
        .run(|passgate, caller, input, env| passgate.register_token(caller, input.0, env))
        .await?;
    Answer::json(&without_prefix::<RegisterToken>(&token))
}

pub(in crate::routes) struct Begin(RegisterBeginInput);

impl Input for Begin {
    const BODY: Option<Body> = begin::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let begin::Request(mut input) = begin::Request::read(parts)?;
        input.token = input.token.map(with_prefix::<RegisterToken>);
        Ok(Self(input))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FormerBegunRegistration")]
struct Begun {
    /// What the browser takes.
    #[schemars(with = "StatedOptions<CreationOptions>")]
    data: StatedOptions<CreationOptionsJson>,
    /// What *complete* takes as session.
    #[schemars(with = "wire::FormerToken")]
    session_id: String,
}

pub(in crate::routes) const BEGIN: Doc = Doc::new(
    "beginRegistrationV3",
    "Options for navigator.credentials.create()",
)
.answers(&[json::<Begun>()])
.refusals(&[(403, "the token expired")]);

pub(in crate::routes) async fn begin(call: Call<PublicKey<Register>, Begin>) -> Result<Answer, Problem> {
    let begun = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.register_begin(caller, input.0, client, env)
        })
        .await?;
    Answer::json(&Begun {
        data: StatedOptions::new(begun.data),
        session_id: without_prefix::<RegistrationSession>(&begun.session),
    })
}

pub(in crate::routes) struct Complete(RegisterCompleteInput);

impl Input for Complete {
    const BODY: Option<Body> = complete::Request::BODY;

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let complete::Request(mut input) = complete::Request::read(parts)?;
        input.session = super::session::<RegistrationSession>(parts, input.session)?;
        Ok(Self(input))
    }
}

pub(in crate::routes) const COMPLETE: Doc = Doc::new(
    "completeRegistrationV3",
    "The authenticator's answer becomes a credential",
)
.answers(&[json::<DataAnswer>()])
.refusals(&[
    (403, "the session expired"),
    (409, "an alias belongs to another user"),
]);

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
