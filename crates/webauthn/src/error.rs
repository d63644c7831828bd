//! One error per ceremony; what each step of it can refuse is an enum of its own, found in that step's module.

use crate::algorithm::Algorithm;
use crate::attestation::{AttestationError, AttestationObjectError};
use crate::authenticator_data::AuthenticatorDataError;
use crate::client_data::ClientDataError;
use crate::code::Code;
use crate::cose::CoseKeyError;
use crate::credential::CredentialId;
use crate::extension::ExtensionError;
use crate::trust::TrustError;

/// Why a registration is refused (§7.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Steps 5 to 11: the client data.
    #[error("client data is refused")]
    ClientData(#[from] ClientDataError),
    /// Step 13: the attestation object.
    #[error("attestation object is refused")]
    AttestationObject(#[from] AttestationObjectError),
    /// Steps 13 and 17: the authenticator data within.
    #[error("authenticator data is refused")]
    AuthenticatorData(#[from] AuthenticatorDataError),
    /// The id in the response is not the attested one.
    #[error("credential id of the response is not the attested one")]
    CredentialIdMismatch,
    /// Step 14: made for another RP ID.
    #[error("authenticator data is not for this RP ID")]
    RpIdMismatch,
    /// Step 15: nobody was there, although the ceremony was not a conditional one.
    #[error("user was not present")]
    UserNotPresent,
    /// Step 16: user verification was required.
    #[error("user was not verified although that was required")]
    UserNotVerified,
    /// Steps 18 and 19: the policy wants the other kind of credential.
    #[error("backup eligibility {backup_eligible} is refused by policy")]
    BackupPolicy {
        /// What the credential is.
        backup_eligible: bool,
    },
    /// Step 20: an algorithm that was not offered.
    #[error("algorithm {got} was not offered")]
    AlgorithmNotOffered {
        /// The key's algorithm.
        got: Algorithm,
    },
    /// The credential was excluded by the options; its authenticator should have refused.
    #[error("credential was excluded")]
    CredentialExcluded(CredentialId),
    /// Step 21: a format this build does not verify.
    #[error("attestation format {0:?} is not supported")]
    UnsupportedFormat(String),
    /// Step 22: the statement.
    #[error("attestation statement is refused")]
    Attestation(#[from] AttestationError),
    /// Steps 23 and 24: the statement holds, its signer is not trusted.
    #[error("attestation is not trusted")]
    Untrusted(#[from] TrustError),
    /// Step 28: the extension outputs.
    #[error("extension outputs are refused")]
    Extension(#[from] ExtensionError),
}

impl RegistrationError {
    /// The reason in the register, of the innermost cause.
    pub fn code(&self) -> Code {
        match self {
            Self::ClientData(error) => error.code(),
            Self::AttestationObject(error) => error.code(),
            Self::AuthenticatorData(error) => error.code(),
            Self::CredentialIdMismatch => Code::CredentialIdMismatch,
            Self::RpIdMismatch => Code::RpIdMismatch,
            Self::UserNotPresent => Code::UserNotPresent,
            Self::UserNotVerified => Code::UserNotVerified,
            Self::BackupPolicy { .. } => Code::BackupPolicy,
            Self::AlgorithmNotOffered { .. } => Code::AlgorithmNotOffered,
            Self::CredentialExcluded(_) => Code::CredentialExcluded,
            Self::UnsupportedFormat(_) => Code::UnsupportedFormat,
            Self::Attestation(error) => error.code(),
            Self::Untrusted(error) => error.code(),
            Self::Extension(error) => error.code(),
        }
    }
}

/// Why an assertion is refused (§7.2). To the outside, an unknown credential, a wrong user and a bad signature
/// should look the same wherever accounts could be enumerated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionError {
    /// Step 5: a credential that is not on the allow list.
    #[error("credential is not on the allow list")]
    CredentialNotAllowed,
    /// The caller's record is of another credential than the response names.
    #[error("response names another credential than the stored one")]
    StoredCredentialMismatch,
    /// Step 6: the credential belongs to another user than the ceremony or the user handle names.
    #[error("credential belongs to another user")]
    WrongUser,
    /// Step 6: the user was not known before, so the handle has to tell.
    #[error("user handle is missing")]
    UserHandleMissing,
    /// Step 6: the same, and the client sent a handle without bytes.
    #[error("user handle is empty")]
    UserHandleEmpty,
    /// Step 6: the client sent the owner's handle as plain text, not encoded.
    #[error("user handle is not base64url; it has to be the bytes that the authenticator returned, encoded")]
    UserHandleNotBase64Url,
    /// The stored public key cannot be used.
    #[error("stored public key is refused")]
    PublicKey(#[from] CoseKeyError),
    /// Steps 8 to 14: the client data.
    #[error("client data is refused")]
    ClientData(#[from] ClientDataError),
    /// The authenticator data, and step 18.
    #[error("authenticator data is refused")]
    AuthenticatorData(#[from] AuthenticatorDataError),
    /// Step 15: made for another RP ID.
    #[error("authenticator data is not for this RP ID")]
    RpIdMismatch,
    /// Step 16: nobody was there.
    #[error("user was not present")]
    UserNotPresent,
    /// Step 17: user verification was required.
    #[error("user was not verified although that was required")]
    UserNotVerified,
    /// Step 19: backup eligibility never changes, unless the policy lets it appear.
    #[error("backup eligibility changed from {stored} to {reported}")]
    BackupEligibilityChanged {
        /// BE as registered.
        stored: bool,
        /// BE as signed now.
        reported: bool,
    },
    /// Step 21: the signature is not one of the stored key.
    #[error("signature does not verify")]
    SignatureInvalid,
    /// Step 22: the counter did not grow; perhaps the authenticator was cloned.
    #[error("sign count {reported} does not exceed the stored {stored}")]
    SignCountRegression {
        /// The last accepted count.
        stored: u32,
        /// The count signed now.
        reported: u32,
    },
    /// Step 23: the extension outputs.
    #[error("extension outputs are refused")]
    Extension(#[from] ExtensionError),
}

impl AssertionError {
    /// The reason in the register, of the innermost cause.
    pub fn code(&self) -> Code {
        match self {
            Self::CredentialNotAllowed => Code::CredentialNotAllowed,
            Self::StoredCredentialMismatch => Code::StoredCredentialMismatch,
            Self::WrongUser => Code::WrongUser,
            Self::UserHandleMissing => Code::UserHandleMissing,
            Self::UserHandleEmpty => Code::UserHandleEmpty,
            Self::UserHandleNotBase64Url => Code::UserHandleNotBase64url,
            Self::PublicKey(error) => error.code(),
            Self::ClientData(error) => error.code(),
            Self::AuthenticatorData(error) => error.code(),
            Self::RpIdMismatch => Code::RpIdMismatch,
            Self::UserNotPresent => Code::UserNotPresent,
            Self::UserNotVerified => Code::UserNotVerified,
            Self::BackupEligibilityChanged { .. } => Code::BackupEligibilityChanged,
            Self::SignatureInvalid => Code::SignatureInvalid,
            Self::SignCountRegression { .. } => Code::SignCountRegression,
            Self::Extension(error) => error.code(),
        }
    }
}
