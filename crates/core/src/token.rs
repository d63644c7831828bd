//! Sealed tokens: what travels through a browser and comes back.
//!
//! A token is its kind's prefix followed by base64url of
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version of the claims, counted per kind; all so far have this layout |
//! | 4 | id of the sealing key, big-endian |
//! | 12 | nonce |
//! | rest | AES-256-GCM of the claims (postcard), with its 16-byte tag |
//!
//! The associated data is prefix, version, key id and application; the key is derived from the sealing key per kind. So
//! a token opens only as what it was sealed as, and only for the application it was sealed for. [`seal()`] and [`open`]
//! are the two doors; [`keyring`] says which key seals and which keys still open; [`claims`] says what is inside.

pub mod claims;
pub mod keyring;
mod seal;
#[cfg(test)]
mod tests;

pub use claims::{
    BoundTo, LinkTarget, RegisterToken, RegistrationSession, SignInSession, SignInToken, SignInTokenType,
    TokenId,
};
pub use seal::{OpenTokenError, open, seal};

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::time::{DAY, Timestamp};

/// How long a registration token lives unless the caller says otherwise.
pub const REGISTER_TOKEN_LIFETIME: Duration = Duration::from_secs(120);

/// How long the browser lets its user take over the dialogue of a ceremony, in milliseconds.
pub const CEREMONY_TIMEOUT_MS: u32 = 60_000;

/// How long a registration may take, from begin to complete.
pub const REGISTRATION_SESSION_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How long a sign-in may take, from begin to complete: long, because a page that offers passkeys in its form fields
/// begins when it is loaded.
pub const SIGN_IN_SESSION_LIFETIME: Duration = DAY;

/// How long the sign-in token of a completed registration lives.
pub const REGISTRATION_RESULT_LIFETIME: Duration = Duration::from_secs(120);

/// The longest that a backend may ask a sign-in token or a magic link to live.
pub const MAX_GENERATED_LIFETIME: Duration = Duration::from_secs(7 * DAY.as_secs());

/// How long a sign-in token made by a backend lives unless the caller says otherwise.
pub const GENERATED_TOKEN_LIFETIME: Duration = Duration::from_secs(120);

/// How long a magic link works unless the caller says otherwise.
pub const MAGIC_LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The longest that any token lives, whatever was asked for: sealing keys are kept for that long.
pub const MAX_LIFETIME: Duration = Duration::from_secs(30 * DAY.as_secs());

/// When a token that lives for `lifetime` from now expires.
pub fn expiry(now: Timestamp, lifetime: Duration) -> Timestamp {
    now.plus(lifetime.min(MAX_LIFETIME))
}

/// A token that works once, and has worked: its id is remembered until it would have expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpentToken {
    /// The token's id.
    pub id: TokenId,
    /// The last moment at which the token opens. Later, nothing needs to be remembered.
    pub expires_at: Timestamp,
}

/// A kind of token. Its claims are the type; what belongs to the kind and not to one token are its constants.
///
/// Implemented by [`RegisterToken`], [`RegistrationSession`], [`SignInSession`], [`SignInToken`] and [`LinkTarget`], and
/// by nothing else.
pub trait TokenKind: Serialize + DeserializeOwned + sealed::Sealed {
    /// What the text begins with, for people; lower-case.
    const PREFIX: &'static str;

    /// What the kind's keys are derived for. Two kinds may share a prefix, never a name.
    const NAME: &'static str;

    /// The version that claims of this kind are sealed in today. Those before it open as well.
    const VERSION: u8 = 1;

    /// The last moment at which the token opens.
    fn expires_at(&self) -> Timestamp;

    /// Reads claims that were sealed in another version than [`TokenKind::VERSION`]; none if the kind has no such version,
    /// or that is not what the bytes are.
    fn read_earlier(_version: u8, _bytes: &[u8]) -> Option<Self> {
        None
    }
}

/// A kind of token with an id of its own, so that it can be remembered as spent.
pub trait Spendable: TokenKind {
    /// The token's id.
    fn token_id(&self) -> TokenId;

    /// What is remembered once the token has been used.
    fn spent(&self) -> SpentToken {
        SpentToken {
            id: self.token_id(),
            expires_at: self.expires_at(),
        }
    }
}

mod sealed {
    /// Keeps the kinds to the ones of this crate, so that no other type can be opened from a token.
    pub trait Sealed {}
}
