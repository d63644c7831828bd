//! Attestation statements of every format, made by test authorities: honest, or broken in one named way.
//!
//! [`Attester`] plays authenticator and browser for one registration. Everything but the named flaw is as the
//! specification wants it, signatures included: a broken property is signed like an honest one.

pub mod certificate;
pub mod der;
pub mod metadata;

mod android;
mod apple;
mod compound;
mod packed;
mod safetynet;
mod tpm;
mod u2f;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ciborium::Value as Cbor;
use passgate_webauthn::{
    AttestationConveyance, Challenge, Origin, Pending, Policy, Registration, RegistrationError,
    RegistrationOptions, RegistrationResponse, RpId, UserEntity, UserHandle, VerifiedRegistration,
};
use ring::digest::{SHA256, digest};

pub use self::{
    android::AndroidFlaw,
    apple::AppleFlaw,
    certificate::{Authority, CertificateTemplate, DistinguishedName, Extension, SignatureHash, TestKey},
    compound::CompoundFlaw,
    packed::{PackedFlaw, SelfFlaw},
    safetynet::SafetyNetFlaw,
    tpm::TpmFlaw,
    u2f::U2fFlaw,
};

/// Authenticator and browser of one registration at `https://example.org`.
#[derive(Debug, Clone)]
pub struct Attester {
    /// The relying party's challenge.
    pub challenge: Vec<u8>,
    /// AAGUID in authenticator data.
    pub aaguid: [u8; 16],
    /// The credential key.
    pub key: TestKey,
    /// COSE algorithm in the credential key.
    pub algorithm: i64,
    /// The id of the credential.
    pub credential_id: Vec<u8>,
    /// Flags in authenticator data.
    pub flags: u8,
    /// Who issues the attestation certificate.
    pub issuer: Authority,
    /// What follows the attestation certificate in `x5c`.
    pub chain: Vec<Vec<u8>>,
    /// When the registration takes place, in milliseconds since 1970.
    pub now_ms: i64,
}

/// The response of a registration, before it becomes JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedResponse {
    /// The challenge that was answered.
    pub challenge: Vec<u8>,
    /// The id of the credential.
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `attestationObject`.
    pub attestation_object: Vec<u8>,
}

/// What a statement is about.
pub(crate) struct Subject {
    pub(crate) authenticator_data: Vec<u8>,
    pub(crate) client_data_json: Vec<u8>,
    pub(crate) client_data_hash: Vec<u8>,
}

impl Subject {
    pub(crate) fn signed(&self) -> Vec<u8> {
        [self.authenticator_data.as_slice(), &self.client_data_hash].concat()
    }
}

impl Attester {
    /// The RP ID of every registration here.
    pub const RP_ID: &str = "example.org";
    /// The origin of every registration here.
    pub const ORIGIN: &str = "https://example.org";

    /// An authenticator with a model of its own, attested by a root called "Test Root".
    pub fn new(challenge: &[u8]) -> Self {
        Self {
            challenge: challenge.to_vec(),
            aaguid: *b"passgate-testkit",
            key: TestKey::new(7),
            algorithm: -7,
            credential_id: b"a credential id".to_vec(),
            flags: 0x45,
            issuer: Authority::root("Test Root", 1),
            chain: Vec::new(),
            now_ms: 1_790_000_000_000,
        }
    }

    /// The same with another issuer, and what follows the attestation certificate in `x5c`.
    #[must_use]
    pub fn issued_by(mut self, issuer: Authority, chain: Vec<Vec<u8>>) -> Self {
        self.issuer = issuer;
        self.chain = chain;
        self
    }

    /// The same with another AAGUID.
    #[must_use]
    pub const fn with_aaguid(mut self, aaguid: [u8; 16]) -> Self {
        self.aaguid = aaguid;
        self
    }

    /// The same with another credential key.
    #[must_use]
    pub fn with_key(mut self, key: TestKey) -> Self {
        self.key = key;
        self
    }

    /// When the registration takes place.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms).unwrap_or_default()
    }

    /// No attestation; `member` puts something into the statement that should be empty.
    pub fn none(&self, member: Option<&str>) -> AttestedResponse {
        let subject = self.subject();
        let statement = member
            .map(|name| (Cbor::from(name), Cbor::from(1)))
            .into_iter()
            .collect();
        self.respond("none", Cbor::Map(statement), &subject)
    }

    /// Any statement at all.
    pub fn with_statement(&self, format: &str, statement: Cbor) -> AttestedResponse {
        self.respond(format, statement, &self.subject())
    }

    pub(crate) fn subject(&self) -> Subject {
        let client_data_json = format!(
            r#"{{"type":"webauthn.create","challenge":"{}","origin":"{}","crossOrigin":false}}"#,
            URL_SAFE_NO_PAD.encode(&self.challenge),
            Self::ORIGIN
        )
        .into_bytes();
        let client_data_hash = sha256(&client_data_json);
        let mut authenticator_data = sha256(Self::RP_ID.as_bytes());
        authenticator_data.push(self.flags);
        authenticator_data.extend([0, 0, 0, 0]);
        authenticator_data.extend(self.aaguid);
        authenticator_data.extend(
            u16::try_from(self.credential_id.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        authenticator_data.extend(&self.credential_id);
        authenticator_data.extend(self.cose_key());
        Subject {
            authenticator_data,
            client_data_json,
            client_data_hash,
        }
    }

    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.point();
        cbor(&Cbor::Map(vec![
            (Cbor::from(1), Cbor::from(2)),
            (Cbor::from(3), Cbor::from(self.algorithm)),
            (Cbor::from(-1), Cbor::from(1)),
            (Cbor::from(-2), Cbor::Bytes(point[1..33].to_vec())),
            (Cbor::from(-3), Cbor::Bytes(point[33..].to_vec())),
        ]))
    }

    pub(crate) fn respond(&self, format: &str, statement: Cbor, subject: &Subject) -> AttestedResponse {
        let object = members(vec![
            ("fmt", Cbor::from(format)),
            ("attStmt", statement),
            ("authData", Cbor::Bytes(subject.authenticator_data.clone())),
        ]);
        AttestedResponse {
            challenge: self.challenge.clone(),
            credential_id: self.credential_id.clone(),
            client_data_json: subject.client_data_json.clone(),
            attestation_object: cbor(&object),
        }
    }

    /// `x5c`: the attestation certificate and what follows it.
    pub(crate) fn x5c(&self, leaf: Vec<u8>) -> Cbor {
        let chain = self.chain.iter().cloned();
        Cbor::Array(std::iter::once(leaf).chain(chain).map(Cbor::Bytes).collect())
    }
}

impl AttestedResponse {
    /// Puts the response before the verifier, in a registration of its own challenge.
    ///
    /// # Errors
    /// What the verifier finds wrong.
    ///
    /// # Panics
    /// When the challenge is one that a relying party cannot make, shorter than 16 bytes for one.
    pub fn finish(
        &self,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<VerifiedRegistration, RegistrationError> {
        let (pending, response) = self.begin();
        pending.finish(&response, policy, now)
    }

    /// The registration that this is the response to, which asked for attestation, and the response as the verifier reads it.
    ///
    /// # Panics
    /// When the challenge is one that a relying party cannot make, shorter than 16 bytes for one.
    #[expect(clippy::expect_used, reason = "all but the challenge is constant")]
    pub fn begin(&self) -> (Pending<Registration>, RegistrationResponse) {
        let user = UserEntity {
            id: UserHandle::new(*b"user").expect("a user handle"),
            name: "ada".to_owned(),
            display_name: "Ada".to_owned(),
        };
        let rp_id = RpId::parse(Attester::RP_ID).expect("an RP ID");
        let challenge = Challenge::new(self.challenge.clone()).expect("a challenge");
        let origin = Origin::parse(Attester::ORIGIN).expect("an origin");
        let options = RegistrationOptions {
            attestation: AttestationConveyance::Direct,
            ..RegistrationOptions::new(rp_id, user, challenge)
        };
        let (_, pending) = options.begin(vec![origin]);
        let json = self.to_json().to_string();
        let response = RegistrationResponse::from_json(json.as_bytes()).expect("a well-formed response");
        (pending, response)
    }

    /// The standard Level 3 JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        serde_json::json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&self.client_data_json),
                "attestationObject": URL_SAFE_NO_PAD.encode(&self.attestation_object),
                "transports": ["usb"],
            },
        })
    }
}

pub(crate) fn sha256(message: &[u8]) -> Vec<u8> {
    digest(&SHA256, message).as_ref().to_vec()
}

/// A CBOR map with text keys, in the order given.
pub(crate) fn members(entries: Vec<(&str, Cbor)>) -> Cbor {
    Cbor::Map(
        entries
            .into_iter()
            .map(|(name, value)| (Cbor::from(name), value))
            .collect(),
    )
}

pub(crate) fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    #[expect(clippy::expect_used, reason = "writing to a vector cannot fail")]
    ciborium::into_writer(value, &mut bytes).expect("a vector takes every byte");
    bytes
}

/// Changes the last byte.
pub(crate) fn corrupted(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}
