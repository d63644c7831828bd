//! Format `fido-u2f`.

use ciborium::Value as Cbor;

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, SignatureHash, TestKey, corrupted,
    der, members, sha256,
};

/// What is wrong with a U2F statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum U2fFlaw {
    /// Nothing.
    None,
    /// Nothing but the hash of the issuer's signature.
    LeafSignedWithSha1,
    /// `sig` is missing.
    SigMissing,
    /// Two certificates.
    TwoCertificates,
    /// The certificate has an Ed25519 key.
    OtherKeyType,
    /// The signature is corrupt.
    Signature,
    /// The signed message lacks its leading zero.
    MessageWithoutZero,
}

impl Attester {
    /// A U2F statement. The AAGUID is zero unless [`Attester::with_aaguid`] was called after [`Attester::for_u2f`].
    pub fn fido_u2f(&self, flaw: U2fFlaw) -> AttestedResponse {
        let subject = self.subject();
        let attestation_key = TestKey::new(51);
        let point = self.key.point();
        let mut message = Vec::new();
        if flaw != U2fFlaw::MessageWithoutZero {
            message.push(0);
        }
        message.extend(sha256(Self::RP_ID.as_bytes()));
        message.extend(&subject.client_data_hash);
        message.extend(&self.credential_id);
        message.extend(&point);
        let mut signature = attestation_key.sign(&message);
        if flaw == U2fFlaw::Signature {
            signature = corrupted(signature);
        }
        let spki = match flaw {
            U2fFlaw::OtherKeyType => {
                der::sequence(&[der::sequence(&[der::oid("1.3.101.112")]), der::bits(&[9; 32])])
            }
            _ => attestation_key.spki(),
        };
        let mut template = CertificateTemplate::new(DistinguishedName::common("Test U2F"), spki);
        if flaw == U2fFlaw::LeafSignedWithSha1 {
            template.hash = SignatureHash::Sha1;
        }
        let leaf = template.issued_by(&self.issuer);
        let certificates = if flaw == U2fFlaw::TwoCertificates { 2 } else { 1 };
        let mut statement = vec![("x5c", Cbor::Array(vec![Cbor::Bytes(leaf); certificates]))];
        if flaw != U2fFlaw::SigMissing {
            statement.push(("sig", Cbor::Bytes(signature)));
        }
        self.respond("fido-u2f", members(statement), &subject)
    }

    /// The same with the zero AAGUID of U2F devices.
    #[must_use]
    pub const fn for_u2f(self) -> Self {
        self.with_aaguid([0; 16])
    }
}
