//! `/account/delete/abort/{token}`: the link in the warning. Looking at it does nothing; its button aborts the deletion.

use actix_web::http::StatusCode;
use passgate::{Failure, Stopped, account_deletion::AbortDeletionError};

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    endpoint::{Doc, other},
    input::{Input, Parts, Unreadable},
    mail::moment,
    page::Page,
    problem::Problem,
};

pub(in crate::routes) struct Request {
    token: String,
}

impl Input for Request {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            // What is no text is no token, and whoever follows a link is shown a page.
            token: parts.path("token").unwrap_or_default(),
        })
    }
}

pub(in crate::routes) const SHOW: Doc = Doc::new(
    "showAccountDeletion",
    "The page behind the link in a deletion's warning",
)
.answers(&[other(200, "text/html"), other(404, "text/html")]);

pub(in crate::routes) async fn show(call: Call<NoKey, Request>) -> Result<Answer, Problem> {
    let found = call
        .run(|passgate, (), input, _| known(passgate.find_account_deletion(&input.token)))
        .await?;
    let Some(found) = found else { return unusable() };
    let title = format!("Keep the application {}?", found.app);
    let when = format!(
        "It is on its way to being deleted: its API keys stop working on {}, and everything in it is gone on {}.",
        moment(found.freeze_at),
        moment(found.delete_at)
    );
    let page = Page {
        title: &title,
        paragraphs: &[&when, "Press the button to keep it, with everything in it."],
        button: Some("Keep the application"),
        forwards: false,
    };
    page.answer(StatusCode::OK)
}

pub(in crate::routes) const ABORT: Doc = Doc::new("abortAccountDeletion", "That page's button")
    .answers(&[other(200, "text/html"), other(404, "text/html")]);

pub(in crate::routes) async fn abort(call: Call<NoKey, Request>) -> Result<Answer, Problem> {
    let aborted = call
        .run(|passgate, (), input, env| known(passgate.abort_account_deletion(&input.token, env)))
        .await?;
    let Some(app) = aborted else { return unusable() };
    let title = format!("The application {app} stays");
    let page = Page {
        title: &title,
        paragraphs: &["Its deletion was aborted, and its API keys work. You can close this page."],
        button: None,
        forwards: false,
    };
    page.answer(StatusCode::OK)
}

fn known<T>(outcome: Result<T, Stopped<AbortDeletionError>>) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(Stopped::Refused(AbortDeletionError::UnknownToken)) => Ok(None),
        Err(Stopped::Failed(failure)) => Err(failure),
    }
}

fn unusable() -> Result<Answer, Problem> {
    let page = Page {
        title: "This link does not work",
        paragraphs: &[
            "It was used before, a newer mail replaced it, or the application is gone.",
            "If another mail about this deletion arrived later, use the link in that one.",
        ],
        button: None,
        forwards: false,
    };
    page.answer(StatusCode::NOT_FOUND)
}
