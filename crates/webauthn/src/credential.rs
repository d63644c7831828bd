//! The values a relying party keeps for a credential: ids, handles, transports, AAGUIDs.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base64url;

/// A byte string has a length its kind does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} has {length} bytes; {minimum} to {maximum} are allowed")]
pub struct InvalidLength {
    /// What the bytes were to be.
    pub what: &'static str,
    /// How many there were.
    pub length: usize,
    /// The least allowed.
    pub minimum: usize,
    /// The most allowed.
    pub maximum: usize,
}

/// Defines a byte-string newtype with length limits: base64url text in readable formats, bytes in others.
macro_rules! bytes_newtype {
    ($(#[$meta:meta])* $name:ident, $what:literal, $minimum:literal..=$maximum:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Vec<u8>);

        impl $name {
            /// Takes the bytes if their number is allowed.
            ///
            /// # Errors
            /// [`InvalidLength`].
            pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, InvalidLength> {
                let bytes = bytes.into();
                if ($minimum..=$maximum).contains(&bytes.len()) {
                    Ok(Self(bytes))
                } else {
                    Err(InvalidLength {
                        what: $what,
                        length: bytes.len(),
                        minimum: $minimum,
                        maximum: $maximum,
                    })
                }
            }

            /// The 16 bytes, in the order of the text form.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// The bytes themselves.
            pub fn into_bytes(self) -> Vec<u8> {
                self.0
            }

            /// Base64url without padding, as it stands in WebAuthn's JSON.
            pub fn to_base64url(&self) -> String {
                base64url::encode(&self.0)
            }

            /// Reads base64url, tolerating padding and the standard alphabet as clients send them.
            ///
            /// # Errors
            /// [`InvalidLength`]; text that is not base64url counts as no bytes.
            pub fn from_base64url(text: &str) -> Result<Self, InvalidLength> {
                Self::new(base64url::decode_tolerant(text).unwrap_or_default())
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<Vec<u8>> for $name {
            type Error = InvalidLength;

            fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidLength> {
                Self::new(bytes)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name))
                    .field(&self.to_base64url())
                    .finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(&self.to_base64url())
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let bytes = if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    base64url::decode_tolerant(&text)
                        .ok_or_else(|| serde::de::Error::custom("not base64url"))?
                } else {
                    deserializer.deserialize_byte_buf(BytesVisitor)?
                };
                Self::new(bytes).map_err(serde::de::Error::custom)
            }
        }
    };
}

struct BytesVisitor;

impl serde::de::Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

bytes_newtype! {
    /// The id an authenticator gave a credential: 1 to 1023 bytes.
    CredentialId, "credential id", 1..=1023
}

bytes_newtype! {
    /// The relying party's opaque name for a user account: 1 to 64 bytes, no personal data.
    UserHandle, "user handle", 1..=64
}

bytes_newtype! {
    /// The random bytes of one ceremony: at least 16, spent once.
    Challenge, "challenge", 16..=1024
}

impl Challenge {
    /// Test suites of other projects use short challenges; offline verification has to read them.
    pub(crate) fn of_any_length(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// How a client can reach an authenticator; values unknown to us are kept as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Transport(String);

impl Transport {
    /// More than any specified value has.
    const MAX_LENGTH: usize = 32;
    /// More than any authenticator reports.
    const MAX_COUNT: usize = 16;

    /// Takes a transport's name: 1 to 32 printable ASCII characters.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let valid =
            (1..=Self::MAX_LENGTH).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then_some(Self(name))
    }

    /// The name, such as `internal` or `usb`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a client sent, without duplicates, oversized names or more of them than make sense.
    pub(crate) fn collect(names: impl IntoIterator<Item = String>) -> Vec<Self> {
        let mut transports: Vec<Self> = Vec::new();
        for transport in names.into_iter().filter_map(Self::new) {
            if transports.len() < Self::MAX_COUNT && !transports.contains(&transport) {
                transports.push(transport);
            }
        }
        transports
    }
}

/// A credential as named to the browser in an allow or exclude list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CredentialDescriptor {
    /// The credential id, 1 to 1023 bytes.
    pub id: CredentialId,
    /// The stored transports; without them clients guess.
    pub transports: Vec<Transport>,
}

/// What the relying party stored for the credential an assertion names.
#[derive(Debug, Clone, Copy)]
pub struct StoredCredential<'a> {
    /// The credential id, 1 to 1023 bytes.
    pub id: &'a CredentialId,
    /// The COSE_Key exactly as registered.
    pub public_key: &'a [u8],
    /// The last accepted sign count.
    pub sign_count: u32,
    /// The handle of the user who owns it; `None` for imported records that never knew, which adopt the one of the
    /// next verified assertion ([`VerifiedAssertion::user_handle`](crate::VerifiedAssertion::user_handle)). Such a
    /// record does not belong to the user of a ceremony that names one.
    pub user_handle: Option<&'a UserHandle>,
    /// Whether it was registered as backup-eligible; `None` for imported records that never knew, which adopt
    /// the value of the next verified assertion.
    pub backup_eligible: Option<bool>,
}

/// An authenticator model. A hint unless attestation was verified and trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Aaguid([u8; 16]);

impl Aaguid {
    /// The AAGUID of authenticators that do not tell.
    pub const ZERO: Self = Self([0; 16]);

    /// Takes the bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes in the order in which the text shows them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether all bytes are zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Reads the hyphenated form, in either case.
    ///
    /// # Errors
    /// [`InvalidAaguid`].
    pub fn parse(text: &str) -> Result<Self, InvalidAaguid> {
        let hyphens = [8, 13, 18, 23];
        let bytes = text.as_bytes();
        if bytes.len() != 36 || hyphens.iter().any(|&at| bytes[at] != b'-') {
            return Err(InvalidAaguid);
        }
        let mut digits = bytes
            .iter()
            .enumerate()
            .filter(|(at, _)| !hyphens.contains(at))
            .map(|(_, &byte)| char::from(byte).to_digit(16));
        let mut aaguid = [0; 16];
        for byte in &mut aaguid {
            let (high, low) = (digits.next().flatten(), digits.next().flatten());
            let (Some(high), Some(low)) = (high, low) else {
                return Err(InvalidAaguid);
            };
            *byte = (high * 16 + low) as u8;
        }
        Ok(Self(aaguid))
    }
}

/// The text is not a hyphenated AAGUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an AAGUID")]
pub struct InvalidAaguid;

impl std::fmt::Display for Aaguid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Aaguid {
    type Err = InvalidAaguid;

    fn from_str(text: &str) -> Result<Self, InvalidAaguid> {
        Self::parse(text)
    }
}

impl Serialize for Aaguid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aaguid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_bounded() {
        assert!(CredentialId::new(vec![]).is_err());
        assert!(CredentialId::new(vec![0; 1023]).is_ok());
        assert!(CredentialId::new(vec![0; 1024]).is_err());
        assert!(UserHandle::new(vec![0; 65]).is_err());
        assert!(Challenge::new(vec![0; 15]).is_err());
        assert!(CredentialId::from_base64url("no base64").is_err());
    }

    #[test]
    fn bytes_are_text_in_json_and_bytes_in_postcard() {
        let id = CredentialId::new(vec![0xfb, 0xff]).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"-_8\"");
        assert_eq!(serde_json::from_str::<CredentialId>("\"-_8\"").unwrap(), id);
        let sealed = postcard::to_allocvec(&id).unwrap();
        assert_eq!(sealed, [2, 0xfb, 0xff]);
        assert_eq!(postcard::from_bytes::<CredentialId>(&sealed).unwrap(), id);
    }

    #[test]
    fn aaguids_are_hyphenated_lower_case() {
        let text = "08987058-cadc-4b81-b6e1-30de50dcbe96";
        let aaguid = Aaguid::parse(text).unwrap();
        assert_eq!(aaguid.to_string(), text);
        assert_eq!(Aaguid::parse(&text.to_uppercase()).unwrap(), aaguid);
        for bad in [
            "",
            "08987058cadc4b81b6e130de50dcbe96",
            &text[1..],
            "+8987058-cadc-4b81-b6e1-30de50dcbe96",
        ] {
            assert!(Aaguid::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn transports_keep_unknown_values_and_drop_nonsense() {
        let sent = ["usb", "usb", "future", "", "with space", &"x".repeat(33)].map(str::to_owned);
        let names: Vec<_> = Transport::collect(sent);
        assert_eq!(
            names.iter().map(Transport::as_str).collect::<Vec<_>>(),
            ["usb", "future"]
        );
        assert_eq!(Transport::collect((0..40).map(|n| n.to_string())).len(), 16);
    }
}
