//! Which user handle an authenticator knows, where the record does not say.

use std::{fmt, str::FromStr};

use passgate_core::user::UserId;
use passgate_webauthn::UserHandle;
use uuid::Uuid;

use super::{
    forms::Hex,
    report::Flaw,
    row::{PasskeyRow, fold},
};

/// How the place before made user handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandleRule {
    /// Nobody knows: the first verified sign-in tells.
    Unknown,
    /// The bytes of the user id's text.
    UserId,
    /// The 16 bytes of the UUID that the user id is.
    UuidBytes,
    /// The user id in base 36, or the 32 hex digits of the UUID that it is; as text, as django-allauth writes keys.
    Base36,
    /// The bytes whose hex digits a member of the record holds.
    Hex(String),
}

/// Why a text is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of unknown, user-id, uuid-bytes, base36 and hex:MEMBER")]
pub struct InvalidHandleRule;

impl FromStr for HandleRule {
    type Err = InvalidHandleRule;

    fn from_str(text: &str) -> Result<Self, InvalidHandleRule> {
        match text {
            "unknown" => Ok(Self::Unknown),
            "user-id" => Ok(Self::UserId),
            "uuid-bytes" => Ok(Self::UuidBytes),
            "base36" => Ok(Self::Base36),
            _ => match text.strip_prefix("hex:") {
                Some(member) if !member.is_empty() => Ok(Self::Hex(member.to_owned())),
                _ => Err(InvalidHandleRule),
            },
        }
    }
}

impl fmt::Display for HandleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::UserId => f.write_str("user-id"),
            Self::UuidBytes => f.write_str("uuid-bytes"),
            Self::Base36 => f.write_str("base36"),
            Self::Hex(member) => write!(f, "hex:{member}"),
        }
    }
}

impl HandleRule {
    /// The handle of a record's user; none if nobody knows.
    pub(super) fn handle(&self, user: &UserId, row: &PasskeyRow) -> Result<Option<UserHandle>, Flaw> {
        let invalid = |reason: &str| Flaw::invalid("userHandle", format!("rule {self}: {reason}"));
        let bytes = match self {
            Self::Unknown => return Ok(None),
            Self::UserId => user.as_str().as_bytes().to_vec(),
            Self::UuidBytes => Uuid::try_parse(user.as_str())
                .map_err(|_| invalid(&format!("the user id is no UUID; found \"{user}\"")))?
                .into_bytes()
                .to_vec(),
            Self::Base36 => match (user.as_str().parse(), Uuid::try_parse(user.as_str())) {
                (Ok(number), _) => base36(number).into_bytes(),
                (_, Ok(uuid)) => uuid.simple().to_string().into_bytes(),
                _ => {
                    return Err(invalid(&format!(
                        "the user id is neither a number nor a UUID; found \"{user}\""
                    )));
                }
            },
            Self::Hex(member) => row
                .named(&fold(member))
                .ok_or_else(|| Flaw::Missing(member.clone().into()))?
                .bytes(Hex::IsHex)?,
        };
        UserHandle::new(bytes)
            .map(Some)
            .map_err(|error| invalid(&error.to_string()))
    }
}

/// A number in digits and small letters.
fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.extend(char::from_digit(digit, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_as_they_are_read() {
        for text in ["unknown", "user-id", "uuid-bytes", "base36", "hex:handle_hex"] {
            assert_eq!(text.parse::<HandleRule>().unwrap().to_string(), text);
        }
        for text in ["", "hex:", "base64", "UserId"] {
            assert_eq!(text.parse::<HandleRule>(), Err(InvalidHandleRule), "{text}");
        }
    }

    #[test]
    fn keys_are_written_as_django_allauth_writes_them() {
        for (number, text) in [(0, "0"), (35, "z"), (36, "10"), (1234, "ya")] {
            assert_eq!(base36(number), text);
        }
    }
}
