//! Users, as far as Passgate knows them: an id that the application chose.

use std::fmt;

use passgate_webauthn::UserHandle;
use serde::{Deserialize, Serialize};

/// Most UTF-8 bytes of an id that registers: the limit of a WebAuthn user handle.
pub const MAX_REGISTERED_BYTES: usize = 64;

/// Most UTF-8 bytes of any id: what both databases can find things by.
pub const MAX_BYTES: usize = 1024;

/// An application's id for one of its users: non-blank text without NUL, at most 1024 UTF-8 bytes, kept exactly as
/// given.
///
/// Ids accepted at registration have at most 64 UTF-8 bytes, because the same bytes are the WebAuthn user handle
/// (Level 3, section 4, *user handle*). Ids that are only looked up or own aliases may be longer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// An id to look something up by: any text that is not blank and that databases can hold.
    ///
    /// # Errors
    /// [`InvalidUserId`], any variant but [`InvalidUserId::TooLong`].
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        text.to_owned().try_into()
    }

    /// An id that a credential will be registered for: at most 64 UTF-8 bytes.
    ///
    /// # Errors
    /// [`InvalidUserId`], any variant.
    pub fn for_registration(text: &str) -> Result<Self, InvalidUserId> {
        let id = Self::parse(text)?;
        match text.len() {
            0..=MAX_REGISTERED_BYTES => Ok(id),
            bytes => Err(InvalidUserId::TooLong { bytes }),
        }
    }

    /// The id as the application gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same bytes as a WebAuthn user handle.
    ///
    /// # Errors
    /// [`InvalidUserId::TooLong`] for an id that was made to look up rather than to register.
    pub fn user_handle(&self) -> Result<UserHandle, InvalidUserId> {
        UserHandle::new(self.0.as_bytes().to_vec())
            .map_err(|_| InvalidUserId::TooLong { bytes: self.0.len() })
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            Err(InvalidUserId::Blank)
        } else if text.contains('\0') {
            Err(InvalidUserId::Nul)
        } else if text.len() > MAX_BYTES {
            Err(InvalidUserId::Unstorable { bytes: text.len() })
        } else {
            Ok(Self(text))
        }
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

/// Why a text is not a user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUserId {
    /// Empty, or white space only.
    #[error("a user id must not be blank")]
    Blank,
    /// Holds the character NUL, which not every database can store.
    #[error("a user id must not contain the character NUL")]
    Nul,
    /// Longer than any id may be.
    #[error("a user id of {bytes} bytes is longer than {MAX_BYTES}")]
    Unstorable {
        /// Its length in UTF-8 bytes.
        bytes: usize,
    },
    /// Too long for a user handle.
    #[error("a user id of {bytes} bytes is longer than the {MAX_REGISTERED_BYTES} of a user handle")]
    TooLong {
        /// Its length in UTF-8 bytes.
        bytes: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_an_id_exactly_as_given() {
        for text in ["alice", " alice ", "123", "żółw", "A"] {
            assert_eq!(UserId::for_registration(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn refuses_blank_ids() {
        for text in ["", " ", "\t\n", "\u{3000}"] {
            assert_eq!(UserId::parse(text), Err(InvalidUserId::Blank));
        }
    }

    #[test]
    fn refuses_what_a_database_cannot_hold() {
        assert_eq!(UserId::parse("a\0b"), Err(InvalidUserId::Nul));
        assert!(UserId::parse(&"a".repeat(1024)).is_ok());
        assert_eq!(
            UserId::parse(&"a".repeat(1025)),
            Err(InvalidUserId::Unstorable { bytes: 1025 })
        );
    }

    #[test]
    fn limits_only_ids_that_register_and_counts_bytes() {
        let longest = "a".repeat(64);
        assert_eq!(
            UserId::for_registration(&longest)
                .unwrap()
                .user_handle()
                .unwrap()
                .as_bytes(),
            longest.as_bytes()
        );

        let multibyte = "ż".repeat(33);
        assert_eq!(
            UserId::for_registration(&multibyte),
            Err(InvalidUserId::TooLong { bytes: 66 })
        );
        assert_eq!(
            UserId::parse(&multibyte).unwrap().user_handle(),
            Err(InvalidUserId::TooLong { bytes: 66 })
        );
    }
}
