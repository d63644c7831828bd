//! Sealed values that travel through the browser: AES-256-GCM under a key of this run.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    rand::{SecureRandom as _, SystemRandom},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::message::{Refused, decode, encode};

/// What both kinds carry.
#[derive(Serialize, Deserialize)]
pub struct Claims {
    /// `register`, `session` or `verify`: one never opens as another.
    pub kind: Kind,
    /// What is spent, 16 bytes in hexadecimal.
    pub id: String,
    pub user: String,
    pub challenge: String,
    pub origin: String,
    /// Seconds since 1970.
    pub expires: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Register,
    Session,
    Verify,
}

pub struct Sealing {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Sealing {
    pub fn new() -> Result<Self, Unspecified> {
        let random = random();
        let mut key = [0; 32];
        random.fill(&mut key)?;
        Ok(Self {
            key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?),
            random,
        })
    }

    pub fn random<const N: usize>(&self) -> Result<[u8; N], Refused> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(|_| Refused::Wrong)?;
        Ok(bytes)
    }

    pub fn seal(&self, claims: &Claims) -> Result<String, Refused> {
        let nonce: [u8; NONCE_LEN] = self.random()?;
        let mut bytes = serde_json::to_vec(claims).map_err(|_| Refused::Wrong)?;
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce_used, Aad::empty(), &mut bytes)
            .map_err(|_| Refused::Wrong)?;
        Ok(encode(&[nonce.as_slice(), &bytes].concat()))
    }

    pub fn open(&self, text: &str, kind: Kind) -> Result<Claims, Refused> {
        let mut bytes = decode(text)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(Refused::Wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Refused::Wrong)?;
        let opened = self
            .key
            .open_in_place(nonce, Aad::empty(), sealed)
            .map_err(|_| Refused::Wrong)?;
        let claims: Claims = from_slice(opened)?;
        if claims.kind != kind || claims.expires < now() {
            return Err(Refused::Wrong);
        }
        Ok(claims)
    }
}

fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|_| Refused::Wrong)
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a yardstick has no tests that move its clock"
)]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a yardstick has no tests that choose its randomness"
)]
fn random() -> SystemRandom {
    SystemRandom::new()
}
