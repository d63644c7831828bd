//! Whether an answer is one that the OpenAPI document describes. Every answer of every test is asked.

use std::sync::LazyLock;

use serde_json::Value;

use super::Response;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| passgate_api::openapi::document(&passgate_api::routes::groups(), "."));

/// Fails if the endpoint at the path does not say that it may answer like this.
#[track_caller]
pub fn check(method: &str, path: &str, response: &Response) {
    let Some((template, item)) = find(path) else {
        return;
    };
    let operation = &item[method.to_ascii_lowercase()];
    if operation.is_null() || response.status == 405 || response.status == 204 && method == "OPTIONS" {
        return;
    }
    let at = format!("{method} {template} {}", response.status);
    let described = &operation["responses"][response.status.to_string()];
    assert!(
        !described.is_null(),
        "{at}: the OpenAPI document does not know this status; add it to the `Doc` beside the endpoint's handler \
         (`refusals`, or `answers` with what it carries)"
    );
    let Some(content) = described["content"].as_object() else {
        assert!(
            response.body.is_empty(),
            "{at}: the document says there is no body"
        );
        return;
    };
    let media_type = response.header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default();
    // A status may stand for an answer and for a refusal, like 503 in health.
    let Some(described) = content.get(media_type).or_else(|| content.get("*/*")) else {
        assert!(
            media_type == "application/problem+json" || response.body.is_empty(),
            "{at}: the document does not know the content type {media_type:?}"
        );
        return;
    };
    // JSON lines are several documents.
    if (media_type == "application/json" || media_type.ends_with("+json"))
        && let Err(wrong) = conforms(
            &serde_json::from_slice(&response.body).unwrap(),
            &described["schema"],
        )
    {
        panic!("{at}: {wrong}: the type in the `Doc` beside the handler describes another answer");
    }
}

/// The path of the document that a path belongs to; paths without parameters come first.
fn find(path: &str) -> Option<(&'static String, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let path = path
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("/api") && path[4..].starts_with('/'))
        .map_or(path, |_| &path[4..]);
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let matches = |template: &&String| {
        let expected: Vec<&str> = template
            .strip_suffix('/')
            .unwrap_or(template)
            .split('/')
            .collect();
        expected.len() == segments.len()
            && expected.iter().zip(&segments).all(|(expected, segment)| {
                (expected.starts_with('{') && !segment.is_empty()) || expected.eq_ignore_ascii_case(segment)
            })
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let found = paths
        .keys()
        .filter(matches)
        .min_by_key(|template| template.contains('{'))?;
    Some((found, &paths[found]))
}

/// The part of JSON Schema that the document uses.
fn conforms(value: &Value, schema: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = DOCUMENT.pointer(&reference[1..]).unwrap();
        let name = reference.rsplit('/').next().unwrap_or_default();
        return conforms(value, target).map_err(|wrong| format!("{name}: {wrong}"));
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let outcomes: Vec<_> = choices.iter().map(|choice| conforms(value, choice)).collect();
        return match outcomes.iter().any(Result::is_ok) {
            true => Ok(()),
            false => Err(format!("{value} is none of {choices:?}")),
        };
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        return Err(format!("{value} is none of {choices:?}"));
    }
    if let (Some(text), Some(format)) = (value.as_str(), schema["format"].as_str())
        && !has_format(text, format)
    {
        return Err(format!("{value} is no {format}"));
    }
    if !schema["const"].is_null() && &schema["const"] != value {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind)) {
        return Err(format!("{value} is not {kinds:?}"));
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(item, &schema["items"])?;
    }
    let Some(members) = value.as_object() else {
        return Ok(());
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(required.as_str().unwrap()) {
            return Err(format!("the member {required} is missing"));
        }
    }
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(described) => conforms(member, described).map_err(|wrong| format!("{name}: {wrong}"))?,
            None if schema["additionalProperties"] == false => {
                return Err(format!("the member {name:?} is not described"));
            }
            None => conforms(member, &schema["additionalProperties"])
                .map_err(|wrong| format!("{name}: {wrong}"))?,
        }
    }
    Ok(())
}

/// Empty texts stand for nothing where a client cannot read `null`.
fn has_format(text: &str, format: &str) -> bool {
    use base64::Engine as _;
    text.is_empty()
        || match format {
            "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
            "date-time-local" => text.parse::<chrono::NaiveDateTime>().is_ok(),
            "date" => text.parse::<chrono::NaiveDate>().is_ok(),
            "uuid" => text.parse::<uuid::Uuid>().is_ok(),
            "uri" => url::Url::parse(text).is_ok(),
            "email" => text.contains('@'),
            "base64url" => base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text).is_ok(),
            "byte" => base64::prelude::BASE64_STANDARD.decode(text).is_ok(),
            _ => panic!("add the format {format} here"),
        }
}

#[test]
fn what_is_not_described_is_found() {
    use serde_json::json;
    let response = |status: u16, body: &Value| Response {
        status,
        headers: vec![(
            "content-type".to_owned(),
            "application/json; charset=utf-8".to_owned(),
        )],
        body: body.to_string().into_bytes(),
    };
    let fails = |path: &'static str, response: Response| {
        std::panic::catch_unwind(move || check("GET", path, &response)).is_err()
    };
    assert!(!fails("/users/count", response(200, &json!({ "count": 1 }))));
    assert!(!fails(
        "/api/Users/COUNT/?x=1",
        response(200, &json!({ "count": 1 }))
    ));
    assert!(fails(
        "/api/Users/COUNT/?x=1",
        response(200, &json!({ "count": "1" }))
    ));
    assert!(fails(
        "/users/count",
        response(200, &json!({ "count": 1, "more": 1 }))
    ));
    assert!(fails("/users/count", response(200, &json!({}))));
    assert!(fails("/users/count", response(418, &json!({}))));
    assert!(!fails("/unknown", response(418, &json!({}))));
}
