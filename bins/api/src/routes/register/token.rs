//! `POST /register/token`: the backend says that a user may register.

use passgate::register::RegisterTokenInput;
use passgate_core::{
    alias::{self, ClearText, InvalidAliases, MAX_CHARS, MAX_PER_USER, NewAliases},
    time::Timestamp,
    user::{MAX_REGISTERED_BYTES, UserId},
};
use passgate_webauthn::{Hint, Mediation};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey, TokenRegister},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, boolean, text, texts},
    validation::{Member, Validation},
    wire,
};

/// The hints in the order of their ordinals.
pub(in crate::routes) const HINTS: [(&str, Hint); 3] = [
    ("security-key", Hint::SecurityKey),
    ("client-device", Hint::ClientDevice),
    ("hybrid", Hint::Hybrid),
];

/// 0001-01-01T00:00:00, which .NET clients send for "not set".
const UNSET_DATE: Timestamp = Timestamp::from_seconds(-62_135_596_800);

pub(in crate::routes) struct Request(pub(in crate::routes) RegisterTokenInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "RegisterToken",
        &[
            text::<wire::UserId>("userId")
                .at_most(MAX_REGISTERED_BYTES as u64)
                .required(),
            text::<wire::Username>("username").required(),
            text::<wire::Name>("displayName")
                .about("What the authenticator calls the user; the user's name if it is missing.")
                .or_null(),
            text::<wire::Conveyance>("attestation").or_null(),
            text::<wire::AuthenticatorType>("authenticatorType").or_null(),
            boolean("discoverable")
                .about("Whether the passkey can be found without a user's name; `true` if it is missing."),
            text::<wire::UserVerification>("userVerification").or_null(),
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
            text::<wire::Mediation>("mediation").or_null(),
            text::<wire::SentTime>("expiresAt")
                .about("When the token expires, at most 30 days from now; in 120 seconds if it is missing.")
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let user_id = body.text("userId")?;
        let username = body.text("username")?;
        let aliases = alias::parse_all(body.texts("aliases")?.unwrap_or_default());
        let hints = body.choices("hints", &HINTS)?.unwrap_or_default();
        let display_name = body.text("displayName")?;
        let attestation = first(body.text("attestation")?, body.text("attType")?);
        let authenticator_type = first(body.text("authenticatorType")?, body.text("authType")?);
        let discoverable = body.boolean_or("discoverable", true)?;
        let user_verification = body.text("userVerification")?;
        let clear_text = ClearText::from_hashing(body.boolean_or("aliasHashing", true)?);
        let mediation = body.text("mediation")?.filter(|mediation| !mediation.is_empty());
        let mediation = mediation.map_or(Ok(Mediation::Modal), |mediation| Mediation::parse(&mediation));
        let expires_at = body.date("expiresAt")?.filter(|at| *at != UNSET_DATE);

        let mut check = Validation::default();
        check
            .member("UserId")
            .required(user_id.as_deref())
            .at_most_bytes(user_id.as_deref().unwrap_or_default(), MAX_REGISTERED_BYTES);
        check.member("Username").required(username.as_deref());
        check_aliases(check.member("Aliases"), aliases.as_ref().err());
        check.member("Hints").at_most(hints.len(), HINTS.len());
        check
            .member("Mediation")
            .pattern(mediation.is_ok(), "^(conditional|optional)$");
        check.finish()?;

        Ok(Self(RegisterTokenInput {
            user_id: UserId::for_registration(&user_id.unwrap_or_default())
                .map_err(|error| body.unusable("userId", &error))?,
            username: username.unwrap_or_default(),
            display_name,
            attestation,
            authenticator_type,
            discoverable,
            user_verification,
            aliases: NewAliases {
                replacement: aliases.map_err(|error| body.unusable("aliases", &error))?,
                clear_text,
                sign_in_name: None,
            },
            hints,
            mediation: mediation.map_err(|error| body.unusable("mediation", &error))?,
            expires_at,
        }))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "RegistrationToken")]
struct Issued {
    /// What the page hands to `POST /register/begin`.
    #[schemars(with = "wire::RegisterToken")]
    token: String,
}

pub(in crate::routes) const DOC: Doc = Doc::new("registerToken", "Allows a user to register")
    .answers(&[json::<Issued>()])
    .refusals(&[(409, "an alias belongs to another user")]);

pub(in crate::routes) async fn handle(
    call: Call<SecretKey<TokenRegister>, Request>,
) -> Result<Answer, Problem> {
    let token = call
        .run(|passgate, caller, input, env| passgate.register_token(caller, input.0, env))
        .await?;
    Answer::json(&Issued { token })
}

/// Says what is wrong with a user's aliases, if something is.
pub(in crate::routes) fn check_aliases(member: Member<'_>, invalid: Option<&InvalidAliases>) {
    if let Some(invalid) = invalid {
        member
            .at_most(invalid.too_many.unwrap_or_default(), MAX_PER_USER)
            .items_at_most(!invalid.too_long, MAX_CHARS)
            .items_required(!invalid.blank);
    }
}

/// The current spelling of a member, or the one of the previous API.
fn first(current: Option<String>, previous: Option<String>) -> Option<String> {
    current.or(previous)
}
