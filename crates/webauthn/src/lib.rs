//! A strict WebAuthn Level 3 relying-party verifier: pure, without I/O, clock or randomness.
//!
//! A relying party runs two ceremonies. Each begins with options, which split into JSON for the browser and a
//! [`Pending`] value for the server, and is finished with the browser's response, which consumes it:
//!
//! | | begin | finish | result |
//! | --- | --- | --- | --- |
//! | registration (§7.1) | [`RegistrationOptions::begin`] | [`Pending::<Registration>::finish`] | [`VerifiedRegistration`] |
//! | authentication (§7.2) | [`AuthenticationOptions::begin`] | [`Pending::<Authentication>::finish`] | [`VerifiedAssertion`] |
//!
//! The results have no public constructor: to hold one is proof that every check held. What the specification
//! leaves to the relying party is a [`Policy`]; [`Policy::default`] is strict, and what real authenticators or
//! older clients need beyond it is opened by name ([`Leniency`]).
//!
//! # Example
//!
//! ```
//! use passgate_webauthn::{
//!     AuthenticationOptions, AuthenticationResponse, Challenge, Origin, Policy, RegistrationOptions,
//!     RegistrationResponse, RpId, StoredCredential, UserEntity, UserHandle,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rp_id = RpId::parse("example.org")?;
//! let origin = Origin::parse("https://example.org")?;
//! let policy = Policy::default();
//! let user = UserHandle::new(*b"an opaque name of the account")?;
//!
//! // Registration, begin. The challenge is 32 fresh random bytes; here they are those of a specification vector.
//! let challenge = Challenge::from_base64url("AMMPt4UxxGTStncdq417YDwBFi8vpIa-pw8oOuVW4TA")?;
//! let entity = UserEntity { id: user.clone(), name: "fry".into(), display_name: "Philip J Fry".into() };
//! let (options, pending) =
//!     RegistrationOptions::new(rp_id.clone(), entity, challenge).begin(vec![origin.clone()]);
//! let for_the_browser = serde_json::to_string(&options)?;
//! assert!(for_the_browser.contains("pubKeyCredParams"));
//! // `pending` stays at the server until the response arrives, for as long as the timeout allows, and is spent once.
//!
//! // Registration, finish, with what `navigator.credentials.create` returned (`credential.toJSON()`).
//! let response = RegistrationResponse::from_json(br#"{
//!     "id": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
//!     "rawId": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
//!     "type": "public-key",
//!     "clientExtensionResults": {},
//!     "response": {
//!         "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQU1NUHQ0VXh4R1RTdG5jZHE0MTdZRHdCRmk4dnBJYS1wdzhvT3VWVzRUQSIsIm9yaWdpbiI6Imh0dHBzOi8vZXhhbXBsZS5vcmciLCJjcm9zc09yaWdpbiI6ZmFsc2UsImV4dHJhRGF0YSI6ImNsaWVudERhdGFKU09OIG1heSBiZSBleHRlbmRlZCB3aXRoIGFkZGl0aW9uYWwgZmllbGRzIGluIHRoZSBmdXR1cmUsIHN1Y2ggYXMgdGhpczogQmtRZURqZGNUQnJYQmlBd0pUTEU1USJ9",
//!         "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikv6vDdDKViwYzYNOtZGHJxHNa5_jt1GWSpeDwFFKy5LVZAAAAAIRGzLmrHbN0dQsjZ_9vOh8AIPkfOR20ybL94OpwGJy6P7Y_V5umEiszrZT_PsMwCEvkpQECAyYgASFYIK_voW-XypstI-uGzLZAmNINuQhWBi6yScM6m2cvJt9hIlggkwpWuHovymYzSwNFir-HlxfBLMaO1zKQry4mZHlrkiA",
//!         "transports": ["internal"]
//!     }
//! }"#)?;
//! # let now = "2026-01-01T00:00:00Z".parse()?;
//! let registered = pending.finish(&response, &policy, now)?;
//! assert!(registered.backup_eligible());
//! // Store the id (unique among all users), the key's bytes, the sign count and the backup flags.
//! let (id, key) = (registered.credential_id(), registered.public_key().as_bytes());
//!
//! // Authentication, begin.
//! let challenge = Challenge::from_base64url("OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag")?;
//! let (options, pending) = AuthenticationOptions::new(rp_id, challenge).begin(vec![origin]);
//! assert!(serde_json::to_string(&options)?.contains("rpId"));
//!
//! // Authentication, finish: look the credential up by `response.credential_id()`, then verify.
//! let response = AuthenticationResponse::from_json(br#"{
//!     "id": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
//!     "rawId": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
//!     "type": "public-key",
//!     "clientExtensionResults": {},
//!     "response": {
//!         "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiT2NEblVoUVh1bFRVUG8zSlVYVDBJOTdwdnp6WUJQOXRaY2hYeWF2MDFBZyIsIm9yaWdpbiI6Imh0dHBzOi8vZXhhbXBsZS5vcmciLCJjcm9zc09yaWdpbiI6ZmFsc2V9",
//!         "authenticatorData": "v6vDdDKViwYzYNOtZGHJxHNa5_jt1GWSpeDwFFKy5LUZAAAAAA",
//!         "signature": "MEYCIQD1Ck4uRAkknEqFO6NhKC8JhB303UVHoTqHeAIY3v_NOAIhAISArA8Lk1OBdPV1vxGh3V14xuSGAT-TcpXqE2U-Mx6H",
//!         "userHandle": "YW4gb3BhcXVlIG5hbWUgb2YgdGhlIGFjY291bnQ"
//!     }
//! }"#)?;
//! let stored = StoredCredential {
//!     id,
//!     public_key: key,
//!     sign_count: registered.sign_count(),
//!     user_handle: Some(&user),
//!     backup_eligible: Some(registered.backup_eligible()),
//! };
//! let assertion = pending.finish(&response, &stored, &policy)?;
//! // Signed in. Store `assertion.sign_count()` and `assertion.backup_state()`.
//! assert_eq!(assertion.credential_id(), id);
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - Signatures and hashes are over the bytes as received; nothing is re-encoded on the way to a check.
//! - What is inside authenticator data must be canonical CBOR; keys must be exact, on their curve, of full strength.
//! - An AAGUID is a claim until an attestation that leads to a trust anchor vouches for it ([`trust`]).
//! - No input makes it panic, recurse deeper than a constant, or allocate more than a multiple of its own length.
//! - Every refusal is a variant of its own, [`RegistrationError`] or [`AssertionError`], with a stable [`Code`].
//!
//! # What it leaves to the caller
//!
//! Randomness for challenges; expiry and single use of a [`Pending`]; that a credential id is registered once
//! among all users; that a sign count is stored only if the stored one is still the one that was verified
//! against; and answers to clients that do not tell an unknown credential from a wrong signature.
//!
//! # Features
//!
//! `ml-dsa` and `es512` are on by default; `es256k` and `ed448` are off. Without any, ES256, ES384, EdDSA, RS* and
//! PS* remain. Ed448 needs [`Leniency::Ed448`] as well: its only maintained implementation is a pre-release.

mod algorithm;
pub mod attestation;
mod authentication;
pub mod authenticator_data;
mod base64url;
mod causes;
pub mod cbor;
mod ceremony;
pub mod certificate;
pub mod client_data;
mod code;
mod cose;
mod credential;
pub mod crypto;
pub mod doctor;
mod envelope;
mod error;
pub mod extension;
mod json;
mod jws;
mod leniency;
pub mod metadata;
pub mod offline;
mod options;
pub mod policy;
mod preference;
mod registration;
mod relying_party;
pub mod signal;
pub mod trust;
mod words;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use attestation::{AttestationError, AttestationObjectError, AttestationType};
pub use authentication::{BackupTransition, VerifiedAssertion};
pub use authenticator_data::AuthenticatorDataError;
pub use causes::causes;
pub use cbor::CborError;
pub use ceremony::{Authentication, Ceremony, Pending, Registration};
pub use client_data::ClientDataError;
pub use code::Code;
pub use cose::{CoseKeyError, CosePublicKey, SpkiError};
pub use credential::{
    Aaguid, Challenge, CredentialDescriptor, CredentialId, InvalidAaguid, InvalidLength, StoredCredential,
    Transport, UserHandle,
};
pub use crypto::SignatureError;
pub use envelope::{
    AuthenticationResponse, AuthenticationResponseParts, EnvelopeError, RegistrationResponse,
    RegistrationResponseParts,
};
pub use error::{AssertionError, RegistrationError};
pub use extension::{AuthenticationExtensions, ExtensionError, ExtensionOutputs, RegistrationExtensions};
pub use leniency::Leniency;
pub use options::{
    AuthenticationOptions, CreationOptionsJson, DEFAULT_TIMEOUT_MS, RegistrationOptions, RequestOptionsJson,
    UserEntity,
};
pub use policy::{Policy, SignCountPolicy};
pub use preference::{
    AttestationConveyance, AuthenticatorAttachment, Hint, Mediation, ResidentKey, UnknownValue,
    UserVerification,
};
pub use registration::VerifiedRegistration;
pub use relying_party::related_origins;
pub use relying_party::{Origin, OriginError, RpId, RpIdError};
pub use trust::{TrustError, TrustOutcome};
