//! A small software authenticator for this crate's own tests and benchmarks: every algorithm, no attestation but
//! none and self, deterministic keys. What it sends can be taken apart before it is sent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, Utc};
use p256::ecdsa::signature::Signer as _;
use passgate_webauthn::cbor::{self, Key, Value};
use passgate_webauthn::crypto::sha256;
use passgate_webauthn::{
    Algorithm, AttestationConveyance, Authentication, AuthenticationOptions, AuthenticationResponse,
    Challenge, Origin, Pending, Registration, RegistrationOptions, RegistrationResponse, RpId, UserEntity,
    UserHandle,
};
use ring::signature::KeyPair as _;
use serde_json::json;

/// UP and UV.
pub const UP_UV: u8 = 0x05;
pub const RP_ID: &str = "example.org";
pub const ORIGIN: &str = "https://example.org";
pub const CHALLENGE: [u8; 32] = [0x5a; 32];
pub const CREDENTIAL_ID: [u8; 16] = [0xc1; 16];
pub const USER: [u8; 8] = *b"user one";

pub fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub fn origins() -> Vec<Origin> {
    vec![Origin::parse(ORIGIN).unwrap()]
}

pub fn registration_options() -> RegistrationOptions {
    RegistrationOptions {
        algorithms: Algorithm::supported(),
        attestation: AttestationConveyance::Direct,
        ..RegistrationOptions::new(
            RpId::parse(RP_ID).unwrap(),
            UserEntity {
                id: UserHandle::new(USER).unwrap(),
                name: "fry".into(),
                display_name: "Fry".into(),
            },
            Challenge::new(CHALLENGE).unwrap(),
        )
    }
}

pub fn authentication_options() -> AuthenticationOptions {
    AuthenticationOptions {
        user_handle: Some(UserHandle::new(USER).unwrap()),
        ..AuthenticationOptions::new(RpId::parse(RP_ID).unwrap(), Challenge::new(CHALLENGE).unwrap())
    }
}

pub fn registration() -> Pending<Registration> {
    registration_options().begin(origins()).1
}

pub fn authentication() -> Pending<Authentication> {
    authentication_options().begin(origins()).1
}

/// A key pair of any algorithm, always the same one.
pub struct SoftKey {
    pub algorithm: Algorithm,
}

/// The COSE_Key as entries, to be broken before it is encoded.
pub type Entries = Vec<(i64, Vec<u8>)>;

impl SoftKey {
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm }
    }

    /// Every algorithm that the build verifies and this authenticator signs with.
    pub fn all() -> Vec<Self> {
        Algorithm::supported()
            .into_iter()
            .filter(|algorithm| *algorithm != Algorithm::Ed448)
            .map(Self::new)
            .collect()
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Es256 | Algorithm::Esp256 => {
                let signature: p256::ecdsa::DerSignature = p256_key().sign(message);
                signature.as_bytes().to_vec()
            }
            Algorithm::Es384 | Algorithm::Esp384 => {
                let signature: p384::ecdsa::DerSignature = p384_key().sign(message);
                signature.as_bytes().to_vec()
            }
            #[cfg(feature = "es512")]
            Algorithm::Es512 | Algorithm::Esp512 => {
                let signature: p521::ecdsa::DerSignature = p521_key().sign(message);
                signature.as_bytes().to_vec()
            }
            #[cfg(feature = "es256k")]
            Algorithm::Es256k => {
                let signature: k256::ecdsa::DerSignature = k256_key().sign(message);
                signature.as_bytes().to_vec()
            }
            Algorithm::EdDsa | Algorithm::Ed25519 => ed25519_key().sign(message).as_ref().to_vec(),
            Algorithm::Rs256 => sign_rsa(&ring::signature::RSA_PKCS1_SHA256, message),
            Algorithm::Rs384 => sign_rsa(&ring::signature::RSA_PKCS1_SHA384, message),
            Algorithm::Rs512 => sign_rsa(&ring::signature::RSA_PKCS1_SHA512, message),
            Algorithm::Ps256 => sign_rsa(&ring::signature::RSA_PSS_SHA256, message),
            Algorithm::Ps384 => sign_rsa(&ring::signature::RSA_PSS_SHA384, message),
            Algorithm::Ps512 => sign_rsa(&ring::signature::RSA_PSS_SHA512, message),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa44 => ml_dsa_key::<ml_dsa::MlDsa44>().sign(message).encode().to_vec(),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa65 => ml_dsa_key::<ml_dsa::MlDsa65>().sign(message).encode().to_vec(),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa87 => ml_dsa_key::<ml_dsa::MlDsa87>().sign(message).encode().to_vec(),
            other => panic!("no soft key for {other}"),
        }
    }

    /// Byte-string parameters by label; integers are added by [`Self::cose`].
    pub fn parameters(&self) -> Entries {
        let point = |point: &[u8]| {
            let coordinate = (point.len() - 1) / 2;
            vec![
                (-2, point[1..=coordinate].to_vec()),
                (-3, point[1 + coordinate..].to_vec()),
            ]
        };
        match self.algorithm {
            Algorithm::Es256 | Algorithm::Esp256 => {
                point(p256_key().verifying_key().to_sec1_point(false).as_bytes())
            }
            Algorithm::Es384 | Algorithm::Esp384 => {
                point(p384_key().verifying_key().to_sec1_point(false).as_bytes())
            }
            #[cfg(feature = "es512")]
            Algorithm::Es512 | Algorithm::Esp512 => {
                point(p521_key().verifying_key().to_sec1_point(false).as_bytes())
            }
            #[cfg(feature = "es256k")]
            Algorithm::Es256k => point(k256_key().verifying_key().to_sec1_point(false).as_bytes()),
            Algorithm::EdDsa | Algorithm::Ed25519 => {
                vec![(-2, ed25519_key().public_key().as_ref().to_vec())]
            }
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => {
                let key = rsa_key();
                let public: ring::rsa::PublicKeyComponents<Vec<u8>> = key.public().into();
                vec![(-1, public.n), (-2, public.e)]
            }
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa44 => vec![(-1, ml_dsa_public::<ml_dsa::MlDsa44>())],
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa65 => vec![(-1, ml_dsa_public::<ml_dsa::MlDsa65>())],
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa87 => vec![(-1, ml_dsa_public::<ml_dsa::MlDsa87>())],
            other => panic!("no soft key for {other}"),
        }
    }

    /// Key type and curve.
    pub fn integers(&self) -> Vec<(i64, i64)> {
        let (kty, crv) = match self.algorithm {
            Algorithm::Es256 | Algorithm::Esp256 => (2, Some(1)),
            Algorithm::Es384 | Algorithm::Esp384 => (2, Some(2)),
            Algorithm::Es512 | Algorithm::Esp512 => (2, Some(3)),
            Algorithm::Es256k => (2, Some(8)),
            Algorithm::EdDsa | Algorithm::Ed25519 => (1, Some(6)),
            Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => (7, None),
            _ => (3, None),
        };
        let mut integers = vec![(1, kty), (3, self.algorithm.id())];
        integers.extend(crv.map(|crv| (-1, crv)));
        integers
    }

    /// The COSE_Key.
    pub fn cose(&self) -> Vec<u8> {
        encode_cose(&self.integers(), &self.parameters())
    }
}

pub fn encode_cose(integers: &[(i64, i64)], bytes: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let integers = integers.iter().map(|&(label, value)| (key(label), int(value)));
    let bytes = bytes
        .iter()
        .map(|(label, value)| (key(*label), Value::Bytes(value)));
    cbor::encode(&Value::Map(integers.chain(bytes).collect()))
}

pub fn key(label: i64) -> Key<'static> {
    match u64::try_from(label) {
        Ok(label) => Key::Unsigned(label),
        Err(_) => Key::Negative((-1 - label) as u64),
    }
}

pub fn int(value: i64) -> Value<'static> {
    match u64::try_from(value) {
        Ok(value) => Value::Unsigned(value),
        Err(_) => Value::Negative((-1 - value) as u64),
    }
}

fn p256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[0x11; 32]).unwrap()
}

fn p384_key() -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[0x11; 48]).unwrap()
}

#[cfg(feature = "es512")]
fn p521_key() -> p521::ecdsa::SigningKey {
    let mut scalar = [0x11; 66];
    scalar[0] = 0;
    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap()
}

#[cfg(feature = "es256k")]
fn k256_key() -> k256::ecdsa::SigningKey {
    k256::ecdsa::SigningKey::from_slice(&[0x11; 32]).unwrap()
}

fn ed25519_key() -> ring::signature::Ed25519KeyPair {
    ring::signature::Ed25519KeyPair::from_seed_unchecked(&[0x11; 32]).unwrap()
}

fn rsa_key() -> ring::rsa::KeyPair {
    ring::rsa::KeyPair::from_pkcs8(include_bytes!("rsa2048.pk8")).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "RSA blinding needs randomness; the signature does not show it"
)]
fn sign_rsa(encoding: &'static dyn ring::signature::RsaEncoding, message: &[u8]) -> Vec<u8> {
    let key = rsa_key();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(encoding, &random, message, &mut signature).unwrap();
    signature
}

#[cfg(feature = "ml-dsa")]
fn ml_dsa_key<P: ml_dsa::MlDsaParams>() -> ml_dsa::SigningKey<P> {
    ml_dsa::SigningKey::<P>::from_seed(&[0x11; 32].into())
}

#[cfg(feature = "ml-dsa")]
fn ml_dsa_public<P: ml_dsa::MlDsaParams>() -> Vec<u8> {
    use ml_dsa::signature::Keypair as _;
    ml_dsa_key::<P>().verifying_key().encode().to_vec()
}

/// A registration about to be sent; every part can be replaced.
pub struct SoftRegistration {
    pub id: Vec<u8>,
    pub client_data: String,
    pub rp_id_hash: [u8; 32],
    pub flags: u8,
    pub sign_count: u32,
    pub aaguid: [u8; 16],
    pub credential_id: Vec<u8>,
    pub cose: Vec<u8>,
    /// Appended to authenticator data: extensions, or rubbish.
    pub tail: Vec<u8>,
    pub format: &'static str,
    /// The statement's CBOR.
    pub statement: Vec<u8>,
    pub client_extension_results: serde_json::Value,
}

impl SoftRegistration {
    /// A good one, without attestation.
    pub fn new(key: &SoftKey) -> Self {
        Self {
            id: CREDENTIAL_ID.to_vec(),
            client_data: client_data("webauthn.create"),
            rp_id_hash: sha256(RP_ID.as_bytes()),
            flags: UP_UV | 0x40,
            sign_count: 1,
            aaguid: [0xaa; 16],
            credential_id: CREDENTIAL_ID.to_vec(),
            cose: key.cose(),
            tail: Vec::new(),
            format: "none",
            statement: vec![0xa0],
            client_extension_results: json!({}),
        }
    }

    /// A good one that attests itself.
    pub fn self_attested(key: &SoftKey) -> Self {
        let mut registration = Self::new(key);
        registration.attest_self(key, key.algorithm.id());
        registration
    }

    /// Signs what is there now.
    pub fn attest_self(&mut self, key: &SoftKey, algorithm: i64) {
        let hash = sha256(self.client_data.as_bytes());
        let signature = key.sign(&[&self.authenticator_data()[..], &hash].concat());
        self.format = "packed";
        self.statement = cbor::encode(&Value::Map(vec![
            (Key::Text("alg"), int(algorithm)),
            (Key::Text("sig"), Value::Bytes(&signature)),
        ]));
    }

    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = self.rp_id_hash.to_vec();
        data.push(self.flags);
        data.extend(self.sign_count.to_be_bytes());
        data.extend(self.aaguid);
        data.extend((self.credential_id.len() as u16).to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(&self.cose);
        data.extend(&self.tail);
        data
    }

    pub fn attestation_object(&self) -> Vec<u8> {
        let mut object = vec![0xa3];
        for text in ["fmt", self.format, "attStmt"] {
            object.extend(cbor::encode(&Value::Text(text)));
        }
        object.extend(&self.statement);
        object.extend(cbor::encode(&Value::Text("authData")));
        object.extend(cbor::encode(&Value::Bytes(&self.authenticator_data())));
        object
    }

    pub fn json(&self) -> Vec<u8> {
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "clientExtensionResults": self.client_extension_results,
            "response": {
                "clientDataJSON": base64url(self.client_data.as_bytes()),
                "attestationObject": base64url(&self.attestation_object()),
                "transports": ["internal"],
            }
        })
        .to_string()
        .into_bytes()
    }

    pub fn response(&self) -> RegistrationResponse {
        RegistrationResponse::from_json(&self.json()).unwrap()
    }
}

/// An assertion about to be signed and sent; every part can be replaced.
pub struct SoftAssertion {
    pub id: Vec<u8>,
    pub client_data: String,
    pub rp_id_hash: [u8; 32],
    pub flags: u8,
    pub sign_count: u32,
    pub tail: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
    pub client_extension_results: serde_json::Value,
}

impl SoftAssertion {
    /// A good one.
    pub fn new() -> Self {
        Self {
            id: CREDENTIAL_ID.to_vec(),
            client_data: client_data("webauthn.get"),
            rp_id_hash: sha256(RP_ID.as_bytes()),
            flags: UP_UV,
            sign_count: 2,
            tail: Vec::new(),
            user_handle: Some(USER.to_vec()),
            client_extension_results: json!({}),
        }
    }

    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = self.rp_id_hash.to_vec();
        data.push(self.flags);
        data.extend(self.sign_count.to_be_bytes());
        data.extend(&self.tail);
        data
    }

    pub fn signed(&self) -> Vec<u8> {
        [
            &self.authenticator_data()[..],
            &sha256(self.client_data.as_bytes()),
        ]
        .concat()
    }

    pub fn json_with(&self, signature: &[u8]) -> Vec<u8> {
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "clientExtensionResults": self.client_extension_results,
            "response": {
                "clientDataJSON": base64url(self.client_data.as_bytes()),
                "authenticatorData": base64url(&self.authenticator_data()),
                "signature": base64url(signature),
                "userHandle": self.user_handle.as_deref().map(base64url),
            }
        })
        .to_string()
        .into_bytes()
    }

    pub fn response_with(&self, signature: &[u8]) -> AuthenticationResponse {
        AuthenticationResponse::from_json(&self.json_with(signature)).unwrap()
    }

    pub fn response(&self, key: &SoftKey) -> AuthenticationResponse {
        self.response_with(&key.sign(&self.signed()))
    }
}

pub fn client_data(ceremony_type: &str) -> String {
    let challenge = base64url(&CHALLENGE);
    format!(
        r#"{{"type":"{ceremony_type}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#
    )
}
