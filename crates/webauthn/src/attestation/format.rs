//! The attestation statement formats (§8), and every fact in which they differ but their procedures.
//!
//! Each fact is a `match` without a wildcard, so that a new format has to answer all of them here.

use crate::{
    certificate::{
        Sha1Links,
        well_known::{self, WellKnownAnchor},
    },
    metadata::ProtocolFamily,
    words::words,
};

words! {
    /// An attestation statement format, under its identifier in the registry, matched case-sensitively.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum AttestationFormat {
        /// No attestation (§8.7).
        None = "none",
        /// The format of security keys (§8.2).
        Packed = "packed",
        /// A Trusted Platform Module (§8.3).
        Tpm = "tpm",
        /// Android's key store (§8.4).
        AndroidKey = "android-key",
        /// Google's SafetyNet service (§8.5), switched off in 2025.
        AndroidSafetyNet = "android-safetynet",
        /// Security keys from before FIDO2 (§8.6).
        FidoU2f = "fido-u2f",
        /// Apple's anonymous attestation (§8.8).
        Apple = "apple",
        /// Several statements about one credential (§8.9).
        Compound = "compound",
    }
}

impl AttestationFormat {
    /// The anchors that the maker of the platform publishes for this format.
    pub const fn well_known_anchors(self) -> &'static [WellKnownAnchor] {
        match self {
            Self::Tpm => well_known::TPM,
            Self::AndroidKey => well_known::ANDROID_KEY,
            Self::AndroidSafetyNet => well_known::SAFETYNET,
            Self::Apple => well_known::APPLE,
            // Of security keys, FIDO metadata knows the anchors.
            Self::Packed | Self::FidoU2f => &[],
            Self::None | Self::Compound => &[],
        }
    }

    /// Whether the statement's signature covers the AAGUID, so that a trusted one proves it.
    pub(crate) const fn covers_aaguid(self) -> bool {
        match self {
            Self::None
            | Self::Packed
            | Self::Tpm
            | Self::AndroidKey
            | Self::AndroidSafetyNet
            | Self::Apple
            | Self::Compound => true,
            Self::FidoU2f => false,
        }
    }

    /// Where SHA-1 is accepted on the path to an anchor.
    pub(crate) const fn sha1_links(self) -> Sha1Links {
        match self {
            Self::FidoU2f => Sha1Links::LeafUnderAnchor,
            Self::None
            | Self::Packed
            | Self::Tpm
            | Self::AndroidKey
            | Self::AndroidSafetyNet
            | Self::Apple
            | Self::Compound => Sha1Links::Refuse,
        }
    }

    /// Whether a model of this protocol attests in this format.
    pub(crate) const fn is_spoken_by(self, protocol: &ProtocolFamily) -> bool {
        let of_fido2_only = match self {
            // A FIDO2 key also answers U2F requests, with the attestation key its entry lists.
            Self::FidoU2f => false,
            Self::None
            | Self::Packed
            | Self::Tpm
            | Self::AndroidKey
            | Self::AndroidSafetyNet
            | Self::Apple
            | Self::Compound => true,
        };
        match protocol {
            ProtocolFamily::Fido2 => true,
            ProtocolFamily::U2f => !of_fido2_only,
            ProtocolFamily::Other(_) => false,
        }
    }
}
