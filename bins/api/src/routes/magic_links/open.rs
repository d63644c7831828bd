//! `/magic-links/{app}/{link}`: the page before a magic link's target. Looking at it does nothing, so that programs which
//! open every link of a mail use nothing up; its button forwards.

use actix_web::http::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue, LOCATION},
};
use passgate::{Failure, Stopped, magic_links::OpenMagicLinkError};
use passgate_core::application::AppId;
use url::{Position, Url};

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    endpoint::{Doc, nothing, other},
    input::{Input, Parts, Unreadable},
    page::Page,
    problem::Problem,
};

pub(in crate::routes) struct Request {
    /// None if it cannot be the id of an application.
    app: Option<AppId>,
    link: String,
}

impl Input for Request {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            // What is no text opens nothing, and whoever follows a link is shown a page.
            app: AppId::parse(&parts.path("app").unwrap_or_default()).ok(),
            link: parts.path("link").unwrap_or_default(),
        })
    }
}

pub(in crate::routes) const SHOW: Doc = Doc::new("showMagicLink", "The page before a magic link's target")
    .answers(&[other(200, "text/html"), other(404, "text/html")]);

pub(in crate::routes) async fn show(call: Call<NoKey, Request>) -> Result<Answer, Problem> {
    let Some(target) = open(call).await? else {
        return unusable();
    };
    let site = &target[Position::BeforeHost..Position::AfterPort];
    let title = format!("Sign in to {site}");
    let page = Page {
        title: &title,
        paragraphs: &["You followed a sign-in link. Press the button to go on."],
        button: Some("Sign in"),
        forwards: true,
    };
    page.answer(StatusCode::OK)
}

pub(in crate::routes) const FORWARD: Doc =
    Doc::new("followMagicLink", "That page's button").answers(&[nothing(303), other(404, "text/html")]);

pub(in crate::routes) async fn forward(call: Call<NoKey, Request>) -> Result<Answer, Problem> {
    let Some(target) = open(call).await? else {
        return unusable();
    };
    let location = HeaderValue::try_from(String::from(target))
        .map_err(|error| Problem::unexpected(error.to_string()))?;
    Ok(Answer::empty(StatusCode::SEE_OTHER)
        .with_header(LOCATION, location)
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Where the link leads; none if it is not (or no longer) one of ours.
async fn open(call: Call<NoKey, Request>) -> Result<Option<Url>, Problem> {
    call.run(|passgate, (), input, env| match input.app {
        Some(app) => passgate
            .open_magic_link(&app, &input.link, env)
            .map(Some)
            .or_else(nowhere),
        None => Ok(None),
    })
    .await
}

fn nowhere(stopped: Stopped<OpenMagicLinkError>) -> Result<Option<Url>, Failure> {
    match stopped {
        Stopped::Refused(
            OpenMagicLinkError::AppNotFound(_) | OpenMagicLinkError::Frozen | OpenMagicLinkError::Token(_),
        ) => Ok(None),
        Stopped::Failed(failure) => Err(failure),
    }
}

/// Not found, for people: whether it expired or never existed is the same to them.
fn unusable() -> Result<Answer, Problem> {
    let page = Page {
        title: "This link no longer works",
        paragraphs: &[
            "It is too old, or was not copied completely.",
            "Go back to where you asked for it, and ask again.",
        ],
        button: None,
        forwards: false,
    };
    page.answer(StatusCode::NOT_FOUND)
}
