//! The OpenAPI document, and a page that shows it to people without asking anybody else for anything.

use std::sync::LazyLock;

use actix_web::http::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};

use crate::{
    answer::Answer,
    assets,
    auth::{Call, NoKey},
    endpoint::{Doc, json, nothing, other},
    input::{Input, Nothing, Parts, Unreadable},
    openapi,
    problem::Problem,
};

const HTML: &str = "text/html; charset=utf-8";
const INDEX: &str = include_str!("../../reference/index.html");
/// The page under `/docs/`, where its relative addresses begin one level deeper. They are relative so that a proxy may
/// mount the server anywhere.
static INDEX_BELOW: LazyLock<String> = LazyLock::new(|| {
    INDEX
        .replace("\"docs/", "\"")
        .replace("\"docs\"", "\"./\"")
        .replace("\"openapi.json\"", "\"../openapi.json\"")
});
const SCRIPT: &[u8] = include_bytes!("../../reference/reference.js");
const STYLE: &[u8] = include_bytes!("../../reference/reference.css");

pub(super) const FORMER_DOCUMENT: Doc = Doc::new("This document, where the official server has one")
    .answers(&[json::<serde_json::Map<String, serde_json::Value>>()]);

pub(super) const DOCUMENT: Doc =
    Doc::new("This document").answers(&[json::<serde_json::Map<String, serde_json::Value>>()]);

/// The document as it is served.
static TEXT: LazyLock<Vec<u8>> =
    LazyLock::new(|| openapi::document(&super::groups()).to_string().into_bytes());

pub(super) async fn document(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(revalidated(Answer::document(
        "application/json; charset=utf-8",
        &TEXT,
    )))
}

pub(super) const PAGE: Doc = Doc::new("This document, for people").answers(&[other(200, "text/html")]);

pub(super) async fn page(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let page = if call.has_trailing_slash() {
        INDEX_BELOW.as_bytes()
    } else {
        INDEX.as_bytes()
    };
    Ok(revalidated(Answer::document(HTML, page)))
}

pub(super) struct File(String);

impl Input for File {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self(parts.path("file")?))
    }
}

pub(super) const FILE: Doc =
    Doc::new("What that page is made of").answers(&[other(200, "*/*"), nothing(404)]);

pub(super) async fn file(call: Call<NoKey, File>) -> Result<Answer, Problem> {
    let found = match call.input.0.as_str() {
        "reference.js" => Some(("text/javascript; charset=utf-8", SCRIPT)),
        "reference.css" => Some(("text/css; charset=utf-8", STYLE)),
        // Fonts and logo are those of the playground, also where it is switched off.
        name => assets::shared_file(name),
    };
    Ok(match found {
        Some((media_type, content)) => revalidated(Answer::document(media_type, content)),
        None => Answer::empty(StatusCode::NOT_FOUND),
    })
}

/// A new server may bring a new page under the same names.
fn revalidated(answer: Answer) -> Answer {
    answer.with_header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
}
