//! Why an attestation is not trusted, or its authenticator model not wanted.

use crate::{certificate::PathError, code::Code, credential::Aaguid, metadata::AuthenticatorStatus};

/// An attestation is not trusted, or its authenticator is not wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The certificates do not lead to an anchor.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The model has an undesired status in the metadata.
    #[error("the authenticator model is reported as {0}")]
    Status(AuthenticatorStatus),
    /// The model does not attest in this way, says the metadata.
    #[error("the model does not use this type of attestation")]
    AttestationTypeMismatch,
    /// The model does not speak the protocol of this format, says the metadata.
    #[error("the model does not use this protocol")]
    ProtocolMismatch,
    /// The metadata does not know the model.
    #[error("the authenticator model is not in the metadata")]
    UnknownModel,
    /// The model's certification is below the level demanded.
    #[error("the authenticator model is not certified at the level demanded")]
    CertificationLevel,
    /// The AAGUID is on the block list.
    #[error("authenticator model {0} is blocked")]
    AaguidBlocked(Aaguid),
    /// The AAGUID is not on the allow list.
    #[error("authenticator model {0} is not allowed")]
    AaguidNotAllowed(Aaguid),
    /// The AAGUID is claimed, not proven, and a list decides by AAGUID.
    #[error("authenticator model {0} is claimed without proof")]
    AaguidUnproven(Aaguid),
    /// The statement vouches for nothing (type none or self) and a trusted attestation is demanded.
    #[error("a trusted attestation is required")]
    AttestationMissing,
}

impl TrustError {
    /// The reason in the register.
    pub const fn code(&self) -> Code {
        match self {
            Self::Path(error) => error.code(),
            Self::Status(_) => Code::TrustStatus,
            Self::AttestationTypeMismatch => Code::TrustAttestationTypeMismatch,
            Self::ProtocolMismatch => Code::TrustProtocolMismatch,
            Self::UnknownModel => Code::TrustUnknownModel,
            Self::CertificationLevel => Code::TrustCertificationLevel,
            Self::AaguidBlocked(_) => Code::TrustAaguidBlocked,
            Self::AaguidNotAllowed(_) => Code::TrustAaguidNotAllowed,
            Self::AaguidUnproven(_) => Code::TrustAaguidUnproven,
            Self::AttestationMissing => Code::TrustAttestationMissing,
        }
    }
}
