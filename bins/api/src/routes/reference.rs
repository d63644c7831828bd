//! The OpenAPI document, and a page that shows it to people without asking anybody else for anything.

use std::sync::LazyLock;

use actix_web::http::{
    StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};
use serde_json::{Map, Value};

use crate::{
    answer::{Answer, unframed},
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
        .replace("\"./\"", "\"../\"")
        .replace("\"openapi.json\"", "\"../openapi.json\"")
});
const SCRIPT: &[u8] = include_bytes!("../../reference/reference.js");
const STYLE: &[u8] = include_bytes!("../../reference/reference.css");

/// What stands for the server's address until the document is served.
const ADDRESS: &str = "address-of-the-server";
static DOCUMENT_TEXT: LazyLock<String> =
    LazyLock::new(|| openapi::document(&super::groups(), ADDRESS).to_string());

pub(super) const DOCUMENT: Doc =
    Doc::new("getOpenApi", "This document").answers(&[json::<Map<String, Value>>()]);

pub(super) async fn document(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(document_at(&call, "."))
}

pub(super) const FORMER_DOCUMENT: Doc = Doc::new(
    "getOpenApiAtFormerAddress",
    "This document, where the official server has one",
)
.answers(&[json::<Map<String, Value>>()]);

pub(super) async fn former_document(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(document_at(&call, "../.."))
}

/// The document, which says where the server is: under its public address, or above the document's own.
fn document_at(call: &Call<NoKey, Nothing>, above: &str) -> Answer {
    let public = call.api().settings().public_url.as_ref();
    let address = public.map_or(above, |address| address.as_str().trim_end_matches('/'));
    revalidated(Answer::json_text(DOCUMENT_TEXT.replacen(ADDRESS, address, 1)))
}

pub(super) const PAGE: Doc =
    Doc::new("showReference", "This document, for people").answers(&[other(200, "text/html")]);

pub(super) async fn page(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let page = if call.has_trailing_slash() {
        INDEX_BELOW.as_bytes()
    } else {
        INDEX.as_bytes()
    };
    Ok(unframed(revalidated(Answer::document(HTML, page))))
}

pub(super) struct File(String);

impl Input for File {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self(parts.path("file")?))
    }
}

pub(super) const FILE: Doc =
    Doc::new("getReferenceFile", "What that page is made of").answers(&[other(200, "*/*"), nothing(404)]);

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
