//! A software passkey: ES256 by ring, attestation none, user verified, sign count 0 for ever.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

/// The RP ID of every ceremony.
pub const RP_ID: &str = "example.com";
/// The origin of every ceremony.
pub const ORIGIN: &str = "https://example.com";

/// UP and UV.
const USER_VERIFIED: u8 = 0x05;
/// UP, UV and AT.
const ATTESTED: u8 = 0x45;

/// A key could not be made or used.
#[derive(Debug, thiserror::Error)]
#[error("a signature could not be made")]
pub struct SignatureFailed;

impl From<Unspecified> for SignatureFailed {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// One user's passkey.
pub struct Passkey {
    /// The user it belongs to.
    pub user_id: String,
    id: [u8; 32],
    keys: EcdsaKeyPair,
    random: SystemRandom,
}

impl Passkey {
    /// Makes a passkey.
    pub fn generate(user_id: String) -> Result<Self, SignatureFailed> {
        let random = random();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)?;
        let keys = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
            .map_err(|_| SignatureFailed)?;
        let mut id = [0; 32];
        random.fill(&mut id)?;
        Ok(Self {
            user_id,
            id,
            keys,
            random,
        })
    }

    /// The `response` member of `/register/complete`, as the official browser client writes it.
    pub fn attest(&self, challenge: &str) -> String {
        let data = self.authenticator_data(ATTESTED, &self.attested_credential_data());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.extend(u8::try_from(data.len()));
        object.extend(data);
        format!(
            r#"{{"id":"{id}","rawId":"{id}","type":"public-key","clientExtensionResults":{{"credProps":{{"rk":true}}}},"response":{{"AttestationObject":"{}","clientDataJson":"{}"}}}}"#,
            base64url(&object),
            base64url(&client_data("webauthn.create", challenge)),
            id = base64url(&self.id),
        )
    }

    /// The `response` member of `/signin/complete`, as the official browser client writes it.
    pub fn sign(&self, challenge: &str) -> Result<String, SignatureFailed> {
        let data = self.authenticator_data(USER_VERIFIED, &[]);
        let client_data = client_data("webauthn.get", challenge);
        let mut message = data.clone();
        message.extend(digest(&SHA256, &client_data).as_ref());
        let signature = self.keys.sign(&self.random, &message)?;
        Ok(format!(
            r#"{{"id":"{id}","rawId":"{id}","type":"public-key","clientExtensionResults":{{}},"response":{{"authenticatorData":"{}","clientDataJson":"{}","signature":"{}"}}}}"#,
            base64url(&data),
            base64url(&client_data),
            base64url(signature.as_ref()),
            id = base64url(&self.id),
        ))
    }

    fn authenticator_data(&self, flags: u8, attested: &[u8]) -> Vec<u8> {
        let mut data = digest(&SHA256, RP_ID.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend([0; 4]);
        data.extend(attested);
        data
    }

    /// AAGUID zero, the id, and the COSE key {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
    fn attested_credential_data(&self) -> Vec<u8> {
        let point = self.keys.public_key().as_ref();
        let mut data = vec![0; 16];
        data.extend([0, 32]);
        data.extend(self.id);
        data.extend(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
        data.extend(&point[1..33]);
        data.extend(b"\x22\x58\x20");
        data.extend(&point[33..]);
        data
    }
}

/// The system's random number generator.
#[expect(
    clippy::disallowed_methods,
    reason = "this program is a client; the rule is for the server"
)]
pub fn random() -> SystemRandom {
    SystemRandom::new()
}

fn client_data(ceremony: &str, challenge: &str) -> Vec<u8> {
    format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#)
        .into_bytes()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_assertion_verifies_under_the_registered_key() {
        let passkey = Passkey::generate("fry".to_owned()).unwrap();
        let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
        let registered: Value = serde_json::from_str(&passkey.attest("Y2hhbGxlbmdl")).unwrap();
        let object = bytes(&registered["response"]["AttestationObject"]);
        let x_at = object.len() - 67;
        let point = [&[4], &object[x_at..x_at + 32], &object[x_at + 35..]].concat();

        let signed: Value = serde_json::from_str(&passkey.sign("Y2hhbGxlbmdl").unwrap()).unwrap();
        let mut message = bytes(&signed["response"]["authenticatorData"]);
        let client_data = bytes(&signed["response"]["clientDataJson"]);
        message.extend(digest(&SHA256, &client_data).as_ref());
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(&message, &bytes(&signed["response"]["signature"]))
            .unwrap();
        let client_data: Value = serde_json::from_slice(&client_data).unwrap();
        assert_eq!(client_data["challenge"], "Y2hhbGxlbmdl");
        assert_eq!(signed["rawId"], registered["rawId"]);
    }
}
