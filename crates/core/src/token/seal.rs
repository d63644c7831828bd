//! Sealing claims into a text, and opening it again.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::de::DeserializeOwned;

use super::{
    TokenKind,
    keyring::{Keyring, SealingKey},
};
use crate::{application::AppId, derivation::derive, time::Timestamp};

/// The newest version that any kind of claims has. What is newer than that is no token of this program at all.
const NEWEST_VERSION: u8 = 3;

const KEY_ID_LEN: usize = 4;

/// Characters of a wrong value that may be shown back.
const STARTED_WITH_CHARS: usize = 10;

/// Seals claims for an application. `nonce` is fresh random bytes: with one key, no nonce may be used twice.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "postcard fails only for sequences of unknown length, which derived claims do not have; \
              AES-GCM refuses only more than 64 GiB"
)]
pub fn seal<K: TokenKind>(claims: &K, app: &AppId, key: &SealingKey, nonce: [u8; NONCE_LEN]) -> String {
    let mut sealed = postcard::to_allocvec(claims).expect("claims have known lengths");
    let header = Header {
        version: K::VERSION,
        key_id: key.id,
        nonce,
    };
    cipher::<K>(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            header.aad::<K>(app),
            &mut sealed,
        )
        .expect("claims are not too long");
    let mut text = K::PREFIX.to_owned();
    URL_SAFE_NO_PAD.encode_string(header.bytes_before(&sealed), &mut text);
    text
}

/// Opens a token as the kind `K`, if it was sealed as that kind for this application and has not expired.
///
/// `token` is what the caller sent: a text, or nothing. The prefix is matched whatever its case. Errors are found in the
/// order of [`OpenTokenError`]'s variants, so that what is told about a wrong value depends on the value alone until the
/// seal has held.
///
/// # Errors
/// [`OpenTokenError`].
pub fn open<'a, K: TokenKind>(
    token: impl Into<Option<&'a str>>,
    app: &AppId,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<K, OpenTokenError> {
    let text = token
        .into()
        .ok_or(OpenTokenError::Missing { prefix: K::PREFIX })?;
    let body = strip_prefix(text, K::PREFIX).ok_or_else(|| OpenTokenError::WrongPrefix {
        prefix: K::PREFIX,
        started_with: text.chars().take(STARTED_WITH_CHARS).collect(),
    })?;
    let mut bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| OpenTokenError::Format)?;
    let (header, sealed) = Header::split(&mut bytes).ok_or(OpenTokenError::Format)?;
    let key = keyring
        .find(header.key_id)
        .ok_or(OpenTokenError::UnknownKey { id: header.key_id })?;
    let opened = cipher::<K>(key)
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            header.aad::<K>(app),
            sealed,
        )
        .map_err(|_| OpenTokenError::Invalid)?;
    let claims: Option<K> = if header.version == K::VERSION {
        read_claims(opened)
    } else {
        K::read_earlier(header.version, opened)
    };
    let claims = claims.ok_or(OpenTokenError::Invalid)?;
    if claims.expires_at() < now {
        return Err(OpenTokenError::Expired {
            ago: now.since(claims.expires_at()),
        });
    }
    Ok(claims)
}

/// Claims in their encoding, with nothing behind them.
pub(super) fn read_claims<C: DeserializeOwned>(bytes: &[u8]) -> Option<C> {
    match postcard::take_from_bytes(bytes) {
        Ok((claims, [])) => Some(claims),
        Ok(_) | Err(_) => None,
    }
}

/// Why a token does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenTokenError {
    /// None was sent.
    #[error("a token that starts with `{prefix}` is missing")]
    Missing {
        /// What it should start with.
        prefix: &'static str,
    },
    /// It does not start as tokens of this kind do.
    #[error("the token should start with `{prefix}`")]
    WrongPrefix {
        /// What it should start with.
        prefix: &'static str,
        /// The first characters of what was sent, ten at most.
        started_with: String,
    },
    /// After the prefix there is no base64url, or no layout that this version knows.
    #[error("the token is not formatted correctly")]
    Format,
    /// The application has no such key: it was dropped, or the token is another application's.
    #[error("the token was sealed with the unknown key {id}")]
    UnknownKey {
        /// The id in the token's header.
        id: u32,
    },
    /// The seal does not hold: changed, of another kind, or another application's.
    #[error("the token is not valid")]
    Invalid,
    /// It is genuine, and expired.
    #[error("the token expired {ago:?} ago")]
    Expired {
        /// How long ago.
        ago: Duration,
    },
}

/// What precedes the sealed claims.
struct Header {
    version: u8,
    key_id: u32,
    nonce: [u8; NONCE_LEN],
}

impl Header {
    /// Splits a token's bytes into the header and what is sealed.
    fn split(bytes: &mut [u8]) -> Option<(Self, &mut [u8])> {
        let (version, rest) = bytes.split_first_mut()?;
        let (key_id, rest) = rest.split_first_chunk_mut::<KEY_ID_LEN>()?;
        let (nonce, sealed) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
        let known = (1..=NEWEST_VERSION).contains(version) && sealed.len() >= AES_256_GCM.tag_len();
        known.then(|| {
            (
                Self {
                    version: *version,
                    key_id: u32::from_be_bytes(*key_id),
                    nonce: *nonce,
                },
                sealed,
            )
        })
    }

    fn bytes_before(&self, sealed: &[u8]) -> Vec<u8> {
        [
            [self.version].as_slice(),
            &self.key_id.to_be_bytes(),
            &self.nonce,
            sealed,
        ]
        .concat()
    }

    /// What is authenticated beside the claims. Only the application has no fixed length, and it comes last.
    fn aad<K: TokenKind>(&self, app: &AppId) -> Aad<Vec<u8>> {
        Aad::from(
            [
                K::PREFIX.as_bytes(),
                &[self.version],
                &self.key_id.to_be_bytes(),
                app.as_str().as_bytes(),
            ]
            .concat(),
        )
    }
}

/// The cipher of one kind of token under one sealing key.
#[expect(
    clippy::expect_used,
    reason = "AES-256-GCM takes exactly the 32 bytes that are derived for it"
)]
fn cipher<K: TokenKind>(key: &SealingKey) -> LessSafeKey {
    let derived = derive(key.material(), &[b"token", K::NAME.as_bytes()]);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, derived.expose()).expect("32 bytes"))
}

/// What follows a prefix that is matched whatever its case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, body) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(body)
}
