//! Extensions (§10 and CTAP 2.2 §12): what is asked for, and what the outputs say.
//!
//! Client outputs are unsigned claims; only outputs inside authenticator data are covered by a signature.
//! Outputs nobody asked for are ignored unread, and one that is `null` is absent: browsers, authenticators and password
//! managers send both. A malformed output that was asked for is an error.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::base64url;
use crate::cbor::Value;
use crate::code::Code;
use crate::credential::CredentialId;

pub(crate) mod policy;

use self::policy::{ExtensionPolicy, UnsolicitedExtensions};

/// Why an extension output is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// An output of a known extension with the wrong type or value.
    #[error("output of extension {0:?} is malformed")]
    Malformed(&'static str),
    /// An output nobody asked for, where the policy refuses those.
    #[error("extension {0:?} was not asked for")]
    Unsolicited(String),
    /// Enforced credential protection came out weaker than asked for.
    #[error("credential protection {got:?} is weaker than the {wanted:?} that was asked for")]
    CredentialProtectionTooWeak {
        /// The enforced level.
        wanted: CredentialProtection,
        /// What the authenticator reports, if anything.
        got: Option<CredentialProtection>,
    },
    /// The authenticator's minimum PIN length is below the policy's.
    #[error("minimum PIN length {got} is below {minimum}")]
    PinTooShort {
        /// The policy's minimum.
        minimum: u64,
        /// What the authenticator reports.
        got: u64,
    },
}

impl ExtensionError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::ExtensionMalformed,
            Self::Unsolicited(_) => Code::ExtensionUnsolicited,
            Self::CredentialProtectionTooWeak { .. } => Code::ExtensionCredProtectTooWeak,
            Self::PinTooShort { .. } => Code::ExtensionPinTooShort,
        }
    }
}

/// Why extension inputs cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionRequestError {
    /// A large blob is written for exactly one credential.
    #[error("writing a large blob needs an allow list of exactly one credential")]
    LargeBlobWriteNeedsOneCredential,
    /// A blob kept in the credential has at most 32 bytes.
    #[error("a credential blob has at most 32 bytes")]
    CredBlobTooLong,
    /// A PRF evaluation names a credential that is not in the allow list; clients would throw.
    #[error("a PRF evaluation names a credential outside the allow list")]
    PrfCredentialNotAllowed,
}

impl ExtensionRequestError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::LargeBlobWriteNeedsOneCredential => Code::LargeBlobWriteNeedsOneCredential,
            Self::CredBlobTooLong => Code::CredBlobTooLong,
            Self::PrfCredentialNotAllowed => Code::PrfCredentialNotAllowed,
        }
    }
}

/// CTAP credential protection, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CredentialProtection {
    /// User verification is optional (1).
    UserVerificationOptional,
    /// Optional where the credential id is given (2).
    UserVerificationOptionalWithCredentialIdList,
    /// Required (3).
    UserVerificationRequired,
}

impl CredentialProtection {
    /// The spelling in the extension's client input.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserVerificationOptional => "userVerificationOptional",
            Self::UserVerificationOptionalWithCredentialIdList => {
                "userVerificationOptionalWithCredentialIDList"
            }
            Self::UserVerificationRequired => "userVerificationRequired",
        }
    }

    fn from_output(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Unsigned(1) => Some(Self::UserVerificationOptional),
            Value::Unsigned(2) => Some(Self::UserVerificationOptionalWithCredentialIdList),
            Value::Unsigned(3) => Some(Self::UserVerificationRequired),
            _ => None,
        }
    }
}

/// Whether a weaker credential protection than asked for is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enforcement {
    /// Sent as a wish; the outcome is reported.
    Wish,
    /// The client and the verifier refuse anything weaker.
    Enforced,
}

/// Whether a credential shall be able to keep a large blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LargeBlobSupport {
    /// The credential must be able to.
    Required,
    /// The credential should be able to, where the authenticator can.
    Preferred,
}

/// One or two inputs of the PRF. The client hashes them with a fixed prefix before they reach the authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrfInputs {
    /// The first input.
    pub first: Vec<u8>,
    /// The second, if two outputs are wanted.
    pub second: Option<Vec<u8>>,
}

impl PrfInputs {
    fn to_json(&self) -> Json {
        let mut inputs = json!({ "first": base64url::encode(&self.first) });
        if let Some(second) = &self.second {
            inputs["second"] = base64url::encode(second).into();
        }
        inputs
    }
}

/// What to ask for at registration; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegistrationExtensions {
    /// `credProps`: is the credential discoverable?
    pub cred_props: bool,
    /// `appidExclude`: an AppID whose U2F credentials are excluded as well.
    pub app_id_exclude: Option<String>,
    /// `credProtect`.
    pub credential_protection: Option<(CredentialProtection, Enforcement)>,
    /// `minPinLength`: works only for relying parties on the authenticator's list.
    pub min_pin_length: bool,
    /// `pinComplexityPolicy`.
    pub pin_complexity_policy: bool,
    /// `credBlob`: up to 32 bytes kept with the credential.
    pub cred_blob: Option<Vec<u8>>,
    /// `largeBlob`.
    pub large_blob: Option<LargeBlobSupport>,
    /// `prf`: enables it; inputs may be evaluated at once.
    pub prf: Option<Option<PrfInputs>>,
    /// `uvm`: how the user was verified; removed from Level 3, and still answered by some.
    pub uvm: bool,
}

impl RegistrationExtensions {
    /// Only `credProps`.
    pub fn cred_props() -> Self {
        Self {
            cred_props: true,
            ..Self::default()
        }
    }

    /// Whether clients will take these inputs.
    ///
    /// # Errors
    /// [`ExtensionRequestError`].
    pub fn validate(&self) -> Result<(), ExtensionRequestError> {
        match &self.cred_blob {
            Some(blob) if blob.len() > 32 => Err(ExtensionRequestError::CredBlobTooLong),
            _ => Ok(()),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Json> {
        let mut inputs = Map::new();
        let mut put = |name: &str, value: Json| inputs.insert(name.to_owned(), value);
        if self.cred_props {
            put("credProps", true.into());
        }
        if let Some(app_id) = &self.app_id_exclude {
            put("appidExclude", app_id.as_str().into());
        }
        if let Some((level, enforcement)) = self.credential_protection {
            put("credentialProtectionPolicy", level.as_str().into());
            put(
                "enforceCredentialProtectionPolicy",
                (enforcement == Enforcement::Enforced).into(),
            );
        }
        if self.min_pin_length {
            put("minPinLength", true.into());
        }
        if self.pin_complexity_policy {
            put("pinComplexityPolicy", true.into());
        }
        if let Some(blob) = &self.cred_blob {
            put("credBlob", base64url::encode(blob).into());
        }
        if let Some(support) = self.large_blob {
            let support = match support {
                LargeBlobSupport::Required => "required",
                LargeBlobSupport::Preferred => "preferred",
            };
            put("largeBlob", json!({ "support": support }));
        }
        if let Some(prf) = &self.prf {
            let prf = match prf {
                Some(inputs) => json!({ "eval": inputs.to_json() }),
                None => json!({}),
            };
            put("prf", prf);
        }
        if self.uvm {
            put("uvm", true.into());
        }
        inputs
    }

    pub(crate) fn requested(&self) -> Requested {
        let mut names: Vec<String> = self.to_json().keys().cloned().collect();
        // One extension, two names of inputs, one name of its output.
        names.retain(|name| name != "enforceCredentialProtectionPolicy");
        for name in &mut names {
            if name == "credentialProtectionPolicy" {
                "credProtect".clone_into(name);
            }
        }
        if self.prf.is_some() {
            names.push("hmac-secret".to_owned());
        }
        Requested {
            names,
            app_id: None,
            credential_protection: self
                .credential_protection
                .filter(|(_, enforcement)| *enforcement == Enforcement::Enforced)
                .map(|(level, _)| level),
        }
    }
}

/// What to do with a credential's large blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LargeBlobUse {
    /// The blob is returned.
    Read,
    /// The blob is replaced by these bytes.
    Write(Vec<u8>),
}

/// The PRF's inputs at authentication.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrfEvaluation {
    /// For any credential.
    pub default: Option<PrfInputs>,
    /// For credentials of the allow list.
    pub by_credential: Vec<(CredentialId, PrfInputs)>,
}

/// What to ask for at authentication; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthenticationExtensions {
    /// `appid`: an AppID under which U2F credentials were registered.
    pub app_id: Option<String>,
    /// `getCredBlob`.
    pub get_cred_blob: bool,
    /// `largeBlob`.
    pub large_blob: Option<LargeBlobUse>,
    /// `prf`. Results are secrets of the page: it has to strip them before sending its response.
    pub prf: Option<PrfEvaluation>,
    /// `uvm`: how the user was verified; removed from Level 3, and still answered by some.
    pub uvm: bool,
}

impl AuthenticationExtensions {
    /// Whether clients will take these inputs together with this allow list.
    ///
    /// # Errors
    /// [`ExtensionRequestError`].
    pub fn validate<'a>(
        &self,
        allowed: impl ExactSizeIterator<Item = &'a CredentialId> + Clone,
    ) -> Result<(), ExtensionRequestError> {
        if matches!(self.large_blob, Some(LargeBlobUse::Write(_))) && allowed.len() != 1 {
            return Err(ExtensionRequestError::LargeBlobWriteNeedsOneCredential);
        }
        let named = self.prf.iter().flat_map(|prf| &prf.by_credential);
        for (id, _) in named {
            if !allowed.clone().any(|allowed| allowed == id) {
                return Err(ExtensionRequestError::PrfCredentialNotAllowed);
            }
        }
        Ok(())
    }

    pub(crate) fn to_json(&self) -> Map<String, Json> {
        let mut inputs = Map::new();
        let mut put = |name: &str, value: Json| inputs.insert(name.to_owned(), value);
        if let Some(app_id) = &self.app_id {
            put("appid", app_id.as_str().into());
        }
        if self.get_cred_blob {
            put("getCredBlob", true.into());
        }
        match &self.large_blob {
            Some(LargeBlobUse::Read) => {
                put("largeBlob", json!({ "read": true }));
            }
            Some(LargeBlobUse::Write(blob)) => {
                put("largeBlob", json!({ "write": base64url::encode(blob) }));
            }
            None => {}
        }
        if let Some(prf) = &self.prf {
            let mut input = Map::new();
            if let Some(default) = &prf.default {
                input.insert("eval".to_owned(), default.to_json());
            }
            if !prf.by_credential.is_empty() {
                let by_credential = prf
                    .by_credential
                    .iter()
                    .map(|(id, inputs)| (id.to_base64url(), inputs.to_json()))
                    .collect::<Map<_, _>>();
                input.insert("evalByCredential".to_owned(), by_credential.into());
            }
            put("prf", input.into());
        }
        if self.uvm {
            put("uvm", true.into());
        }
        inputs
    }

    pub(crate) fn requested(&self) -> Requested {
        let mut names: Vec<String> = self.to_json().keys().cloned().collect();
        if self.get_cred_blob {
            names.push("credBlob".to_owned());
        }
        if self.prf.is_some() {
            names.push("hmac-secret".to_owned());
        }
        Requested {
            names,
            app_id: self.app_id.clone(),
            credential_protection: None,
        }
    }
}

/// What a ceremony has to remember of the extensions it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Requested {
    pub(crate) names: Vec<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) credential_protection: Option<CredentialProtection>,
}

impl Requested {
    /// An AppID and nothing else.
    pub(crate) fn app_id(app_id: Option<String>) -> Self {
        let extensions = AuthenticationExtensions {
            app_id,
            ..AuthenticationExtensions::default()
        };
        extensions.requested()
    }

    fn holds(&self, name: &str) -> bool {
        self.names.iter().any(|asked| asked == name)
    }
}

/// A user verification method entry: method, key protection, matcher protection.
pub type UvmEntry = [u32; 3];

/// What the outputs of the extensions that were asked for say; all absent by default. Results of the PRF are dropped on sight: they are secrets of the page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExtensionOutputs {
    /// `credProps.rk` (client): whether the credential is discoverable.
    pub discoverable: Option<bool>,
    /// `appid` (client): whether the AppID was used.
    pub app_id: Option<bool>,
    /// `appidExclude` (client): whether the client acted on it.
    pub app_id_exclude: Option<bool>,
    /// `credProtect` (signed).
    pub credential_protection: Option<CredentialProtection>,
    /// `minPinLength` (signed).
    pub min_pin_length: Option<u64>,
    /// `pinComplexityPolicy` (signed).
    pub pin_complexity_policy: Option<bool>,
    /// `credBlob` at registration (signed): whether it was stored.
    pub cred_blob_stored: Option<bool>,
    /// `credBlob` at authentication (signed): the bytes.
    pub cred_blob: Option<Vec<u8>>,
    /// `largeBlob.supported` at registration (client).
    pub large_blob_supported: Option<bool>,
    /// `largeBlob.written` at authentication (client).
    pub large_blob_written: Option<bool>,
    /// `largeBlob.blob` at authentication (client).
    pub large_blob: Option<Vec<u8>>,
    /// `prf.enabled` (client).
    pub prf_enabled: Option<bool>,
    /// `hmac-secret` at registration (signed).
    pub hmac_secret: Option<bool>,
    /// `uvm` (signed, else client).
    pub uvm: Vec<UvmEntry>,
}

/// Which ceremony the outputs belong to; some extensions answer differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Registration,
    Authentication,
}

/// Reads the outputs of both sides and judges them by what was asked for.
pub(crate) fn process(
    stage: Stage,
    requested: &Requested,
    client: &Map<String, Json>,
    authenticator: &[(&str, Value<'_>)],
    policy: &ExtensionPolicy,
) -> Result<ExtensionOutputs, ExtensionError> {
    let mut outputs = ExtensionOutputs::default();
    // `null` is how some clients and authenticators leave an output out.
    let of_client = client.iter().filter(|(_, output)| !output.is_null());
    let of_authenticator = authenticator
        .iter()
        .filter(|(_, output)| !matches!(output, Value::Null));
    if policy.unsolicited == UnsolicitedExtensions::Refuse {
        let names = of_client.clone().map(|(name, _)| name.as_str());
        let mut names = names.chain(of_authenticator.clone().map(|(name, _)| *name));
        if let Some(name) = names.find(|name| !requested.holds(name)) {
            return Err(ExtensionError::Unsolicited(name.to_owned()));
        }
    }
    for (name, output) in of_client.filter(|(name, _)| requested.holds(name)) {
        read_client_output(stage, name, output, &mut outputs)?;
    }
    for (name, output) in of_authenticator.filter(|(name, _)| requested.holds(name)) {
        read_authenticator_output(stage, name, output, &mut outputs)?;
    }
    if let Some(wanted) = requested.credential_protection {
        let got = outputs.credential_protection;
        if got.is_none_or(|got| got < wanted) {
            return Err(ExtensionError::CredentialProtectionTooWeak { wanted, got });
        }
    }
    if let (Some(minimum), Some(got)) = (policy.minimum_pin_length, outputs.min_pin_length)
        && got < minimum
    {
        return Err(ExtensionError::PinTooShort { minimum, got });
    }
    Ok(outputs)
}

fn read_client_output(
    stage: Stage,
    name: &str,
    output: &Json,
    outputs: &mut ExtensionOutputs,
) -> Result<(), ExtensionError> {
    match (name, stage) {
        ("credProps", Stage::Registration) => {
            outputs.discoverable = member_bool(output, "rk", "credProps")?;
        }
        ("appid", Stage::Authentication) => outputs.app_id = Some(bool_of(output, "appid")?),
        ("appidExclude", Stage::Registration) => {
            outputs.app_id_exclude = Some(bool_of(output, "appidExclude")?);
        }
        ("largeBlob", Stage::Registration) => {
            outputs.large_blob_supported = member_bool(output, "supported", "largeBlob")?;
        }
        ("largeBlob", Stage::Authentication) => {
            outputs.large_blob_written = member_bool(output, "written", "largeBlob")?;
            outputs.large_blob = match output.get("blob") {
                None | Some(Json::Null) => None,
                Some(blob) => Some(
                    blob.as_str()
                        .and_then(base64url::decode_tolerant)
                        .ok_or(ExtensionError::Malformed("largeBlob"))?,
                ),
            };
        }
        ("prf", _) => outputs.prf_enabled = member_bool(output, "enabled", "prf")?,
        ("uvm", _) => {
            outputs.uvm = output
                .as_array()
                .and_then(|entries| {
                    let entry = |entry: &Json| uvm_entry(entry.as_array()?, Json::as_u64);
                    uvm_entries(entries, entry)
                })
                .ok_or(ExtensionError::Malformed("uvm"))?;
        }
        _ => {}
    }
    Ok(())
}

fn read_authenticator_output(
    stage: Stage,
    name: &str,
    output: &Value<'_>,
    outputs: &mut ExtensionOutputs,
) -> Result<(), ExtensionError> {
    let signed_bool = |name| output.as_bool().ok_or(ExtensionError::Malformed(name));
    match (name, stage) {
        ("credProtect", Stage::Registration) => {
            outputs.credential_protection = Some(
                CredentialProtection::from_output(output).ok_or(ExtensionError::Malformed("credProtect"))?,
            );
        }
        ("minPinLength", Stage::Registration) => match output {
            Value::Unsigned(length) => outputs.min_pin_length = Some(*length),
            _ => return Err(ExtensionError::Malformed("minPinLength")),
        },
        ("pinComplexityPolicy", Stage::Registration) => {
            outputs.pin_complexity_policy = Some(signed_bool("pinComplexityPolicy")?);
        }
        ("credBlob", Stage::Registration) => {
            outputs.cred_blob_stored = Some(signed_bool("credBlob")?);
        }
        ("credBlob", Stage::Authentication) => {
            let blob = output.as_bytes().ok_or(ExtensionError::Malformed("credBlob"))?;
            outputs.cred_blob = Some(blob.to_vec());
        }
        ("hmac-secret", Stage::Registration) => {
            outputs.hmac_secret = Some(signed_bool("hmac-secret")?);
        }
        ("hmac-secret", Stage::Authentication) => {
            // Encrypted for the client and opaque here: one or two blocks of 32, with or without an IV of 16.
            let length = output.as_bytes().map(<[u8]>::len);
            if !matches!(length, Some(32 | 48 | 64 | 80)) {
                return Err(ExtensionError::Malformed("hmac-secret"));
            }
        }
        ("uvm", _) => {
            outputs.uvm = output
                .as_array()
                .and_then(|entries| {
                    let number = |value: &Value<'_>| value.as_int().and_then(|n| n.try_into().ok());
                    uvm_entries(entries, |entry| uvm_entry(entry.as_array()?, number))
                })
                .ok_or(ExtensionError::Malformed("uvm"))?;
        }
        _ => {}
    }
    Ok(())
}

fn bool_of(output: &Json, name: &'static str) -> Result<bool, ExtensionError> {
    output.as_bool().ok_or(ExtensionError::Malformed(name))
}

fn member_bool(output: &Json, member: &str, name: &'static str) -> Result<Option<bool>, ExtensionError> {
    let output = output.as_object().ok_or(ExtensionError::Malformed(name))?;
    match output.get(member) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => bool_of(value, name).map(Some),
    }
}

/// One to three entries.
fn uvm_entries<T>(entries: &[T], entry: impl Fn(&T) -> Option<UvmEntry>) -> Option<Vec<UvmEntry>> {
    if (1..=3).contains(&entries.len()) {
        entries.iter().map(entry).collect()
    } else {
        None
    }
}

fn uvm_entry<T>(numbers: &[T], number: impl Fn(&T) -> Option<u64>) -> Option<UvmEntry> {
    let [method, key_protection, matcher_protection] = numbers else {
        return None;
    };
    let number = |value| number(value).and_then(|n| u32::try_from(n).ok());
    Some([
        number(method)?,
        number(key_protection)?,
        number(matcher_protection)?,
    ])
}

#[cfg(test)]
mod tests;
