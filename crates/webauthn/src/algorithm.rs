//! COSE algorithm identifiers: what they are called, and what this build verifies.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// A signature algorithm of the COSE registry.
    ///
    /// The text is the name in the registry. The fully specified identifiers of RFC 9864 are kept apart from the older ones they equal: an offer is
    /// answered with the very identifier that was offered.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(into = "i64", try_from = "i64")]
    #[non_exhaustive]
    pub enum Algorithm {
        /// ECDSA over P-256 with SHA-256 (−7).
        Es256 = "ES256",
        /// Ed25519 under its older, polymorphic identifier (−8).
        EdDsa = "EdDSA",
        /// ECDSA over P-256 with SHA-256, fully specified (−9).
        Esp256 = "ESP256",
        /// Ed25519, fully specified (−19).
        Ed25519 = "Ed25519",
        /// ECDSA over P-384 with SHA-384 (−35).
        Es384 = "ES384",
        /// ECDSA over P-521 with SHA-512 (−36).
        Es512 = "ES512",
        /// RSASSA-PSS with SHA-256 (−37).
        Ps256 = "PS256",
        /// RSASSA-PSS with SHA-384 (−38).
        Ps384 = "PS384",
        /// RSASSA-PSS with SHA-512 (−39).
        Ps512 = "PS512",
        /// ECDSA over secp256k1 with SHA-256 (−47).
        Es256k = "ES256K",
        /// ML-DSA-44 (−48).
        MlDsa44 = "ML-DSA-44",
        /// ML-DSA-65 (−49).
        MlDsa65 = "ML-DSA-65",
        /// ML-DSA-87 (−50).
        MlDsa87 = "ML-DSA-87",
        /// ECDSA over P-384 with SHA-384, fully specified (−51).
        Esp384 = "ESP384",
        /// ECDSA over P-521 with SHA-512, fully specified (−52).
        Esp512 = "ESP512",
        /// Ed448 (−53).
        Ed448 = "Ed448",
        /// RSASSA-PKCS1-v1_5 with SHA-256 (−257).
        Rs256 = "RS256",
        /// RSASSA-PKCS1-v1_5 with SHA-384 (−258).
        Rs384 = "RS384",
        /// RSASSA-PKCS1-v1_5 with SHA-512 (−259).
        Rs512 = "RS512",
        /// RSASSA-PKCS1-v1_5 with SHA-1 (−65535); occurs in TPM attestation only, never as a credential.
        Rs1 = "RS1",
    }
}

impl Algorithm {
    /// The identifier in the COSE registry.
    pub const fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Esp256 => -9,
            Self::Ed25519 => -19,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::Ps256 => -37,
            Self::Ps384 => -38,
            Self::Ps512 => -39,
            Self::Es256k => -47,
            Self::MlDsa44 => -48,
            Self::MlDsa65 => -49,
            Self::MlDsa87 => -50,
            Self::Esp384 => -51,
            Self::Esp512 => -52,
            Self::Ed448 => -53,
            Self::Rs256 => -257,
            Self::Rs384 => -258,
            Self::Rs512 => -259,
            Self::Rs1 => -65535,
        }
    }

    /// The algorithm with this identifier, whether or not this build verifies it.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.id() == id)
    }

    /// Whether this build verifies credentials of this algorithm.
    pub const fn is_supported(self) -> bool {
        match self {
            Self::Es512 | Self::Esp512 => cfg!(feature = "es512"),
            Self::Es256k => cfg!(feature = "es256k"),
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => cfg!(feature = "ml-dsa"),
            Self::Ed448 => cfg!(feature = "ed448"),
            Self::Rs1 => false,
            Self::Es256
            | Self::EdDsa
            | Self::Esp256
            | Self::Ed25519
            | Self::Es384
            | Self::Ps256
            | Self::Ps384
            | Self::Ps512
            | Self::Esp384
            | Self::Rs256
            | Self::Rs384
            | Self::Rs512 => true,
        }
    }

    /// Everything this build verifies as a credential.
    pub fn supported() -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|algorithm| algorithm.is_supported())
            .collect()
    }

    /// What a new relying party offers, most preferred first: ES256, EdDSA, RS256, ES384, then ML-DSA.
    pub fn default_offer() -> Vec<Self> {
        Self::offer(&[
            Self::Es256,
            Self::EdDsa,
            Self::Rs256,
            Self::Es384,
            Self::MlDsa44,
            Self::MlDsa65,
            Self::MlDsa87,
        ])
    }

    /// What the Passwordless.dev API offers, in its order, as far as this build verifies it.
    pub fn compatible_offer() -> Vec<Self> {
        Self::offer(&[
            Self::EdDsa,
            Self::Es256,
            Self::Rs256,
            Self::Ps256,
            Self::Es384,
            Self::Rs384,
            Self::Ps384,
            Self::Es512,
            Self::Rs512,
            Self::Ps512,
        ])
    }

    /// Whether two identifiers name the same signature (RFC 9864 gave some a second, narrower one).
    pub fn is_equivalent(self, other: Self) -> bool {
        self.normalised() == other.normalised()
    }

    const fn normalised(self) -> Self {
        match self {
            Self::Esp256 => Self::Es256,
            Self::Esp384 => Self::Es384,
            Self::Esp512 => Self::Es512,
            Self::Ed25519 => Self::EdDsa,
            other => other,
        }
    }

    fn offer(wanted: &[Self]) -> Vec<Self> {
        wanted
            .iter()
            .copied()
            .filter(|algorithm| algorithm.is_supported())
            .collect()
    }
}

/// The identifier is not one this crate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown COSE algorithm {0}")]
pub struct UnknownAlgorithm(pub i64);

impl From<Algorithm> for i64 {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.id()
    }
}

impl TryFrom<i64> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(id: i64) -> Result<Self, UnknownAlgorithm> {
        Self::from_id(id).ok_or(UnknownAlgorithm(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_id(algorithm.id()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_id(0), None);
    }

    #[test]
    fn offers_hold_nothing_this_build_cannot_verify() {
        for algorithm in Algorithm::default_offer()
            .into_iter()
            .chain(Algorithm::compatible_offer())
        {
            assert!(algorithm.is_supported());
        }
        assert_eq!(Algorithm::default_offer()[0].id(), -7);
        assert_eq!(Algorithm::compatible_offer()[0].id(), -8);
    }

    #[test]
    fn fully_specified_ids_equal_their_older_ones() {
        assert!(Algorithm::Ed25519.is_equivalent(Algorithm::EdDsa));
        assert!(Algorithm::Esp256.is_equivalent(Algorithm::Es256));
        assert!(!Algorithm::Es256.is_equivalent(Algorithm::Es384));
    }
}
