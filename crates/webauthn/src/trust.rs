//! Whether a verified attestation is trusted: which authenticators a relying party accepts.

use chrono::{DateTime, Utc};

use crate::attestation::{Attestation, AttestationType};
use crate::credential::Aaguid;

/// Why an attestation is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No configured anchor is reached.
    #[error("attestation does not lead to a trust anchor")]
    NoAnchor,
}

impl TrustError {
    /// A stable name of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAnchor => "trust_no_anchor",
        }
    }
}

/// Which attestations are trusted; by default none has to be.
#[derive(Debug, Clone, Default)]
pub struct TrustPolicy {}

/// What was found out about an attestation's trustworthiness.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustOutcome {
    /// Nothing was attested.
    Unattested,
    /// The credential attested itself.
    SelfAttested,
    /// The statement holds; nothing says whether its signer is to be trusted.
    Unknown,
}

/// Judges a verified statement.
pub(crate) fn judge(
    attestation: &Attestation,
    _aaguid: Aaguid,
    _policy: &TrustPolicy,
    _now: DateTime<Utc>,
) -> Result<TrustOutcome, TrustError> {
    Ok(match attestation.attestation_type() {
        AttestationType::None => TrustOutcome::Unattested,
        AttestationType::SelfAttestation => TrustOutcome::SelfAttested,
        AttestationType::Basic
        | AttestationType::AttCa
        | AttestationType::AnonCa
        | AttestationType::Uncertain => TrustOutcome::Unknown,
    })
}
