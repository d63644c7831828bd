//! Format `android-safetynet`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, Extension, TestKey, corrupted, der,
    members, sha256,
};

/// What is wrong with a SafetyNet statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafetyNetFlaw {
    /// Nothing.
    None,
    /// `ver` is empty.
    VersionEmpty,
    /// The response has two parts only.
    NotJws,
    /// The certificate is for another host.
    OtherHost,
    /// `alg` is `none`.
    AlgNone,
    /// `alg` is RS256 while the certificate has an elliptic key.
    AlgOtherKeyType,
    /// The signature is corrupt.
    Signature,
    /// The nonce is for another ceremony.
    Nonce,
    /// The device failed the test.
    CtsProfile,
    /// The response is two minutes old.
    Stale,
    /// The response is from the next minute.
    Future,
}

impl Attester {
    /// A SafetyNet statement.
    pub fn android_safetynet(&self, flaw: SafetyNetFlaw) -> AttestedResponse {
        let subject = self.subject();
        let key = TestKey::new(61);
        let host = if flaw == SafetyNetFlaw::OtherHost {
            "attest.example.com"
        } else {
            "attest.android.com"
        };
        let leaf = CertificateTemplate::new(DistinguishedName::common(host), key.spki())
            .with(Extension::end_entity())
            .with(Extension::new(
                "2.5.29.17",
                der::sequence(&[der::element(0x82, host.as_bytes())]),
            ))
            .issued_by(&self.issuer);
        let x5c: Vec<String> = std::iter::once(&leaf)
            .chain(&self.chain)
            .map(|certificate| STANDARD.encode(certificate))
            .collect();
        let alg = match flaw {
            SafetyNetFlaw::AlgNone => "none",
            SafetyNetFlaw::AlgOtherKeyType => "RS256",
            _ => "ES256",
        };
        let nonce = match flaw {
            SafetyNetFlaw::Nonce => sha256(b"another ceremony"),
            _ => sha256(&subject.signed()),
        };
        let timestamp = self.now_ms
            + match flaw {
                SafetyNetFlaw::Stale => -120_000,
                SafetyNetFlaw::Future => 60_000,
                _ => -5_000,
            };
        let header = serde_json::json!({ "alg": alg, "x5c": x5c });
        let payload = serde_json::json!({
            "nonce": STANDARD.encode(nonce),
            "timestampMs": timestamp,
            "apkPackageName": "com.example",
            "ctsProfileMatch": flaw != SafetyNetFlaw::CtsProfile,
            "basicIntegrity": true,
        });
        let mut response = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(payload.to_string())
        );
        if flaw != SafetyNetFlaw::NotJws {
            let mut signature = key.sign_fixed(response.as_bytes());
            if flaw == SafetyNetFlaw::Signature {
                signature = corrupted(signature);
            }
            response = format!("{response}.{}", URL_SAFE_NO_PAD.encode(signature));
        }
        let version = if flaw == SafetyNetFlaw::VersionEmpty {
            ""
        } else {
            "17122037"
        };
        let statement = members(vec![
            ("ver", Cbor::from(version)),
            ("response", Cbor::Bytes(response.into_bytes())),
        ]);
        self.respond("android-safetynet", statement, &subject)
    }
}
