//! `GET /auth-configs/list`: all purposes, or one.

use passgate_core::authentication_config::{AuthenticationConfig, hints_to_text};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Member, text},
    timestamps, wire,
};

pub(in crate::routes) struct Request {
    purpose: Option<String>,
}

impl Input for Request {
    const QUERY: &'static [Member] =
        &[text::<wire::Purpose>("purpose").about("The one purpose that is listed.")];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            purpose: parts.query("purpose")?.filter(|purpose| !purpose.is_empty()),
        })
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new(
    "listAuthenticationConfigurations",
    "How strong a sign-in for a purpose must be",
)
.answers(&[json::<Listed>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let configurations = call
        .run(|passgate, caller, input, _| {
            passgate.list_authentication_configs(caller, input.purpose.as_deref())
        })
        .await?;
    let configurations = configurations
        .into_iter()
        .map(ListedConfiguration::from)
        .collect();
    Answer::json(&Listed { configurations })
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "AuthenticationConfigurations")]
struct Listed {
    /// The purposes.
    configurations: Vec<ListedConfiguration>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuthenticationConfiguration")]
struct ListedConfiguration {
    /// The purpose.
    #[schemars(with = "wire::Purpose")]
    purpose: String,
    #[schemars(with = "wire::UserVerification")]
    user_verification_requirement: &'static str,
    /// How long a sign-in token for the purpose lives, in seconds.
    #[schemars(example = 120)]
    time_to_live: u64,
    #[schemars(with = "wire::Hints")]
    hints: String,
    /// Who made it.
    #[schemars(with = "wire::PerformedBy")]
    created_by: String,
    /// When it was made; `null` for those that every application has.
    #[schemars(with = "Option<wire::Instant>")]
    created_on: Option<String>,
    /// Who last changed it.
    #[schemars(with = "Option<wire::PerformedBy>")]
    edited_by: Option<String>,
    /// When it was last changed.
    #[schemars(with = "Option<wire::Instant>")]
    edited_on: Option<String>,
    /// When a user last signed in for it, to the minute.
    #[schemars(with = "Option<wire::Instant>")]
    last_used_on: Option<String>,
}

impl From<AuthenticationConfig> for ListedConfiguration {
    fn from(config: AuthenticationConfig) -> Self {
        Self {
            purpose: config.purpose.as_str().to_owned(),
            user_verification_requirement: config.user_verification.as_str(),
            time_to_live: config.time_to_live.as_secs(),
            hints: hints_to_text(&config.hints),
            created_by: config.created_by,
            created_on: config.created_at.map(timestamps::with_offset),
            edited_by: config.edited_by,
            edited_on: config.edited_at.map(timestamps::with_offset),
            last_used_on: config.last_used_at.map(timestamps::with_offset),
        }
    }
}
