//! Format `android-key`.

use ciborium::Value as Cbor;

use super::{
    AttestedResponse, Attester, CertificateTemplate, DistinguishedName, Extension, TestKey, corrupted, der,
    members, sha256,
};

/// What is wrong with an Android key statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AndroidFlaw {
    /// Nothing.
    None,
    /// The signature is corrupt.
    Signature,
    /// The certificate is for another key, which signed.
    OtherKey,
    /// There is no key description.
    NoDescription,
    /// The key description ends early.
    DescriptionTruncated,
    /// The key was attested for another ceremony.
    Challenge,
    /// All applications may use the key, says software.
    AllApplicationsSoftware,
    /// All applications may use the key, says hardware.
    AllApplicationsHardware,
    /// Software attests the key.
    SoftwareLevel,
    /// Only software says where the key came from.
    OriginInSoftware,
    /// Nobody says where the key came from.
    OriginMissing,
    /// The key was imported.
    OriginImported,
    /// Only software says what the key is for.
    PurposeInSoftware,
    /// Nobody says what the key is for.
    PurposeMissing,
    /// The key encrypts.
    PurposeEncrypt,
    /// The key signs and decrypts.
    PurposeMore,
}

impl Attester {
    /// An Android key statement.
    pub fn android_key(&self, flaw: AndroidFlaw) -> AttestedResponse {
        let subject = self.subject();
        let key = if flaw == AndroidFlaw::OtherKey {
            TestKey::new(31)
        } else {
            self.key.clone()
        };
        let mut signature = key.sign(&subject.signed());
        if flaw == AndroidFlaw::Signature {
            signature = corrupted(signature);
        }
        let challenge = match flaw {
            AndroidFlaw::Challenge => sha256(b"another ceremony"),
            _ => subject.client_data_hash.clone(),
        };
        let mut template =
            CertificateTemplate::new(DistinguishedName::common("Android Keystore Key"), key.spki())
                .with(Extension::key_usage(0x80));
        if flaw != AndroidFlaw::NoDescription {
            template = template.with(Extension::new(
                "1.3.6.1.4.1.11129.2.1.17",
                description(flaw, &challenge),
            ));
        }
        let statement = members(vec![
            ("alg", Cbor::from(self.algorithm)),
            ("sig", Cbor::Bytes(signature)),
            ("x5c", self.x5c(template.issued_by(&self.issuer))),
        ]);
        self.respond("android-key", statement, &subject)
    }
}

fn description(flaw: AndroidFlaw, challenge: &[u8]) -> Vec<u8> {
    let all_applications = || der::context(600, &der::null());
    let origin = |value| der::context(702, &der::integer(value));
    let purpose = |values: &[u64]| {
        let values: Vec<Vec<u8>> = values.iter().map(|value| der::integer(*value)).collect();
        der::context(1, &der::set(&values))
    };
    // Creation time, a tag that nobody looks at.
    let mut software = vec![der::context(701, &der::integer(1_700_000_000_000))];
    let mut hardware = Vec::new();
    match flaw {
        AndroidFlaw::PurposeInSoftware => software.insert(0, purpose(&[2])),
        AndroidFlaw::PurposeMissing => {}
        AndroidFlaw::PurposeEncrypt => hardware.push(purpose(&[0])),
        AndroidFlaw::PurposeMore => hardware.push(purpose(&[1, 2])),
        _ => hardware.push(purpose(&[2])),
    }
    hardware.push(der::context(2, &der::integer(3))); // algorithm: EC
    match flaw {
        AndroidFlaw::AllApplicationsSoftware => software.insert(software.len() - 1, all_applications()),
        AndroidFlaw::AllApplicationsHardware => hardware.push(all_applications()),
        _ => {}
    }
    match flaw {
        AndroidFlaw::OriginInSoftware => software.push(origin(0)),
        AndroidFlaw::OriginMissing => {}
        AndroidFlaw::OriginImported => hardware.push(origin(2)),
        _ => hardware.push(origin(0)),
    }
    let level = u8::from(flaw != AndroidFlaw::SoftwareLevel);
    let mut fields = vec![
        der::integer(300),
        der::enumerated(level),
        der::integer(300),
        der::enumerated(level),
        der::octets(challenge),
        der::octets(b""),
        der::sequence(&software),
    ];
    if flaw != AndroidFlaw::DescriptionTruncated {
        fields.push(der::sequence(&hardware));
    }
    der::sequence(&fields)
}
