//! `/health`: whether the process and its storage work, and drills for those who watch.

use std::{collections::BTreeMap, time::Instant};

use actix_web::http::{
    StatusCode,
    header::{CACHE_CONTROL, EXPIRES, HeaderValue, PRAGMA},
};
use passgate::health::Probe;
use passgate_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    endpoint::{Doc, json, json_with, other},
    input::Nothing,
    metadata::Freshness,
    problem::{ErrorCode, Problem},
    shares::{Share, Work},
    timestamps, wire,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[schemars(inline)]
enum Status {
    Healthy,
    // It works, and needs looking after.
    Degraded,
    Unhealthy,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Health")]
struct Report {
    #[schemars(with = "wire::HealthStatus")]
    status: Status,
    /// How long it took to find out, in milliseconds.
    #[schemars(example = 1.5)]
    elapsed_milliseconds: f64,
    /// What was looked at, by name.
    results: BTreeMap<&'static str, Check>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HealthCheck")]
struct Check {
    #[schemars(with = "wire::HealthStatus")]
    status: Status,
    /// How long it took to find out, in milliseconds.
    #[schemars(example = 1.5)]
    elapsed_milliseconds: f64,
    /// What else there is to know.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(example = serde_json::json!({ "version": "0.1.0" }))]
    data: BTreeMap<&'static str, Value>,
}

pub(super) const HTTP: Doc =
    Doc::new("checkHttp", "Whether the process answers").answers(&[other(200, "text/plain")]);

pub(super) async fn http(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(uncached(Answer::text("Healthy")))
}

pub(super) const STORAGE: Doc = Doc::new("checkStorage", "Whether the database answers")
    .answers(&[json::<Report>(), json_with::<Report>(503)]);

pub(super) async fn storage(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let started = Instant::now();
    let api = call.api();
    // A write costs a synchronised disk and anybody may ask, so one of them speaks for a while.
    let writes = api.storage_probe().is_due(api.operations().clock().now());
    let reachable = api
        .operations()
        .run(Share::Strangers, Work::Light, move |passgate, env| {
            let probe = if writes { Probe::Write } else { Probe::Read };
            passgate.probe(probe, env)
        })
        .await;
    let reachable = api.storage_probe().told(writes, reachable);
    if let Err(problem) = &reachable {
        tracing::error!(cause = problem.cause(), "the storage is not healthy");
    }
    let status = if reachable.is_ok() {
        Status::Healthy
    } else {
        Status::Unhealthy
    };
    report(
        started,
        [(
            "db",
            Check {
                status,
                elapsed_milliseconds: milliseconds(started),
                data: BTreeMap::new(),
            },
        )],
    )
}

pub(super) const VERSION: Doc =
    Doc::new("checkVersion", "The version").answers(&[json::<Report>(), json_with::<Report>(503)]);

pub(super) async fn version(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let started = Instant::now();
    let data = BTreeMap::from([("version", env!("CARGO_PKG_VERSION").into())]);
    report(
        started,
        [(
            "version",
            Check {
                status: Status::Healthy,
                elapsed_milliseconds: milliseconds(started),
                data,
            },
        )],
    )
}

pub(super) const MAIL: Doc =
    Doc::new("checkMail", "Whether mail can be sent").answers(&[json::<Report>(), json_with::<Report>(503)]);

/// Whether an SMTP server answers; without one in the configuration nothing is checked.
pub(super) async fn mail(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let started = Instant::now();
    let Some(outcome) = call.api().mail().check().await? else {
        return report(started, []);
    };
    if let Err(error) = &outcome {
        tracing::error!(%error, "mail is not healthy");
    }
    let status = if outcome.is_ok() {
        Status::Healthy
    } else {
        Status::Unhealthy
    };
    report(
        started,
        [(
            "smtp",
            Check {
                status,
                elapsed_milliseconds: milliseconds(started),
                data: BTreeMap::new(),
            },
        )],
    )
}

pub(super) const METADATA: Doc = Doc::new("checkMetadata", "How fresh the FIDO metadata is")
    .answers(&[json::<Report>(), json_with::<Report>(503)]);

/// How fresh the FIDO metadata is; without any in the configuration nothing is checked.
pub(super) async fn metadata(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let started = Instant::now();
    let api = call.api();
    let (operations, now) = (api.operations(), api.operations().clock().now());
    let Some(freshness) = api.metadata().freshness(operations.passgate(), now) else {
        return report(started, []);
    };
    let status = match &freshness.in_use {
        None => Status::Unhealthy,
        Some(in_use) if in_use.stale || freshness.error.is_some() => Status::Degraded,
        Some(_) => Status::Healthy,
    };
    report(
        started,
        [(
            "metadata",
            Check {
                status,
                elapsed_milliseconds: milliseconds(started),
                data: about(&freshness, now),
            },
        )],
    )
}

fn about(freshness: &Freshness, now: Timestamp) -> BTreeMap<&'static str, Value> {
    let mut data = BTreeMap::new();
    if let Some(in_use) = &freshness.in_use {
        data.extend([
            ("number", in_use.number.into()),
            ("nextUpdate", timestamps::calendar_date(in_use.next_update).into()),
            ("stale", in_use.stale.into()),
            ("models", in_use.models.into()),
            ("listedModels", in_use.listed.into()),
            ("skipped", in_use.skipped.into()),
        ]);
    }
    if let Some(in_use) = &freshness.in_use
        && !in_use.flaws.is_empty()
    {
        data.insert("flaws", in_use.flaws.clone().into());
    }
    if let Some(at) = freshness.accepted_at {
        data.insert("acceptedAt", timestamps::instant(at).into());
        data.insert("ageSeconds", now.since(at).as_secs().into());
    }
    if let Some(at) = freshness.tried_at {
        data.insert("triedAt", timestamps::instant(at).into());
    }
    if let Some(error) = &freshness.error {
        data.insert("lastError", error.as_str().into());
    }
    data
}

pub(super) const THROW_API: Doc = Doc::new("drillProblem", "A drill: 400");

pub(super) async fn throw_api(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Err(Problem::rule(ErrorCode::TestError, "Testing error response"))
}

pub(super) const THROW_EXCEPTION: Doc = Doc::new("drillException", "A drill: 500");

pub(super) async fn throw_exception(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Err(Problem::unexpected("asked for by /health/throw/exception"))
}

fn report<const N: usize>(started: Instant, checks: [(&'static str, Check); N]) -> Result<Answer, Problem> {
    let results = BTreeMap::from(checks);
    let status = results
        .values()
        .map(|check| check.status)
        .max()
        .unwrap_or(Status::Healthy);
    let answer = Answer::pretty_json(&Report {
        status,
        elapsed_milliseconds: milliseconds(started),
        results,
    })?;
    Ok(uncached(match status {
        Status::Healthy | Status::Degraded => answer,
        Status::Unhealthy => answer.with_status(StatusCode::SERVICE_UNAVAILABLE),
    }))
}

fn uncached(answer: Answer) -> Answer {
    answer
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"))
        .with_header(PRAGMA, HeaderValue::from_static("no-cache"))
        .with_header(EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
