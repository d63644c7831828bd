//! A strict relying-party verifier; its vocabulary first, the ceremonies follow.
pub mod algorithm;
pub mod attestation;
pub mod authenticator_data;
pub mod base64url;
pub mod cbor;
pub mod certificate;
pub mod client_data;
pub mod cose;
pub mod credential;
pub mod crypto;
pub mod envelope;
pub mod extension;
pub mod json;
mod jws;
pub mod metadata;
pub mod policy;
pub mod preference;
pub mod relying_party;
pub mod trust;

pub use algorithm::Algorithm;
pub use cose::CosePublicKey;
pub use credential::*;
pub use envelope::*;
pub use policy::Policy;
pub use preference::*;
pub use relying_party::*;
