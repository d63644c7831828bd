//! The credential as clients send it: WebAuthn Level 3 JSON (§5.1), or the same parts from another envelope.

use crate::base64url;
use crate::code::Code;
use crate::credential::{CredentialId, Transport, UserHandle};
use crate::json::Json;

/// The most one binary member may have; the largest real one is a quarter of it.
pub const MAX_MEMBER_BYTES: usize = 64 * 1024;
/// The most a whole response may have.
pub const MAX_JSON_BYTES: usize = 512 * 1024;

/// Why a response cannot be taken as a WebAuthn credential at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The whole or one binary member is larger than any real one.
    #[error("response is too large")]
    TooLarge,
    /// Not JSON, a duplicate name, a member absent, of the wrong type, not base64url, or of the other ceremony.
    #[error("response is malformed: {0}")]
    Malformed(&'static str),
    /// `type` is not `public-key`.
    #[error("credential type is not public-key")]
    CredentialType,
    /// `id` is there and blank.
    #[error("credential id is blank")]
    IdMissing,
    /// `id` is not the text of `rawId`.
    #[error("credential id and raw id differ")]
    IdMismatch,
    /// `rawId` is empty or above 1023 bytes.
    #[error("credential id has {0} bytes")]
    CredentialIdLength(usize),
    /// `userHandle` is not base64url: probably the handle as plain text.
    #[error("user handle is not base64url; it has to be the bytes that the authenticator returned, encoded")]
    UserHandleNotBase64Url,
    /// `userHandle` is above 64 bytes.
    #[error("user handle has {0} bytes")]
    UserHandleLength(usize),
}

impl EnvelopeError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge => Code::ResponseTooLarge,
            Self::Malformed(_) => Code::ResponseMalformed,
            Self::CredentialType => Code::CredentialType,
            Self::IdMissing => Code::CredentialIdMissing,
            Self::IdMismatch => Code::CredentialIdDiffersFromRawId,
            Self::CredentialIdLength(_) => Code::RawIdLength,
            Self::UserHandleNotBase64Url => Code::UserHandleNotBase64url,
            Self::UserHandleLength(_) => Code::UserHandleLength,
        }
    }
}

/// What a registration sends, already out of its envelope.
#[derive(Debug, Clone, Default)]
pub struct RegistrationResponseParts {
    /// The id as text, if the client sent it; compared with `raw_id`.
    pub id: Option<String>,
    /// The credential id.
    pub raw_id: Vec<u8>,
    /// `type`; `None` where the client may leave it out.
    pub credential_type: Option<String>,
    /// clientDataJSON as received.
    pub client_data_json: Vec<u8>,
    /// The attestation object as received.
    pub attestation_object: Vec<u8>,
    /// Transports as sent.
    pub transports: Vec<String>,
    /// Client extension outputs: an object, or null for none.
    pub client_extension_results: serde_json::Value,
    /// `authenticatorAttachment` as sent.
    pub authenticator_attachment: Option<String>,
}

/// What an authentication sends, already out of its envelope.
#[derive(Debug, Clone, Default)]
pub struct AuthenticationResponseParts {
    /// The id as text, if the client sent it; compared with `raw_id`.
    pub id: Option<String>,
    /// The credential id.
    pub raw_id: Vec<u8>,
    /// `type`; `None` where the client may leave it out.
    pub credential_type: Option<String>,
    /// clientDataJSON as received.
    pub client_data_json: Vec<u8>,
    /// Authenticator data as received.
    pub authenticator_data: Vec<u8>,
    /// The signature, in the encoding of the algorithm: DER for ECDSA.
    pub signature: Vec<u8>,
    /// The user handle, if the client sent one. No bytes are what some clients send in the place of none.
    pub user_handle: Option<Vec<u8>>,
    /// Client extension outputs: an object, or null for none.
    pub client_extension_results: serde_json::Value,
    /// `authenticatorAttachment` as sent.
    pub authenticator_attachment: Option<String>,
}

/// The response to a registration, parsed but not verified.
#[derive(Debug, Clone)]
pub struct RegistrationResponse {
    pub(crate) id: CredentialId,
    pub(crate) client_data_json: Vec<u8>,
    pub(crate) attestation_object: Vec<u8>,
    pub(crate) transports: Vec<Transport>,
    pub(crate) extensions: serde_json::Map<String, serde_json::Value>,
    pub(crate) attachment: Option<String>,
}

/// The response to an authentication, parsed but not verified.
#[derive(Debug, Clone)]
pub struct AuthenticationResponse {
    pub(crate) id: CredentialId,
    pub(crate) client_data_json: Vec<u8>,
    pub(crate) authenticator_data: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) user_handle: SentUserHandle,
    pub(crate) extensions: serde_json::Map<String, serde_json::Value>,
    pub(crate) attachment: Option<String>,
}

/// The user handle as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SentUserHandle {
    /// None.
    Absent,
    /// No bytes, which is not a handle.
    Empty,
    /// 1 to 64 bytes.
    Sent(UserHandle),
}

impl RegistrationResponse {
    /// Reads `RegistrationResponseJSON`. Members that repeat the attestation object for the client's
    /// convenience (`authenticatorData`, `publicKey`, `publicKeyAlgorithm`) are not looked at.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_json(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::from_tree(&parse(json)?)
    }

    pub(crate) fn from_tree(tree: &Json<'_>) -> Result<Self, EnvelopeError> {
        let response = response_of(tree, &["signature", "userHandle"])?;
        Self::from_parts(RegistrationResponseParts {
            id: text(tree, "id")?,
            raw_id: bytes(tree, "rawId")?,
            credential_type: Some(credential_type(tree)?),
            client_data_json: bytes(response, "clientDataJSON")?,
            attestation_object: bytes(response, "attestationObject")?,
            transports: texts(response, "transports")?,
            client_extension_results: extension_results(tree)?,
            authenticator_attachment: text(tree, "authenticatorAttachment")?,
        })
    }

    /// Takes the parts of a response that came in another envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_parts(parts: RegistrationResponseParts) -> Result<Self, EnvelopeError> {
        within_limit(&[&parts.client_data_json, &parts.attestation_object])?;
        Ok(Self {
            id: credential_id(parts.id, parts.raw_id, parts.credential_type)?,
            client_data_json: parts.client_data_json,
            attestation_object: parts.attestation_object,
            transports: Transport::collect(parts.transports),
            extensions: extension_map(parts.client_extension_results)?,
            attachment: parts.authenticator_attachment,
        })
    }

    /// The id the client names; verification compares it with the attested one.
    pub fn credential_id(&self) -> &CredentialId {
        &self.id
    }

    /// clientDataJSON as received.
    pub fn client_data_json(&self) -> &[u8] {
        &self.client_data_json
    }

    /// The attestation object as received.
    pub fn attestation_object(&self) -> &[u8] {
        &self.attestation_object
    }

    /// `authenticatorAttachment` as sent: a claim of the client.
    pub fn authenticator_attachment(&self) -> Option<&str> {
        self.attachment.as_deref()
    }
}

impl AuthenticationResponse {
    /// Reads `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_json(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::from_tree(&parse(json)?)
    }

    pub(crate) fn from_tree(tree: &Json<'_>) -> Result<Self, EnvelopeError> {
        // `attestationObject` had a place here in a draft of Level 3 and is ignored.
        let others = ["transports", "publicKey", "publicKeyAlgorithm"];
        let response = response_of(tree, &others)?;
        let user_handle = match response.optional("userHandle") {
            Some(_) => Some(bytes(response, "userHandle").map_err(|error| match error {
                EnvelopeError::Malformed(_) if text(response, "userHandle").is_ok() => {
                    EnvelopeError::UserHandleNotBase64Url
                }
                other => other,
            })?),
            None => None,
        };
        Self::from_parts(AuthenticationResponseParts {
            id: text(tree, "id")?,
            raw_id: bytes(tree, "rawId")?,
            credential_type: Some(credential_type(tree)?),
            client_data_json: bytes(response, "clientDataJSON")?,
            authenticator_data: bytes(response, "authenticatorData")?,
            signature: bytes(response, "signature")?,
            user_handle,
            client_extension_results: extension_results(tree)?,
            authenticator_attachment: text(tree, "authenticatorAttachment")?,
        })
    }

    /// Takes the parts of a response that came in another envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_parts(parts: AuthenticationResponseParts) -> Result<Self, EnvelopeError> {
        within_limit(&[
            &parts.client_data_json,
            &parts.authenticator_data,
            &parts.signature,
        ])?;
        let user_handle = match parts.user_handle {
            None => SentUserHandle::Absent,
            Some(bytes) if bytes.is_empty() => SentUserHandle::Empty,
            Some(bytes) => SentUserHandle::Sent(
                UserHandle::new(bytes).map_err(|error| EnvelopeError::UserHandleLength(error.length))?,
            ),
        };
        Ok(Self {
            id: credential_id(parts.id, parts.raw_id, parts.credential_type)?,
            client_data_json: parts.client_data_json,
            authenticator_data: parts.authenticator_data,
            signature: parts.signature,
            user_handle,
            extensions: extension_map(parts.client_extension_results)?,
            attachment: parts.authenticator_attachment,
        })
    }

    /// The credential the client says it used: the key to look up.
    pub fn credential_id(&self) -> &CredentialId {
        &self.id
    }

    /// The user handle the authenticator returned.
    pub fn user_handle(&self) -> Option<&UserHandle> {
        match &self.user_handle {
            SentUserHandle::Sent(handle) => Some(handle),
            SentUserHandle::Absent | SentUserHandle::Empty => None,
        }
    }

    /// clientDataJSON as received.
    pub fn client_data_json(&self) -> &[u8] {
        &self.client_data_json
    }

    /// Authenticator data as received.
    pub fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }

    /// `authenticatorAttachment` as sent: a claim of the client.
    pub fn authenticator_attachment(&self) -> Option<&str> {
        self.attachment.as_deref()
    }
}

fn parse(json: &[u8]) -> Result<Json<'_>, EnvelopeError> {
    if json.len() > MAX_JSON_BYTES {
        return Err(EnvelopeError::TooLarge);
    }
    Json::parse(json).ok_or(EnvelopeError::Malformed("JSON"))
}

fn response_of<'t, 'a>(
    tree: &'t Json<'a>,
    other_ceremony: &[&'static str],
) -> Result<&'t Json<'a>, EnvelopeError> {
    tree.as_object().ok_or(EnvelopeError::Malformed("JSON"))?;
    let response = tree
        .member("response")
        .filter(|response| response.as_object().is_some())
        .ok_or(EnvelopeError::Malformed("response"))?;
    match other_ceremony
        .iter()
        .find(|name| response.optional(name).is_some())
    {
        Some(name) => Err(EnvelopeError::Malformed(name)),
        None => Ok(response),
    }
}

fn credential_type(tree: &Json<'_>) -> Result<String, EnvelopeError> {
    text(tree, "type")?.ok_or(EnvelopeError::CredentialType)
}

fn text(tree: &Json<'_>, name: &'static str) -> Result<Option<String>, EnvelopeError> {
    tree.optional(name)
        .map(|value| {
            value
                .as_text()
                .map(str::to_owned)
                .ok_or(EnvelopeError::Malformed(name))
        })
        .transpose()
}

fn texts(tree: &Json<'_>, name: &'static str) -> Result<Vec<String>, EnvelopeError> {
    let malformed = EnvelopeError::Malformed(name);
    let Some(value) = tree.optional(name) else {
        return Ok(Vec::new());
    };
    value
        .as_array()
        .ok_or(malformed)?
        .iter()
        .map(|item| item.as_text().map(str::to_owned).ok_or(malformed))
        .collect()
}

fn bytes(tree: &Json<'_>, name: &'static str) -> Result<Vec<u8>, EnvelopeError> {
    let malformed = EnvelopeError::Malformed(name);
    let text = tree.member(name).and_then(Json::as_text).ok_or(malformed)?;
    if text.len() > MAX_MEMBER_BYTES.div_ceil(3) * 4 {
        return Err(EnvelopeError::TooLarge);
    }
    base64url::decode_tolerant(text).ok_or(malformed)
}

fn extension_results(tree: &Json<'_>) -> Result<serde_json::Value, EnvelopeError> {
    Ok(tree
        .optional("clientExtensionResults")
        .map_or(serde_json::Value::Null, Json::to_value))
}

fn extension_map(
    results: serde_json::Value,
) -> Result<serde_json::Map<String, serde_json::Value>, EnvelopeError> {
    match results {
        serde_json::Value::Null => Ok(serde_json::Map::new()),
        serde_json::Value::Object(mut map) => {
            // PRF results are secrets of the page; clients that send them get them dropped, not stored or logged.
            if let Some(serde_json::Value::Object(prf)) = map.get_mut("prf") {
                prf.remove("results");
            }
            Ok(map)
        }
        _ => Err(EnvelopeError::Malformed("clientExtensionResults")),
    }
}

fn within_limit(members: &[&[u8]]) -> Result<(), EnvelopeError> {
    if members.iter().any(|member| member.len() > MAX_MEMBER_BYTES) {
        Err(EnvelopeError::TooLarge)
    } else {
        Ok(())
    }
}

fn credential_id(
    id: Option<String>,
    raw_id: Vec<u8>,
    credential_type: Option<String>,
) -> Result<CredentialId, EnvelopeError> {
    if credential_type.is_some_and(|credential_type| credential_type != "public-key") {
        return Err(EnvelopeError::CredentialType);
    }
    if id.as_deref().is_some_and(|id| id.trim().is_empty()) {
        return Err(EnvelopeError::IdMissing);
    }
    // Bytes are compared: with padding or another alphabet one id has several spellings.
    if let Some(id) = id
        && !raw_id.is_empty()
        && base64url::decode_tolerant(&id).as_ref() != Some(&raw_id)
    {
        return Err(EnvelopeError::IdMismatch);
    }
    CredentialId::new(raw_id).map_err(|error| EnvelopeError::CredentialIdLength(error.length))
}

#[cfg(test)]
mod tests;
