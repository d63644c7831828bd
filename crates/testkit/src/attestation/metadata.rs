//! FIDO metadata BLOBs signed by a test authority.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    Authority, CertificateTemplate, DistinguishedName, Extension, SignatureHash, TestKey, corrupted, der,
};

/// What is wrong with a BLOB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobFlaw {
    /// Nothing.
    None,
    /// Nothing: the signer's certificate is signed with SHA-384, the BLOB with SHA-256.
    SignerSignedWithSha384,
    /// The signature is corrupt.
    Signature,
    /// `alg` is `none`.
    AlgNone,
    /// `alg` is HS256.
    AlgHmac,
    /// `alg` is ES384 while the signer has a P-256 key.
    AlgOtherCurve,
    /// `x5c` is missing and `x5u` points elsewhere.
    X5u,
    /// `x5c` is empty.
    NoCertificates,
    /// The signer's certificate is for another host.
    OtherHost,
    /// There is no payload.
    TwoParts,
    /// The payload has no number.
    NoNumber,
    /// `nextUpdate` is no date.
    NextUpdate,
}

/// A BLOB in the making.
#[derive(Debug, Clone)]
pub struct Blob {
    /// `no`.
    pub number: u64,
    /// `nextUpdate`.
    pub next_update: String,
    /// `entries`.
    pub entries: Vec<Value>,
    /// Who issued the signer's certificate.
    pub issuer: Authority,
    /// What follows the signer's certificate in `x5c`.
    pub chain: Vec<Vec<u8>>,
}

impl Blob {
    /// The dNSName in the signer's certificate.
    pub const SIGNER: &str = "metadata.example.org";

    /// A BLOB without entries, signed under a root called "Metadata Root".
    pub fn new(number: u64) -> Self {
        Self {
            number,
            next_update: "2030-01-01".to_owned(),
            entries: Vec::new(),
            issuer: Authority::root("Metadata Root", 71),
            chain: Vec::new(),
        }
    }

    /// Adds an entry.
    #[must_use]
    pub fn with(mut self, entry: Value) -> Self {
        self.entries.push(entry);
        self
    }

    /// Signs it.
    pub fn sign(&self, flaw: BlobFlaw) -> String {
        let key = TestKey::new(72);
        let host = if flaw == BlobFlaw::OtherHost {
            "other.example.org"
        } else {
            Self::SIGNER
        };
        let mut template = CertificateTemplate::new(DistinguishedName::common(host), key.spki())
            .with(Extension::end_entity())
            .with(Extension::new(
                "2.5.29.17",
                der::sequence(&[der::element(0x82, host.as_bytes())]),
            ));
        if flaw == BlobFlaw::SignerSignedWithSha384 {
            template.hash = SignatureHash::Sha384;
        }
        let leaf = template.issued_by(&self.issuer);
        let x5c: Vec<String> = std::iter::once(&leaf)
            .chain(&self.chain)
            .map(|certificate| STANDARD.encode(certificate))
            .collect();
        let alg = match flaw {
            BlobFlaw::AlgNone => "none",
            BlobFlaw::AlgHmac => "HS256",
            BlobFlaw::AlgOtherCurve => "ES384",
            _ => "ES256",
        };
        let header = match flaw {
            BlobFlaw::X5u => json!({ "alg": alg, "x5u": "https://example.org/certificates.pem" }),
            BlobFlaw::NoCertificates => json!({ "alg": alg, "x5c": [] }),
            _ => json!({ "alg": alg, "x5c": x5c }),
        };
        let next_update = if flaw == BlobFlaw::NextUpdate {
            "soon"
        } else {
            &self.next_update
        };
        let mut payload = json!({
            "legalHeader": "For tests only.",
            "no": self.number,
            "nextUpdate": next_update,
            "entries": self.entries,
        });
        if let (BlobFlaw::NoNumber, Some(payload)) = (flaw, payload.as_object_mut()) {
            payload.remove("no");
        }
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let signed = match flaw {
            BlobFlaw::TwoParts => header,
            _ => format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload.to_string())),
        };
        let mut signature = key.sign_fixed(signed.as_bytes());
        if flaw == BlobFlaw::Signature {
            signature = corrupted(signature);
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// An entry for a FIDO2 model with full attestation under one root.
pub fn entry(aaguid: &str, root: &[u8]) -> Value {
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "aaguid": aaguid,
            "description": "Test model",
            "authenticatorVersion": 5,
            "protocolFamily": "fido2",
            "attestationTypes": ["basic_full"],
            "attestationRootCertificates": [STANDARD.encode(root)],
            "icon": "data:image/png;base64,AAAA",
        },
        "statusReports": [{ "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2022-01-01" }],
        "timeOfLastStatusChange": "2022-01-01",
    })
}
