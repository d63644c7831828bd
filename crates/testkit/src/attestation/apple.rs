//! Format `apple`.

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, Extension, TestKey, der, members,
    sha256,
};

/// What is wrong with an Apple statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppleFlaw {
    /// Nothing.
    None,
    /// The certificate has no nonce.
    NoNonce,
    /// The nonce is for other data.
    OtherNonce,
    /// The nonce is right, at its usual place, in a structure of another shape.
    NonceInOtherStructure,
    /// Bytes follow the nonce inside its structure.
    NonceTrailing,
    /// The certificate is for another key.
    OtherKey,
}

impl Attester {
    /// An Apple statement.
    pub fn apple(&self, flaw: AppleFlaw) -> AttestedResponse {
        let subject = self.subject();
        let key = if flaw == AppleFlaw::OtherKey {
            TestKey::new(41)
        } else {
            self.key.clone()
        };
        let nonce = match flaw {
            AppleFlaw::OtherNonce => sha256(b"another ceremony"),
            _ => sha256(&subject.signed()),
        };
        let value = match flaw {
            AppleFlaw::NonceInOtherStructure => der::sequence(&[der::context(2, &der::octets(&nonce))]),
            AppleFlaw::NonceTrailing => der::sequence(&[der::context(1, &der::octets(&nonce)), der::null()]),
            _ => der::sequence(&[der::context(1, &der::octets(&nonce))]),
        };
        let name =
            DistinguishedName::common("0123456789abcdef").with(super::certificate::ORGANIZATION, "Test");
        let mut template =
            CertificateTemplate::new(name, key.spki()).with(Extension::end_entity().critical());
        if flaw != AppleFlaw::NoNonce {
            template = template.with(Extension::new("1.2.840.113635.100.8.2", value));
        }
        let statement = members(vec![("x5c", self.x5c(template.issued_by(&self.issuer)))]);
        self.respond("apple", statement, &subject)
    }
}
