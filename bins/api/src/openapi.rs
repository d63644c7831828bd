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
    shape::{Look, Looks as _},
    wire,
};

pub(crate) mod members;

/// The document of these endpoints, which are under an address. It may be relative to the document's own.
pub fn document(groups: &[Group], server: &str) -> Value {
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
        "servers": [{ "url": server }],
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
        let described: Map<String, Value> = all
            .iter()
            .map(|(name, schema)| {
                let reference = format!("#/components/schemas/{name}");
                (reference, schema["description"].clone())
            })
            .collect();
        all.values_mut().for_each(|schema| close(schema, &described));
        all.extend(self.requests);
        all.insert("Problem".to_owned(), problem_schema());
        all.insert(
            "ErrorCode".to_owned(),
            wire::schema(&wire::ErrorCode::look()).to_value(),
        );
        all
    }
}

/// Says of an answer that it has no members but those that are described, of its booleans what they look like, and of
/// members that refer to another schema what that one says of itself.
fn close(schema: &mut Value, described: &Map<String, Value>) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for property in properties.values_mut() {
        let kind = &property["type"];
        if *kind == "boolean" || *kind == json!(["boolean", "null"]) {
            property["examples"] = json!([true]);
        }
        let referred = property["$ref"].as_str().and_then(|name| described.get(name));
        if let Some(about) = referred.filter(|about| about.is_string())
            && property.get("description").is_none()
        {
            property["description"] = about.clone();
        }
    }
    schema["additionalProperties"] = false.into();
}

/// A refusal. Rules may add members, so more of them are allowed.
fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "Why a request is refused.",
        "required": ["type", "title", "status", "traceId"],
        "properties": {
            "type": {
                "type": "string", "format": "uri", "description": "The kind of refusal, as an address.",
                "examples": ["https://tools.ietf.org/html/rfc9110#section-15.5.1"],
            },
            "title": {
                "type": "string", "description": "What is wrong, in a sentence.",
                "examples": ["The token expired 5 seconds ago."],
            },
            "status": {
                "type": "integer", "minimum": 400, "maximum": 599, "description": "The status of the answer.",
                "examples": [400],
            },
            "detail": {
                "type": "string", "description": "What else there is to know.",
                "examples": ["The value of your 'ApiSecret' is not valid."],
            },
            "errorCode": {
                "anyOf": [{ "$ref": "#/components/schemas/ErrorCode" }, { "type": "null" }],
                "description": "The refusal, for programs; `null` or missing if its status says it all.",
            },
            "errors": {
                "type": "object", "description": "What is wrong with each member that is not valid.",
                "additionalProperties": { "type": "array", "items": { "type": "string" } },
                "examples": [{ "UserId": ["The UserId field is required."] }],
            },
            "credentialId": {
                "type": "string", "format": "base64url",
                "description": "The credential that is not known, for the browser's Signal API.",
                "examples": ["LcVLKA2QkfwzvuSTxIIyFVTJ9IopE57xTYvJ_0Nx9nk"],
            },
            "traceId": {
                "type": "string", "description": "The request, as the server's log calls it.",
                "examples": ["00-dd81525612e19954dfe9aecac30ccb4f-936b59d76cbb2754-01"],
            },
        },
    })
}

fn operation(endpoint: &Endpoint, group: &Group, schemas: &mut Schemas) -> Value {
    let mut object = json!({
        "operationId": endpoint.doc.id,
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
    members::collect(endpoint.query, &mut schemas.requests);
    if let Some(body) = endpoint.body {
        members::collect(body.members, &mut schemas.requests);
        object["requestBody"] = json!({
            "required": true,
            "content": { "application/json": {
                "schema": members::object(body.members),
                "example": members::example(body.members),
            } },
        });
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        object["parameters"] = parameters.into();
    }
    object
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let named = endpoint
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let look = in_path(name);
            json!({
                "name": name, "in": "path", "required": true, "description": look.about,
                "schema": wire::schema(&look),
            })
        });
    let in_query = endpoint.query.iter().map(|member| {
        let mut schema = members::schema(member);
        let about = schema["description"].take();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
        }
        json!({
            "name": member.name, "in": "query", "required": member.is_required, "description": about,
            "schema": schema,
        })
    });
    named.chain(in_query).collect()
}

/// What a parameter of a path looks like.
fn in_path(name: &str) -> Look {
    match name {
        "app" => wire::AppId::look(),
        "id" => wire::ApiKeyId::look(),
        "file" => wire::FileName::look(),
        "link" => wire::LinkSecret::look(),
        _ => wire::AbortToken::look(),
    }
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
    add(
        429,
        "too many requests of the application are under way; try again",
    );
    add(
        503,
        "the database is busy or away, or too much is under way; try again",
    );
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
    if matches!(status, 429 | 503) {
        response["headers"] = json!({
            "Retry-After": { "description": "after how many seconds to try again", "schema": { "type": "integer" } },
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
    use crate::{
        problem::ErrorCode,
        routes::{groups, table},
    };

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
        let document = document(&groups(), ".");
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let target = document.pointer(reference.strip_prefix('#').unwrap());
            assert!(target.is_some(), "{reference} leads nowhere");
        }
        let mut ids: Vec<_> = table().iter().map(|endpoint| endpoint.doc.id).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    /// Every member of every schema, with where it is.
    fn members(document: &Value) -> Vec<(String, Value)> {
        fn walk(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
            if let Some(properties) = value["properties"].as_object() {
                found.extend(
                    properties
                        .iter()
                        .map(|(name, member)| (format!("{at}/{name}"), member.clone())),
                );
            }
            match value {
                Value::Object(members) => {
                    for (name, value) in members.iter().filter(|(name, _)| *name != "examples") {
                        walk(&format!("{at}/{name}"), value, found);
                    }
                }
                Value::Array(items) => items.iter().for_each(|value| walk(at, value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk("", document, &mut found);
        for (path, item) in document["paths"].as_object().unwrap() {
            for parameter in item
                .as_object()
                .unwrap()
                .values()
                .flat_map(|operation| operation["parameters"].as_array().cloned().unwrap_or_default())
            {
                let mut schema = parameter["schema"].clone();
                schema["description"] = parameter["description"].clone();
                found.push((format!("{path}?{}", parameter["name"]), schema));
            }
        }
        found
    }

    #[test]
    fn every_member_has_a_description_and_an_example() {
        let document = document(&groups(), ".");
        let members = members(&document);
        assert!(members.len() > 350, "{}", members.len());
        let mut wrong = Vec::new();
        for (at, member) in &members {
            let about = member["description"].as_str().unwrap_or_default();
            if !about.ends_with(['.', '?']) {
                wrong.push(format!("{at} has no description: {member}"));
            }
            // Of an object, its members have them; of a list, its items.
            let items = &member["items"];
            let inner = [member, items, &items["anyOf"][0], &member["anyOf"][0]];
            let has_example = inner.iter().any(|schema| {
                schema["examples"].is_array()
                    || schema["$ref"].is_string()
                    || schema["additionalProperties"].is_object()
            });
            if !has_example {
                wrong.push(format!("{at} has no example: {member}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn examples_are_what_they_are_examples_of() {
        let document = document(&groups(), ".");
        for (at, member) in members(&document) {
            for schema in [&member, &member["items"]] {
                for example in schema["examples"].as_array().into_iter().flatten() {
                    let text = example.as_str().unwrap_or_default();
                    let kind = match example {
                        Value::String(_) => "string",
                        Value::Bool(_) => "boolean",
                        Value::Number(number) if number.is_f64() => "number",
                        Value::Number(_) => "integer",
                        Value::Array(_) => "array",
                        _ => "object",
                    };
                    let either = schema["anyOf"].as_array().into_iter().flatten();
                    let fits = either.chain([schema]).map(|schema| &schema["type"]).any(|kinds| {
                        kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
                    });
                    assert!(fits, "{at}: {example} is not of {schema}");
                    if let Some(choices) = schema["enum"].as_array() {
                        assert!(
                            choices.contains(example),
                            "{at}: {example} is none of {choices:?}"
                        );
                    }
                    let number = example.as_f64().unwrap_or_default();
                    assert!(number >= schema["minimum"].as_f64().unwrap_or(f64::MIN), "{at}");
                    assert!(number <= schema["maximum"].as_f64().unwrap_or(f64::MAX), "{at}");
                    assert!(
                        text.len() as u64 <= schema["maxLength"].as_u64().unwrap_or(u64::MAX),
                        "{at}"
                    );
                    match schema["format"].as_str().unwrap_or_default() {
                        "date-time" => {
                            assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{at}: {text}")
                        }
                        "date" => assert!(text.parse::<chrono::NaiveDate>().is_ok(), "{at}: {text}"),
                        "uuid" => assert!(text.parse::<uuid::Uuid>().is_ok(), "{at}: {text}"),
                        "uri" => assert!(url::Url::parse(text).is_ok(), "{at}: {text}"),
                        "base64url" | "byte" => {
                            assert!(crate::encoding::decode(text).is_some(), "{at}: {text}")
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    #[test]
    fn ids_read_as_functions_and_codes_are_listed() {
        let document = document(&groups(), ".");
        let id = |path: &str| document["paths"][path]["post"]["operationId"].clone();
        assert_eq!(id("/register/token"), "registerToken");
        assert_eq!(id("/signin/verify"), "verifySignIn");
        for endpoint in table() {
            let id = endpoint.doc.id;
            let is_function = id.starts_with(|first: char| first.is_ascii_lowercase())
                && id.chars().all(|letter| letter.is_ascii_alphanumeric());
            assert!(is_function, "{id}");
        }
        let codes = &document["components"]["schemas"]["ErrorCode"]["enum"];
        assert_eq!(
            codes.as_array().unwrap().len(),
            ErrorCode::ALL.len() - ErrorCode::REASONS_ONLY.len()
        );
    }

    #[test]
    fn no_schema_has_a_name_that_generated_clients_use_themselves() {
        let document = document(&groups(), ".");
        for taken in [
            "Configuration",
            "ApiClient",
            "ApiException",
            "ApiResponse",
            "Client",
            "Errors",
            "Response",
        ] {
            assert!(document["components"]["schemas"][taken].is_null(), "{taken}");
        }
    }
}
