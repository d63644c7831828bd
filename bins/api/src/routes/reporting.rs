//! `/reporting`: how many users and credentials there were, day by day.

use chrono::NaiveDate;
use passgate_store::reports::{ActiveUserReport, CredentialReport};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Nothing, Parts, Unreadable},
    problem::Problem,
    shape::{Member, text},
    timestamps, wire,
};

pub(super) struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Input for Period {
    const QUERY: &'static [Member] = &[
        text::<wire::Day>("from").about("The first day."),
        text::<wire::Day>("to").about("The last day."),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            from: date(parts, "from", "DateOnly From")?,
            to: date(parts, "to", "DateOnly To")?,
        })
    }
}

fn date(parts: &Parts<'_>, name: &str, declaration: &str) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = parts.query(name)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    NaiveDate::parse_from_str(&text, "%Y-%m-%d")
        .map(Some)
        .map_err(|_| Problem::malformed_parameter(declaration, &text))
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsOfDay {
    /// The day that it is about.
    #[schemars(with = "wire::Day")]
    created_at: String,
    /// How many users owned a credential.
    #[schemars(example = 42)]
    users: u64,
    /// How many credentials there were.
    #[schemars(example = 57)]
    credentials: u64,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActiveUsersOfDay {
    /// The day that it is about.
    #[schemars(with = "wire::Day")]
    created_at: String,
    /// How many users signed in on that day.
    #[schemars(example = 12)]
    daily_active_users: u64,
    /// How many users signed in on that day and the six before it.
    #[schemars(example = 30)]
    weekly_active_users: u64,
    /// How many users owned a credential.
    #[schemars(example = 42)]
    total_users: u64,
}

impl From<CredentialReport> for CredentialsOfDay {
    fn from(report: CredentialReport) -> Self {
        Self {
            created_at: timestamps::calendar_date(report.day),
            users: report.users,
            credentials: report.credentials,
        }
    }
}

impl From<ActiveUserReport> for ActiveUsersOfDay {
    fn from(report: ActiveUserReport) -> Self {
        Self {
            created_at: timestamps::calendar_date(report.day),
            daily_active_users: report.daily_users,
            weekly_active_users: report.weekly_users,
            total_users: report.total_users,
        }
    }
}

pub(super) const CREDENTIALS: Doc = Doc::new("reportCredentials", "Users and credentials per day")
    .answers(&[json::<Vec<CredentialsOfDay>>()]);

pub(super) async fn credentials(call: Call<SecretKey, Period>) -> Result<Answer, Problem> {
    let reports = call
        .run(|passgate, caller, period, _| passgate.credential_reports(caller, period.from, period.to))
        .await?;
    let days: Vec<_> = reports.into_iter().map(CredentialsOfDay::from).collect();
    Answer::json(&days)
}

pub(super) const ACTIVE_USERS: Doc =
    Doc::new("reportActiveUsers", "Active users per day").answers(&[json::<Vec<ActiveUsersOfDay>>()]);

pub(super) async fn active_users(call: Call<SecretKey, Period>) -> Result<Answer, Problem> {
    let reports = call
        .run(|passgate, caller, period, _| passgate.active_user_reports(caller, period.from, period.to))
        .await?;
    let days: Vec<_> = reports.into_iter().map(ActiveUsersOfDay::from).collect();
    Answer::json(&days)
}

pub(super) const CURRENT_CREDENTIALS: Doc =
    Doc::new("reportCurrentCredentials", "Users and credentials now").answers(&[json::<CredentialsOfDay>()]);

/// What today's report would say if it were written now.
pub(super) async fn current_credentials(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    let report = call
        .heavy()
        .run(|passgate, caller, _, env| passgate.current_credential_report(caller, env))
        .await?;
    Answer::json(&CredentialsOfDay::from(report))
}

pub(super) const CURRENT_ACTIVE_USERS: Doc =
    Doc::new("reportCurrentActiveUsers", "Active users now").answers(&[json::<ActiveUsersOfDay>()]);

/// What today's report would say if it were written now.
pub(super) async fn current_active_users(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    let report = call
        .heavy()
        .run(|passgate, caller, _, env| passgate.current_active_user_report(caller, env))
        .await?;
    Answer::json(&ActiveUsersOfDay::from(report))
}
