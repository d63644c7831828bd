//! `POST /admin/apps/{app}/create`: a new application with its first keys.

use passgate::applications::CreateAppInput;
use passgate_core::application::AppId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, boolean, integer, text},
    validation::{Validation, text_length},
    wire,
};

const APP_ID_RULE: &str = "'AppId' must be between 3 and 62 characters, contain only lowercase letters and numbers, \
                           and start with a lowercase letter.";

pub(in crate::routes) struct Request(CreateAppInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "CreateApp",
        &[
            text::<wire::Email>("adminEmail")
                .about("The address of the application's administrator.")
                .or_null(),
            boolean("eventLoggingIsEnabled").about("Whether events can be read."),
            integer("eventLoggingRetentionPeriod", 90)
                .at_most(i32::MAX.unsigned_abs() as u64)
                .about("How long events are kept, in days."),
            integer("magicLinkEmailMonthlyQuota", 1000)
                .at_most(i32::MAX.unsigned_abs() as u64)
                .about("How many sign-in links may be mailed in a month; no limit if it is missing."),
            integer("maxUsers", 10000)
                .about("How many users may register; no limit if it is missing.")
                .or_null(),
            boolean("allowAttestation")
                .about("Whether attestation may be asked for, and models allowed or blocked."),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let sent = parts.path("app")?;
        let app = AppId::parse(&sent);
        let admin_email = body.text("adminEmail")?.unwrap_or_default();
        let event_logging = body.boolean_or("eventLoggingIsEnabled", false)?;
        let retention = body.small_integer_or("eventLoggingRetentionPeriod", 365)?;
        let quota = body.small_integer_or("magicLinkEmailMonthlyQuota", i32::MAX)?;
        let max_users = body.integer("maxUsers")?;
        let allow_attestation = body.boolean_or("allowAttestation", false)?;

        let mut check = Validation::default();
        check
            .member("AppId")
            .at_least(text_length(&sent), AppId::MIN_CHARS)
            .rule(app.is_ok(), APP_ID_RULE);
        // None is allowed; one that no mail reaches is a mistake that nobody would notice before it matters.
        if !admin_email.is_empty() {
            check.member("AdminEmail").deliverable_email(&admin_email);
        }
        check
            .member("EventLoggingRetentionPeriod")
            .between(Some(retention.into()), 0, i32::MAX.into());
        check
            .member("MagicLinkEmailMonthlyQuota")
            .between(Some(quota.into()), 0, i32::MAX.into());
        check.member("MaxUsers").between(max_users, 0, i64::MAX);
        check.finish()?;

        Ok(Self(CreateAppInput {
            app: app.map_err(|_| Problem::malformed_parameter("string AppId", &sent))?,
            admin_email,
            event_logging,
            event_retention_days: retention.unsigned_abs(),
            magic_link_monthly_quota: quota.unsigned_abs(),
            max_users: max_users.map(i64::unsigned_abs),
            allow_attestation,
        }))
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CreatedApplication")]
struct Created<'k> {
    /// A sentence for people.
    #[schemars(with = "wire::Sentence")]
    message: &'static str,
    /// The first public key.
    #[schemars(with = "wire::ApiKey")]
    api_key1: &'k str,
    /// The second public key.
    #[schemars(with = "wire::ApiKey")]
    api_key2: &'k str,
    /// The first secret key, shown once.
    #[schemars(with = "wire::ApiSecret")]
    api_secret1: &'k str,
    /// The second secret key, shown once.
    #[schemars(with = "wire::ApiSecret")]
    api_secret2: &'k str,
}

pub(in crate::routes) const DOC: Doc = Doc::new("createApp", "Makes an application with its first four keys")
    .answers(&[json::<Created<'static>>()])
    .refusals(&[(409, "the id is taken")]);

pub(in crate::routes) async fn handle(call: Call<ManagementKey, Request>) -> Result<Answer, Problem> {
    let created = call
        .run(|passgate, _, input, env| passgate.create_app(input.0, env))
        .await?;
    let [public1, public2] = &created.public_keys;
    let [secret1, secret2] = &created.secret_keys;
    Answer::json(&Created {
        message: "Store keys safely. They will only be shown to you once.",
        api_key1: public1.as_str(),
        api_key2: public2.as_str(),
        api_secret1: secret1.expose(),
        api_secret2: secret2.expose(),
    })
}
