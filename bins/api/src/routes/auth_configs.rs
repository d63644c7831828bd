//! `/auth-configs`: how strong a sign-in for a purpose must be.

use std::time::Duration;

use passgate::authentication_configs::AuthenticationConfigInput;
use passgate_core::authentication_config::{AuthenticationConfig, Purpose, TimeToLive};
use passgate_webauthn::UserVerification;

use crate::{
    input::{Input, Parts, Unreadable},
    json::{BindingError, Members},
    routes::register::token::HINTS,
    shape::{Body, integer_or_text, text, texts},
    validation::{Validation, text_length},
    wire,
};

pub(super) mod add;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod update;

/// User verification in the order of its ordinals.
const USER_VERIFICATION: [(&str, UserVerification); 3] = [
    ("required", UserVerification::Required),
    ("preferred", UserVerification::Preferred),
    ("discouraged", UserVerification::Discouraged),
];

/// A configuration as `add` and `update` take it.
pub(super) struct Configuration(AuthenticationConfigInput);

impl Input for Configuration {
    const BODY: Option<Body> = Some(Body::new(
        "SetAuthenticationConfiguration",
        &[
            text::<wire::Purpose>("purpose")
                .at_most(Purpose::MAX_CHARS as u64)
                .about("The purpose: letters, digits, `-` and `_`.")
                .required(),
            text::<wire::UserVerification>("userVerificationRequirement"),
            integer_or_text::<wire::TimeToLive>("timeToLive").about(
                "How long a sign-in token lives: `[d.]hh:mm:ss`, or seconds; two minutes if it is missing.",
            ),
            texts::<wire::Hint>("hints")
                .about("The kinds of authenticators that the browser may offer first.")
                .at_most(3)
                .or_null(),
            text::<wire::PerformedBy>("performedBy").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let purpose = body.text("purpose")?;
        let performed_by = body.text("performedBy")?;
        let user_verification = body.choice("userVerificationRequirement", &USER_VERIFICATION)?;
        let hints = body.choices("hints", &HINTS)?.unwrap_or_default();
        let time_to_live = time_to_live(body)?;

        let mut check = Validation::default();
        let name = purpose.as_deref().unwrap_or_default();
        let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        check
            .member("Purpose")
            .required(purpose.as_deref())
            .rule(
                name.chars().all(word),
                "Characters are limited to A-z, 0-9, -, or _.",
            )
            .at_most(text_length(name), Purpose::MAX_CHARS);
        check.member("TimeToLive").rule(
            !matches!(time_to_live, Span::NotPositive),
            "The field TimeToLive must be positive.",
        );
        check.member("Hints").at_most(hints.len(), HINTS.len());
        check.member("PerformedBy").required(performed_by.as_deref());
        check.finish()?;

        let wrong_purpose = |_| {
            body.wrong(
                "purpose",
                "must consist of letters, digits, '-' and '_'".to_owned(),
            )
        };
        Ok(Self(AuthenticationConfigInput {
            purpose: Purpose::parse(name).map_err(wrong_purpose)?,
            user_verification: user_verification.unwrap_or(UserVerification::Preferred),
            time_to_live: match time_to_live {
                Span::Given(time_to_live) => time_to_live,
                Span::Absent | Span::NotPositive => default_time_to_live(body)?,
            },
            hints,
            performed_by: performed_by.unwrap_or_default(),
        }))
    }
}

enum Span {
    Absent,
    NotPositive,
    Given(TimeToLive),
}

/// `timeToLive` as `[d.]hh:mm:ss` or as a number of seconds.
fn time_to_live(body: &Members<'_>) -> Result<Span, BindingError> {
    let Some(text) = body.text("timeToLive")? else {
        return Ok(Span::Absent);
    };
    match TimeToLive::parse(&text) {
        Ok(time_to_live) => Ok(Span::Given(time_to_live)),
        Err(passgate_core::authentication_config::InvalidTimeToLive::NotPositive) => Ok(Span::NotPositive),
        Err(error @ passgate_core::authentication_config::InvalidTimeToLive::Format) => {
            Err(body.wrong("timeToLive", format!("is {error}")))
        }
    }
}

fn default_time_to_live(body: &Members<'_>) -> Result<TimeToLive, BindingError> {
    let default: Duration = AuthenticationConfig::DEFAULT_TIME_TO_LIVE;
    TimeToLive::from_duration(default).map_err(|error| body.unusable("timeToLive", &error))
}
