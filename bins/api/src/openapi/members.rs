//! The schemas of what requests hold.

use serde_json::{Map, Value, json};

use crate::{
    shape::{Kind, Member},
    wire,
};

/// The schema of an object with these members: more are ignored.
pub(crate) fn object(members: &[Member]) -> Value {
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
        Kind::Text | Kind::OneOf(_) => limited(look(member), "Length", member),
        Kind::Integer => {
            let mut number = json!({ "type": "integer", "examples": [member.example] });
            number["minimum"] = member.least.unwrap_or_default().into();
            number["maximum"] = member.most.unwrap_or(i64::MAX.unsigned_abs()).into();
            number
        }
        Kind::IntegerOrText => {
            let mut either = look(member);
            either["type"] = json!(["string", "integer"]);
            either
        }
        Kind::Boolean => json!({ "type": "boolean", "examples": [true] }),
        Kind::BooleanOr(word) => {
            json!({ "anyOf": [{ "type": "boolean" }, { "type": "string", "enum": [word] }], "examples": [true] })
        }
        Kind::AnyObject => json!({ "type": "object", "examples": [{}] }),
        Kind::Texts => limited(json!({ "type": "array", "items": look(member) }), "Items", member),
        Kind::Integers => json!({ "type": "array", "items": { "type": "integer", "examples": [-7] } }),
        Kind::TextsOrIntegers => {
            let named = look(member);
            let numbered = json!({ "type": "integer", "minimum": 0, "examples": [1] });
            limited(
                json!({ "type": "array", "items": { "anyOf": [named, numbered] } }),
                "Items",
                member,
            )
        }
        Kind::Object(shape) => reference(shape.name),
        Kind::Objects(shape) => limited(
            json!({ "type": "array", "items": reference(shape.name) }),
            "Items",
            member,
        ),
    };
    if member.is_nullable {
        schema = or_null(schema);
    }
    let look = member.looks();
    if !member.about.is_empty() {
        schema["description"] = member.about.into();
    } else if look.name().is_some() {
        // Beside the reference, so that nobody has to follow it to know what the member is for.
        schema["description"] = look.about.into();
    }
    schema
}

/// What the member's text looks like.
fn look(member: &Member) -> Value {
    let look = member.looks();
    match look.name() {
        Some(name) => reference(name),
        None => {
            let mut schema = wire::schema(&look).to_value();
            // Of what is one of a few words, these say it.
            if look.choices.is_empty() {
                schema["maxLength"] = look.text_limit().chars.into();
            }
            schema
        }
    }
}

fn limited(mut schema: Value, of: &str, member: &Member) -> Value {
    for (limit, end) in [(member.least, "min"), (member.most, "max")] {
        if let Some(limit) = limit {
            schema[format!("{end}{of}")] = limit.into();
        }
    }
    schema
}

fn or_null(mut schema: Value) -> Value {
    match schema.get_mut("type") {
        Some(kind) => {
            *kind = json!([kind.take(), "null"]);
            schema
        }
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Adds the schemas that members speak of by name, and those that these speak of.
pub(super) fn collect(members: &[Member], found: &mut Map<String, Value>) {
    for member in members {
        let look = member.looks();
        if let Some(name) = look.name() {
            found.insert(name.to_owned(), wire::schema(&look).to_value());
        }
        let (Kind::Object(shape) | Kind::Objects(shape)) = member.kind else {
            continue;
        };
        if !found.contains_key(shape.name) {
            let mut schema = object(shape.members);
            schema["description"] = shape.about.into();
            found.insert(shape.name.to_owned(), schema);
            collect(shape.members, found);
        }
    }
}

/// An example of an object with these members: those that must be there, or all if none must.
pub(super) fn example(members: &[Member]) -> Value {
    let some = members.iter().any(|member| member.is_required);
    members
        .iter()
        .filter(|member| member.is_required || !some)
        .map(|member| (member.name.to_owned(), example_of(member)))
        .collect::<Map<_, _>>()
        .into()
}

fn example_of(member: &Member) -> Value {
    let text = || Value::from(member.looks().example);
    match member.kind {
        Kind::Text | Kind::OneOf(_) | Kind::IntegerOrText => text(),
        Kind::Integer => member.example.into(),
        Kind::Boolean | Kind::BooleanOr(_) => true.into(),
        Kind::AnyObject => json!({}),
        Kind::Texts | Kind::TextsOrIntegers => json!([text()]),
        Kind::Integers => json!([-7]),
        Kind::Object(shape) => example(shape.members),
        Kind::Objects(shape) => json!([example(shape.members)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{
        Shape, any_object, boolean, boolean_or, integer, object as object_of, objects, text, texts,
    };

    const USER: Shape = Shape {
        name: "User",
        about: "A user.",
        members: &[text::<wire::UserId>("id").required(), object_of("owner", &OWNER)],
    };
    const OWNER: Shape = Shape {
        name: "Owner",
        about: "An owner.",
        members: &[boolean("is")],
    };

    #[test]
    fn members_become_schemas() {
        for (member, expected) in [
            (
                text::<wire::Nickname>("x").at_most(64),
                json!({ "type": "string", "description": "What the user calls the passkey.", "examples": ["My phone"], "maxLength": 64 }),
            ),
            (
                text::<wire::CredentialId>("x").or_null().about("It."),
                json!({
                    "type": ["string", "null"], "description": "It.", "format": "base64url",
                    "examples": ["LcVLKA2QkfwzvuSTxIIyFVTJ9IopE57xTYvJ_0Nx9nk"], "maxLength": 4096,
                }),
            ),
            (
                text::<wire::ExportFormat>("x").or_null(),
                json!({
                    "anyOf": [{ "$ref": "#/components/schemas/ExportFormat" }, { "type": "null" }],
                    "description": "How the export is written.",
                }),
            ),
            (
                integer("x", 7).at_least(1).at_most(9),
                json!({ "type": "integer", "examples": [7], "minimum": 1, "maximum": 9 }),
            ),
            (
                texts::<wire::Hint>("x").or_null().at_most(3),
                json!({
                    "type": ["array", "null"], "maxItems": 3, "items": { "$ref": "#/components/schemas/Hint" },
                    "description": "A kind of authenticator that the browser may offer first.",
                }),
            ),
            (
                boolean_or("x", "perhaps"),
                json!({
                    "anyOf": [{ "type": "boolean" }, { "type": "string", "enum": ["perhaps"] }], "examples": [true],
                }),
            ),
            (any_object("x"), json!({ "type": "object", "examples": [{}] })),
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
        let members = [text::<wire::UserId>("a").required(), boolean("b")];
        assert_eq!(object(&members)["required"], json!(["a"]));
        assert_eq!(object(&members[1..])["required"], Value::Null);
        assert_eq!(example(&members), json!({ "a": "user-1" }));
        assert_eq!(example(&members[1..]), json!({ "b": true }));
    }

    #[test]
    fn shapes_are_found_however_deep() {
        let mut found = Map::new();
        collect(&[objects("x", &USER), texts::<wire::Hint>("y")], &mut found);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["User", "Owner", "Hint"]);
        assert_eq!(found["User"]["description"], "A user.");
    }
}
