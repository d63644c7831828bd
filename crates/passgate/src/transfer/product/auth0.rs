//! Auth0: the authentication methods of users, as its Management API gives them. They hold the handle.

use serde_json::{Map, Value};

use super::Product;

pub(super) const PRODUCT: Product = Product {
    name: "auth0",
    about: "Authentication methods of users as Auth0's Management API gives them, one JSON object a line",
    adapt,
    ..Product::PLAIN
};

fn adapt(record: Map<String, Value>) -> Result<Map<String, Value>, String> {
    match record.get("type").and_then(Value::as_str) {
        Some(kind) if kind != "passkey" && !kind.starts_with("webauthn") => {
            Err(format!("an authentication method of type {kind}"))
        }
        _ => Ok(record),
    }
}
