//! Anchors that authenticator platforms publish, as data: nothing is trusted until the caller says so.
//!
//! The certificates are the ones their authorities publish; a test recomputes each SHA-256 fingerprint.
//! Makers of security keys are not here: their roots come from FIDO metadata.

use super::anchor::TrustAnchor;

/// A maker's root certificate that is compiled in, with its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WellKnownAnchor {
    /// The common name, with what tells certificates of one key apart.
    pub name: &'static str,
    /// SHA-256 of the certificate, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// The certificate, in DER.
    pub der: &'static [u8],
}

impl WellKnownAnchor {
    /// The anchor, ready for a trust policy.
    pub fn anchor(&self) -> TrustAnchor {
        #[expect(
            clippy::expect_used,
            reason = "constant data; a test parses every one of them"
        )]
        TrustAnchor::from_der(self.der).expect("a well-known anchor is a certificate")
    }
}

macro_rules! anchor {
    ($name:literal, $sha256:literal, $file:literal) => {
        WellKnownAnchor {
            name: $name,
            sha256: $sha256,
            der: include_bytes!(concat!("../../data/anchors/", $file, ".der")),
        }
    };
}

/// Format `apple`: the root of Apple's anonymous attestation.
pub const APPLE: &[WellKnownAnchor] = &[anchor!(
    "Apple WebAuthn Root CA",
    "0915dd5c07a28db549d1f677bb5a75d4bfbe9561a773424327762e9e02f9bb29",
    "apple-webauthn-root-ca"
)];

/// Format `android-key`: hardware attestation. The software attestation root is left out on purpose.
pub const ANDROID_KEY: &[WellKnownAnchor] = &[
    anchor!(
        "Android hardware attestation f92009e853b6b045, 2016",
        "c1984a3ef45c1e2a918551de10603c86f7051b2249c4891cae3230eabd0c97d5",
        "android-f92009e853b6b045-2016"
    ),
    anchor!(
        "Android hardware attestation f92009e853b6b045, 2019",
        "1ef1a04b8ba58ab94589ac498c8982a783f24ea7307e0159a0c3a73b377d87cc",
        "android-f92009e853b6b045-2019"
    ),
    anchor!(
        "Android hardware attestation f92009e853b6b045, 2021",
        "ab6641178a36e179aa0c1cdddf9a16eb45fa20943e2b8cd7c7c05c26cf8b487a",
        "android-f92009e853b6b045-2021"
    ),
    anchor!(
        "Android hardware attestation f92009e853b6b045, 2022",
        "cedb1cb6dc896ae5ec797348bce9286753c2b38ee71ce0fbe34a9a1248800dfc",
        "android-f92009e853b6b045-2022"
    ),
    anchor!(
        "Google Key Attestation CA1",
        "6d9db4ce6c5c0b293166d08986e05774a8776ceb525d9e4329520de12ba4bcc0",
        "android-key-attestation-ca1"
    ),
];

/// Format `tpm` on Windows.
pub const TPM: &[WellKnownAnchor] = &[anchor!(
    "Microsoft TPM Root Certificate Authority 2014",
    "870c7a35ceab3d59979f2c6a524042d404cb71518004350925fb2ced79a999da",
    "microsoft-tpm-root-2014"
)];

/// Signer of the FIDO metadata BLOB: the current root and the one before.
pub const METADATA: &[WellKnownAnchor] = &[
    anchor!(
        "GlobalSign Root R46",
        "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9",
        "globalsign-root-r46"
    ),
    anchor!(
        "GlobalSign Root CA - R3",
        "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
        "globalsign-root-r3"
    ),
];

/// Format `android-safetynet`: the root above Google's certificates of that time.
pub const SAFETYNET: &[WellKnownAnchor] = &[anchor!(
    "GlobalSign Root CA",
    "ebd41040e4bb3ec742c9e381d31ef2a41a48b6685c96e7cef3c1df6cd4331c99",
    "globalsign-root-ca"
)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto;

    #[test]
    fn well_known_anchors_are_what_they_say() {
        let all = [APPLE, ANDROID_KEY, TPM, METADATA, SAFETYNET];
        for known in all.into_iter().flatten() {
            assert_eq!(
                hex::encode(crypto::sha256(known.der)),
                known.sha256,
                "{}",
                known.name
            );
            assert_eq!(known.anchor().der(), known.der);
        }
    }
}
