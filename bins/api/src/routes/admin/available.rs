//! `GET /admin/apps/{app}/available`: whether an id is free.

use passgate_core::application::AppId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    validation::{Validation, text_length},
};

/// The pattern of ids, as its failure shows it.
const PATTERN: &str = "^[a-z]{1}[a-z0-9]{2,61}$";

pub(in crate::routes) struct Request {
    app: AppId,
}

impl Input for Request {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let sent = parts.path("app")?;
        let app = AppId::parse(&sent);
        let mut check = Validation::default();
        check
            .member("AppId")
            .required(Some(&sent))
            .at_least(text_length(&sent), AppId::MIN_CHARS)
            .pattern(app.is_ok(), PATTERN);
        check.finish()?;
        Ok(Self {
            app: app.map_err(|_| Problem::malformed_parameter("string AppId", &sent))?,
        })
    }
}

#[derive(Debug, JsonSchema, Serialize)]
struct Availability {
    /// Whether the id is free.
    available: bool,
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("checkAppIdAvailable", "Whether an application id is free").answers(&[json::<Availability>()]);

pub(in crate::routes) async fn handle(call: Call<ManagementKey, Request>) -> Result<Answer, Problem> {
    let available = call
        .run(|passgate, _, input, _| passgate.app_available(&input.app))
        .await?;
    Answer::json(&Availability { available })
}
