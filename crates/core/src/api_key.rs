//! API keys: the public key a browser shows, the secret key a backend shows.

use serde::{Deserialize, Serialize};

use crate::{application::AppId, time::Timestamp};

/// Whether a key may be seen by browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ApiKeyKind {
    /// `{app}:public:{32 hex}`, header `ApiKey`.
    Public,
    /// `{app}:secret:{32 hex}`, header `ApiSecret`.
    Secret,
}

/// The last four characters of a key: its id within the application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(String);

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Public: registration begin and complete.
    Register,
    /// Public: sign-in begin and complete.
    Login,
    /// Secret: registration tokens.
    TokenRegister,
    /// Secret: verifying and generating sign-in tokens.
    TokenVerify,
}

/// A stored key. The full text of a secret key is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id within the application.
    pub id: ApiKeyId,
    /// Public or secret, and what is stored of it.
    pub material: ApiKeyMaterial,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Set while the key is locked.
    pub lock: Option<KeyLock>,
    /// When it was last locked.
    pub last_locked_at: Option<Timestamp>,
    /// When it was last unlocked.
    pub last_unlocked_at: Option<Timestamp>,
}

/// Why a key is locked: an unfreeze must not unlock what an administrator locked one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLock {
    /// Locked by itself.
    Key,
    /// Locked together with all keys of the application.
    Application,
}

/// What is stored of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiKeyMaterial {
    /// A public key, in clear.
    Public(PublicApiKey),
    /// The digest of a secret key.
    Secret(SecretApiKeyDigest),
}

/// A public API key, in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicApiKey {
    pub(crate) app: AppId,
    pub(crate) text: String,
}

/// How a secret key is recognised without being stored.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretApiKeyDigest {
    /// SHA-256 of the key's text: enough, because a key is 128 random bits and not a password.
    Sha256([u8; 32]),
    /// An imported PBKDF2-HMAC-SHA-512 digest (10 000 iterations, 16-byte salt, 16-byte output).
    Pbkdf2 {
        /// The salt.
        salt: [u8; 16],
        /// The derived bytes.
        hash: [u8; 16],
    },
}
