//! A virtual authenticator with a browser around it.
//!
//! An honest ceremony is wholly the work of the `passkey` crates, which know nothing of our verifier. A broken one
//! starts as an honest one; then the named property is changed and everything that depends on it is signed again.

mod alteration;
mod held;
mod response;
#[cfg(test)]
mod tests;
mod wallet;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use passkey::authenticator::Authenticator;
use passkey::client::{Client, DefaultClientData, WebauthnError};
use passkey::crypto::iana::{self, EnumI64};
use passkey::crypto::rust_crypto::{RustCryptoBackend, RustCryptoSecretKey};
use passkey::crypto::{CryptoBackend, SecretKeyT};
use passkey::types::ctap2::Aaguid;
use passkey::types::webauthn::{
    CredentialCreationOptions, CredentialRequestOptions, PublicKeyCredentialCreationOptions,
    PublicKeyCredentialParameters, PublicKeyCredentialRequestOptions,
};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use url::Url;

pub use self::alteration::Alteration;
use self::alteration::{alter_authenticator_data, alter_client_data, credential_id_of, sign};
pub use self::held::HeldPasskey;
pub use self::response::{Assertion, Registration};
use self::wallet::{Person, Wallet};

/// Why no response came about: the browser or the authenticator refused, before the server had a say.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyRefused {
    /// The options are not what the specification describes.
    #[error("the options cannot be read")]
    Options(#[from] serde_json::Error),
    /// The origin is not a URL.
    #[error("the origin cannot be read")]
    Origin(#[from] url::ParseError),
    /// The browser (RP ID and origin) or the authenticator (no such credential, excluded, no algorithm) refused.
    #[error("the client refused: {0:?}")]
    Client(WebauthnError),
}

impl From<WebauthnError> for CeremonyRefused {
    fn from(error: WebauthnError) -> Self {
        Self::Client(error)
    }
}

type Backend = RustCryptoBackend;
type Browser = Client<Wallet, Person, Backend, public_suffix::PublicSuffixList, ()>;

/// A software authenticator that keeps its credentials in memory, with the browser in front of it.
///
/// Discoverable if the options ask for it, user verification on, sign count 0 for ever, backed up (BE and BS set), AAGUID
/// zero, attestation `none`: a synced passkey. The `with_` and `without_` methods make other devices of it.
pub struct SoftAuthenticator {
    browser: Browser,
}

impl Default for SoftAuthenticator {
    fn default() -> Self {
        Self::new()
    }
}

impl SoftAuthenticator {
    /// A synced passkey provider.
    pub fn new() -> Self {
        Self::built(true)
    }

    /// A device that cannot verify its user: `preferred` comes back without UV, `required` is refused by the client.
    pub fn without_user_verification() -> Self {
        Self::built(false)
    }

    fn built(can_be_verified: bool) -> Self {
        let authenticator = Authenticator::new(
            Aaguid::new_empty(),
            Wallet::default(),
            Person { can_be_verified },
            RustCryptoBackend,
        );
        let browser = Client::new(authenticator)
            .allows_insecure_localhost(true)
            .user_verification_when_preferred(can_be_verified);
        Self { browser }
    }

    /// Credentials made from now on count their uses: 0 at registration, then 1, 2, ...
    #[must_use]
    pub fn with_sign_count(mut self) -> Self {
        self.browser
            .authenticator_mut()
            .set_make_credentials_with_signature_counter(true);
        self
    }

    /// Only these COSE algorithms (of -7, -8, -48, -49, -50) are on the device.
    ///
    /// # Panics
    /// When none of them can be made.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: &[i64]) -> Self {
        let known: Vec<_> = algorithms
            .iter()
            .filter_map(|id| iana::Algorithm::from_i64(*id))
            .collect();
        let set = self.browser.authenticator_mut().set_algorithms(&known);
        assert!(set.is_ok(), "none of {algorithms:?} can be made");
        self
    }

    /// Puts a passkey on the device that another one made.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn hold(&mut self, passkey: &HeldPasskey) {
        let store = self.browser.authenticator_mut().store_mut();
        store.add(passkey.into());
    }

    /// The ids of all credentials on the device, newest first.
    pub fn credential_ids(&self) -> Vec<Vec<u8>> {
        self.browser.authenticator().store().ids()
    }

    /// Sets the stored sign count of a credential; the next assertion says one more.
    ///
    /// # Panics
    /// When the device has no such credential.
    pub fn set_sign_count(&mut self, credential_id: &[u8], count: u32) {
        let Some(passkey) = self
            .browser
            .authenticator_mut()
            .store_mut()
            .find_mut(credential_id)
        else {
            panic!("the device has no credential {}", base64url(credential_id));
        };
        passkey.counter = Some(count);
    }

    /// `navigator.credentials.create` with the `data` of `/register/begin`, on a page of this origin.
    pub fn register(&mut self, origin: &str, options: &Value) -> Result<Registration, CeremonyRefused> {
        self.register_altered(origin, options, &[])
    }

    /// Like [`Self::register`], but dishonest in the named ways.
    pub fn register_altered(
        &mut self,
        origin: &str,
        options: &Value,
        alterations: &[Alteration],
    ) -> Result<Registration, CeremonyRefused> {
        let mut options: PublicKeyCredentialCreationOptions = serde_json::from_value(options.clone())?;
        for alteration in alterations {
            if let Alteration::Algorithm(id) = alteration {
                let algorithm = iana::Algorithm::from_i64(*id);
                options.pub_key_cred_params = algorithm
                    .map(PublicKeyCredentialParameters::from)
                    .into_iter()
                    .collect();
            }
        }
        let (page, alterations) = page(origin, options.rp.id.as_deref(), alterations)?;
        let created = finished(self.browser.register(
            &page,
            CredentialCreationOptions { public_key: options },
            DefaultClientData,
        ))?;

        let made_id = created.raw_id.to_vec();
        let client_data_json = alter_client_data(created.response.client_data_json.to_vec(), &alterations);
        let authenticator_data =
            alter_authenticator_data(created.response.authenticator_data.to_vec(), &alterations);
        let attestation_object = self.attest(&made_id, &authenticator_data, &client_data_json, &alterations);

        // The id that the server will learn is the one to remember.
        let raw_id = credential_id_of(&authenticator_data).to_vec();
        if raw_id != made_id
            && let Some(passkey) = self.browser.authenticator_mut().store_mut().find_mut(&made_id)
        {
            passkey.credential_id = raw_id.clone().into();
        }

        let mut registration = Registration {
            id: base64url(&raw_id),
            raw_id,
            credential_type: "public-key".to_owned(),
            client_data_json,
            authenticator_data,
            attestation_object,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
            client_extension_results: serde_json::to_value(&created.client_extension_results)?,
            authenticator_attachment: Some("platform".to_owned()),
        };
        for alteration in alterations {
            match alteration {
                Alteration::Id(id) => registration.id = id,
                Alteration::RawId(id) => {
                    registration.id = base64url(&id);
                    registration.raw_id = id;
                }
                Alteration::CredentialType(text) => registration.credential_type = text,
                Alteration::Transports(transports) => registration.transports = transports,
                Alteration::ExtensionResults(results) => registration.client_extension_results = results,
                _ => {}
            }
        }
        Ok(registration)
    }

    /// `navigator.credentials.get` with the `data` of `/signin/begin`, on a page of this origin.
    pub fn authenticate(&mut self, origin: &str, options: &Value) -> Result<Assertion, CeremonyRefused> {
        self.authenticate_altered(origin, options, &[])
    }

    /// Like [`Self::authenticate`], but dishonest in the named ways.
    pub fn authenticate_altered(
        &mut self,
        origin: &str,
        options: &Value,
        alterations: &[Alteration],
    ) -> Result<Assertion, CeremonyRefused> {
        let options: PublicKeyCredentialRequestOptions = serde_json::from_value(options.clone())?;
        let (page, alterations) = page(origin, options.rp_id.as_deref(), alterations)?;
        let signed = finished(self.browser.authenticate(
            &page,
            CredentialRequestOptions { public_key: options },
            DefaultClientData,
        ))?;

        let raw_id = signed.raw_id.to_vec();
        let client_data_json = alter_client_data(signed.response.client_data_json.to_vec(), &alterations);
        let authenticator_data =
            alter_authenticator_data(signed.response.authenticator_data.to_vec(), &alterations);
        let signature = if alterations.is_empty() {
            signed.response.signature.to_vec()
        } else {
            self.sign(&raw_id, &authenticator_data, &client_data_json, &alterations)
        };

        let mut assertion = Assertion {
            id: base64url(&raw_id),
            raw_id,
            credential_type: "public-key".to_owned(),
            client_data_json,
            authenticator_data,
            signature,
            user_handle: signed.response.user_handle.map(|handle| handle.to_vec()),
            client_extension_results: serde_json::to_value(&signed.client_extension_results)?,
            authenticator_attachment: Some("platform".to_owned()),
        };
        for alteration in alterations {
            match alteration {
                Alteration::Id(id) => assertion.id = id,
                Alteration::RawId(id) => {
                    assertion.id = base64url(&id);
                    assertion.raw_id = id;
                }
                Alteration::CredentialType(text) => assertion.credential_type = text,
                Alteration::UserHandle(handle) => assertion.user_handle = handle,
                Alteration::ExtensionResults(results) => assertion.client_extension_results = results,
                _ => {}
            }
        }
        Ok(assertion)
    }

    /// The attestation object around this authenticator data (WebAuthn §6.5.4), keys in CTAP2 canonical order.
    fn attest(
        &self,
        id: &[u8],
        authenticator_data: &[u8],
        client_data: &[u8],
        alterations: &[Alteration],
    ) -> Vec<u8> {
        let mut format = "none".to_owned();
        let mut statement = Vec::new();
        let mut trailing = Vec::new();
        for alteration in alterations {
            match alteration {
                Alteration::AttestationFormat(name) => format.clone_from(name),
                Alteration::PackedSelfAttestation => {
                    format = "packed".to_owned();
                    let signature = self.sign(id, authenticator_data, client_data, alterations);
                    statement = vec![
                        (Cbor::from("alg"), Cbor::from(self.algorithm(id))),
                        (Cbor::from("sig"), Cbor::Bytes(signature)),
                    ];
                }
                Alteration::AttestationTrailingBytes(bytes) => trailing.clone_from(bytes),
                _ => {}
            }
        }
        let object = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(format)),
            (Cbor::from("attStmt"), Cbor::Map(statement)),
            (Cbor::from("authData"), Cbor::Bytes(authenticator_data.to_vec())),
        ]);
        let mut encoded = Vec::new();
        if let Err(error) = ciborium::into_writer(&object, &mut encoded) {
            panic!("writing CBOR to memory failed: {error}");
        }
        encoded.extend_from_slice(&trailing);
        encoded
    }

    /// Signs authenticator data and the hash of client data with the key of this credential.
    fn sign(
        &self,
        id: &[u8],
        authenticator_data: &[u8],
        client_data: &[u8],
        alterations: &[Alteration],
    ) -> Vec<u8> {
        let Some(passkey) = self.browser.authenticator().store().find(id) else {
            panic!("the device lost the credential {}", base64url(id));
        };
        let (Ok(mut key), Ok(mut foreign)) = (
            RustCryptoSecretKey::from_cose_key(&passkey.key),
            iana::Algorithm::from_i64(self.algorithm(id))
                .ok_or_else(|| "unknown algorithm".into())
                .and_then(|algorithm| RustCryptoBackend.generate_key(algorithm)),
        ) else {
            panic!("the device cannot use its own key");
        };
        let mut message = authenticator_data.to_vec();
        message.extend_from_slice(digest(&SHA256, client_data).as_ref());
        sign(&mut key, &mut foreign, &message, alterations)
    }

    fn algorithm(&self, id: &[u8]) -> i64 {
        let key = self
            .browser
            .authenticator()
            .store()
            .find(id)
            .map(|passkey| &passkey.key);
        match key.and_then(|key| key.alg.as_ref()) {
            Some(coset::Algorithm::Assigned(algorithm)) => algorithm.to_i64(),
            _ => panic!("the credential {} has no algorithm", base64url(id)),
        }
    }
}

/// The page the browser believes to be on. The `passkey` client knows web pages only; for a native app's origin it is
/// shown the page of the RP ID, and the origin is put into the client data afterwards.
fn page(
    origin: &str,
    rp_id: Option<&str>,
    alterations: &[Alteration],
) -> Result<(Url, Vec<Alteration>), CeremonyRefused> {
    let mut alterations = alterations.to_vec();
    let page = if origin.starts_with("https://") || origin.starts_with("http://") {
        Url::parse(origin)?
    } else {
        alterations.insert(0, Alteration::Origin(origin.to_owned()));
        Url::parse(&format!("https://{}", rp_id.unwrap_or_default()))?
    };
    Ok((page, alterations))
}

/// Drives a future of the `passkey` crates, none of which ever waits for anything.
fn finished<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the soft authenticator waits for something"),
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
