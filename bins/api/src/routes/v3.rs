//! `/v3`: the third generation of the API, for integrations that never moved on.
//!
//! The operations are those of today; the messages are those of then. Tokens have no prefix on the wire, answers are
//! wrapped otherwise, and users sign in with their username, which is an alias.

use passgate_core::token::TokenKind;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{input::Parts, json::BindingError, wire};

pub(super) mod alias;
pub(super) mod credentials;
pub(super) mod register;
pub(super) mod signin;

/// A token, as *complete* answers with it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Data")]
struct DataAnswer {
    /// What `POST /v3/signin/verify` takes.
    #[schemars(with = "wire::FormerToken")]
    data: String,
}

/// Options that say of themselves that all went well.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Former{O}")]
struct StatedOptions<O> {
    #[serde(flatten)]
    options: O,
    #[schemars(with = "wire::Ok")]
    status: &'static str,
    #[schemars(with = "wire::Empty")]
    error_message: &'static str,
}

impl<O> StatedOptions<O> {
    const fn new(options: O) -> Self {
        Self {
            options,
            status: "ok",
            error_message: "",
        }
    }
}

/// A token as this generation knows it.
fn without_prefix<K: TokenKind>(token: &str) -> String {
    token.strip_prefix(K::PREFIX).unwrap_or(token).to_owned()
}

/// A token as the operations know it. Today's tokens are understood, too: no token begins like a prefix without it.
fn with_prefix<K: TokenKind>(token: String) -> String {
    let prefixed = token
        .get(..K::PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(K::PREFIX));
    if prefixed {
        token
    } else {
        format!("{}{token}", K::PREFIX)
    }
}

/// The session, which some clients send under the name that *begin* gave it.
fn session<K: TokenKind>(parts: &Parts<'_>, sent: Option<String>) -> Result<Option<String>, BindingError> {
    let session = match sent {
        Some(session) => Some(session),
        None => parts.body().text("sessionId")?,
    };
    Ok(session.map(with_prefix::<K>))
}

#[cfg(test)]
mod tests {
    use passgate_core::token::SignInToken;

    use super::*;

    #[test]
    fn prefixes_come_and_go() {
        assert_eq!(without_prefix::<SignInToken>("verify_AQ"), "AQ");
        assert_eq!(with_prefix::<SignInToken>("AQ".to_owned()), "verify_AQ");
        for token in ["verify_AQ", "Verify_AQ"] {
            assert_eq!(with_prefix::<SignInToken>(token.to_owned()), token);
        }
        assert_eq!(with_prefix::<SignInToken>("éé".to_owned()), "verify_éé");
    }
}
