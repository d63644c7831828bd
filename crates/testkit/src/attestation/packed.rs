//! Format `packed`.

use ciborium::Value as Cbor;

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, Extension, SignatureHash, TestKey,
    certificate::{COMMON_NAME, COUNTRY, ORGANIZATION, UNIT},
    corrupted, der, members,
};

/// What is wrong with a packed statement that carries certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedFlaw {
    /// Nothing.
    None,
    /// Nothing: Basic Constraints say FALSE explicitly.
    ExplicitFalse,
    /// Nothing: the leaf names the AAGUID.
    WithAaguid,
    /// Nothing: the leaf tells the device's serial number, as enterprise attestation does.
    WithSerial,
    /// Nothing: the leaf is signed with SHA-384, the statement with SHA-256.
    LeafSignedWithSha384,
    /// Nothing: the statement is signed with SHA-384, the leaf with SHA-256.
    StatementSignedWithSha384,
    /// `alg` is missing.
    AlgMissing,
    /// `sig` is missing.
    SigMissing,
    /// `x5c` is an empty array.
    X5cEmpty,
    /// `x5c` holds text.
    X5cNotBytes,
    /// A byte follows the certificate inside its string.
    X5cTrailingByte,
    /// Nine certificates.
    X5cTooMany,
    /// `alg` is RS256 while the certificate has an elliptic key.
    OtherKeyType,
    /// `alg` is ES384 while the signature is made with SHA-256.
    OtherHash,
    /// `alg` is RS1.
    Rs1,
    /// The signature is corrupt.
    Signature,
    /// A byte follows the signature.
    SignatureTrailingByte,
    /// The signature is over the authenticator data alone.
    SignedWithoutClientData,
    /// The leaf is version 1.
    Version1,
    /// The subject has no country.
    NoCountry,
    /// The country has three letters.
    LongCountry,
    /// The subject has no organization.
    NoOrganization,
    /// The subject has no organizational unit.
    NoUnit,
    /// The organizational unit has another name.
    OtherUnit,
    /// The subject has no common name.
    NoCommonName,
    /// The leaf is an authority.
    IsCa,
    /// The leaf has no Basic Constraints.
    NoBasicConstraints,
    /// The AAGUID extension names another model.
    OtherAaguid,
    /// The AAGUID is wrapped once only.
    AaguidWrappedOnce,
    /// The AAGUID extension is critical.
    AaguidCritical,
    /// TRUE is encoded as 1 in an authority's Basic Constraints.
    MalformedExtension,
    /// An extension occurs twice.
    DuplicateExtension,
    /// The firmware version is negative.
    NegativeFirmware,
    /// `ecdaaKeyId` is there.
    Ecdaa,
}

/// What is wrong with a packed self attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfFlaw {
    /// Nothing.
    None,
    /// `alg` differs from the credential's.
    OtherAlgorithm,
    /// The signature is corrupt.
    Signature,
    /// The signature is by another key.
    OtherKey,
}

impl Attester {
    /// A packed statement with certificates.
    pub fn packed(&self, flaw: PackedFlaw) -> AttestedResponse {
        let subject = self.subject();
        let attestation_key = TestKey::new(11);
        let mut leaf = self.packed_leaf(flaw, &attestation_key);
        if flaw == PackedFlaw::X5cTrailingByte {
            leaf.push(0);
        }
        let message = match flaw {
            PackedFlaw::SignedWithoutClientData => subject.authenticator_data.clone(),
            _ => subject.signed(),
        };
        let hash = match flaw {
            PackedFlaw::StatementSignedWithSha384 => SignatureHash::Sha384,
            _ => SignatureHash::Sha256,
        };
        let mut signature = attestation_key.sign_with(hash, &message);
        match flaw {
            PackedFlaw::Signature => signature = corrupted(signature),
            PackedFlaw::SignatureTrailingByte => signature.push(0),
            _ => {}
        }
        let alg = match flaw {
            PackedFlaw::OtherKeyType => -257,
            PackedFlaw::OtherHash | PackedFlaw::StatementSignedWithSha384 => -35,
            PackedFlaw::Rs1 => -65535,
            _ => -7,
        };
        let x5c = match flaw {
            PackedFlaw::X5cEmpty => Cbor::Array(Vec::new()),
            PackedFlaw::X5cNotBytes => Cbor::Array(vec![Cbor::from("certificate")]),
            PackedFlaw::X5cTooMany => Cbor::Array(vec![Cbor::Bytes(leaf); 9]),
            _ => self.x5c(leaf),
        };
        let mut statement = Vec::new();
        if flaw != PackedFlaw::AlgMissing {
            statement.push(("alg", Cbor::from(alg)));
        }
        if flaw != PackedFlaw::SigMissing {
            statement.push(("sig", Cbor::Bytes(signature)));
        }
        statement.push(("x5c", x5c));
        if flaw == PackedFlaw::Ecdaa {
            statement.push(("ecdaaKeyId", Cbor::Bytes(vec![1])));
        }
        self.respond("packed", members(statement), &subject)
    }

    fn packed_leaf(&self, flaw: PackedFlaw, key: &TestKey) -> Vec<u8> {
        let subject = DistinguishedName::authenticator("Test Key");
        let subject = match flaw {
            PackedFlaw::NoCountry => subject.without(COUNTRY),
            PackedFlaw::LongCountry => subject.with(COUNTRY, "SWE"),
            PackedFlaw::NoOrganization => subject.without(ORGANIZATION),
            PackedFlaw::NoUnit => subject.without(UNIT),
            PackedFlaw::OtherUnit => subject.with(UNIT, "Authenticator attestation"),
            PackedFlaw::NoCommonName => subject.without(COMMON_NAME),
            _ => subject,
        };
        let mut template = CertificateTemplate::new(subject, key.spki());
        if flaw == PackedFlaw::LeafSignedWithSha384 {
            template.hash = SignatureHash::Sha384;
        }
        if flaw == PackedFlaw::Version1 {
            template.version = 1;
            return template.issued_by(&self.issuer);
        }
        match flaw {
            PackedFlaw::IsCa => template.extensions.push(Extension::authority(None)),
            PackedFlaw::MalformedExtension => template.extensions.push(Extension::new(
                "2.5.29.19",
                der::sequence(&[der::element(0x01, &[0x01])]),
            )),
            PackedFlaw::NoBasicConstraints => template.extensions.push(Extension::key_usage(0x80)),
            PackedFlaw::ExplicitFalse => template.extensions.push(Extension::end_entity_explicit()),
            _ => template.extensions.push(Extension::end_entity()),
        }
        match flaw {
            PackedFlaw::WithAaguid => template.extensions.push(Extension::aaguid(&self.aaguid)),
            PackedFlaw::WithSerial => template
                .extensions
                .push(Extension::new("1.3.6.1.4.1.45724.1.1.2", der::octets(b"0815"))),
            PackedFlaw::OtherAaguid => template.extensions.push(Extension::aaguid(b"another model!!!")),
            PackedFlaw::AaguidWrappedOnce => {
                template
                    .extensions
                    .push(Extension::new("1.3.6.1.4.1.45724.1.1.4", self.aaguid.to_vec()));
            }
            PackedFlaw::AaguidCritical => template
                .extensions
                .push(Extension::aaguid(&self.aaguid).critical()),
            PackedFlaw::DuplicateExtension => template.extensions.push(Extension::end_entity()),
            PackedFlaw::NegativeFirmware => template.extensions.push(Extension::new(
                "1.3.6.1.4.1.45724.1.1.5",
                der::element(0x02, &[0x80]),
            )),
            _ => {}
        }
        template.issued_by(&self.issuer)
    }

    /// A packed statement signed by the credential key itself.
    pub fn packed_self(&self, flaw: SelfFlaw) -> AttestedResponse {
        let subject = self.subject();
        let key = if flaw == SelfFlaw::OtherKey {
            TestKey::new(12)
        } else {
            self.key.clone()
        };
        let mut signature = key.sign(&subject.signed());
        if flaw == SelfFlaw::Signature {
            signature = corrupted(signature);
        }
        let alg = if flaw == SelfFlaw::OtherAlgorithm {
            -35
        } else {
            self.algorithm
        };
        let statement = members(vec![("alg", Cbor::from(alg)), ("sig", Cbor::Bytes(signature))]);
        self.respond("packed", statement, &subject)
    }
}
