//! Attestation objects and statements (§6.5, §8): decoding, and one procedure per format.

mod android_key;
mod android_safetynet;
mod apple;
mod certified;
mod compound;
mod error;
mod fido_u2f;
mod format;
mod input;
mod none;
mod object;
mod packed;
pub(crate) mod policy;
mod statement;
mod tpm;
mod verify;

pub use self::{
    error::{AttestationError, SafetyNetError},
    format::AttestationFormat,
    object::{AttestationObject, AttestationObjectError},
    statement::{Attestation, AttestationType, DeviceFacts},
};
pub(crate) use self::{input::StatementInput, verify::verify};
