//! Aliases: other names of a user, stored as digests.

use crate::user::UserId;

/// Another name for a user, as sent: 1 to 250 characters, not blank, case and white space matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Alias(String);

/// What is stored of an alias and looked up by: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasDigest(pub [u8; 32]);

/// An alias as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAlias {
    /// The digest it is found by.
    pub digest: AliasDigest,
    /// Whose alias it is.
    pub user_id: UserId,
    /// The alias in clear, when its owner asked for that.
    pub plaintext: Option<String>,
}
