//! The OpenAPI document, and a page that shows it to people without asking anybody else for anything.

use std::{
    io::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use actix_web::{
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderValue, VARY},
    },
    web::Bytes,
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use crate::{
    answer::{Answer, unframed},
    assets,
    auth::{Call, NoKey},
    endpoint::{Doc, json, nothing, other},
    input::{Input, Nothing, Parts, Unreadable},
    openapi,
    problem::Problem,
    shares::Share,
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
    document_at(&call, ".")
}

pub(super) const FORMER_DOCUMENT: Doc = Doc::new(
    "getOpenApiAtFormerAddress",
    "This document, where the official server has one",
)
.answers(&[json::<Map<String, Value>>()]);

pub(super) async fn former_document(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    document_at(&call, "../..")
}

/// The document, which says where the server is: under its public address, or above the document's own.
fn document_at(call: &Call<NoKey, Nothing>, above: &str) -> Result<Answer, Problem> {
    const JSON: &str = "application/json; charset=utf-8";
    let public = call.api().settings().public_url.as_ref();
    let address = public.map_or(above, |address| address.as_str().trim_end_matches('/'));
    let written = written(address);
    let room = call.api().operations().shares().room(Share::Strangers);
    let answer = match written.compressed.filter(|_| call.takes_gzip()) {
        Some(compressed) => Answer::long_document(JSON, compressed, room)?
            .with_header(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        None => Answer::long_document(JSON, written.plain, room)?,
    };
    Ok(revalidated(answer).with_header(VARY, HeaderValue::from_static("accept-encoding")))
}

/// The document as it is served.
#[derive(Clone)]
struct Written {
    plain: Bytes,
    compressed: Option<Bytes>,
}

/// The document with an address in it, written and compressed once: a server has one address, or two that are relative.
fn written(address: &str) -> Written {
    static WRITTEN: Mutex<Vec<(String, Written)>> = Mutex::new(Vec::new());
    let mut all = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, written)) = all.iter().find(|(known, _)| known == address) {
        return written.clone();
    }
    let plain = Bytes::from(DOCUMENT_TEXT.replacen(ADDRESS, address, 1));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(&plain).and_then(|()| encoder.finish());
    let written = Written {
        compressed: compressed.map(Bytes::from).ok(),
        plain,
    };
    all.push((address.to_owned(), written.clone()));
    written
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

pub(super) const FILE: Doc = Doc::new("getReferenceFile", "What that page is made of").answers(&[
    other(200, "text/javascript"),
    other(200, "text/css"),
    other(200, "image/svg+xml"),
    other(200, "font/woff2"),
    nothing(404),
]);

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
