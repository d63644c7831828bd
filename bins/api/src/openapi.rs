//! The OpenAPI document of a route table.
//!
//! Paths, methods, keys, scopes, bodies and the statuses that follow from them come from the rows and their inputs, the
//! rest from the words that stand beside each handler. Answers are described by the types that are written. The tests
//! hold it true: every answer that any of them gets must be one that the document describes.

use std::collections::BTreeMap;

use schemars::{
    SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

use crate::{
    auth::KeyKind,
    endpoint::{Content, Endpoint, Group, Reply},
    problem::CONTENT_TYPE_PROBLEM,
};

mod members;

/// The document of these endpoints.
pub fn document(groups: &[Group]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for group in groups {
        for endpoint in &group.endpoints {
            let item = paths
                .entry(endpoint.path.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            item[endpoint.method.as_str().to_ascii_lowercase()] = operation(endpoint, group, &mut schemas);
        }
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
        "tags": groups
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
            "schemas": schemas.all(),
        },
    })
}

fn key_scheme(header: &str, about: &str) -> Value {
    json!({ "type": "apiKey", "in": "header", "name": header, "description": about })
}

/// The shapes that the document names.
struct Schemas {
    answers: SchemaGenerator,
    requests: Map<String, Value>,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.contract = Contract::Serialize;
        });
        Self {
            answers: settings.into_generator(),
            requests: Map::new(),
        }
    }

    fn all(mut self) -> Map<String, Value> {
        let mut all = self.answers.take_definitions(true);
        all.values_mut().for_each(close);
        all.extend(self.requests);
        all.insert("Problem".to_owned(), problem_schema());
        all
    }
}

/// Says of an answer that it has no members but those that are described.
fn close(schema: &mut Value) {
    if schema.get("properties").is_some() {
        schema["additionalProperties"] = false.into();
    }
}

/// A refusal. Rules may add members, so more of them are allowed.
fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "traceId"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "errorCode": { "type": ["string", "null"] },
            "errors": {
                "type": "object",
                "additionalProperties": { "type": "array", "items": { "type": "string" } },
            },
            "credentialId": { "type": "string" },
            "traceId": { "type": "string" },
        },
    })
}

fn operation(endpoint: &Endpoint, group: &Group, schemas: &mut Schemas) -> Value {
    let mut object = json!({
        "operationId": operation_id(endpoint),
        "tags": [group.name],
        "summary": endpoint.doc.summary,
        "responses": responses(endpoint, schemas),
    });
    if let Some(header) = endpoint.key.header() {
        object["security"] = json!([{ header: [] }]);
    }
    let scope = endpoint
        .scope
        .map(|scope| format!("Needs a key with the scope `{}`.", scope.as_str()));
    let about = (!endpoint.doc.about.is_empty()).then(|| endpoint.doc.about.to_owned());
    let description: Vec<_> = scope.into_iter().chain(about).collect();
    if !description.is_empty() {
        object["description"] = description.join(" ").into();
    }
    if let Some(body) = endpoint.body {
        members::collect(body.members, &mut schemas.requests);
        object["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": members::object(body.members) } },
        });
    }
    let parameters = parameters(endpoint);
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

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = endpoint.query.iter().map(|member| {
        json!({
            "name": member.name, "in": "query", "required": member.is_required,
            "schema": members::schema(member),
        })
    });
    in_path.chain(in_query).collect()
}

/// What follows from the row of the table, and what its words add.
fn responses(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
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
    if endpoint.body.is_some() {
        add(415, "the body is not JSON");
    }
    for (status, why) in endpoint.doc.refusals {
        add(*status, why);
    }
    let mut responses = Map::new();
    for reply in endpoint.doc.answers {
        let answer = answer(reply, schemas);
        match responses.get_mut(&reply.status.to_string()) {
            // Another document with the same status.
            Some(known) => {
                for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                    known["content"][media_type] = content.clone();
                }
            }
            None => {
                responses.insert(reply.status.to_string(), answer);
            }
        }
    }
    for (status, reasons) in refusals {
        let described = responses.entry(status.to_string());
        described.or_insert_with(|| refusal(endpoint, status, &reasons.join("; ")));
    }
    responses.into()
}

fn refusal(endpoint: &Endpoint, status: u16, why: &str) -> Value {
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

fn answer(reply: &Reply, schemas: &mut Schemas) -> Value {
    let said = match reply.status {
        201 => "made",
        204 => "done",
        303 => "go there",
        404 => "not found",
        503 => "not healthy",
        _ => "all went well",
    };
    let (media_type, schema) = match reply.content {
        Content::Nothing => return json!({ "description": format!("{said}; no body") }),
        Content::Json(schema) => ("application/json", schema(&mut schemas.answers).to_value()),
        Content::Other(media_type) => (media_type, json!({ "type": "string" })),
    };
    json!({ "description": said, "content": { media_type: { "schema": schema } } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{groups, table};

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
        let document = document(&groups());
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let target = document.pointer(reference.strip_prefix('#').unwrap());
            assert!(target.is_some(), "{reference} leads nowhere");
        }
        let mut ids: Vec<_> = table().iter().map(operation_id).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
