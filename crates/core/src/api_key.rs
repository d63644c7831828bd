//! API keys: the public key a browser shows, the secret key a backend shows.

mod presented;
#[cfg(test)]
mod tests;

pub use presented::{HeaderProblem, KeyRefusal, PresentedKey, describe_refusal};

use std::{collections::BTreeSet, fmt, num::NonZeroU32};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{digest, pbkdf2};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::{application::AppId, secret::Secret, time::Timestamp};

/// Whether a key may be seen by browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ApiKeyKind {
    /// `{app}:public:{32 hex}`, header `ApiKey`.
    Public,
    /// `{app}:secret:{32 hex}`, header `ApiSecret`.
    Secret,
}

impl ApiKeyKind {
    /// The middle part of a key's text: `public` or `secret`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Secret => "secret",
        }
    }

    /// Reads [`ApiKeyKind::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Public, Self::Secret]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// The number the management API lists: 1 public, 2 secret.
    pub const fn number(self) -> u8 {
        match self {
            Self::Public => 1,
            Self::Secret => 2,
        }
    }

    /// The header that carries a key of this kind.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Public => "ApiKey",
            Self::Secret => "ApiSecret",
        }
    }

    /// The other kind.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Public => Self::Secret,
            Self::Secret => Self::Public,
        }
    }
}

/// The last four characters of a key: its id within the application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(String);

impl ApiKeyId {
    /// Characters of an id.
    pub const CHARS: usize = 4;

    /// Reads an id: four ASCII letters or digits.
    ///
    /// # Errors
    /// [`InvalidApiKeyId`].
    pub fn parse(text: &str) -> Result<Self, InvalidApiKeyId> {
        if text.len() == Self::CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidApiKeyId)
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key with this text, if its last four characters can be one.
    fn of_key(text: &str) -> Option<Self> {
        text.get(text.len().checked_sub(Self::CHARS)?..)
            .and_then(|id| Self::parse(id).ok())
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be the id of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key id is four ASCII letters or digits")]
pub struct InvalidApiKeyId;

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

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [
        Self::Register,
        Self::Login,
        Self::TokenRegister,
        Self::TokenVerify,
    ];

    /// The scope's text, in storage and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::TokenRegister => "token_register",
            Self::TokenVerify => "token_verify",
        }
    }

    /// Reads [`Scope::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// The kind of key that may carry this scope.
    pub const fn kind(self) -> ApiKeyKind {
        match self {
            Self::Register | Self::Login => ApiKeyKind::Public,
            Self::TokenRegister | Self::TokenVerify => ApiKeyKind::Secret,
        }
    }

    /// All scopes of one kind of key, in the order of their integers.
    pub const fn all_of(kind: ApiKeyKind) -> [Self; 2] {
        match kind {
            ApiKeyKind::Public => [Self::Register, Self::Login],
            ApiKeyKind::Secret => [Self::TokenRegister, Self::TokenVerify],
        }
    }

    /// The scope that the management API means by this integer: for a public key 0 `register`, 1 `login`; for a secret
    /// key 0 `token_register`, 1 `token_verify`.
    pub fn from_number(kind: ApiKeyKind, number: i64) -> Option<Self> {
        usize::try_from(number)
            .ok()
            .and_then(|index| Self::all_of(kind).get(index).copied())
    }
}

/// A scope that a route needs and the key does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key lacks the scope {}", required.as_str())]
pub struct MissingScope {
    /// The scope.
    pub required: Scope,
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

impl ApiKey {
    /// A new, unlocked public key.
    pub fn public(key: PublicApiKey, scopes: &BTreeSet<Scope>, now: Timestamp) -> Self {
        Self::new(key.id(), ApiKeyMaterial::Public(key), scopes, now)
    }

    /// What is stored of a new, unlocked secret key.
    pub fn secret(key: &SecretApiKey, scopes: &BTreeSet<Scope>, now: Timestamp) -> Self {
        Self::new(key.id(), ApiKeyMaterial::Secret(key.digest()), scopes, now)
    }

    fn new(id: ApiKeyId, material: ApiKeyMaterial, scopes: &BTreeSet<Scope>, now: Timestamp) -> Self {
        Self {
            id,
            scopes: scopes
                .iter()
                .copied()
                .filter(|scope| scope.kind() == material.kind())
                .collect(),
            material,
            created_at: now,
            lock: None,
            last_locked_at: None,
            last_unlocked_at: None,
        }
    }

    /// Public or secret.
    pub const fn kind(&self) -> ApiKeyKind {
        self.material.kind()
    }

    /// Whether this is the key that was presented, and may be used.
    ///
    /// A wrong text is [`KeyRefusal::Invalid`]; the right text of a locked key is [`KeyRefusal::Locked`], except that a
    /// locked secret key is refused as locked before its text is compared, which is how the API has always recorded it.
    /// Comparisons take the same time whatever is presented.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn check(&self, presented: &PresentedKey) -> Result<Accepted, KeyRefusal> {
        match &self.material {
            ApiKeyMaterial::Public(key) => {
                let same = presented.kind() == ApiKeyKind::Public
                    && key.text.as_bytes().ct_eq(presented.bytes()).into();
                match (same, self.lock) {
                    (false, _) => Err(KeyRefusal::Invalid),
                    (true, Some(_)) => Err(KeyRefusal::Locked),
                    (true, None) => Ok(Accepted { upgrade: None }),
                }
            }
            ApiKeyMaterial::Secret(_) if presented.kind() != ApiKeyKind::Secret => Err(KeyRefusal::Invalid),
            ApiKeyMaterial::Secret(_) if self.lock.is_some() => Err(KeyRefusal::Locked),
            ApiKeyMaterial::Secret(digest) if digest.verifies(presented.bytes()) => Ok(Accepted {
                upgrade: digest.upgrade(presented.bytes()),
            }),
            ApiKeyMaterial::Secret(_) => Err(KeyRefusal::Invalid),
        }
    }

    /// Whether the key carries a scope.
    ///
    /// # Errors
    /// [`MissingScope`].
    pub fn require(&self, scope: Scope) -> Result<(), MissingScope> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(MissingScope { required: scope })
        }
    }

    /// The text shown in listings: a public key in full, a secret key masked.
    pub fn masked(&self, app: &AppId) -> String {
        match &self.material {
            ApiKeyMaterial::Public(key) => key.text.clone(),
            ApiKeyMaterial::Secret(_) => {
                format!(
                    "{app}:{}:{:*>width$}",
                    ApiKeyKind::Secret.as_str(),
                    self.id.as_str(),
                    width = HEX_CHARS
                )
            }
        }
    }
}

/// A presented key was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The digest to store from now on, if the stored one is of the slow, imported kind.
    pub upgrade: Option<SecretApiKeyDigest>,
}

/// Why a key is locked: an unfreeze must not unlock what an administrator locked one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLock {
    /// Locked by itself.
    Key,
    /// Locked together with all keys of the application.
    Application,
}

impl KeyLock {
    /// The lock's text in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Application => "application",
        }
    }

    /// Reads [`KeyLock::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Key, Self::Application]
            .into_iter()
            .find(|lock| lock.as_str() == text)
    }
}

/// What is stored of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiKeyMaterial {
    /// A public key, in clear.
    Public(PublicApiKey),
    /// The digest of a secret key.
    Secret(SecretApiKeyDigest),
}

impl ApiKeyMaterial {
    /// Public or secret.
    pub const fn kind(&self) -> ApiKeyKind {
        match self {
            Self::Public(_) => ApiKeyKind::Public,
            Self::Secret(_) => ApiKeyKind::Secret,
        }
    }
}

/// A public API key, in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicApiKey {
    pub(crate) app: AppId,
    pub(crate) text: String,
}

impl PublicApiKey {
    /// A new key from 16 random bytes.
    pub fn generate(app: &AppId, random: [u8; 16]) -> Self {
        Self {
            app: app.clone(),
            text: key_text(app, ApiKeyKind::Public, random),
        }
    }

    /// Reads `{app}:public:{32 lower-case hex}`.
    ///
    /// # Errors
    /// [`InvalidApiKey`].
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        Ok(Self {
            app: parse_key(text, ApiKeyKind::Public)?,
            text: text.to_owned(),
        })
    }

    /// The application that the key names before its first colon.
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// The full text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its id within the application.
    pub fn id(&self) -> ApiKeyId {
        key_id(&self.text)
    }
}

/// A secret API key in clear. It exists twice: when it is made, to be shown once, and while a request presents it.
#[derive(Clone, Debug)]
pub struct SecretApiKey {
    app: AppId,
    text: Secret<String>,
}

impl SecretApiKey {
    /// A new key from 16 random bytes.
    pub fn generate(app: &AppId, random: [u8; 16]) -> Self {
        Self {
            app: app.clone(),
            text: Secret::new(key_text(app, ApiKeyKind::Secret, random)),
        }
    }

    /// Reads `{app}:secret:{32 lower-case hex}`.
    ///
    /// # Errors
    /// [`InvalidApiKey`].
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        Ok(Self {
            app: parse_key(text, ApiKeyKind::Secret)?,
            text: Secret::new(text.to_owned()),
        })
    }

    /// The application that the key names before its first colon.
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// The full text, to be shown once.
    pub const fn expose(&self) -> &String {
        self.text.expose()
    }

    /// Its id within the application.
    pub fn id(&self) -> ApiKeyId {
        key_id(self.text.expose())
    }

    /// What is stored of it.
    pub fn digest(&self) -> SecretApiKeyDigest {
        SecretApiKeyDigest::sha256(self.text.expose().as_bytes())
    }
}

/// Hexadecimal characters of a key.
const HEX_CHARS: usize = 32;

/// A key's text; the hexadecimal part is a version 4 UUID, as clients of the API expect.
fn key_text(app: &AppId, kind: ApiKeyKind, random: [u8; 16]) -> String {
    format!(
        "{app}:{}:{}",
        kind.as_str(),
        uuid::Builder::from_random_bytes(random).into_uuid().simple()
    )
}

/// The application that a well-formed key of one kind names.
fn parse_key(text: &str, expected: ApiKeyKind) -> Result<AppId, InvalidApiKey> {
    let mut parts = text.splitn(3, ':');
    let app = parts
        .next()
        .and_then(|app| AppId::parse(app).ok())
        .ok_or(InvalidApiKey::App)?;
    if parts.next().and_then(ApiKeyKind::parse) != Some(expected) {
        return Err(InvalidApiKey::Kind { expected });
    }
    let hex = parts.next().unwrap_or_default();
    if hex.len() == HEX_CHARS && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(app)
    } else {
        Err(InvalidApiKey::Hex)
    }
}

/// The id of a well-formed key: its last four characters, which are ASCII.
fn key_id(text: &str) -> ApiKeyId {
    ApiKeyId(
        text.chars()
            .skip(text.len().saturating_sub(ApiKeyId::CHARS))
            .collect(),
    )
}

/// Why a text is not an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApiKey {
    /// It does not begin with an application id and a colon.
    #[error("an API key begins with an application id")]
    App,
    /// The middle part is not the expected kind.
    #[error("expected a {} API key", expected.as_str())]
    Kind {
        /// The kind that was expected.
        expected: ApiKeyKind,
    },
    /// The last part is not 32 lower-case hexadecimal digits.
    #[error("an API key ends in {HEX_CHARS} lower-case hexadecimal digits")]
    Hex,
}

/// How a secret key is recognised without being stored.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretApiKeyDigest {
    /// SHA-256 of the key's text: enough, because a key is 128 random bits and not a password.
    Sha256([u8; 32]),
    /// An imported PBKDF2-HMAC-SHA-512 digest (10 000 iterations, 16-byte salt, 16-byte output).
    Pbkdf2 {
        /// Random bytes that PBKDF2 starts from.
        salt: [u8; 16],
        /// The derived bytes.
        hash: [u8; 16],
    },
}

/// Iterations of imported PBKDF2 digests.
const PBKDF2_ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// What the stored text of a SHA-256 digest begins with. An imported digest has standard base64 of 16 bytes there.
const SHA256_MARK: &str = "sha256";

impl SecretApiKeyDigest {
    fn sha256(key: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, key).as_ref());
        Self::Sha256(bytes)
    }

    /// Reads the stored text: `sha256:{base64}`, or the imported form `{base64 of salt}:{base64 of hash}`.
    ///
    /// # Errors
    /// [`InvalidSecretDigest`].
    pub fn parse(text: &str) -> Result<Self, InvalidSecretDigest> {
        fn decode<const N: usize>(text: &str) -> Result<[u8; N], InvalidSecretDigest> {
            STANDARD
                .decode(text)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(InvalidSecretDigest)
        }
        match text.split_once(':') {
            Some((SHA256_MARK, digest)) => Ok(Self::Sha256(decode(digest)?)),
            Some((salt, hash)) => Ok(Self::Pbkdf2 {
                salt: decode(salt)?,
                hash: decode(hash)?,
            }),
            None => Err(InvalidSecretDigest),
        }
    }

    /// The text to store, which [`SecretApiKeyDigest::parse`] reads back. Not a `Display`: it belongs in the database
    /// only.
    pub fn to_stored(&self) -> String {
        match self {
            Self::Sha256(digest) => format!("{SHA256_MARK}:{}", STANDARD.encode(digest)),
            Self::Pbkdf2 { salt, hash } => format!("{}:{}", STANDARD.encode(salt), STANDARD.encode(hash)),
        }
    }

    /// Whether this is the digest of `key`, in constant time. About 5 ms for an imported digest, else about 1 µs.
    pub fn verifies(&self, key: &[u8]) -> bool {
        match self {
            Self::Sha256(expected) => digest::digest(&digest::SHA256, key)
                .as_ref()
                .ct_eq(expected.as_slice())
                .into(),
            Self::Pbkdf2 { salt, hash } => {
                pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA512, PBKDF2_ITERATIONS, salt, key, hash).is_ok()
            }
        }
    }

    /// The fast digest of a key that was just verified, if this one is slow.
    fn upgrade(&self, key: &[u8]) -> Option<Self> {
        match self {
            Self::Sha256(_) => None,
            Self::Pbkdf2 { .. } => Some(Self::sha256(key)),
        }
    }
}

impl fmt::Debug for SecretApiKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "Sha256(..)",
            Self::Pbkdf2 { .. } => "Pbkdf2(..)",
        })
    }
}

/// A stored text that is no digest of a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stored digest of a secret API key")]
pub struct InvalidSecretDigest;
