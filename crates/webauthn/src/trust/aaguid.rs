//! Which authenticator models may register: allow and block lists of AAGUIDs.

use std::collections::BTreeSet;

use super::error::TrustError;
use crate::credential::Aaguid;

/// What proof a list of AAGUIDs asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AaguidProof {
    /// A trusted attestation: anybody can claim any AAGUID.
    #[default]
    Required,
    /// The claim is taken at its word. The list is then a convenience, not a protection.
    NotRequired,
}

/// Which authenticator models may register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AaguidPolicy {
    /// Any model.
    #[default]
    Any,
    /// Only the models of a list.
    Allow {
        /// The AAGUIDs of the allowed models.
        aaguids: BTreeSet<Aaguid>,
        /// Whether a claim needs proof.
        proof: AaguidProof,
    },
    /// All but these. Without proof required, a blocked model only has to lie.
    Block {
        /// The AAGUIDs of the blocked models.
        aaguids: BTreeSet<Aaguid>,
        /// Whether a claim of another model needs proof.
        proof: AaguidProof,
    },
}

impl AaguidPolicy {
    /// Only these models, proven by a trusted attestation.
    pub fn allow(aaguids: impl IntoIterator<Item = Aaguid>) -> Self {
        Self::Allow {
            aaguids: aaguids.into_iter().collect(),
            proof: AaguidProof::Required,
        }
    }

    /// All models but these; what a model is has to be proven by a trusted attestation.
    pub fn block(aaguids: impl IntoIterator<Item = Aaguid>) -> Self {
        Self::Block {
            aaguids: aaguids.into_iter().collect(),
            proof: AaguidProof::Required,
        }
    }

    /// The same list with another demand for proof.
    #[must_use]
    pub fn with_proof(mut self, wanted: AaguidProof) -> Self {
        match &mut self {
            Self::Any => {}
            Self::Allow { proof, .. } | Self::Block { proof, .. } => *proof = wanted,
        }
        self
    }

    pub(super) fn check(&self, aaguid: Aaguid, proven: bool) -> Result<(), TrustError> {
        let (listed_ok, aaguids, proof) = match self {
            Self::Any => return Ok(()),
            Self::Allow { aaguids, proof } => (true, aaguids, *proof),
            Self::Block { aaguids, proof } => (false, aaguids, *proof),
        };
        match (aaguids.contains(&aaguid), listed_ok) {
            (true, false) => Err(TrustError::AaguidBlocked(aaguid)),
            (false, true) => Err(TrustError::AaguidNotAllowed(aaguid)),
            _ if !proven && proof == AaguidProof::Required => Err(TrustError::AaguidUnproven(aaguid)),
            _ => Ok(()),
        }
    }
}
