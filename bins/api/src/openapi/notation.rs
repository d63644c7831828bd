//! A short notation for the shapes of messages.
//!
//! A type is `string`, `integer`, `number`, `boolean`, `any`, `[type]` for a list, a quoted text for that very text, or
//! the name of one of the shapes in `schemas`; a question mark behind it also allows `null`. A member's name ends in `!` if it is
//! always there, and in `?` if it may be missing. Without a mark, members of requests may be missing and members of
//! answers are there.

use serde_json::{Map, Value, json};

/// Members with their types.
pub type Members = &'static [(&'static str, &'static str)];

/// Whether a member is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Always,
    /// It need not be.
    Maybe,
    /// Nothing is said.
    Unmarked,
}

/// A member's name and its mark.
pub fn member(marked: &'static str) -> (&'static str, Presence) {
    if let Some(name) = marked.strip_suffix('!') {
        (name, Presence::Always)
    } else if let Some(name) = marked.strip_suffix('?') {
        (name, Presence::Maybe)
    } else {
        (marked, Presence::Unmarked)
    }
}

/// The schema of a type.
pub fn schema(notation: &str) -> Value {
    if let Some(notation) = notation.strip_suffix('?') {
        return match schema(notation) {
            Value::Object(mut schema) if schema.get("type").is_some_and(Value::is_string) => {
                let named = schema["type"].take();
                schema.insert("type".to_owned(), json!([named, "null"]));
                schema.into()
            }
            other => json!({ "anyOf": [other, { "type": "null" }] }),
        };
    }
    if let Some(inner) = notation.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": schema(inner) });
    }
    match notation {
        "string" | "integer" | "number" | "boolean" => json!({ "type": notation }),
        "any" => json!({}),
        quoted if quoted.starts_with('"') => json!({ "const": quoted.trim_matches('"') }),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

/// The schema of a request: members may be missing unless they are marked, and more are ignored.
pub fn request(members: Members) -> Value {
    object(members, |presence| presence == Presence::Always)
}

/// The schema of an answer: members are there unless they are marked, and there are no more.
pub fn answer(members: Members) -> Value {
    let mut schema = object(members, |presence| presence != Presence::Maybe);
    schema["additionalProperties"] = false.into();
    schema
}

fn object(members: Members, is_required: impl Fn(Presence) -> bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (marked, kind) in members {
        let (name, presence) = member(marked);
        properties.insert(name.to_owned(), schema(kind));
        if is_required(presence) {
            required.push(name);
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_become_schemas() {
        for (notation, expected) in [
            ("string", json!({ "type": "string" })),
            ("string?", json!({ "type": ["string", "null"] })),
            (
                "[integer]",
                json!({ "type": "array", "items": { "type": "integer" } }),
            ),
            (
                "[string?]",
                json!({ "type": "array", "items": { "type": ["string", "null"] } }),
            ),
            ("User", json!({ "$ref": "#/components/schemas/User" })),
            (
                "User?",
                json!({ "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] }),
            ),
            ("\"ok\"", json!({ "const": "ok" })),
            ("any", json!({})),
        ] {
            assert_eq!(schema(notation), expected, "{notation}");
        }
    }

    #[test]
    fn marks_say_what_is_there() {
        const MEMBERS: Members = &[("a!", "string"), ("b", "string"), ("c?", "string")];
        assert_eq!(request(MEMBERS)["required"], json!(["a"]));
        assert_eq!(answer(MEMBERS)["required"], json!(["a", "b"]));
        assert_eq!(answer(MEMBERS)["additionalProperties"], false);
    }
}
