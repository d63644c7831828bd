//! The ways a ceremony can be broken, one property at a time.

use passkey::crypto::SecretKeyT;
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// One departure from an honest ceremony.
///
/// Whatever the signature covers is signed again after the change, so a verifier can only refuse for the altered
/// property; [`Alteration::CorruptSignature`] and [`Alteration::ForeignKey`] are the exceptions, as their names say.
#[derive(Clone, Debug)]
pub enum Alteration {
    /// `clientDataJSON.challenge`: these bytes instead of the challenge of the options.
    Challenge(Vec<u8>),
    /// `clientDataJSON.origin`: this text.
    Origin(String),
    /// `clientDataJSON.type`: this text instead of `webauthn.create` or `webauthn.get`.
    CeremonyType(String),
    /// Sets a member of `clientDataJSON` (`crossOrigin`, `topOrigin`, `tokenBinding`, anything).
    ClientDataMember(&'static str, Value),
    /// The whole of `clientDataJSON`, as raw bytes.
    ClientData(Vec<u8>),

    /// The RP ID hash of the authenticator data becomes that of this RP ID.
    RpId(String),
    /// The UP flag.
    UserPresent(bool),
    /// The UV flag.
    UserVerified(bool),
    /// The BE flag.
    BackupEligible(bool),
    /// The BS flag.
    BackupState(bool),
    /// Raw flags: the bits to flip.
    FlipFlags(u8),
    /// The sign count of this response; the authenticator's own count goes on as if nothing happened.
    SignCount(u32),
    /// Bytes after the end of the authenticator data.
    TrailingBytes(Vec<u8>),
    /// Cuts this many bytes off the end of the authenticator data.
    Truncated(usize),

    /// Registration: the AAGUID.
    Aaguid([u8; 16]),
    /// Registration: a credential id of this many bytes. The authenticator remembers it under that id.
    CredentialIdLength(usize),
    /// Registration: exactly this credential id. The authenticator remembers it under that id.
    CredentialId(Vec<u8>),
    /// Registration: a key of this COSE algorithm, whether it was offered or not.
    Algorithm(i64),
    /// Registration: these bytes as the COSE public key.
    PublicKey(Vec<u8>),
    /// Registration: attestation `packed`, signed by the credential's own key.
    PackedSelfAttestation,
    /// Registration: this format name with an empty statement.
    AttestationFormat(String),
    /// Registration: bytes after the end of the attestation object.
    AttestationTrailingBytes(Vec<u8>),
    /// Registration: `transports`.
    Transports(Vec<String>),

    /// Flips the last bit of the signature.
    CorruptSignature,
    /// Signs with a key made for the occasion.
    ForeignKey,
    /// Authentication: `userHandle`, or none.
    UserHandle(Option<Vec<u8>>),

    /// `id`, leaving `rawId` alone.
    Id(String),
    /// `id` and `rawId`.
    RawId(Vec<u8>),
    /// `type` of the credential.
    CredentialType(String),
    /// `clientExtensionResults`.
    ExtensionResults(Value),
}

/// Applies the alterations of client data.
pub(super) fn alter_client_data(client_data_json: Vec<u8>, alterations: &[Alteration]) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&client_data_json) else {
        return client_data_json;
    };
    let mut altered = false;
    let mut raw = None;
    for alteration in alterations {
        let (name, value) = match alteration {
            Alteration::Challenge(bytes) => ("challenge", Value::from(super::base64url(bytes))),
            Alteration::Origin(origin) => ("origin", Value::from(origin.as_str())),
            Alteration::CeremonyType(text) => ("type", Value::from(text.as_str())),
            Alteration::ClientDataMember(name, value) => (*name, value.clone()),
            Alteration::ClientData(bytes) => {
                raw = Some(bytes.clone());
                continue;
            }
            _ => continue,
        };
        members.insert(name.to_owned(), value);
        altered = true;
    }
    match raw {
        Some(raw) => raw,
        None if altered => Value::Object(members).to_string().into_bytes(),
        None => client_data_json,
    }
}

/// Offsets into authenticator data (WebAuthn §6.1).
const FLAGS: usize = 32;
const SIGN_COUNT: std::ops::Range<usize> = 33..37;
const AAGUID: std::ops::Range<usize> = 37..53;
const CREDENTIAL_ID_LENGTH: std::ops::Range<usize> = 53..55;
const CREDENTIAL_ID: usize = 55;

/// Applies the alterations of authenticator data.
pub(super) fn alter_authenticator_data(mut data: Vec<u8>, alterations: &[Alteration]) -> Vec<u8> {
    for alteration in alterations {
        match alteration {
            Alteration::RpId(rp_id) => data[..32].copy_from_slice(digest(&SHA256, rp_id.as_bytes()).as_ref()),
            Alteration::UserPresent(on) => set_flag(&mut data, 0x01, *on),
            Alteration::UserVerified(on) => set_flag(&mut data, 0x04, *on),
            Alteration::BackupEligible(on) => set_flag(&mut data, 0x08, *on),
            Alteration::BackupState(on) => set_flag(&mut data, 0x10, *on),
            Alteration::FlipFlags(bits) => data[FLAGS] ^= bits,
            Alteration::SignCount(count) => data[SIGN_COUNT].copy_from_slice(&count.to_be_bytes()),
            Alteration::Aaguid(aaguid) if data.len() >= AAGUID.end => data[AAGUID].copy_from_slice(aaguid),
            Alteration::CredentialIdLength(length) => {
                let id = (0..*length)
                    .map(|index| u8::try_from(index % 251).unwrap_or_default())
                    .collect::<Vec<_>>();
                replace_credential_id(&mut data, &id);
            }
            Alteration::CredentialId(id) => replace_credential_id(&mut data, id),
            Alteration::PublicKey(key) if data.len() > CREDENTIAL_ID => {
                let start = CREDENTIAL_ID + credential_id_of(&data).len();
                data.truncate(start);
                data.extend_from_slice(key);
            }
            Alteration::TrailingBytes(bytes) => data.extend_from_slice(bytes),
            Alteration::Truncated(bytes) => data.truncate(data.len().saturating_sub(*bytes)),
            _ => {}
        }
    }
    data
}

/// The credential id in the authenticator data of a registration.
pub(super) fn credential_id_of(data: &[u8]) -> &[u8] {
    let length = data
        .get(CREDENTIAL_ID_LENGTH)
        .map_or(0, |length| usize::from(length[0]) << 8 | usize::from(length[1]));
    data.get(CREDENTIAL_ID..CREDENTIAL_ID + length)
        .unwrap_or_default()
}

/// Applies the alterations of a signature made over `message` with `key`.
pub(super) fn sign(
    key: &mut impl SecretKeyT,
    foreign: &mut impl SecretKeyT,
    message: &[u8],
    alterations: &[Alteration],
) -> Vec<u8> {
    let is_foreign = alterations
        .iter()
        .any(|alteration| matches!(alteration, Alteration::ForeignKey));
    let mut signature = if is_foreign {
        foreign.sign(message)
    } else {
        key.sign(message)
    };
    if alterations
        .iter()
        .any(|alteration| matches!(alteration, Alteration::CorruptSignature))
        && let Some(last) = signature.last_mut()
    {
        *last ^= 1;
    }
    signature
}

fn set_flag(data: &mut [u8], bit: u8, on: bool) {
    if on {
        data[FLAGS] |= bit;
    } else {
        data[FLAGS] &= !bit;
    }
}

fn replace_credential_id(data: &mut Vec<u8>, id: &[u8]) {
    if data.len() <= CREDENTIAL_ID {
        return;
    }
    let end = CREDENTIAL_ID + credential_id_of(data).len();
    data.splice(CREDENTIAL_ID..end, id.iter().copied());
    data[CREDENTIAL_ID_LENGTH].copy_from_slice(&u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes());
}
