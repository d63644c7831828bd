//! A strict WebAuthn Level 3 relying-party verifier: pure, without I/O, clock or randomness.

mod algorithm;
pub mod attestation;
mod authentication;
pub mod authenticator_data;
mod base64url;
pub mod cbor;
mod ceremony;
pub mod certificate;
pub mod client_data;
mod cose;
mod credential;
pub mod crypto;
mod envelope;
mod error;
pub mod extension;
mod json;
mod jws;
pub mod metadata;
pub mod offline;
mod options;
pub mod policy;
mod preference;
mod registration;
mod relying_party;
pub mod signal;
pub mod trust;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use attestation::{AttestationError, AttestationObjectError, AttestationType};
pub use authentication::{BackupTransition, VerifiedAssertion};
pub use authenticator_data::AuthenticatorDataError;
pub use cbor::CborError;
pub use ceremony::{Authentication, Ceremony, Pending, Registration};
pub use client_data::ClientDataError;
pub use cose::{CoseKeyError, CosePublicKey};
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
pub use options::{
    AuthenticationOptions, CreationOptionsJson, DEFAULT_TIMEOUT_MS, RegistrationOptions, RequestOptionsJson,
    UserEntity,
};
pub use policy::{Leniency, Policy, SignCountPolicy};
pub use preference::{
    AttestationConveyance, AuthenticatorAttachment, Hint, Mediation, ResidentKey, UnknownValue,
    UserVerification,
};
pub use registration::VerifiedRegistration;
pub use relying_party::related_origins;
pub use relying_party::{Origin, OriginError, RpId, RpIdError};
pub use trust::{TrustError, TrustOutcome};
