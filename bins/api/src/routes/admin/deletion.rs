//! The end of an application: asked for, called off, done.

use passgate::{
    AppNotFound, Stopped,
    deletion::{DeleteAppError, Deletion, MarkDeleteError},
};
use passgate_core::application::AppId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::routes::of_app::{OfApp, app};
use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    timestamps, wire,
};

pub(in crate::routes) const CAN_DELETE_IMMEDIATELY: Doc = Doc::new(
    "canDeleteAppImmediately",
    "Whether an application would be deleted at once",
)
.answers(&[json::<bool>()]);

pub(in crate::routes) async fn can_delete_immediately(
    call: Call<ManagementKey, OfApp>,
) -> Result<Answer, Problem> {
    let possible = call
        .run(|passgate, _, input, env| {
            let app = input.0.ok_or(AppNotFound)?;
            passgate.can_delete_immediately(&app, env)
        })
        .await?;
    Answer::json(&possible)
}

pub(in crate::routes) struct MarkDelete {
    app: Option<AppId>,
    deleted_by: String,
}

impl Input for MarkDelete {
    const BODY: Option<Body> = Some(Body::new(
        "MarkDeleteApp",
        &[text::<wire::PerformedBy>("deletedBy").or_null()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            app: app(parts)?,
            deleted_by: parts.body().text("deletedBy")?.unwrap_or_default(),
        })
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Deletion")]
struct DeletionAnswer {
    #[schemars(with = "wire::Sentence")]
    message: String,
    /// Whether it is gone already.
    is_deleted: bool,
    /// When it is due to go, or when it went.
    #[schemars(with = "wire::Instant")]
    delete_at: String,
    /// Its administrators.
    #[schemars(with = "Vec<wire::Email>")]
    admin_emails: Vec<String>,
}

impl DeletionAnswer {
    fn new(app: &AppId, deletion: Deletion) -> Self {
        let message = if deletion.deleted {
            format!("The app '{app}' was deleted.")
        } else {
            let at = deletion.delete_at.to_naive().format("%m/%d/%Y %H:%M:%S");
            format!("The app '{app}' will be deleted at '{at}'.")
        };
        Self {
            message,
            is_deleted: deletion.deleted,
            delete_at: timestamps::instant(deletion.delete_at),
            admin_emails: deletion.admin_emails,
        }
    }
}

pub(in crate::routes) const MARK_DELETE: Doc = Doc::new(
    "markAppForDeletion",
    "Deletes an application, at once or in a month",
)
.answers(&[json::<DeletionAnswer>()]);

pub(in crate::routes) async fn mark_delete(call: Call<ManagementKey, MarkDelete>) -> Result<Answer, Problem> {
    let answer = call.heavy().run(|passgate, _, input, env| {
        let app = input.app.ok_or(MarkDeleteError::AppNotFound)?;
        let deletion = passgate.mark_delete(&app, &input.deleted_by, env)?;
        Ok::<_, Stopped<MarkDeleteError>>(DeletionAnswer::new(&app, deletion))
    });
    Answer::json(&answer.await?)
}

pub(in crate::routes) const DELETE: Doc =
    Doc::new("deleteApp", "Deletes an application whose deletion is due")
        .answers(&[json::<DeletionAnswer>()]);

pub(in crate::routes) async fn delete(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    let answer = call.run(|passgate, _, input, env| {
        let app = input.0.ok_or(DeleteAppError::AppNotFound)?;
        let deletion = passgate.delete_app(&app, env)?;
        Ok::<_, Stopped<DeleteAppError>>(DeletionAnswer::new(&app, deletion))
    });
    Answer::json(&answer.await?)
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Message")]
struct Cancelled {
    #[schemars(with = "wire::Sentence")]
    message: &'static str,
}

pub(in crate::routes) const CANCEL_DELETE: Doc =
    Doc::new("cancelAppDeletion", "Calls a deletion off").answers(&[json::<Cancelled>()]);

pub(in crate::routes) async fn cancel_delete(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| input.0.map_or(Ok(()), |app| passgate.cancel_delete(&app, env)))
        .await?;
    Answer::json(&Cancelled {
        message: "The app will not be deleted.",
    })
}
