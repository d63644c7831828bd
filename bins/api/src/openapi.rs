//! The OpenAPI document: the route table, with what each endpoint reads and answers.
//!
//! Paths, methods, keys, scopes and the statuses that follow from them come from the table itself. [`operations`] says
//! the rest, one entry per endpoint, in the short notation of `notation`. The tests hold it true: an endpoint without
//! an entry fails one of them, and every answer that any of them gets must be one that the document describes.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value, json};

use crate::{
    auth::KeyKind,
    problem::CONTENT_TYPE_PROBLEM,
    routes::{Endpoint, table},
};

mod notation;
pub mod operations;
mod schemas;

use operations::{Body, Operation};

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| document().to_string().into_bytes());

/// The document, as it is served.
pub fn text() -> &'static [u8] {
    &DOCUMENT
}

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in table() {
        let item = paths
            .entry(endpoint.path.to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
        item[endpoint.method.as_str().to_ascii_lowercase()] = operation(&endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Passgate",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A self-hosted passkey server",
            "description": "Registers passkeys and signs users in with them, speaking the Passwordless.dev API. Member \
                names and paths have no case, unknown members are ignored, and every refusal is a problem document.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "." }],
        "tags": operations::GROUPS
            .iter()
            .map(|group| json!({ "name": group.name, "description": group.about }))
            .collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "ApiKey": key_scheme("ApiKey", "The public key, for browsers."),
                "ApiSecret": key_scheme("ApiSecret", "The secret key, for backends."),
                "ManagementKey": key_scheme("ManagementKey", "The operator's key."),
            },
            "schemas": schemas::all(),
        },
    })
}

fn key_scheme(header: &str, about: &str) -> Value {
    json!({ "type": "apiKey", "in": "header", "name": header, "description": about })
}

fn operation(endpoint: &Endpoint) -> Value {
    let (group, described) = operations::find(&endpoint.method, endpoint.path).unzip();
    let mut object = json!({
        "operationId": operation_id(endpoint),
        "responses": responses(endpoint, described),
    });
    if let Some(header) = endpoint.key.header() {
        object["security"] = json!([{ header: [] }]);
    }
    let mut description = endpoint
        .scope
        .map(|scope| format!("Needs a key with the scope `{}`.", scope.as_str()))
        .into_iter()
        .collect::<Vec<_>>();
    if let Some(group) = group {
        object["tags"] = json!([group.name]);
    }
    if let Some(described) = described {
        object["summary"] = described.summary.into();
        description.extend((!described.about.is_empty()).then(|| described.about.to_owned()));
        if !described.body.is_empty() {
            object["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": notation::request(described.body) } },
            });
        }
    }
    if !description.is_empty() {
        object["description"] = description.join(" ").into();
    }
    let parameters = parameters(endpoint, described);
    if !parameters.is_empty() {
        object["parameters"] = parameters.into();
    }
    object
}

/// `POST /signin/generate-token` is `postSigninGenerateToken`.
fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint
        .path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let capitalised = words.map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    std::iter::once(endpoint.method.as_str().to_ascii_lowercase())
        .chain(capitalised)
        .collect()
}

fn parameters(endpoint: &Endpoint, described: Option<&Operation>) -> Vec<Value> {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    for (name, kind) in described.map(|described| described.query).unwrap_or_default() {
        let (name, required) = notation::member(name);
        parameters.push(json!({
            "name": name, "in": "query", "required": required == notation::Presence::Always,
            "schema": notation::schema(kind),
        }));
    }
    parameters
}

/// What follows from the row of the table, and what the entry adds.
fn responses(endpoint: &Endpoint, described: Option<&Operation>) -> Value {
    let mut refusals: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    let mut add = |status, why| refusals.entry(status).or_default().push(why);
    // Any request can have a body, which is read even where it is not looked at.
    add(400, "the request cannot be read, or is not valid");
    add(408, "the body did not arrive in time");
    add(413, "the body is too large");
    add(500, "something failed that is not the caller's fault");
    add(503, "the database is busy or away; try again");
    if endpoint.key != KeyKind::None {
        add(401, "no valid key");
    }
    if endpoint.scope.is_some() {
        add(403, "the key lacks the scope");
    }
    if endpoint.reads_body {
        add(415, "the body is not JSON");
    }
    let mut responses = Map::new();
    if let Some(described) = described {
        for (status, why) in described.refusals {
            add(*status, why);
        }
        for (status, body) in described.answers {
            let answer = answer(*status, body);
            match responses.get_mut(&status.to_string()) {
                // Another document with the same status.
                Some(known) => {
                    for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                        known["content"][media_type] = content.clone();
                    }
                }
                None => {
                    responses.insert(status.to_string(), answer);
                }
            }
        }
    }
    for (status, reasons) in refusals {
        let described = responses.entry(status.to_string());
        described.or_insert_with(|| problem(endpoint, status, &reasons.join("; ")));
    }
    responses.into()
}

fn problem(endpoint: &Endpoint, status: u16, why: &str) -> Value {
    let mut response = json!({
        "description": why,
        "content": { CONTENT_TYPE_PROBLEM: { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    if status == 401
        && let Some(header) = endpoint.key.header()
    {
        response["headers"] = json!({
            "WWW-Authenticate": { "description": "the header that is required", "schema": { "const": header } },
        });
    }
    response
}

fn answer(status: u16, body: &Body) -> Value {
    let said = match status {
        201 => "made",
        204 => "done",
        303 => "go there",
        404 => "not found",
        503 => "not healthy",
        _ => "all went well",
    };
    let content = match body {
        Body::Nothing => return json!({ "description": format!("{said}; no body") }),
        Body::Json(kind) => ("application/json", notation::schema(kind)),
        Body::Other(media_type) => (*media_type, json!({ "type": "string" })),
    };
    json!({ "description": said, "content": { content.0: { "schema": content.1 } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_an_entry_and_every_entry_an_endpoint() {
        let table = table();
        let missing: Vec<_> = table
            .iter()
            .filter(|endpoint| operations::find(&endpoint.method, endpoint.path).is_none())
            .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
            .collect();
        assert!(
            missing.is_empty(),
            "the OpenAPI document says nothing about {missing:?}: add an entry for each to \
             its group in bins/api/src/openapi/operations/ (what it reads, what it answers, its refusals)"
        );
        for entry in operations::GROUPS.iter().flat_map(|group| group.operations) {
            let known = table
                .iter()
                .any(|endpoint| format!("{} {}", endpoint.method, endpoint.path) == entry.endpoint);
            assert!(
                known,
                "{} has an entry and is not in the route table",
                entry.endpoint
            );
        }
    }

    #[test]
    fn bodies_are_described_exactly_where_they_are_read() {
        for endpoint in table() {
            let (group, described) = operations::find(&endpoint.method, endpoint.path).unwrap();
            assert_eq!(
                !described.body.is_empty(),
                endpoint.reads_body,
                "{}: the body in its entry",
                described.endpoint
            );
            assert!(
                document()["tags"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|tag| tag["name"] == group.name),
                "{}: the tag {}",
                described.endpoint,
                group.name
            );
        }
    }

    #[test]
    fn references_lead_somewhere_and_ids_are_unique() {
        fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str));
                    members.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let target = document.pointer(reference.strip_prefix('#').unwrap());
            assert!(
                target.is_some(),
                "{reference} leads nowhere: add it to openapi/schemas.rs"
            );
        }
        let mut ids: Vec<_> = table().iter().map(operation_id).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
