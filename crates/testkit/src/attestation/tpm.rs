//! Format `tpm`: a software TPM with an elliptic key.

use ciborium::Value as Cbor;

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, Extension, SignatureHash, TestKey,
    corrupted, der, members, sha256,
};

/// What is wrong with a TPM statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TpmFlaw {
    /// Nothing.
    None,
    /// Nothing: the three TCG attributes share one RDN.
    OneRdn,
    /// `ver` is 1.2.
    Version,
    /// `certInfo` is missing.
    CertInfoMissing,
    /// `pubArea` is missing.
    PubAreaMissing,
    /// `pubArea` ends early.
    PubAreaTruncated,
    /// A byte follows in `pubArea`.
    PubAreaTrailing,
    /// `pubArea` is a symmetric object.
    PubAreaType,
    /// `pubArea` is another key.
    OtherKey,
    /// `pubArea` names another curve.
    OtherCurve,
    /// A leading zero of a coordinate is left out.
    CoordinateShortened,
    /// The magic number is wrong.
    Magic,
    /// The structure attests something else than an object.
    AttestType,
    /// A byte follows in `certInfo`.
    CertInfoTrailing,
    /// `extraData` is hashed with SHA-384 while `alg` is ES256.
    ExtraDataOtherHash,
    /// `extraData` is about other data.
    ExtraDataOther,
    /// The name is computed over the public area with its length before it.
    NameOverSized,
    /// The name lacks the algorithm identifier.
    NameWithoutAlgorithm,
    /// The signature is corrupt.
    Signature,
    /// The certificate has a subject.
    Subject,
    /// The certificate is not for attestation keys.
    NoPurpose,
    /// The certificate has no alternative name.
    NoAlternativeName,
    /// The alternative name is not critical.
    AlternativeNameNotCritical,
    /// The alternative name has no manufacturer.
    NoManufacturer,
    /// The alternative name has no model.
    NoModel,
    /// The alternative name has no version.
    NoVersion,
    /// The certificate is an authority's.
    IsCa,
    /// The manufacturer is not registered: FFFFF1D0.
    UnknownVendor,
    /// The certificate names another AAGUID.
    OtherAaguid,
    /// `ecdaaKeyId` is there.
    Ecdaa,
}

const MANUFACTURER: &str = "2.23.133.2.1";
const MODEL: &str = "2.23.133.2.2";
const VERSION: &str = "2.23.133.2.3";

impl Attester {
    /// A TPM statement.
    pub fn tpm(&self, flaw: TpmFlaw) -> AttestedResponse {
        let subject = self.subject();
        let attestation_key = TestKey::new(21);
        let pub_area = self.pub_area(flaw);
        let extra_data = match flaw {
            TpmFlaw::ExtraDataOtherHash => ring::digest::digest(&ring::digest::SHA384, &subject.signed())
                .as_ref()
                .to_vec(),
            TpmFlaw::ExtraDataOther => sha256(b"another ceremony"),
            _ => sha256(&subject.signed()),
        };
        let cert_info = cert_info(flaw, &extra_data, &pub_area);
        let mut signature = attestation_key.sign(&cert_info);
        if flaw == TpmFlaw::Signature {
            signature = corrupted(signature);
        }
        let leaf = self.tpm_leaf(flaw, &attestation_key);
        let version = if flaw == TpmFlaw::Version { "1.2" } else { "2.0" };
        let mut statement = vec![
            ("ver", Cbor::from(version)),
            ("alg", Cbor::from(-7)),
            ("x5c", self.x5c(leaf)),
            ("sig", Cbor::Bytes(signature)),
        ];
        if flaw != TpmFlaw::CertInfoMissing {
            statement.push(("certInfo", Cbor::Bytes(cert_info)));
        }
        if flaw != TpmFlaw::PubAreaMissing {
            statement.push(("pubArea", Cbor::Bytes(pub_area)));
        }
        if flaw == TpmFlaw::Ecdaa {
            statement.push(("ecdaaKeyId", Cbor::Bytes(vec![1])));
        }
        self.respond("tpm", members(statement), &subject)
    }

    fn pub_area(&self, flaw: TpmFlaw) -> Vec<u8> {
        let point = if flaw == TpmFlaw::OtherKey {
            TestKey::new(22).point()
        } else {
            self.key.point()
        };
        let (x, y) = point[1..].split_at(32);
        let shorten = |coordinate: &[u8]| match (flaw, coordinate) {
            (TpmFlaw::CoordinateShortened, [0, rest @ ..]) => rest.to_vec(),
            _ => coordinate.to_vec(),
        };
        let (x, y) = (shorten(x), shorten(y));
        let kind: u16 = if flaw == TpmFlaw::PubAreaType {
            0x0025
        } else {
            0x0023
        };
        let curve: u16 = if flaw == TpmFlaw::OtherCurve {
            0x0004
        } else {
            0x0003
        };
        let mut area = Vec::new();
        area.extend(kind.to_be_bytes());
        area.extend(0x000b_u16.to_be_bytes()); // name algorithm: SHA-256
        area.extend(0x0006_0472_u32.to_be_bytes()); // attributes of a signing key
        area.extend(0_u16.to_be_bytes()); // no policy
        area.extend(0x0010_u16.to_be_bytes()); // no symmetric algorithm
        area.extend(0x0010_u16.to_be_bytes()); // no scheme
        area.extend(curve.to_be_bytes());
        area.extend(0x0010_u16.to_be_bytes()); // no key derivation
        area.extend(sized(&x));
        area.extend(sized(&y));
        match flaw {
            TpmFlaw::PubAreaTruncated => {
                area.pop();
            }
            TpmFlaw::PubAreaTrailing => area.push(0),
            _ => {}
        }
        area
    }

    fn tpm_leaf(&self, flaw: TpmFlaw, key: &TestKey) -> Vec<u8> {
        let subject = match flaw {
            TpmFlaw::Subject => DistinguishedName::common("TPM"),
            _ => DistinguishedName::empty(),
        };
        let mut template = CertificateTemplate::new(subject, key.spki());
        template.extensions.push(match flaw {
            TpmFlaw::IsCa => Extension::authority(None),
            _ => Extension::end_entity(),
        });
        if flaw != TpmFlaw::NoPurpose {
            let purposes = der::sequence(&[der::oid("2.23.133.8.3")]);
            template.extensions.push(Extension::new("2.5.29.37", purposes));
        }
        if flaw != TpmFlaw::NoAlternativeName {
            let name = Extension::new("2.5.29.17", alternative_name(flaw));
            let name = if flaw == TpmFlaw::AlternativeNameNotCritical {
                name
            } else {
                name.critical()
            };
            template.extensions.push(name);
        }
        // Windows marks it so.
        let policies = der::sequence(&[der::sequence(&[der::oid("1.3.6.1.4.1.311.21.31")])]);
        template
            .extensions
            .push(Extension::new("2.5.29.32", policies).critical());
        if flaw == TpmFlaw::OtherAaguid {
            template.extensions.push(Extension::aaguid(b"another model!!!"));
        }
        template.hash = SignatureHash::Sha256;
        template.issued_by(&self.issuer)
    }
}

fn alternative_name(flaw: TpmFlaw) -> Vec<u8> {
    let manufacturer = if flaw == TpmFlaw::UnknownVendor {
        "id:FFFFF1D0"
    } else {
        "id:49465800"
    };
    let attributes: Vec<Vec<u8>> = [
        (MANUFACTURER, manufacturer, TpmFlaw::NoManufacturer),
        (MODEL, "Test", TpmFlaw::NoModel),
        (VERSION, "id:13", TpmFlaw::NoVersion),
    ]
    .into_iter()
    .filter(|(_, _, missing)| *missing != flaw)
    .map(|(kind, value, _)| der::sequence(&[der::oid(kind), der::utf8(value)]))
    .collect();
    let name = if flaw == TpmFlaw::OneRdn {
        der::sequence(&[der::set(&attributes)])
    } else {
        let rdns: Vec<Vec<u8>> = attributes
            .iter()
            .map(|attribute| der::set(std::slice::from_ref(attribute)))
            .collect();
        der::sequence(&rdns)
    };
    der::sequence(&[der::context(4, &name)])
}

fn cert_info(flaw: TpmFlaw, extra_data: &[u8], pub_area: &[u8]) -> Vec<u8> {
    let magic: u32 = if flaw == TpmFlaw::Magic {
        0xff54_4346
    } else {
        0xff54_4347
    };
    let kind: u16 = if flaw == TpmFlaw::AttestType {
        0x8018
    } else {
        0x8017
    };
    let digest = match flaw {
        TpmFlaw::NameOverSized => sha256(&sized(pub_area)),
        _ => sha256(pub_area),
    };
    let name = match flaw {
        TpmFlaw::NameWithoutAlgorithm => digest,
        _ => [&[0x00, 0x0b], digest.as_slice()].concat(),
    };
    let mut info = Vec::new();
    info.extend(magic.to_be_bytes());
    info.extend(kind.to_be_bytes());
    info.extend(sized(b"qualified signer"));
    info.extend(sized(extra_data));
    info.extend([0; 17]); // clock, counters, safe
    info.extend(1_u64.to_be_bytes()); // firmware
    info.extend(sized(&name));
    info.extend(sized(b"qualified name"));
    if flaw == TpmFlaw::CertInfoTrailing {
        info.push(0);
    }
    info
}

fn sized(contents: &[u8]) -> Vec<u8> {
    let mut buffer = u16::try_from(contents.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes()
        .to_vec();
    buffer.extend(contents);
    buffer
}
