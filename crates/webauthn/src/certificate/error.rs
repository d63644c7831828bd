//! Why a certificate cannot be used.

use super::der::DerError;
use crate::code::Code;

/// A certificate could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The bytes are not exactly one DER certificate.
    #[error("the bytes are not one DER certificate")]
    Der,
    /// The signature algorithm inside the signed part differs from the one outside (RFC 5280, 4.1.1.2).
    #[error("the two signature algorithms of the certificate differ")]
    SignatureAlgorithmMismatch,
    /// Version and contents contradict each other, or the version is unknown.
    #[error("the certificate version does not fit its contents")]
    Version,
    /// An extension occurs twice (RFC 5280, 4.2).
    #[error("an extension occurs twice")]
    DuplicateExtension,
    /// The value of an extension is malformed. Policy switch: `x509_malformed_extension`.
    #[error("an extension is malformed")]
    Extension,
    /// The subject public key is of a kind or in a form that is not supported.
    #[error("the subject public key is not supported")]
    Key,
}

impl CertificateError {
    /// The reason in the register.
    pub const fn code(self) -> Code {
        match self {
            Self::Der => Code::CertificateDer,
            Self::SignatureAlgorithmMismatch => Code::CertificateSignatureAlgorithmMismatch,
            Self::Version => Code::CertificateVersion,
            Self::DuplicateExtension => Code::CertificateDuplicateExtension,
            Self::Extension => Code::CertificateExtension,
            Self::Key => Code::CertificateKey,
        }
    }
}

impl From<DerError> for CertificateError {
    fn from(_: DerError) -> Self {
        Self::Der
    }
}
