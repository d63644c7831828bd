//! `/apps`: what a backend may change about its application, and which applications are due to go.

use passgate::features::FeaturesPatch;
use passgate_core::application::Features;

use crate::{
    answer::Answer,
    auth::{Call, ManagementKey, SecretKey},
    endpoint::{Doc, json, nothing},
    input::{Input, Nothing, Parts, Unreadable},
    problem::Problem,
    shape::{Body, boolean, integer, text},
    validation::Validation,
    wire,
};

/// Longest retention that the API lets anybody choose, in days.
pub(super) const LONGEST_RETENTION: i64 = Features::MAX_EVENT_RETENTION_DAYS as i64;

pub(super) struct Patch(FeaturesPatch);

impl Input for Patch {
    const BODY: Option<Body> = Some(Body::new(
        "SetFeatures",
        &[
            text::<wire::PerformedBy>("performedBy").or_null(),
            integer("eventLoggingRetentionPeriod", 90)
                .at_most(LONGEST_RETENTION.unsigned_abs())
                .about("How long events are kept, in days.")
                .or_null(),
            boolean("enableManuallyGeneratedAuthenticationTokens")
                .about("Whether POST /signin/generate-token makes tokens.")
                .or_null(),
            boolean("enableMagicLinks")
                .about("Whether sign-in links are mailed.")
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let performed_by = body.text("performedBy")?;
        // Some backends' SDKs only know the member's previous name.
        let retention = match body.small_integer("eventLoggingRetentionPeriod")? {
            None => body.small_integer("auditLoggingRetentionPeriod")?,
            given => given,
        };
        let generate_sign_in_token = body.boolean("enableManuallyGeneratedAuthenticationTokens")?;
        let magic_links = body.boolean("enableMagicLinks")?;

        let mut check = Validation::default();
        check
            .member("EventLoggingRetentionPeriod")
            .between(retention.map(i64::from), 0, LONGEST_RETENTION);
        check.finish()?;

        Ok(Self(FeaturesPatch {
            performed_by: performed_by.or_else(|| Some("Api".to_owned())),
            event_retention_days: retention.map(i32::unsigned_abs),
            generate_sign_in_token,
            magic_links,
        }))
    }
}

pub(super) const PATCH_FEATURES: Doc =
    Doc::new("changeFeatures", "Changes what the application may do").answers(&[nothing(204)]);

pub(super) async fn patch_features(call: Call<SecretKey, Patch>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.patch_features(caller, &input.0, env))
        .await?;
    Ok(Answer::no_content())
}

pub(super) const LIST_PENDING_DELETION: Doc =
    Doc::new("listAppsPendingDeletion", "Applications whose deletion is due")
        .answers(&[json::<Vec<String>>()]);

pub(super) async fn list_pending_deletion(call: Call<ManagementKey, Nothing>) -> Result<Answer, Problem> {
    let apps = call
        .run(|passgate, _, _, env| passgate.list_pending_deletion(env))
        .await?;
    Answer::json(
        &apps
            .iter()
            .map(passgate_core::application::AppId::as_str)
            .collect::<Vec<_>>(),
    )
}
