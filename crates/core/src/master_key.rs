//! The master key: the one secret of an installation, from which all others are derived or with which they are wrapped.

use std::fmt;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{
    alias::AliasKey,
    application::AppId,
    derivation::derive,
    secret::Secret,
    token::keyring::{SealingKey, StoredTokenKey},
};

/// 32 random bytes that no database holds.
#[derive(Clone)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// From 32 random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads base64 of 32 bytes: either alphabet, with or without padding, white space around it ignored.
    ///
    /// # Errors
    /// [`InvalidMasterKey`], which tells nothing of the text.
    pub fn from_base64(text: &str) -> Result<Self, InvalidMasterKey> {
        let text = text.trim();
        let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .find_map(|alphabet| alphabet.decode(text).ok())
            .map(Zeroizing::new)
            .ok_or(InvalidMasterKey::Encoding)?;
        let bytes = <[u8; 32]>::try_from(decoded.as_slice())
            .map_err(|_| InvalidMasterKey::Length { bytes: decoded.len() })?;
        Ok(Self::new(bytes))
    }

    /// Standard base64, as kept in the key file.
    pub fn to_base64(&self) -> Secret<String> {
        Secret::new(STANDARD.encode(self.0.expose()))
    }

    /// A value that tells this master key from any other and nothing about it. A database keeps it, so that a wrong
    /// master key is noticed at start and not at the first token.
    pub fn check_value(&self) -> CheckValue {
        CheckValue(*derive(&self.0, &[b"check value"]).expose())
    }

    /// The key of an application's alias digests.
    pub fn alias_key(&self, app: &AppId) -> AliasKey {
        AliasKey::new(derive(&self.0, &[b"alias digest", app.as_str().as_bytes()]))
    }

    /// Wraps an application's sealing key for storage: nonce, then AES-256-GCM of the key, bound to the application and
    /// the key's id. `nonce` is fresh random bytes.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "AES-GCM refuses to seal only more than 64 GiB, and this seals 32 bytes"
    )]
    pub fn wrap(&self, app: &AppId, key: &SealingKey, nonce: [u8; NONCE_LEN]) -> StoredTokenKey {
        let mut sealed = key.material().expose().to_vec();
        self.wrapping_key()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Self::aad(app, key.id),
                &mut sealed,
            )
            .expect("32 bytes are not too long");
        StoredTokenKey {
            id: key.id,
            wrapped: [nonce.as_slice(), &sealed].concat(),
            created_at: key.created_at,
        }
    }

    /// Opens what [`MasterKey::wrap`] made.
    ///
    /// # Errors
    /// [`CannotUnwrap`] if it was wrapped by another master key, for another application or id, or was changed since.
    pub fn unwrap(&self, app: &AppId, stored: &StoredTokenKey) -> Result<SealingKey, CannotUnwrap> {
        let refused = CannotUnwrap { id: stored.id };
        let (nonce, sealed) = stored.wrapped.split_first_chunk().ok_or(refused)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let material = self
            .wrapping_key()
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Self::aad(app, stored.id),
                opened.as_mut_slice(),
            )
            .map_err(|_| refused)?;
        let material = <[u8; 32]>::try_from(&*material).map_err(|_| refused)?;
        Ok(SealingKey::new(
            stored.id,
            stored.created_at,
            Secret::new(material),
        ))
    }

    /// Wraps the alias key that an application brought along: nonce, then AES-256-GCM of the key, bound to the
    /// application. `nonce` is fresh random bytes.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "AES-GCM refuses to seal only more than 64 GiB, and this seals 32 bytes"
    )]
    pub fn wrap_alias_key(&self, app: &AppId, key: &AliasKey, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let mut sealed = key.expose().to_vec();
        self.wrapping_key()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Self::alias_key_aad(app),
                &mut sealed,
            )
            .expect("32 bytes are not too long");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`MasterKey::wrap_alias_key`] made; none if it was wrapped by another master key or for another
    /// application, or was changed since.
    pub fn unwrap_alias_key(&self, app: &AppId, wrapped: &[u8]) -> Option<AliasKey> {
        let (nonce, sealed) = wrapped.split_first_chunk()?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let key = self
            .wrapping_key()
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Self::alias_key_aad(app),
                opened.as_mut_slice(),
            )
            .ok()?;
        <[u8; 32]>::try_from(&*key)
            .ok()
            .map(|key| AliasKey::new(Secret::new(key)))
    }

    /// Never equal to what a token key is bound to: that has four bytes before the application, and these hold a
    /// character that no application id has.
    fn alias_key_aad(app: &AppId) -> Aad<Vec<u8>> {
        Aad::from([b"alias key:".as_slice(), app.as_str().as_bytes()].concat())
    }

    #[expect(
        clippy::expect_used,
        reason = "AES-256-GCM takes exactly the 32 bytes that are derived for it"
    )]
    fn wrapping_key(&self) -> LessSafeKey {
        let key = derive(&self.0, &[b"token key wrapping"]);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).expect("32 bytes"))
    }

    /// The id has a fixed length and comes first, so that no two pairs of id and application read the same.
    fn aad(app: &AppId, id: u32) -> Aad<Vec<u8>> {
        Aad::from([id.to_be_bytes().as_slice(), app.as_str().as_bytes()].concat())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// What [`MasterKey::check_value`] derives. Equality takes the same time wherever two values differ.
#[derive(Clone, Copy, Debug, Eq)]
pub struct CheckValue([u8; 32]);

impl CheckValue {
    /// Reads [`CheckValue::to_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
    }

    /// The text to store: standard base64.
    pub fn to_text(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl PartialEq for CheckValue {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Why a text is not a master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMasterKey {
    /// Not base64.
    #[error("the master key is not base64")]
    Encoding,
    /// Not 32 bytes.
    #[error("the master key has {bytes} bytes instead of 32")]
    Length {
        /// How many it has.
        bytes: usize,
    },
}

/// A stored sealing key that this master key does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token key {id} cannot be unwrapped with this master key")]
pub struct CannotUnwrap {
    /// The id of the sealing key within its application.
    pub id: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{alias::Alias, time::Timestamp};

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn sealing_key() -> SealingKey {
        SealingKey::new(7, Timestamp::from_seconds(5), Secret::new([9; 32]))
    }

    #[test]
    fn reads_every_common_base64_and_writes_the_standard_one() {
        let key = MasterKey::new([0xfb; 32]);
        let standard = key.to_base64().expose().clone();
        let url_safe = standard.replace('+', "-").replace('/', "_");
        for text in [
            &standard,
            &format!(" {standard}\n"),
            &url_safe,
            &url_safe.trim_end_matches('=').to_owned(),
        ] {
            assert_eq!(
                MasterKey::from_base64(text).unwrap().check_value(),
                key.check_value(),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_other_texts_without_repeating_them() {
        assert_eq!(
            MasterKey::from_base64("not base64!").unwrap_err(),
            InvalidMasterKey::Encoding
        );
        assert_eq!(
            MasterKey::from_base64("AAAA").unwrap_err(),
            InvalidMasterKey::Length { bytes: 3 }
        );
        assert_eq!(
            MasterKey::from_base64("").unwrap_err(),
            InvalidMasterKey::Length { bytes: 0 }
        );
    }

    #[test]
    fn check_values_tell_master_keys_apart() {
        let value = MasterKey::new([1; 32]).check_value();
        assert_eq!(CheckValue::parse(&value.to_text()), Some(value));
        assert_ne!(value, MasterKey::new([2; 32]).check_value());
        assert_eq!(CheckValue::parse("AAAA"), None);
    }

    #[test]
    fn derived_keys_differ_by_application() {
        let master = MasterKey::new([1; 32]);
        let alias = Alias::parse("alice").unwrap();
        assert_ne!(
            master.alias_key(&app("abc")).digest(&alias),
            master.alias_key(&app("abd")).digest(&alias)
        );
    }

    #[test]
    fn a_wrapped_key_opens_for_its_application_id_and_master_key_only() {
        let (master, key) = (MasterKey::new([1; 32]), sealing_key());
        let stored = master.wrap(&app("demoapp"), &key, [3; 12]);
        assert_eq!(stored.wrapped.len(), 12 + 32 + 16);

        let opened = master.unwrap(&app("demoapp"), &stored).unwrap();
        assert_eq!((opened.id, opened.created_at), (key.id, key.created_at));
        assert_eq!(opened.material().expose(), key.material().expose());

        assert_eq!(
            master.unwrap(&app("otherapp"), &stored).unwrap_err(),
            CannotUnwrap { id: 7 }
        );
        assert!(MasterKey::new([2; 32]).unwrap(&app("demoapp"), &stored).is_err());
        assert!(
            master
                .unwrap(&app("demoapp"), &StoredTokenKey { id: 8, ..stored })
                .is_err()
        );
    }

    #[test]
    fn a_wrapped_alias_key_opens_for_its_application_only() {
        let (master, app_id) = (MasterKey::new([1; 32]), app("demoapp"));
        let key = MasterKey::new([2; 32]).alias_key(&app_id);
        let mut wrapped = master.wrap_alias_key(&app_id, &key, [3; 12]);
        assert_eq!(master.unwrap_alias_key(&app_id, &wrapped), Some(key));
        assert_eq!(master.unwrap_alias_key(&app("otherapp"), &wrapped), None);
        assert_eq!(MasterKey::new([2; 32]).unwrap_alias_key(&app_id, &wrapped), None);
        assert_eq!(master.unwrap_alias_key(&app_id, &wrapped[..11]), None);
        wrapped[20] ^= 1;
        assert_eq!(master.unwrap_alias_key(&app_id, &wrapped), None);
    }

    #[test]
    fn nothing_is_printed() {
        assert_eq!(format!("{:?}", MasterKey::new([1; 32])), "MasterKey(..)");
        assert!(!format!("{:?}", sealing_key()).contains('9'));
    }

    proptest! {
        #[test]
        fn no_change_of_a_wrapped_key_goes_unnoticed(index in 0..60_usize, bit in 0..8_u32, cut in 0..60_usize) {
            let master = MasterKey::new([1; 32]);
            let stored = master.wrap(&app("demoapp"), &sealing_key(), [3; 12]);
            let mut flipped = stored.clone();
            flipped.wrapped[index] ^= 1 << bit;
            prop_assert!(master.unwrap(&app("demoapp"), &flipped).is_err());
            let mut shortened = stored;
            shortened.wrapped.truncate(cut);
            prop_assert!(master.unwrap(&app("demoapp"), &shortened).is_err());
        }
    }
}
