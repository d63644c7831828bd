//! What came of judging an attestation: trusted or not, by which anchor, and what the metadata says of the model.

use super::error::TrustError;
use crate::{certificate::TrustAnchor, metadata::CertificationLevel};

/// Where an anchor came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorSource {
    /// The caller's list.
    Configuration,
    /// The metadata entry of the model.
    Metadata,
}

/// What the metadata says about a model at the time of registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// What the maker calls it.
    pub description: String,
    /// Certification level in effect.
    pub certification: Option<CertificationLevel>,
    /// Firmware version of an announced update.
    pub update_version: Option<u64>,
    /// Where the update is described.
    pub update_url: Option<String>,
    /// Number of the metadata BLOB that was used.
    pub metadata_number: u64,
    /// Whether a newer BLOB should have been fetched by then.
    pub metadata_stale: bool,
}

/// What came of judging an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustOutcome {
    /// Nothing vouches for anything.
    Unattested,
    /// The credential key vouches for itself: the statement was not altered, the model is a claim.
    SelfAttested {
        /// What the metadata says about the claimed model.
        model: Option<ModelFacts>,
    },
    /// There are certificates, and they lead to no anchor.
    Untrusted(TrustError),
    /// The certificates lead to an anchor.
    Trusted {
        /// The anchor that the path ends at.
        anchor: TrustAnchor,
        /// Where the anchor came from.
        source: AnchorSource,
        /// Whether the statement covers the AAGUID.
        proves_aaguid: bool,
        /// What the metadata says about the model.
        model: Option<ModelFacts>,
    },
}

impl TrustOutcome {
    /// Whether the certificates lead to an anchor.
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted { .. })
    }

    /// Whether the AAGUID is more than a claim.
    pub const fn proves_aaguid(&self) -> bool {
        matches!(
            self,
            Self::Trusted {
                proves_aaguid: true,
                ..
            }
        )
    }

    /// What the metadata says about the model.
    pub const fn model(&self) -> Option<&ModelFacts> {
        match self {
            Self::Trusted { model, .. } | Self::SelfAttested { model } => model.as_ref(),
            Self::Unattested | Self::Untrusted(_) => None,
        }
    }

    /// How much the outcome is worth, among the elements of a compound statement.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Unattested => 0,
            Self::SelfAttested { .. } => 1,
            Self::Untrusted(_) => 2,
            Self::Trusted {
                proves_aaguid: false, ..
            } => 3,
            Self::Trusted {
                proves_aaguid: true, ..
            } => 4,
        }
    }

    /// The word for logs and tools.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unattested => "unattested",
            Self::SelfAttested { .. } => "self_attested",
            Self::Untrusted(_) => "untrusted",
            Self::Trusted { .. } => "trusted",
        }
    }
}
