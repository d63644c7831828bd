//! A small ES256 authenticator for the tests of the rules: honest unless told otherwise, and deterministic.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use passgate_webauthn::{
    AuthenticationResponse, AuthenticationResponseParts, Challenge, Origin, RegistrationResponse,
    RegistrationResponseParts, RpId,
};
use ring::digest::{SHA256, digest};

/// Flags of authenticator data.
pub(crate) const USER_PRESENT: u8 = 0x01;
pub(crate) const USER_VERIFIED: u8 = 0x04;
pub(crate) const BACKUP_ELIGIBLE: u8 = 0x08;
pub(crate) const BACKUP_STATE: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// One credential and its state.
pub(crate) struct TestAuthenticator {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) aaguid: [u8; 16],
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) key: SigningKey,
}

impl TestAuthenticator {
    pub(crate) fn new() -> Self {
        Self {
            credential_id: (0..20).collect(),
            aaguid: [0; 16],
            flags: USER_PRESENT | USER_VERIFIED,
            sign_count: 1,
            key: SigningKey::from_slice(&[7; 32]).unwrap(),
        }
    }

    pub(crate) fn register(
        &self,
        challenge: &Challenge,
        rp_id: &RpId,
        origin: &Origin,
    ) -> RegistrationResponse {
        let id_length = u16::try_from(self.credential_id.len()).unwrap().to_be_bytes();
        let data = [
            self.authenticator_data(rp_id, ATTESTED),
            self.aaguid.to_vec(),
            id_length.to_vec(),
            self.credential_id.clone(),
            self.cose_key(),
        ]
        .concat();
        let attestation_object = [
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec(),
            vec![u8::try_from(data.len()).unwrap()],
            data,
        ]
        .concat();
        RegistrationResponse::from_parts(RegistrationResponseParts {
            id: Some(URL_SAFE_NO_PAD.encode(&self.credential_id)),
            raw_id: self.credential_id.clone(),
            credential_type: Some("public-key".to_owned()),
            client_data_json: client_data("webauthn.create", challenge, origin),
            attestation_object,
            transports: vec!["internal".to_owned()],
            client_extension_results: serde_json::json!({ "credProps": { "rk": true } }),
            authenticator_attachment: None,
        })
        .unwrap()
    }

    pub(crate) fn authenticate(
        &self,
        challenge: &Challenge,
        rp_id: &RpId,
        origin: &Origin,
    ) -> AuthenticationResponse {
        let authenticator_data = self.authenticator_data(rp_id, 0);
        let client_data_json = client_data("webauthn.get", challenge, origin);
        let signed = [
            authenticator_data.as_slice(),
            digest(&SHA256, &client_data_json).as_ref(),
        ]
        .concat();
        let signature: Signature = self.key.sign(&signed);
        AuthenticationResponse::from_parts(AuthenticationResponseParts {
            id: Some(URL_SAFE_NO_PAD.encode(&self.credential_id)),
            raw_id: self.credential_id.clone(),
            credential_type: Some("public-key".to_owned()),
            client_data_json,
            authenticator_data,
            signature: signature.to_der().as_bytes().to_vec(),
            user_handle: None,
            client_extension_results: serde_json::json!({}),
            authenticator_attachment: None,
        })
        .unwrap()
    }

    fn authenticator_data(&self, rp_id: &RpId, more_flags: u8) -> Vec<u8> {
        [
            rp_id.hash().as_slice(),
            &[self.flags | more_flags],
            &self.sign_count.to_be_bytes(),
        ]
        .concat()
    }

    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinates = &point.as_bytes()[1..];
        // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
        [
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20",
            &coordinates[..32],
            b"\x22\x58\x20",
            &coordinates[32..],
        ]
        .concat()
    }
}

fn client_data(ceremony: &str, challenge: &Challenge, origin: &Origin) -> Vec<u8> {
    serde_json::json!({
        "type": ceremony,
        "challenge": challenge.to_base64url(),
        "origin": origin.as_str(),
        "crossOrigin": false,
    })
    .to_string()
    .into_bytes()
}
