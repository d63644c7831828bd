//! What a browser sends to the server, taken apart and in the shapes clients use.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passgate_webauthn::{AuthenticationResponseParts, RegistrationResponseParts};
use serde_json::{Value, json};

/// The answer to creation options.
#[derive(Clone, Debug)]
pub struct Registration {
    /// `id`: base64url of the credential id, unless altered.
    pub id: String,
    /// `rawId`: the credential id.
    pub raw_id: Vec<u8>,
    /// `type`: `public-key`, unless altered.
    pub credential_type: String,
    /// `clientDataJSON`, as the bytes that were hashed.
    pub client_data_json: Vec<u8>,
    /// The authenticator data inside the attestation object.
    pub authenticator_data: Vec<u8>,
    /// `attestationObject`: CBOR.
    pub attestation_object: Vec<u8>,
    /// `transports`.
    pub transports: Vec<String>,
    /// `clientExtensionResults`.
    pub client_extension_results: Value,
    /// `authenticatorAttachment`.
    pub authenticator_attachment: Option<String>,
}

impl Registration {
    /// What the verifier takes when the envelope is already open.
    pub fn parts(&self) -> RegistrationResponseParts {
        RegistrationResponseParts {
            id: Some(self.id.clone()),
            raw_id: self.raw_id.clone(),
            credential_type: Some(self.credential_type.clone()),
            client_data_json: self.client_data_json.clone(),
            attestation_object: self.attestation_object.clone(),
            transports: self.transports.clone(),
            client_extension_results: self.client_extension_results.clone(),
            authenticator_attachment: self.authenticator_attachment.clone(),
        }
    }

    /// The standard shape: what `PublicKeyCredential.toJSON()` gives (WebAuthn Level 3, `RegistrationResponseJSON`).
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "rawId": base64url(&self.raw_id),
            "type": self.credential_type,
            "response": {
                "clientDataJSON": base64url(&self.client_data_json),
                "authenticatorData": base64url(&self.authenticator_data),
                "attestationObject": base64url(&self.attestation_object),
                "transports": self.transports,
            },
            "authenticatorAttachment": self.authenticator_attachment,
            "clientExtensionResults": self.client_extension_results,
        })
    }

    /// The shape the official browser client sends as `response`, member spelling included.
    pub fn to_browser_client_json(&self) -> Value {
        json!({
            "id": self.id,
            "rawId": base64url(&self.raw_id),
            "type": self.credential_type,
            "clientExtensionResults": self.client_extension_results,
            "response": {
                "AttestationObject": base64url(&self.attestation_object),
                "clientDataJson": base64url(&self.client_data_json),
                "transports": self.transports,
            },
        })
    }
}

/// The answer to request options.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// `id`: base64url of the credential id, unless altered.
    pub id: String,
    /// `rawId`: the credential id.
    pub raw_id: Vec<u8>,
    /// `type`: `public-key`, unless altered.
    pub credential_type: String,
    /// `clientDataJSON`, as the bytes that were hashed.
    pub client_data_json: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `userHandle`: present for discoverable credentials.
    pub user_handle: Option<Vec<u8>>,
    /// `clientExtensionResults`.
    pub client_extension_results: Value,
    /// `authenticatorAttachment`.
    pub authenticator_attachment: Option<String>,
}

impl Assertion {
    /// What the verifier takes when the envelope is already open.
    pub fn parts(&self) -> AuthenticationResponseParts {
        AuthenticationResponseParts {
            id: Some(self.id.clone()),
            raw_id: self.raw_id.clone(),
            credential_type: Some(self.credential_type.clone()),
            client_data_json: self.client_data_json.clone(),
            authenticator_data: self.authenticator_data.clone(),
            signature: self.signature.clone(),
            user_handle: self.user_handle.clone(),
            client_extension_results: self.client_extension_results.clone(),
            authenticator_attachment: self.authenticator_attachment.clone(),
        }
    }

    /// The standard shape: what `PublicKeyCredential.toJSON()` gives (WebAuthn Level 3, `AuthenticationResponseJSON`).
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "id": self.id,
            "rawId": base64url(&self.raw_id),
            "type": self.credential_type,
            "response": {
                "clientDataJSON": base64url(&self.client_data_json),
                "authenticatorData": base64url(&self.authenticator_data),
                "signature": base64url(&self.signature),
            },
            "authenticatorAttachment": self.authenticator_attachment,
            "clientExtensionResults": self.client_extension_results,
        });
        if let Some(handle) = &self.user_handle {
            json["response"]["userHandle"] = base64url(handle).into();
        }
        json
    }

    /// The shape the official browser client sends as `response`, member spelling included: it leaves out `userHandle`.
    pub fn to_browser_client_json(&self) -> Value {
        json!({
            "id": self.id,
            "rawId": base64url(&self.raw_id),
            "type": self.credential_type,
            "clientExtensionResults": self.client_extension_results,
            "response": {
                "authenticatorData": base64url(&self.authenticator_data),
                "clientDataJson": base64url(&self.client_data_json),
                "signature": base64url(&self.signature),
            },
        })
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
