//! Passkeys as other libraries keep them.

use std::collections::BTreeMap;

use passgate_core::{
    credential::{Credential, MAX_NICKNAME_CHARS},
    time::Timestamp,
    user::UserId,
};
use passgate_webauthn::{Aaguid, Algorithm, CosePublicKey, CredentialId, Origin, RpId, UserHandle};
use serde_json::Value;

use super::{
    forms::{Found, Hex, base64, decoded_again},
    handle::HandleRule,
    report::{Flaw, Note},
    row::{Expanded, Member, PasskeyRow},
    text::cose_key,
};

/// Most different names of a kind that are counted one by one.
const NAMES: usize = 64;

/// What other libraries' records may leave out, and how they are read.
#[derive(Clone, Debug)]
pub struct PasskeyDefaults {
    /// The RP ID of passkeys that name none.
    pub rp_id: Option<RpId>,
    /// The origin of passkeys that name none; `https://` and the RP ID if absent.
    pub origin: Option<Origin>,
    /// When passkeys that do not say were registered.
    pub created_at: Timestamp,
    /// Which user handle authenticators know, whatever a record says; none to believe the record, and to learn the
    /// handle where it says nothing.
    pub user_handle: Option<HandleRule>,
    /// Whether a text of hex digits is bytes. Otherwise it is refused: read as base64 it would be other bytes.
    pub hex: bool,
}

/// Reads one passkey of another library, or of an API's list, from a JSON object.
///
/// # Errors
/// What is wrong with it.
pub fn read_passkey(value: Value, defaults: &PasskeyDefaults) -> Result<Credential, Flaw> {
    match PasskeyRow::expand(value)? {
        Expanded::Rows(rows) => match <[PasskeyRow; 1]>::try_from(rows) {
            Ok([row]) => credential(&row, defaults, &mut Tally::default()),
            Err(_) => Err(Flaw::Malformed("not one passkey".to_owned())),
        },
        Expanded::Other(model) => Err(Flaw::Malformed(format!("a `{model}` is no passkey"))),
    }
}

/// What was met in records, for the report.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Members that are not understood.
    unknown: BTreeMap<String, u64>,
    /// Records that are no passkeys.
    others: BTreeMap<String, u64>,
    /// Which rule gave how many handles; `record` where the record did.
    handles: BTreeMap<String, u64>,
    /// Handles that are base64 themselves.
    encoded_handles: u64,
    /// Nicknames that were cut.
    cut: u64,
}

impl Tally {
    /// Counts the members of a row that nobody understands, nor asked for.
    pub(super) fn unknown_members(&mut self, row: &PasskeyRow, is_asked_for: impl Fn(&str) -> bool) {
        for name in row.unknown().filter(|name| !is_asked_for(name)) {
            count(&mut self.unknown, name);
        }
    }

    pub(super) fn other_record(&mut self, what: &str) {
        count(&mut self.others, what);
    }

    /// What the report should say.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let counted = |names: &BTreeMap<String, u64>| names.clone().into_iter().collect::<Vec<_>>();
        if !self.handles.is_empty() {
            notes.push(Note::UserHandles(counted(&self.handles)));
        }
        if self.encoded_handles > 0 {
            notes.push(Note::EncodedHandles {
                records: self.encoded_handles,
            });
        }
        if !self.unknown.is_empty() {
            notes.push(Note::UnknownMembers(counted(&self.unknown)));
        }
        if !self.others.is_empty() {
            notes.push(Note::OtherRecords(counted(&self.others)));
        }
        if self.cut > 0 {
            notes.push(Note::NicknamesCut { records: self.cut });
        }
        notes
    }
}

/// Counts a name that a file gives; it may give any number of them.
fn count(names: &mut BTreeMap<String, u64>, name: &str) {
    if names.len() < NAMES || names.contains_key(name) {
        *names.entry(name.to_owned()).or_default() += 1;
    } else {
        *names.entry("others".to_owned()).or_default() += 1;
    }
}

/// The flaws of a record: all of them are told at once.
#[derive(Default)]
struct Flaws(Vec<Flaw>);

impl Flaws {
    /// The value, unless it is flawed.
    fn keep<T>(&mut self, read: Result<T, Flaw>) -> Option<T> {
        read.map_err(|flaw| self.0.push(flaw)).ok()
    }

    /// The value of a member that may be absent.
    fn optional<'r, T>(
        &mut self,
        found: Option<&'r Found>,
        read: impl FnOnce(&'r Found) -> Result<T, Flaw>,
    ) -> Option<T> {
        found.and_then(|found| self.keep(read(found)))
    }

    /// The value of a member that must be there.
    fn required<'r, T>(
        &mut self,
        name: &'static str,
        found: Option<&'r Found>,
        read: impl FnOnce(&'r Found) -> Result<T, Flaw>,
    ) -> Option<T> {
        if found.is_none() {
            self.0.push(Flaw::Missing(name.into()));
        }
        self.optional(found, read)
    }

    fn into_flaw(mut self) -> Flaw {
        match self.0.len() {
            1 => self.0.remove(0),
            _ => Flaw::Several(self.0),
        }
    }
}

/// The passkey of a record.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn credential(
    row: &PasskeyRow,
    defaults: &PasskeyDefaults,
    tally: &mut Tally,
) -> Result<Credential, Flaw> {
    let hex = if defaults.hex { Hex::IsHex } else { Hex::IsRefused };
    let mut flaws = Flaws(row.flaws().to_vec());
    let get = |member| row.get(member);
    let id = flaws.required("id", get(Member::Id), |found| id(found, hex));
    let algorithm = flaws.optional(get(Member::Algorithm), algorithm);
    let key = flaws.required("publicKey", get(Member::PublicKey), |found| key(found, algorithm));
    let user = user(row, defaults, hex, &mut flaws, tally);
    let party = party(row, defaults, &mut flaws);
    let sign_count = flaws.optional(get(Member::SignCount), Found::count);
    let transports = flaws.optional(get(Member::Transports), Found::transports);
    let aaguid = flaws.optional(get(Member::Aaguid), Found::aaguid);
    let created_at = flaws.optional(get(Member::CreatedAt), Found::time);
    let last_used_at = flaws.optional(get(Member::LastUsedAt), Found::time);
    let nickname = flaws.optional(get(Member::Nickname), Found::text);
    let texts = [Member::Country, Member::Device, Member::AttestationFormat]
        .map(|member| flaws.optional(get(member), Found::text));
    let [country, device, attestation_format] = texts;
    let backup_state = flaws.optional(get(Member::BackupState), Found::flag);
    let backup_eligible = match get(Member::BackupEligible) {
        Some(found) => flaws.keep(found.flag()),
        None => flaws.optional(get(Member::DeviceType), is_multi_device),
    };
    let discoverable = flaws.optional(get(Member::Discoverable), Found::flag);
    let uv_initialized = flaws.optional(get(Member::UvInitialized), Found::flag);
    if backup_state == Some(true) && backup_eligible == Some(false) {
        flaws.keep::<()>(Err(Flaw::invalid(
            "backupState",
            "backed up, although it may not be backed up (`backupEligible` is false)",
        )));
    }
    if let (Some(id), Some(key)) = (&id, &key)
        && let Some(named) = &key.named
        && named != id
    {
        flaws.keep::<()>(Err(Flaw::invalid(
            "publicKey",
            "the key of another credential id",
        )));
    }
    let (Some(id), Some(key), Some((user_id, user_handle)), Some((rp_id, origin)), []) =
        (id, key, user, party, flaws.0.as_slice())
    else {
        return Err(flaws.into_flaw());
    };
    let created_at = created_at.unwrap_or(defaults.created_at);
    Ok(Credential {
        id,
        user_id,
        user_handle,
        public_key: key.key.as_bytes().to_vec(),
        sign_count: sign_count.unwrap_or_default(),
        transports: transports.unwrap_or_default(),
        attestation_format: attestation_format.unwrap_or_else(|| "none".to_owned()),
        aaguid: aaguid.or(key.aaguid).unwrap_or(Aaguid::ZERO),
        created_at,
        last_used_at: last_used_at.unwrap_or(created_at),
        rp_id,
        origin,
        country: country.unwrap_or_default(),
        device: device.unwrap_or_default(),
        nickname: nickname.and_then(|text| short_nickname(&text, tally)),
        backup_state,
        backup_eligible,
        discoverable,
        uv_initialized: uv_initialized.unwrap_or_default(),
        suspended_at: None,
    })
}

fn id(found: &Found, hex: Hex) -> Result<CredentialId, Flaw> {
    let bytes = found.bytes(hex)?;
    if !says_its_encoding(found) && decoded_again(&bytes).is_some() {
        return Err(found.flaw("encoded twice: decode it once, or write `base64url:…` if it is not"));
    }
    CredentialId::new(bytes).map_err(|error| found.flaw(error))
}

/// Whether a text names its encoding, so that nothing is guessed.
fn says_its_encoding(found: &Found) -> bool {
    ["base64url:", "base64:", "hex:", "\\x", "text:", "uuid:"]
        .iter()
        .any(|prefix| found.value.as_str().is_some_and(|text| text.starts_with(prefix)))
}

fn algorithm(found: &Found) -> Result<Algorithm, Flaw> {
    Algorithm::from_id(found.integer()?).ok_or_else(|| found.flaw("not supported"))
}

/// What authenticators call single and multi-device credentials, as SimpleWebAuthn tells it.
fn is_multi_device(found: &Found) -> Result<bool, Flaw> {
    match found.text()?.to_ascii_lowercase().as_str() {
        "multidevice" | "multi_device" => Ok(true),
        "singledevice" | "single_device" => Ok(false),
        _ => Err(found.flaw("neither singleDevice nor multiDevice")),
    }
}

/// The beginning of a nickname, which is all that people see of a long one; none of one without a character.
fn short_nickname(text: &str, tally: &mut Tally) -> Option<String> {
    let text = text.trim();
    match text.char_indices().nth(MAX_NICKNAME_CHARS) {
        Some((end, _)) => {
            tally.cut += 1;
            text.get(..end).map(str::to_owned)
        }
        None => (!text.is_empty()).then(|| text.to_owned()),
    }
}

/// The user's id as text, and the handle that the authenticator knows, if anything tells. A handle that is text may
/// stand for the id; an id stands for the handle only where the operator says so, since many products give
/// authenticators random bytes.
fn user(
    row: &PasskeyRow,
    defaults: &PasskeyDefaults,
    hex: Hex,
    flaws: &mut Flaws,
    tally: &mut Tally,
) -> Option<(UserId, Option<UserHandle>)> {
    let (given_id, given_handle) = (row.get(Member::UserId), row.get(Member::UserHandle));
    // A rule makes the record's own handle unread: perhaps it is there in a form that nobody understands.
    let read_handle = given_handle.filter(|_| defaults.user_handle.is_none() || given_id.is_none());
    let bytes = match read_handle.map(|found| handle_bytes(found, hex)) {
        Some(Err(flaw)) => {
            flaws.0.push(flaw);
            return None;
        }
        Some(Ok(bytes)) => Some(bytes),
        None => None,
    };
    let id = match (given_id, read_handle, &bytes) {
        (Some(found), _, _) => flaws.keep(found.text().and_then(|text| user_id(found, &text))),
        (None, Some(found), Some(bytes)) => {
            let text = String::from_utf8(bytes.clone());
            let text = text.map_err(|_| found.flaw("no text: give a `userId` as well"));
            flaws.keep(text.and_then(|text| user_id(found, &text)))
        }
        _ => {
            flaws.0.push(Flaw::Missing("userId".into()));
            None
        }
    }?;
    let handle = match (&defaults.user_handle, read_handle.zip(bytes)) {
        (Some(rule), _) => flaws.keep(rule.handle(&id, row))?,
        (None, Some((found, bytes))) => {
            let inner = decoded_again(&bytes).filter(|_| !says_its_encoding(found));
            if inner.as_deref() == Some(id.as_str().as_bytes()) {
                flaws
                    .0
                    .push(found.flaw("encoded twice: decode it once, or write `base64url:…` if it is not"));
                return None;
            }
            if inner.is_some() && bytes != id.as_str().as_bytes() {
                tally.encoded_handles += 1;
            }
            Some(flaws.keep(UserHandle::new(bytes).map_err(|error| found.flaw(error)))?)
        }
        (None, None) => None,
    };
    let rule = match (&defaults.user_handle, &handle) {
        (Some(rule), _) => rule.to_string(),
        (None, Some(_)) => "record".to_owned(),
        (None, None) => HandleRule::Unknown.to_string(),
    };
    count(&mut tally.handles, &rule);
    Some((id, handle))
}

fn handle_bytes(found: &Found, hex: Hex) -> Result<Vec<u8>, Flaw> {
    found.bytes(hex).map_err(|flaw| match flaw {
        Flaw::Invalid { field, reason } => Flaw::Invalid {
            field,
            reason: format!("{reason}; --user-handle says how handles were made, or that nobody knows"),
        },
        other => other,
    })
}

fn user_id(found: &Found, text: &str) -> Result<UserId, Flaw> {
    UserId::parse(text).map_err(|error| found.flaw(error))
}

fn party(row: &PasskeyRow, defaults: &PasskeyDefaults, flaws: &mut Flaws) -> Option<(RpId, Origin)> {
    let origin = match row.get(Member::Origin) {
        Some(found) => {
            let read = |text: String| Origin::parse(&text).map_err(|error| found.flaw(error));
            Some(flaws.keep(found.text().and_then(read))?)
        }
        None => defaults.origin.clone(),
    };
    let rp_id = match (row.get(Member::RpId), &defaults.rp_id) {
        (Some(found), _) => {
            let read = |text: String| {
                match &origin {
                    Some(origin) => RpId::parse_at(&text, origin),
                    None => RpId::parse(&text),
                }
                .map_err(|error| found.flaw(error))
            };
            flaws.keep(found.text().and_then(read))?
        }
        (None, Some(rp_id)) => rp_id.clone(),
        (None, None) => {
            flaws.0.push(Flaw::Missing("rpId".into()));
            return None;
        }
    };
    let origin = match origin {
        Some(origin) => origin,
        None => {
            let made = Origin::parse(&format!("https://{rp_id}"));
            flaws.keep(made.map_err(|error| Flaw::invalid("origin", error)))?
        }
    };
    Some((rp_id, origin))
}

/// A public key, and what stood around it.
struct Key {
    key: CosePublicKey,
    /// The credential that it is said to be the key of.
    named: Option<CredentialId>,
    /// The model of the authenticator.
    aaguid: Option<Aaguid>,
}

/// A public key as COSE or SubjectPublicKeyInfo, in any form that bytes have, or as PEM; or a whole attested credential
/// data, which holds the COSE key behind model and id.
fn key(found: &Found, algorithm: Option<Algorithm>) -> Result<Key, Flaw> {
    let bytes = key_bytes(found)?;
    let plain = |key| Key {
        key,
        named: None,
        aaguid: None,
    };
    // A DER sequence begins with 0x30, which in CBOR is a negative number and never a map.
    if bytes.first() == Some(&0x30) {
        let key = CosePublicKey::from_spki(&bytes, algorithm);
        return key.map(plain).map_err(|error| found.silent_flaw(error));
    }
    let refused = match cose_key(&bytes) {
        Ok(key) => return Ok(plain(key)),
        Err(error) => error,
    };
    if let Some((aaguid, id, key)) = attested(&bytes)
        && let Ok(key) = cose_key(key)
    {
        return Ok(Key {
            key,
            named: CredentialId::new(id).ok(),
            aaguid: Some(aaguid).filter(|aaguid| *aaguid != Aaguid::ZERO),
        });
    }
    Err(if decoded_again(&bytes).is_some() {
        found.flaw("encoded twice: decode it once")
    } else {
        found.silent_flaw(refused)
    })
}

/// The parts of attested credential data (WebAuthn Level 3, section 6.5.1).
fn attested(bytes: &[u8]) -> Option<(Aaguid, &[u8], &[u8])> {
    let (aaguid, rest) = bytes.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (id, key) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((Aaguid::new(*aaguid), id, key))
}

fn key_bytes(found: &Found) -> Result<Vec<u8>, Flaw> {
    // Hex digits are told from base64 by what they are: only one of the two is a key.
    let Some(text) = found.value.as_str() else {
        return found.bytes(Hex::IsHex);
    };
    let not_a_key = || found.silent_flaw("neither base64, nor hex, nor a PEM text");
    let body = pem_body(found, text)?;
    if body.len() == text.len() {
        return found.bytes(Hex::IsHex).map_err(|_| not_a_key());
    }
    let body: String = body
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    base64(&body).ok_or_else(not_a_key)
}

/// What stands between the lines of a PEM text; a text without such lines as it is.
fn pem_body<'t>(found: &Found, text: &'t str) -> Result<&'t str, Flaw> {
    let Some(rest) = text.trim().strip_prefix("-----BEGIN ") else {
        return Ok(text);
    };
    // What is here may be a secret: it is never repeated.
    let flawed = |reason| found.silent_flaw(reason);
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
