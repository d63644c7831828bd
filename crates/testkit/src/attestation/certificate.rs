//! Test certificate authorities: X.509 certificates with any property, or without it.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use ring::digest;

use super::der;

/// A P-256 key made from a number: the same number, the same key.
#[derive(Clone)]
pub struct TestKey(SigningKey);

impl std::fmt::Debug for TestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TestKey")
    }
}

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureHash {
    /// SHA-1, which nobody should accept.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl SignatureHash {
    fn digest(self, message: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
        };
        digest::digest(algorithm, message)
    }

    fn ecdsa_oid(self) -> &'static str {
        match self {
            Self::Sha1 => "1.2.840.10045.4.1",
            Self::Sha256 => "1.2.840.10045.4.3.2",
            Self::Sha384 => "1.2.840.10045.4.3.3",
        }
    }
}

impl TestKey {
    /// The key with this number.
    pub fn new(number: u16) -> Self {
        let mut scalar = [0x5a; 32];
        scalar[30..].copy_from_slice(&number.to_be_bytes());
        #[expect(clippy::expect_used, reason = "0x5a5a... is below the order of the curve")]
        let key = SigningKey::from_slice(&scalar).expect("a scalar of the curve");
        Self(key)
    }

    /// The uncompressed point: 0x04, x, y.
    pub fn point(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// SubjectPublicKeyInfo.
    pub fn spki(&self) -> Vec<u8> {
        let algorithm = der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")]);
        der::sequence(&[algorithm, der::bits(&self.point())])
    }

    /// An ECDSA signature in DER, with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_with(SignatureHash::Sha256, message)
    }

    /// An ECDSA signature in DER.
    pub fn sign_with(&self, hash: SignatureHash, message: &[u8]) -> Vec<u8> {
        #[expect(
            clippy::expect_used,
            reason = "signing a digest of at least 20 bytes cannot fail"
        )]
        let signature: DerSignature = self
            .0
            .sign_prehash(&padded(hash.digest(message).as_ref()))
            .expect("a digest of the right size");
        signature.as_bytes().to_vec()
    }

    /// The two numbers of an ECDSA signature with SHA-256, side by side, as JWS wants them.
    pub fn sign_fixed(&self, message: &[u8]) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "signing a digest of 32 bytes cannot fail")]
        let signature: p256::ecdsa::Signature = self
            .0
            .sign_prehash(SignatureHash::Sha256.digest(message).as_ref())
            .expect("a digest of the right size");
        signature.to_bytes().to_vec()
    }
}

/// A short digest stands for the same number with leading zeros.
fn padded(digest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 32_usize.saturating_sub(digest.len())];
    bytes.extend(digest);
    bytes
}

/// A distinguished name: one attribute per RDN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistinguishedName(Vec<(&'static str, String)>);

/// countryName.
pub const COUNTRY: &str = "2.5.4.6";
/// organizationName.
pub const ORGANIZATION: &str = "2.5.4.10";
/// organizationalUnitName.
pub const UNIT: &str = "2.5.4.11";
/// commonName.
pub const COMMON_NAME: &str = "2.5.4.3";

impl DistinguishedName {
    /// The empty name.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A name that is only a common name.
    pub fn common(name: &str) -> Self {
        Self(vec![(COMMON_NAME, name.to_owned())])
    }

    /// The subject that packed attestation wants (§8.2.1).
    pub fn authenticator(common_name: &str) -> Self {
        Self(vec![
            (COUNTRY, "SE".to_owned()),
            (ORGANIZATION, "Test Maker".to_owned()),
            (UNIT, "Authenticator Attestation".to_owned()),
            (COMMON_NAME, common_name.to_owned()),
        ])
    }

    /// The same name without an attribute.
    #[must_use]
    pub fn without(mut self, attribute: &str) -> Self {
        self.0.retain(|(kind, _)| *kind != attribute);
        self
    }

    /// The same name with another value for an attribute.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, value: &str) -> Self {
        self.0.retain(|(kind, _)| *kind != attribute);
        self.0.push((attribute, value.to_owned()));
        self
    }

    /// DER, with PrintableString for the country and UTF8String for the rest.
    pub fn to_der(&self) -> Vec<u8> {
        let rdns: Vec<Vec<u8>> = self
            .0
            .iter()
            .map(|(kind, value)| {
                let value = if *kind == COUNTRY {
                    der::printable(value)
                } else {
                    der::utf8(value)
                };
                der::set(&[der::sequence(&[der::oid(kind), value])])
            })
            .collect();
        der::sequence(&rdns)
    }
}

/// An X.509 extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Dotted object identifier.
    pub id: &'static str,
    /// Whether it is marked critical.
    pub critical: bool,
    /// The value inside the OCTET STRING.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that is not critical.
    pub const fn new(id: &'static str, value: Vec<u8>) -> Self {
        Self {
            id,
            critical: false,
            value,
        }
    }

    /// The same, marked critical.
    #[must_use]
    pub fn critical(mut self) -> Self {
        self.critical = true;
        self
    }

    /// basicConstraints of an authority.
    pub fn authority(path_length: Option<u64>) -> Self {
        let mut fields = vec![der::boolean(true)];
        fields.extend(path_length.map(der::integer));
        Self::new("2.5.29.19", der::sequence(&fields)).critical()
    }

    /// basicConstraints of an end entity.
    pub fn end_entity() -> Self {
        Self::new("2.5.29.19", der::sequence(&[]))
    }

    /// basicConstraints of an end entity that says FALSE in so many bytes.
    pub fn end_entity_explicit() -> Self {
        Self::new("2.5.29.19", der::sequence(&[der::boolean(false)]))
    }

    /// keyUsage with the given bits of its first octet.
    pub fn key_usage(octet: u8) -> Self {
        let unused = u8::try_from(octet.trailing_zeros().min(7)).unwrap_or(7);
        Self::new("2.5.29.15", der::element(0x03, &[unused, octet])).critical()
    }

    /// The AAGUID, wrapped twice as it should be.
    pub fn aaguid(aaguid: &[u8]) -> Self {
        Self::new("1.3.6.1.4.1.45724.1.1.4", der::octets(aaguid))
    }

    fn to_der(&self) -> Vec<u8> {
        let mut fields = vec![der::oid(self.id)];
        if self.critical {
            fields.push(der::boolean(true));
        }
        fields.push(der::octets(&self.value));
        der::sequence(&fields)
    }
}

/// Everything that goes into a certificate, apart from the issuer's key.
#[derive(Debug, Clone)]
pub struct CertificateTemplate {
    /// 1 or 3.
    pub version: u8,
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
    /// Who issued it.
    pub issuer: DistinguishedName,
    /// UTCTime or GeneralizedTime text.
    pub not_before: &'static str,
    /// UTCTime or GeneralizedTime text.
    pub not_after: &'static str,
    /// Whom it is about.
    pub subject: DistinguishedName,
    /// The subject's SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// In order.
    pub extensions: Vec<Extension>,
    /// The hash of the issuer's signature.
    pub hash: SignatureHash,
}

impl CertificateTemplate {
    /// A certificate that is valid from 2020 to 2049.
    pub fn new(subject: DistinguishedName, spki: Vec<u8>) -> Self {
        Self {
            version: 3,
            serial: vec![0x01, 0x02],
            issuer: DistinguishedName::empty(),
            not_before: "200101000000Z",
            not_after: "491231235959Z",
            subject,
            spki,
            extensions: Vec::new(),
            hash: SignatureHash::Sha256,
        }
    }

    /// Adds an extension.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs it in the name of an authority.
    pub fn issued_by(mut self, authority: &Authority) -> Vec<u8> {
        self.issuer = authority.name.clone();
        self.signed_with(&authority.key)
    }

    /// Signs it as it is.
    pub fn signed_with(&self, key: &TestKey) -> Vec<u8> {
        let algorithm = der::sequence(&[der::oid(self.hash.ecdsa_oid())]);
        let mut fields = Vec::new();
        if self.version == 3 {
            fields.push(der::context(0, &der::integer(2)));
        }
        fields.push(der::element(0x02, &self.serial));
        fields.push(algorithm.clone());
        fields.push(self.issuer.to_der());
        fields.push(der::sequence(&[time(self.not_before), time(self.not_after)]));
        fields.push(self.subject.to_der());
        fields.push(self.spki.clone());
        if !self.extensions.is_empty() {
            let extensions: Vec<Vec<u8>> = self.extensions.iter().map(Extension::to_der).collect();
            fields.push(der::context(3, &der::sequence(&extensions)));
        }
        let signed = der::sequence(&fields);
        let signature = key.sign_with(self.hash, &signed);
        der::sequence(&[signed, algorithm, der::bits(&signature)])
    }
}

fn time(text: &str) -> Vec<u8> {
    der::element(if text.len() == 13 { 0x17 } else { 0x18 }, text.as_bytes())
}

/// A name with a key that signs certificates.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Its name.
    pub name: DistinguishedName,
    /// Its key.
    pub key: TestKey,
    /// Its certificate: self-signed for a root.
    pub certificate: Vec<u8>,
}

impl Authority {
    /// A root of its own.
    pub fn root(name: &str, key: u16) -> Self {
        let (name, key) = (DistinguishedName::common(name), TestKey::new(key));
        let mut template = CertificateTemplate::new(name.clone(), key.spki())
            .with(Extension::authority(None))
            .with(Extension::key_usage(0x06));
        template.issuer = name.clone();
        let certificate = template.signed_with(&key);
        Self {
            name,
            key,
            certificate,
        }
    }

    /// An authority below another.
    pub fn below(issuer: &Self, name: &str, key: u16) -> Self {
        Self::below_with(issuer, name, key, |template| template)
    }

    /// An authority below another, whose certificate is changed before it is signed.
    pub fn below_with(
        issuer: &Self,
        name: &str,
        key: u16,
        change: impl FnOnce(CertificateTemplate) -> CertificateTemplate,
    ) -> Self {
        let (name, key) = (DistinguishedName::common(name), TestKey::new(key));
        let template = CertificateTemplate::new(name.clone(), key.spki())
            .with(Extension::authority(None))
            .with(Extension::key_usage(0x06));
        let certificate = change(template).issued_by(issuer);
        Self {
            name,
            key,
            certificate,
        }
    }
}
