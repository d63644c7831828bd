//! `GET` and `POST /admin/apps/{app}/features`: what an application may do.

mod policy;

use passgate::{
    Stopped,
    features::{Author, ChangeSettingsError},
    settings::Unfit,
};
use passgate_core::application::{AppId, Features};
use schemars::JsonSchema;
use serde::Serialize;

use crate::routes::of_app::{OfApp, app};
use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::apps::LONGEST_RETENTION,
    shape::{Body, boolean, integer, object},
    timestamps,
    validation::Validation,
    wire,
};

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Features")]
struct Shown {
    /// Whether events can be read.
    event_logging_is_enabled: bool,
    /// How long events are kept, in days.
    #[schemars(example = 90)]
    event_logging_retention_period: u32,
    /// When the log for developers ends; always `null` here.
    #[schemars(with = "Option<wire::LocalTime>")]
    developer_logging_ends_at: Option<String>,
    /// How many users may register; `null` for no limit.
    #[schemars(example = 10000)]
    max_users: Option<u64>,
    /// Whether attestation may be asked for, and models allowed or blocked.
    allow_attestation: bool,
    /// Whether `POST /signin/generate-token` makes tokens.
    is_generate_sign_in_token_endpoint_enabled: bool,
    /// Whether sign-in links are mailed.
    is_magic_links_enabled: bool,
    /// How strict the application is; missing if there is no such application.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "policy::Policy")]
    policy: Option<policy::Policy>,
}

impl From<Features> for Shown {
    fn from(features: Features) -> Self {
        Self {
            event_logging_is_enabled: features.event_logging,
            event_logging_retention_period: features.event_retention_days,
            developer_logging_ends_at: features.developer_logging_ends_at.map(timestamps::zoneless),
            max_users: features.max_users,
            allow_attestation: features.allow_attestation,
            is_generate_sign_in_token_endpoint_enabled: features.generate_sign_in_token,
            is_magic_links_enabled: features.magic_links,
            policy: Some(policy::Policy::from(&features)),
        }
    }
}

/// What an unknown application may do.
const UNKNOWN: Shown = Shown {
    event_logging_is_enabled: false,
    event_logging_retention_period: 0,
    developer_logging_ends_at: None,
    max_users: None,
    allow_attestation: false,
    is_generate_sign_in_token_endpoint_enabled: true,
    is_magic_links_enabled: true,
    policy: None,
};

pub(in crate::routes) const SHOW: Doc =
    Doc::new("getFeatures", "What an application may do").answers(&[json::<Shown>()]);

pub(in crate::routes) async fn show(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    let features = call
        .run(|passgate, _, input, _| input.0.map_or(Ok(None), |app| passgate.find_features(&app)))
        .await?;
    Answer::json(&features.map_or(UNKNOWN, Shown::from))
}

pub(in crate::routes) struct Replacement {
    app: Option<AppId>,
    /// None of them in a body with a policy alone, which changes the policy alone.
    five: Option<Five>,
    policy: Vec<policy::Change>,
}

impl Replacement {
    /// Replaces the five features, all of them; the policy only where it is named.
    fn apply(&self, features: &mut Features) -> Result<(), Unfit> {
        if let Some(five) = &self.five {
            five.apply(features);
        }
        policy::apply(&self.policy, features)
    }
}

/// The features that are replaced together: what is left out is reset.
struct Five {
    event_logging: bool,
    event_retention_days: u32,
    magic_link_monthly_quota: u32,
    max_users: Option<u64>,
    allow_attestation: bool,
}

impl Five {
    fn apply(&self, features: &mut Features) {
        features.event_logging = self.event_logging;
        features.event_retention_days = self.event_retention_days;
        features.magic_link_monthly_quota = self.magic_link_monthly_quota;
        features.max_users = self.max_users;
        features.allow_attestation = self.allow_attestation;
    }
}

impl Input for Replacement {
    const BODY: Option<Body> = Some(Body::new(
        "ManageFeatures",
        &[
            boolean("eventLoggingIsEnabled").about("Whether events can be read."),
            integer("eventLoggingRetentionPeriod", 90)
                .at_most(LONGEST_RETENTION.unsigned_abs())
                .about("How long events are kept, in days."),
            integer("magicLinkEmailMonthlyQuota", 1000)
                .at_most(i32::MAX.unsigned_abs() as u64)
                .about("How many sign-in links may be mailed in a month; no limit if it is missing."),
            integer("maxUsers", 10000)
                .about("How many users may register; no limit if it is missing.")
                .or_null(),
            boolean("allowAttestation")
                .about("Whether attestation may be asked for, and models allowed or blocked."),
            object("policy", &policy::PATCH)
                .or_null()
                .about("How strict the application is; what is missing stays."),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let event_logging = body.boolean_or("eventLoggingIsEnabled", false)?;
        let retention = body.small_integer_or("eventLoggingRetentionPeriod", 0)?;
        let quota = body.small_integer_or("magicLinkEmailMonthlyQuota", i32::MAX)?;
        let max_users = body.integer("maxUsers")?;
        let allow_attestation = body.boolean_or("allowAttestation", false)?;
        let policy = policy::read(body)?;
        let is_policy_alone = body.object("policy")?.is_some()
            && body.boolean("eventLoggingIsEnabled")?.is_none()
            && body.integer("eventLoggingRetentionPeriod")?.is_none()
            && body.integer("magicLinkEmailMonthlyQuota")?.is_none()
            && max_users.is_none()
            && body.boolean("allowAttestation")?.is_none();

        let mut check = Validation::default();
        check
            .member("EventLoggingRetentionPeriod")
            .between(Some(retention.into()), 0, LONGEST_RETENTION);
        check
            .member("MagicLinkEmailMonthlyQuota")
            .between(Some(quota.into()), 0, i32::MAX.into());
        check.member("MaxUsers").between(max_users, 0, i64::MAX);
        check.finish()?;

        Ok(Self {
            app: app(parts)?,
            five: (!is_policy_alone).then(|| Five {
                event_logging,
                event_retention_days: retention.unsigned_abs(),
                magic_link_monthly_quota: quota.unsigned_abs(),
                max_users: max_users.map(i64::unsigned_abs),
                allow_attestation,
            }),
            policy,
        })
    }
}

pub(in crate::routes) const REPLACE: Doc = Doc::new("replaceFeatures", "Replaces what an application may do")
    .about("What is left out is reset, except in a body with a policy alone, which changes the policy alone.")
    .answers(&[nothing(204)]);

pub(in crate::routes) async fn replace(call: Call<ManagementKey, Replacement>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| match &input.app {
        Some(app) => passgate
            .change_settings(
                app,
                Author::Management,
                |settings| input.apply(&mut settings.features),
                env,
            )
            .map(drop),
        None => Err(Stopped::Refused(ChangeSettingsError::AppNotFound)),
    })
    .await?;
    Ok(Answer::no_content())
}
