//! Why an attestation statement is refused: one variant for each check of §8.

use crate::{certificate::CertificateError, code::Code, crypto::SignatureError};

/// Why an attestation statement is refused. Each variant is one check of §8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// A member of the statement is missing, unexpected or of the wrong type.
    #[error("attestation statement is malformed: {0}")]
    Statement(&'static str),
    /// Format `none` with a statement.
    #[error("attestation format none has a statement")]
    NoneWithStatement,
    /// The statement's format, or its way of attesting, is not one this build verifies.
    #[error("attestation format {0:?} is not supported")]
    UnsupportedFormat(String),
    /// The statement's `alg` does not suit the key.
    #[error("statement algorithm {0} does not suit the key")]
    AlgorithmMismatch(i64),
    /// The statement's `alg` is not one this build verifies.
    #[error("statement algorithm {0} is not supported")]
    UnsupportedAlgorithm(i64),
    /// The statement's signature does not verify.
    #[error("attestation signature does not verify")]
    Signature,
    /// ECDAA, a leftover of Level 1.
    #[error("ECDAA attestation is not supported")]
    EcdaaUnsupported,
    /// A certificate of `x5c` is malformed.
    #[error("an attestation certificate is malformed")]
    Certificate(#[source] CertificateError),
    /// The attestation certificate is not version 3.
    #[error("the attestation certificate is not version 3")]
    CertificateVersion,
    /// The attestation certificate's subject lacks an attribute or has a wrong one.
    #[error("the subject of the attestation certificate is not as required")]
    CertificateSubject,
    /// The attestation certificate says that it is an authority.
    #[error("the attestation certificate is a certificate authority")]
    CertificateIsCa,
    /// The attestation certificate has no Basic Constraints to say that it is no authority. Policy switch:
    /// `x509_missing_basic_constraints`.
    #[error("the attestation certificate has no basic constraints")]
    CertificateBasicConstraints,
    /// The attestation certificate's key is of the wrong kind.
    #[error("the key of the attestation certificate is of the wrong kind")]
    CertificateKey,
    /// The attestation certificate is not for the credential key.
    #[error("the attestation certificate is not for the credential key")]
    CertificateKeyMismatch,
    /// The certificate names another AAGUID, names it wrongly, or marks it critical.
    #[error("the attestation certificate is for another authenticator model")]
    AaguidMismatch,
    /// A FIDO extension for serial number or firmware is malformed or critical.
    #[error("a FIDO extension of the attestation certificate is malformed")]
    FidoExtension,
    /// The certificate tells the device's serial number and enterprise attestation was not asked for.
    #[error("the attestation certificate identifies the device")]
    UnsolicitedEnterprise,
    /// `pubArea` is not one TPMT_PUBLIC.
    #[error("the TPM public area is malformed")]
    TpmPubArea,
    /// `pubArea` is not the credential key.
    #[error("the TPM public area is not the credential key")]
    TpmPublicKeyMismatch,
    /// `certInfo` is not one TPMS_ATTEST that certifies an object.
    #[error("the TPM attestation is malformed or of another kind")]
    TpmCertInfo,
    /// `extraData` is not the hash of what is attested.
    #[error("the TPM attested other data")]
    TpmExtraData,
    /// The certified name is not that of `pubArea`.
    #[error("the TPM attested another object")]
    TpmName,
    /// The certificate is not one of an attestation identity key.
    #[error("the certificate of the TPM attestation key is not as required")]
    TpmCertificate,
    /// The TPM's manufacturer is not registered. Policy switch: `tpm_vendor_` and its eight hexadecimal digits.
    #[error("TPM manufacturer {0} is not registered")]
    TpmVendor(String),
    /// The Android key description is missing or malformed.
    #[error("the Android key description is missing or malformed")]
    AndroidKeyDescription,
    /// The key was attested for another ceremony.
    #[error("the Android key was attested for another challenge")]
    AndroidChallenge,
    /// Every application may use the key.
    #[error("the Android key is not bound to one application")]
    AndroidAllApplications,
    /// Software attested the key. Policy switch: `android_software_attestation`.
    #[error("the Android key was attested by software")]
    AndroidSecurityLevel,
    /// The key was not generated in the key store, or hardware does not say so. Policy switch:
    /// `android_origin_not_tee_enforced`.
    #[error("the origin of the Android key is not as required")]
    AndroidOrigin,
    /// The key is not for signing alone, or hardware does not say so. Policy switch:
    /// `android_purpose_not_tee_enforced`.
    #[error("the purpose of the Android key is not as required")]
    AndroidPurpose,
    /// The nonce in Apple's certificate is missing, malformed or for other data.
    #[error("the nonce of the Apple attestation is wrong")]
    AppleNonce,
    /// A U2F statement with an AAGUID, which it cannot vouch for. Policy switch: `u2f_nonzero_aaguid`.
    #[error("a U2F attestation has an AAGUID")]
    U2fAaguid,
    /// The SafetyNet response is refused.
    #[error("the SafetyNet response is refused")]
    SafetyNet(#[source] SafetyNetError),
}

impl AttestationError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Statement(_) => Code::AttestationStatement,
            Self::NoneWithStatement => Code::AttestationNoneWithStatement,
            Self::UnsupportedFormat(_) => Code::AttestationFormatUnsupported,
            Self::AlgorithmMismatch(_) => Code::AttestationAlgorithmMismatch,
            Self::UnsupportedAlgorithm(_) => Code::AttestationAlgorithmUnsupported,
            Self::Signature => Code::AttestationSignature,
            Self::EcdaaUnsupported => Code::AttestationEcdaaUnsupported,
            Self::Certificate(error) => error.code(),
            Self::CertificateVersion => Code::AttestationCertificateVersion,
            Self::CertificateSubject => Code::AttestationCertificateSubject,
            Self::CertificateIsCa => Code::AttestationCertificateIsCa,
            Self::CertificateBasicConstraints => Code::AttestationCertificateBasicConstraints,
            Self::CertificateKey => Code::AttestationCertificateKey,
            Self::CertificateKeyMismatch => Code::AttestationCertificateKeyMismatch,
            Self::AaguidMismatch => Code::AttestationAaguidMismatch,
            Self::FidoExtension => Code::AttestationFidoExtension,
            Self::UnsolicitedEnterprise => Code::AttestationUnsolicitedEnterprise,
            Self::TpmPubArea => Code::TpmPubArea,
            Self::TpmPublicKeyMismatch => Code::TpmPublicKeyMismatch,
            Self::TpmCertInfo => Code::TpmCertInfo,
            Self::TpmExtraData => Code::TpmExtraData,
            Self::TpmName => Code::TpmName,
            Self::TpmCertificate => Code::TpmCertificate,
            Self::TpmVendor(_) => Code::TpmVendor,
            Self::AndroidKeyDescription => Code::AndroidKeyDescription,
            Self::AndroidChallenge => Code::AndroidChallenge,
            Self::AndroidAllApplications => Code::AndroidAllApplications,
            Self::AndroidSecurityLevel => Code::AndroidSecurityLevel,
            Self::AndroidOrigin => Code::AndroidOrigin,
            Self::AndroidPurpose => Code::AndroidPurpose,
            Self::AppleNonce => Code::AppleNonce,
            Self::U2fAaguid => Code::U2fAaguid,
            Self::SafetyNet(error) => error.code(),
        }
    }

    /// Names a failed signature check, made with this `alg`.
    pub(crate) fn from_signature(error: SignatureError, algorithm: i64) -> Self {
        match error {
            SignatureError::Invalid => Self::Signature,
            SignatureError::AlgorithmMismatch => Self::AlgorithmMismatch(algorithm),
            SignatureError::UnsupportedAlgorithm(id) => Self::UnsupportedAlgorithm(id),
        }
    }
}

/// Why a SafetyNet response is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SafetyNetError {
    /// `response` is not a compact JWS with the members it needs.
    #[error("the response is not a SafetyNet JWS")]
    Malformed,
    /// The certificate is not for the attestation service.
    #[error("the certificate is not for the attestation service")]
    WrongSigner,
    /// The algorithm is not known or does not fit the certificate's key.
    #[error("the algorithm does not fit the certificate's key")]
    Algorithm,
    /// The signature is not the certificate's.
    #[error("the signature of the response is invalid")]
    Signature,
    /// The nonce is for another ceremony.
    #[error("the nonce is for another ceremony")]
    Nonce,
    /// The device failed the compatibility test.
    #[error("the device did not pass the compatibility test")]
    CtsProfile,
    /// The response is from the future.
    #[error("the response is from the future")]
    FromFuture,
    /// The response is older than a minute. Policy switch: `safetynet_stale_timestamp`.
    #[error("the response is stale")]
    Stale,
}

impl SafetyNetError {
    /// The reason in the register.
    pub const fn code(self) -> Code {
        match self {
            Self::Malformed => Code::SafetynetMalformed,
            Self::WrongSigner => Code::SafetynetWrongSigner,
            Self::Algorithm => Code::SafetynetAlgorithm,
            Self::Signature => Code::SafetynetSignature,
            Self::Nonce => Code::SafetynetNonce,
            Self::CtsProfile => Code::SafetynetCtsProfile,
            Self::FromFuture => Code::SafetynetFromFuture,
            Self::Stale => Code::SafetynetStale,
        }
    }
}
