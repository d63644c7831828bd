//! Passkeys as other libraries keep them.

use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig},
    },
};
use passgate_core::{credential::Credential, time::Timestamp, user::UserId};
use passgate_webauthn::{Aaguid, Algorithm, CosePublicKey, CredentialId, Origin, RpId, UserHandle};
use serde::Deserialize;

use super::{
    report::Flaw,
    text::{cose_key, optional_time, transports, user_id},
};

/// What other libraries' records may leave out.
#[derive(Clone, Debug)]
pub struct PasskeyDefaults {
    /// The RP ID of passkeys that name none.
    pub rp_id: Option<RpId>,
    /// The origin of passkeys that name none; `https://` and the RP ID if absent.
    pub origin: Option<Origin>,
    /// When passkeys that do not say were registered.
    pub created_at: Timestamp,
}

/// A passkey of another library: the names that are common, in snake and camel case.
#[derive(Deserialize)]
pub(super) struct PasskeyLine {
    #[serde(
        alias = "credentialId",
        alias = "credential_id",
        alias = "credentialID",
        alias = "rawId"
    )]
    pub(super) id: Option<String>,
    #[serde(
        alias = "publicKey",
        alias = "credentialPublicKey",
        alias = "credential_public_key"
    )]
    public_key: Option<String>,
    #[serde(alias = "userId", alias = "userID")]
    user_id: Option<String>,
    #[serde(alias = "userHandle", alias = "webauthnUserID")]
    user_handle: Option<String>,
    #[serde(
        alias = "signCount",
        alias = "counter",
        alias = "signatureCounter",
        alias = "signature_counter"
    )]
    sign_count: Option<u32>,
    /// The COSE number of the algorithm, for RSA keys in SPKI form.
    #[serde(alias = "alg", alias = "publicKeyAlgorithm")]
    algorithm: Option<i64>,
    #[serde(default)]
    transports: Option<Vec<String>>,
    #[serde(alias = "aaGuid", alias = "AAGUID")]
    aaguid: Option<String>,
    #[serde(alias = "rpId", alias = "rpID", alias = "rpid")]
    rp_id: Option<String>,
    origin: Option<String>,
    country: Option<String>,
    device: Option<String>,
    #[serde(alias = "createdAt")]
    created_at: Option<String>,
    #[serde(alias = "lastUsedAt")]
    last_used_at: Option<String>,
    #[serde(alias = "name", alias = "label")]
    nickname: Option<String>,
    #[serde(
        alias = "backupState",
        alias = "backedUp",
        alias = "credentialBackedUp",
        alias = "backed_up"
    )]
    backup_state: Option<bool>,
    #[serde(
        alias = "backupEligible",
        alias = "backupEligibility",
        alias = "isBackupEligible"
    )]
    backup_eligible: Option<bool>,
    #[serde(alias = "isDiscoverable", alias = "residentKey")]
    discoverable: Option<bool>,
    #[serde(alias = "uvInitialized", alias = "userVerified")]
    uv_initialized: Option<bool>,
    #[serde(alias = "attestationFormat", alias = "attestationFmt", alias = "fmt")]
    attestation_format: Option<String>,
}

/// Reads one passkey of another library, or of an API's list, from a JSON object.
///
/// # Errors
/// What is wrong with it.
pub fn read_passkey(value: serde_json::Value, defaults: &PasskeyDefaults) -> Result<Credential, Flaw> {
    let passkey: PasskeyLine =
        serde_json::from_value(value).map_err(|error| Flaw::Malformed(error.to_string()))?;
    passkey.into_credential(defaults)
}

impl PasskeyLine {
    pub(super) fn into_credential(self, defaults: &PasskeyDefaults) -> Result<Credential, Flaw> {
        let id = self.id.ok_or(Flaw::Missing("id"))?;
        let id = CredentialId::new(bytes(&id).ok_or_else(|| Flaw::invalid("id", "not base64url"))?)
            .map_err(|error| Flaw::invalid("id", error))?;
        let algorithm = self
            .algorithm
            .map(|id| Algorithm::from_id(id).ok_or_else(|| Flaw::invalid("algorithm", "not supported")))
            .transpose()?;
        let public_key = public_key(&self.public_key.ok_or(Flaw::Missing("public_key"))?, algorithm)?;
        let (user_id, user_handle) = user(self.user_id, self.user_handle)?;
        let parse_origin = |text: &str| Origin::parse(text).map_err(|error| Flaw::invalid("origin", error));
        let origin = self.origin.as_deref().map(parse_origin).transpose()?;
        let origin = origin.or_else(|| defaults.origin.clone());
        let rp_id = match (self.rp_id, &defaults.rp_id) {
            (Some(text), _) => match &origin {
                Some(origin) => RpId::parse_at(&text, origin),
                None => RpId::parse(&text),
            }
            .map_err(|error| Flaw::invalid("rp_id", error))?,
            (None, Some(rp_id)) => rp_id.clone(),
            (None, None) => return Err(Flaw::Missing("rp_id")),
        };
        let origin = origin.map_or_else(|| parse_origin(&format!("https://{rp_id}")), Ok)?;
        let created_at =
            optional_time("created_at", self.created_at.as_deref())?.unwrap_or(defaults.created_at);
        Ok(Credential {
            id,
            user_id,
            user_handle,
            public_key: public_key.as_bytes().to_vec(),
            sign_count: self.sign_count.unwrap_or_default(),
            transports: transports("transports", self.transports.unwrap_or_default())?,
            attestation_format: self.attestation_format.unwrap_or_else(|| "none".to_owned()),
            aaguid: self
                .aaguid
                .map_or(Ok(Aaguid::ZERO), |text| Aaguid::parse(&text))
                .map_err(|error| Flaw::invalid("aaguid", error))?,
            created_at,
            last_used_at: optional_time("last_used_at", self.last_used_at.as_deref())?.unwrap_or(created_at),
            rp_id,
            origin,
            country: self.country.unwrap_or_default(),
            device: self.device.unwrap_or_default(),
            nickname: self.nickname,
            backup_state: self.backup_state,
            backup_eligible: self.backup_eligible,
            discoverable: self.discoverable,
            uv_initialized: self.uv_initialized.unwrap_or_default(),
            suspended_at: None,
        })
    }
}

/// The user's id as text, and the handle that the authenticator knows, if the record says. A handle that is text may
/// stand for the id; an id never stands for the handle, since many libraries give authenticators random bytes.
fn user(id: Option<String>, handle: Option<String>) -> Result<(UserId, Option<UserHandle>), Flaw> {
    let handle = handle
        .filter(|text| !text.is_empty())
        .map(|text| bytes(&text).ok_or_else(|| Flaw::invalid("user_handle", "not base64url")))
        .transpose()?;
    let id = match (id, &handle) {
        (Some(id), _) => id,
        (None, Some(handle)) => String::from_utf8(handle.clone())
            .map_err(|_| Flaw::invalid("user_handle", "no text: give a `user_id` as well"))?,
        (None, None) => return Err(Flaw::Missing("user_id")),
    };
    let handle = handle
        .map(UserHandle::new)
        .transpose()
        .map_err(|error| Flaw::invalid("user_handle", error))?;
    Ok((user_id("user_id", &id)?, handle))
}

/// A public key as COSE or SubjectPublicKeyInfo, in base64 of either alphabet or as PEM.
fn public_key(text: &str, algorithm: Option<Algorithm>) -> Result<CosePublicKey, Flaw> {
    let body: String = pem_body(text)?
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let der_or_cbor =
        bytes(&body).ok_or_else(|| Flaw::invalid("public_key", "neither base64 nor a PEM text"))?;
    // A DER sequence begins with 0x30, which in CBOR is a negative number and never a map.
    let key = if der_or_cbor.first() == Some(&0x30) {
        CosePublicKey::from_spki(&der_or_cbor, algorithm)
    } else {
        cose_key(&der_or_cbor)
    };
    key.map_err(|error| Flaw::invalid("public_key", error))
}

/// What stands between the lines of a PEM text; a text without such lines as it is.
fn pem_body(text: &str) -> Result<&str, Flaw> {
    let Some(rest) = text.trim().strip_prefix("-----BEGIN ") else {
        return Ok(text);
    };
    let flawed = |reason| Flaw::invalid("public_key", reason);
    let (label, rest) = rest
        .split_once("-----")
        .ok_or_else(|| flawed("a PEM text whose first line is not whole"))?;
    match label {
        "PUBLIC KEY" => {}
        "RSA PUBLIC KEY" => {
            return Err(flawed(
                "a PEM text of another form; `openssl rsa -RSAPublicKey_in -pubout` writes one that begins with \
                 BEGIN PUBLIC KEY",
            ));
        }
        label if label.ends_with("PRIVATE KEY") => {
            return Err(flawed(
                "a private key: no authenticator gives its own away, so this is another one",
            ));
        }
        _ => {
            return Err(flawed(
                "a PEM text of something else: it must begin with BEGIN PUBLIC KEY",
            ));
        }
    }
    rest.split_once("-----END PUBLIC KEY-----")
        .map(|(body, _)| body)
        .ok_or_else(|| flawed("a PEM text whose end is missing"))
}

/// Base64 of either alphabet, padded or not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    const INDIFFERENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&base64::alphabet::URL_SAFE, &base64::alphabet::STANDARD]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, INDIFFERENT).decode(text).ok())
}
