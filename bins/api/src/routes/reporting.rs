//! `/reporting`: how many users and credentials there were, day by day.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    timestamps,
};

pub(super) struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Input for Period {
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsOfDay {
    created_at: String,
    users: u64,
    credentials: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActiveUsersOfDay {
    created_at: String,
    daily_active_users: u64,
    weekly_active_users: u64,
    total_users: u64,
}

pub(super) async fn credentials(call: Call<SecretKey, Period>) -> Result<Answer, Problem> {
    let reports = call
        .run(|passgate, caller, period, _| passgate.credential_reports(caller, period.from, period.to))
        .await?;
    let days = reports.into_iter().map(|report| CredentialsOfDay {
        created_at: timestamps::calendar_date(report.day),
        users: report.users,
        credentials: report.credentials,
    });
    Answer::json(&days.collect::<Vec<_>>())
}

pub(super) async fn active_users(call: Call<SecretKey, Period>) -> Result<Answer, Problem> {
    let reports = call
        .run(|passgate, caller, period, _| passgate.active_user_reports(caller, period.from, period.to))
        .await?;
    let days = reports.into_iter().map(|report| ActiveUsersOfDay {
        created_at: timestamps::calendar_date(report.day),
        daily_active_users: report.daily_users,
        weekly_active_users: report.weekly_users,
        total_users: report.total_users,
    });
    Answer::json(&days.collect::<Vec<_>>())
}
