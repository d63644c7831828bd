//! What the authenticator remembers, and the person who touches it.

use async_trait::async_trait;
use passkey::authenticator::{
    CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck, UserValidationMethod,
};
use passkey::types::Passkey;
use passkey::types::ctap2::make_credential::{
    Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity,
};
use passkey::types::ctap2::{Ctap2Error, StatusCode};
use passkey::types::webauthn::PublicKeyCredentialDescriptor;

/// All credentials, newest first. Unlike the memory store of the `passkey` crates it answers a request without an allow
/// list (with the discoverable credentials of that RP ID) and keeps RP IDs apart.
#[derive(Default)]
pub(super) struct Wallet {
    passkeys: Vec<Passkey>,
}

impl Wallet {
    pub(super) fn find(&self, id: &[u8]) -> Option<&Passkey> {
        self.passkeys.iter().find(|passkey| *passkey.credential_id == id)
    }

    pub(super) fn find_mut(&mut self, id: &[u8]) -> Option<&mut Passkey> {
        self.passkeys
            .iter_mut()
            .find(|passkey| *passkey.credential_id == id)
    }

    pub(super) fn add(&mut self, passkey: Passkey) {
        self.passkeys.insert(0, passkey);
    }

    pub(super) fn ids(&self) -> Vec<Vec<u8>> {
        self.passkeys
            .iter()
            .map(|passkey| passkey.credential_id.to_vec())
            .collect()
    }
}

#[async_trait]
impl CredentialStore for Wallet {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let found: Vec<_> = self
            .passkeys
            .iter()
            .filter(|passkey| passkey.rp_id == rp_id)
            .filter(|passkey| match ids {
                Some(ids) => ids
                    .iter()
                    .any(|descriptor| descriptor.id == passkey.credential_id),
                None => passkey.user_handle.is_some(),
            })
            .cloned()
            .collect();
        if found.is_empty() {
            Err(Ctap2Error::NoCredentials.into())
        } else {
            Ok(found)
        }
    }

    async fn save_credential(
        &mut self,
        passkey: Passkey,
        _user: PublicKeyCredentialUserEntity,
        _rp: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.add(passkey);
        Ok(())
    }

    async fn update_credential(&mut self, passkey: &Passkey) -> Result<(), StatusCode> {
        let stored = self
            .find_mut(&passkey.credential_id)
            .ok_or(Ctap2Error::NoCredentials)?;
        *stored = passkey.clone();
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo {
            discoverability: DiscoverabilitySupport::Full,
        }
    }
}

/// A person who always touches the device, and shows a fingerprint when the device can read one.
pub(super) struct Person {
    pub(super) can_be_verified: bool,
}

#[async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        // The `passkey` crates leave it to this method to end a registration that the exclude list forbids.
        if matches!(hint, UiHint::InformExcludedCredentialFound(_)) {
            return Err(Ctap2Error::CredentialExcluded);
        }
        Ok(UserCheck {
            presence,
            verification: verification && self.can_be_verified,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.can_be_verified.then_some(true)
    }
}
