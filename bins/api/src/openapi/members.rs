//! The schemas of what requests hold.

use serde_json::{Map, Value, json};

use crate::shape::{Kind, Member, Shape};

/// The schema of an object with these members: more are ignored.
pub(super) fn object(members: &[Member]) -> Value {
    let properties: Map<String, Value> = members
        .iter()
        .map(|member| (member.name.to_owned(), schema(member)))
        .collect();
    let required: Vec<&str> = members
        .iter()
        .filter(|member| member.is_required)
        .map(|member| member.name)
        .collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

/// The schema of a member's value.
pub(super) fn schema(member: &Member) -> Value {
    let mut schema = match member.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Any => json!({}),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Values => json!({ "type": "array", "items": {} }),
        Kind::Object(shape) => reference(shape),
        Kind::Objects(shape) => json!({ "type": "array", "items": reference(shape) }),
    };
    if !member.is_nullable {
        return schema;
    }
    match schema.get_mut("type") {
        Some(kind) => {
            *kind = json!([kind.take(), "null"]);
            schema
        }
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

fn reference(shape: &Shape) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", shape.name) })
}

/// Adds the shapes that members speak of, and those that these speak of.
pub(super) fn collect(members: &[Member], found: &mut Map<String, Value>) {
    for member in members {
        let (Kind::Object(shape) | Kind::Objects(shape)) = member.kind else {
            continue;
        };
        if !found.contains_key(shape.name) {
            found.insert(shape.name.to_owned(), object(shape.members));
            collect(shape.members, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{any, integer, object as object_of, objects, text, texts};

    const USER: Shape = Shape {
        name: "User",
        members: &[text("id").required(), object_of("owner", &OWNER)],
    };
    const OWNER: Shape = Shape {
        name: "Owner",
        members: &[],
    };

    #[test]
    fn members_become_schemas() {
        for (member, expected) in [
            (text("x"), json!({ "type": "string" })),
            (text("x").or_null(), json!({ "type": ["string", "null"] })),
            (integer("x"), json!({ "type": "integer" })),
            (
                texts("x").or_null(),
                json!({ "type": ["array", "null"], "items": { "type": "string" } }),
            ),
            (any("x"), json!({})),
            (
                object_of("x", &USER),
                json!({ "$ref": "#/components/schemas/User" }),
            ),
            (
                object_of("x", &USER).or_null(),
                json!({ "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] }),
            ),
            (
                objects("x", &USER),
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/User" } }),
            ),
        ] {
            assert_eq!(schema(&member), expected, "{member:?}");
        }
    }

    #[test]
    fn only_what_is_marked_is_required() {
        let members = [text("a").required(), text("b")];
        assert_eq!(object(&members)["required"], json!(["a"]));
        assert_eq!(object(&members[1..])["required"], Value::Null);
    }

    #[test]
    fn shapes_are_found_however_deep() {
        let mut found = Map::new();
        collect(&[objects("x", &USER)], &mut found);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["User", "Owner"]);
    }
}
