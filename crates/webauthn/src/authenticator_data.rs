//! Authenticator data: the bytes an authenticator signs (§6.1), read in place.

use crate::cbor::{self, CborError, Key, Rules, Value};
use crate::code::Code;
use crate::cose::{CoseKeyError, CoseKeyView};
use crate::credential::Aaguid;
use crate::leniency::{Leniencies, Leniency};

/// Why authenticator data is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticatorDataError {
    /// Fewer bytes than its flags demand.
    #[error("authenticator data is too short")]
    TooShort,
    /// A registration without attested credential data.
    #[error("attested credential data is missing")]
    AttestedCredentialDataMissing,
    /// An assertion with attested credential data.
    #[error("assertion contains attested credential data")]
    UnexpectedAttestedCredentialData,
    /// A credential id that is empty, above 1023 bytes or longer than the data.
    #[error("credential id length {0} is not allowed")]
    CredentialIdLength(u16),
    /// The credential public key is refused.
    #[error("credential public key is refused")]
    PublicKey(#[source] CoseKeyError),
    /// The extensions are not one canonical CBOR map with text keys.
    #[error("extension data is malformed")]
    Extensions(#[source] CborError),
    /// Bytes follow the last structure.
    #[error("bytes after authenticator data")]
    TrailingBytes,
    /// BS is set while BE is clear.
    #[error("credential is backed up but not backup-eligible")]
    BackedUpButNotEligible,
}

impl AuthenticatorDataError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::TooShort => Code::AuthenticatorDataTooShort,
            Self::AttestedCredentialDataMissing => Code::AttestedCredentialDataMissing,
            Self::UnexpectedAttestedCredentialData => Code::UnexpectedAttestedCredentialData,
            Self::CredentialIdLength(_) => Code::CredentialIdLength,
            Self::PublicKey(error) => error.code(),
            Self::Extensions(_) => Code::AuthenticatorDataExtensions,
            Self::TrailingBytes => Code::AuthenticatorDataTrailingBytes,
            Self::BackedUpButNotEligible => Code::BackedUpButNotEligible,
        }
    }
}

/// The flag byte; reserved bits are kept and not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// The byte as signed.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// UP: a user was present.
    pub const fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// UV: the user was verified.
    pub const fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// BE: the credential may be backed up.
    pub const fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// BS: the credential is backed up.
    pub const fn backup_state(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// AT: attested credential data follows.
    pub const fn attested_credential_data(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// ED: extension data follows.
    pub const fn extension_data(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Which ceremony the data belongs to, which decides the AT flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A registration: attested credential data must be there.
    Registration,
    /// An assertion: it must not.
    Assertion,
}

/// Authenticator data decoded in place.
#[derive(Debug, Clone)]
pub struct AuthenticatorData<'a> {
    bytes: &'a [u8],
    rp_id_hash: &'a [u8; 32],
    flags: Flags,
    sign_count: u32,
    attested: Option<AttestedCredentialData<'a>>,
    extensions: Vec<(&'a str, Value<'a>)>,
}

/// What a new credential is: its model, id and key.
#[derive(Debug, Clone)]
pub struct AttestedCredentialData<'a> {
    aaguid: Aaguid,
    credential_id: &'a [u8],
    public_key: &'a [u8],
    key: CoseKeyView<'a>,
}

impl<'a> AttestedCredentialData<'a> {
    /// The authenticator model, as it says.
    pub fn aaguid(&self) -> Aaguid {
        self.aaguid
    }

    /// The credential id, 1 to 1023 bytes.
    pub fn credential_id(&self) -> &'a [u8] {
        self.credential_id
    }

    /// The COSE_Key, exactly the bytes it takes.
    pub fn public_key(&self) -> &'a [u8] {
        self.public_key
    }

    pub(crate) fn key(&self) -> &CoseKeyView<'a> {
        &self.key
    }
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data.
    ///
    /// # Errors
    /// [`AuthenticatorDataError`].
    pub fn parse(bytes: &'a [u8], purpose: Purpose) -> Result<Self, AuthenticatorDataError> {
        Self::parse_with(bytes, purpose, Leniencies::default())
    }

    pub(crate) fn parse_with(
        bytes: &'a [u8],
        purpose: Purpose,
        leniencies: Leniencies,
    ) -> Result<Self, AuthenticatorDataError> {
        let short = AuthenticatorDataError::TooShort;
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(short)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(short)?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>().ok_or(short)?;
        let flags = Flags(flags);
        match (purpose, flags.attested_credential_data()) {
            (Purpose::Registration, false) => {
                return Err(AuthenticatorDataError::AttestedCredentialDataMissing);
            }
            (Purpose::Assertion, true) => {
                return Err(AuthenticatorDataError::UnexpectedAttestedCredentialData);
            }
            (Purpose::Registration, true) | (Purpose::Assertion, false) => {}
        }
        if flags.backup_state() && !flags.backup_eligible() {
            return Err(AuthenticatorDataError::BackedUpButNotEligible);
        }
        let rules =
            Rules::AUTHENTICATOR_DATA.with_indefinite(leniencies.allows(Leniency::CborIndefiniteLength));
        let attested = if flags.attested_credential_data() {
            let (attested, length) = Self::parse_attested(rest, rules, leniencies)?;
            rest = &rest[length..];
            Some(attested)
        } else {
            None
        };
        let extensions = if flags.extension_data() {
            let (extensions, length) = parse_extensions(rest, rules)?;
            rest = &rest[length..];
            extensions
        } else {
            Vec::new()
        };
        if !rest.is_empty() {
            return Err(AuthenticatorDataError::TrailingBytes);
        }
        Ok(Self {
            bytes,
            rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            attested,
            extensions,
        })
    }

    fn parse_attested(
        bytes: &'a [u8],
        rules: Rules,
        leniencies: Leniencies,
    ) -> Result<(AttestedCredentialData<'a>, usize), AuthenticatorDataError> {
        let short = AuthenticatorDataError::TooShort;
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(short)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(short)?;
        let length = u16::from_be_bytes(*length);
        if length == 0 || length > 1023 || usize::from(length) > rest.len() {
            return Err(AuthenticatorDataError::CredentialIdLength(length));
        }
        let (credential_id, rest) = rest.split_at(usize::from(length));
        let (value, key_length) = cbor::decode_prefix(rest, rules)
            .map_err(|error| AuthenticatorDataError::PublicKey(CoseKeyError::Cbor(error)))?;
        let key = CoseKeyView::from_value(&value, leniencies).map_err(AuthenticatorDataError::PublicKey)?;
        let attested = AttestedCredentialData {
            aaguid: Aaguid::new(*aaguid),
            credential_id,
            public_key: &rest[..key_length],
            key,
        };
        Ok((attested, 16 + 2 + usize::from(length) + key_length))
    }

    /// The bytes as signed.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// SHA-256 of the RP ID the authenticator was used for.
    pub fn rp_id_hash(&self) -> &'a [u8; 32] {
        self.rp_id_hash
    }

    /// The flag byte.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// The signature counter as signed, big-endian on the wire; 0 where the authenticator does not count.
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The new credential, in a registration.
    pub fn attested_credential_data(&self) -> Option<&AttestedCredentialData<'a>> {
        self.attested.as_ref()
    }

    /// The authenticator extension outputs.
    pub fn extensions(&self) -> &[(&'a str, Value<'a>)] {
        &self.extensions
    }
}

type Extensions<'a> = Vec<(&'a str, Value<'a>)>;

fn parse_extensions(bytes: &[u8], rules: Rules) -> Result<(Extensions<'_>, usize), AuthenticatorDataError> {
    let (value, length) = cbor::decode_prefix(bytes, rules).map_err(AuthenticatorDataError::Extensions)?;
    let malformed = AuthenticatorDataError::Extensions(CborError::Type);
    let Value::Map(entries) = value else {
        return Err(malformed);
    };
    let extensions = entries
        .into_iter()
        .map(|(key, value)| match key {
            Key::Text(name) => Ok((name, value)),
            Key::Unsigned(_) | Key::Negative(_) => Err(malformed),
        })
        .collect::<Result<_, _>>()?;
    Ok((extensions, length))
}

#[cfg(test)]
mod tests;
