//! Leniencies: departures from the strict reading, each with a name of its own.

use crate::words::words;

words! {
    /// Something real authenticators or old clients do that the strict reading refuses; each is off unless named.
    ///
    /// The names are those of configuration and of `passgate webauthn verify`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Leniency {
        /// TPM statements signed with PKCS#1 v1.5 and SHA-1.
        Rs1 = "rs1",
        /// A credential key whose own algorithm is PKCS#1 v1.5 with SHA-1.
        Rs1CredentialKey = "rs1_credential_key",
        /// A web origin in client data with one slash behind it: `https://example.com/`.
        OriginTrailingSlash = "origin_trailing_slash",
        /// The outer attestation object's keys in any order (some browsers).
        CborOuterKeyOrder = "cbor_outer_key_order",
        /// Indefinite-length arrays and maps.
        CborIndefiniteLength = "cbor_indefinite_length",
        /// Android keys attested by software.
        AndroidSoftwareAttestation = "android_software_attestation",
        /// Android `purpose` outside the hardware-enforced list, or absent.
        AndroidPurposeNotTeeEnforced = "android_purpose_not_tee_enforced",
        /// Android `origin` outside the hardware-enforced list, or absent.
        AndroidOriginNotTeeEnforced = "android_origin_not_tee_enforced",
        /// TPM coordinates that lost a leading zero byte.
        TpmCoordinateLeadingZero = "tpm_coordinate_leading_zero",
        /// A fido-u2f registration whose AAGUID is not zero.
        U2fNonzeroAaguid = "u2f_nonzero_aaguid",
        /// A credential key whose RSA modulus has a leading zero byte.
        RsaModulusLeadingZero = "rsa_modulus_leading_zero",
        /// A credential key whose RSA exponent has a leading zero byte.
        RsaExponentLeadingZero = "rsa_exponent_leading_zero",
        /// A credential key with the COSE parameters `kid` or `key_ops`, which a credential does not need.
        CoseOptionalParameters = "cose_optional_parameters",
        /// An attestation certificate that has no Basic Constraints, where it should say that it is no authority.
        X509MissingBasicConstraints = "x509_missing_basic_constraints",
        /// Certificates with an extension that is not well formed.
        X509MalformedExtension = "x509_malformed_extension",
        /// SafetyNet responses older than a minute.
        SafetynetStaleTimestamp = "safetynet_stale_timestamp",
        /// Ed448 keys, where the build has them.
        Ed448 = "ed448",
    }
}

/// A set of [`Leniency`] values; empty by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leniencies(u32);

impl Leniencies {
    /// The same set with one more.
    #[must_use]
    pub const fn with(self, leniency: Leniency) -> Self {
        Self(self.0 | 1 << leniency as u16)
    }

    /// Whether the set holds it.
    pub const fn allows(self, leniency: Leniency) -> bool {
        self.0 & (1 << leniency as u16) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        for leniency in Leniency::ALL {
            assert_eq!(Leniency::from_name(leniency.as_str()), Some(leniency));
            let set = Leniencies::default().with(leniency);
            for other in Leniency::ALL {
                assert_eq!(set.allows(other), other == leniency);
            }
        }
        assert_eq!(Leniency::from_name("RS1"), None);
    }
}
