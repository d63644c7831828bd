//! Aliases: other names of a user, stored as digests.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::{application::AppId, secret::Secret, user::UserId};

/// Most aliases of one user.
pub const MAX_PER_USER: usize = 10;

/// Most characters of one alias, counted as the API counts them: in UTF-16 code units.
pub const MAX_CHARS: usize = 250;

/// Another name for a user, as sent: 1 to 250 characters, not blank, case and white space matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

impl Alias {
    /// Reads an alias.
    ///
    /// # Errors
    /// [`InvalidAlias`], either variant.
    pub fn parse(text: &str) -> Result<Self, InvalidAlias> {
        text.to_owned().try_into()
    }

    /// The alias in clear.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Alias {
    type Error = InvalidAlias;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            return Err(InvalidAlias::Blank);
        }
        match length(&text) {
            0..=MAX_CHARS => Ok(Self(text)),
            chars => Err(InvalidAlias::TooLong { chars }),
        }
    }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.0
    }
}

/// Why a text is not an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAlias {
    /// Empty, or white space only.
    #[error("an alias must not be blank")]
    Blank,
    /// More than 250 characters.
    #[error("an alias of {chars} characters is longer than {MAX_CHARS}")]
    TooLong {
        /// Its length in characters.
        chars: usize,
    },
}

/// Reads a user's whole set of aliases: duplicates collapse, then at most 10 remain, each a valid [`Alias`]. An item that
/// is absent counts as a blank one.
///
/// # Errors
/// [`InvalidAliases`], with everything that is wrong at once.
pub fn parse_all(texts: impl IntoIterator<Item = Option<String>>) -> Result<BTreeSet<Alias>, InvalidAliases> {
    let texts: BTreeSet<Option<String>> = texts.into_iter().collect();
    let mut problems = InvalidAliases {
        too_many: (texts.len() > MAX_PER_USER).then_some(texts.len()),
        blank: false,
        too_long: false,
    };
    let mut aliases = BTreeSet::new();
    for text in texts {
        let text = text.unwrap_or_default();
        problems.too_long |= length(&text) > MAX_CHARS;
        match Alias::try_from(text) {
            Ok(alias) => {
                aliases.insert(alias);
            }
            Err(InvalidAlias::Blank) => problems.blank = true,
            Err(InvalidAlias::TooLong { .. }) => {}
        }
    }
    if problems.too_many.is_some() || problems.blank || problems.too_long {
        Err(problems)
    } else {
        Ok(aliases)
    }
}

/// Everything that is wrong with a set of aliases; at least one of the fields says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("aliases must be at most {MAX_PER_USER}, each of 1 to {MAX_CHARS} characters and not blank")]
pub struct InvalidAliases {
    /// How many there are, if that is more than 10.
    pub too_many: Option<usize>,
    /// Whether one is blank.
    pub blank: bool,
    /// Whether one has more than 250 characters.
    pub too_long: bool,
}

/// What is stored of an alias and looked up by: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasDigest(pub [u8; 32]);

impl AliasDigest {
    /// The bytes, as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Standard base64 with padding, which is how the API lists a digest.
impl fmt::Display for AliasDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// An alias as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAlias {
    /// The digest it is found by.
    pub digest: AliasDigest,
    /// Whose alias it is.
    pub user_id: UserId,
    /// The alias in clear, when its owner asked for that.
    pub plaintext: Option<String>,
    /// Whether it is the name that the user registered with and signs in with, as the third generation of the API has it.
    pub is_sign_in_name: bool,
}

impl StoredAlias {
    /// What is stored of `alias` for `user_id`; the clear text only if it is to be kept.
    pub fn new(key: &AliasKey, alias: &Alias, user_id: &UserId, clear_text: ClearText) -> Self {
        Self {
            digest: key.digest(alias),
            user_id: user_id.clone(),
            plaintext: match clear_text {
                ClearText::Kept => Some(alias.as_str().to_owned()),
                ClearText::Dropped => None,
            },
            is_sign_in_name: false,
        }
    }
}

/// What a registration does to its user's aliases, from the backend's word to the transaction that stores them.
///
/// It travels in sealed tokens: the order of the members is their encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAliases {
    /// The whole new set; if empty, those there are stay.
    pub replacement: BTreeSet<Alias>,
    /// Whether the new ones are stored in clear, too.
    pub clear_text: ClearText,
    /// A name to sign in with, in place of the one there is; an alias beside the others.
    pub sign_in_name: Option<Alias>,
}

/// Nothing is to change.
impl Default for NewAliases {
    fn default() -> Self {
        Self {
            replacement: BTreeSet::new(),
            clear_text: ClearText::Dropped,
            sign_in_name: None,
        }
    }
}

impl NewAliases {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.replacement.is_empty() && self.sign_in_name.is_none()
    }

    /// The aliases of a user who has `before`.
    ///
    /// # Errors
    /// [`TooManyAliases`] if the name to sign in with is one too many.
    pub fn apply(
        &self,
        app: &AppId,
        key: &AliasKey,
        user_id: &UserId,
        before: Vec<StoredAlias>,
    ) -> Result<Vec<StoredAlias>, TooManyAliases> {
        let stored = |alias: &Alias| StoredAlias::new(key, alias, user_id, self.clear_text);
        let mut after: Vec<_> = if self.replacement.is_empty() {
            before
        } else {
            let signs_in = |digest: &AliasDigest| {
                before
                    .iter()
                    .any(|old| old.is_sign_in_name && &old.digest == digest)
            };
            let replacement = self.replacement.iter().map(stored);
            replacement
                .map(|new| StoredAlias {
                    is_sign_in_name: signs_in(&new.digest),
                    ..new
                })
                .collect()
        };
        if let Some(name) = &self.sign_in_name {
            let legacy = legacy_digest(app, name);
            let name = StoredAlias {
                is_sign_in_name: true,
                ..stored(name)
            };
            after.retain(|alias| alias.digest != name.digest && alias.digest != legacy);
            for alias in &mut after {
                alias.is_sign_in_name = false;
            }
            if after.len() >= MAX_PER_USER {
                return Err(TooManyAliases);
            }
            after.push(name);
        }
        Ok(after)
    }
}

/// A user has as many aliases as a user may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user has at most {MAX_PER_USER} aliases")]
pub struct TooManyAliases;

/// Whether the clear text of an alias is stored beside its digest (`aliasHashing`, `hashing`: false keeps it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClearText {
    /// Only the digest is stored.
    Dropped,
    /// The clear text is stored, too, and listed.
    Kept,
}

impl ClearText {
    /// From the API's switch, where true means that only the digest is stored.
    pub const fn from_hashing(hashing: bool) -> Self {
        if hashing { Self::Dropped } else { Self::Kept }
    }
}

/// The key of an application's alias digests: without it a leaked table of digests cannot be searched for known e-mail
/// addresses. It is derived from the master key, or came with an application that moved in.
#[derive(Clone, Debug)]
pub struct AliasKey(Secret<[u8; 32]>);

impl AliasKey {
    /// A key that came with an application from elsewhere.
    pub const fn new(bytes: Secret<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key itself, for an export: whoever has it can search the application's digests.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key as what other keys of the application are derived from.
    pub(crate) const fn material(&self) -> &Secret<[u8; 32]> {
        &self.0
    }

    /// HMAC-SHA-256 of the alias's UTF-8 bytes.
    pub fn digest(&self, alias: &Alias) -> AliasDigest {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose());
        AliasDigest(first_32(hmac::sign(&key, alias.as_str().as_bytes()).as_ref()))
    }
}

/// Equality takes the same time wherever two keys differ.
impl PartialEq for AliasKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose().ct_eq(other.0.expose()).into()
    }
}

impl Eq for AliasKey {}

/// The digest that imported aliases carry: SHA-256 of the application id followed by the alias, nothing between.
///
/// Anyone who has the table can search it, so such a row is given its [`AliasKey`] digest when the alias is next seen
/// in clear.
pub fn legacy_digest(app: &AppId, alias: &Alias) -> AliasDigest {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(app.as_str().as_bytes());
    context.update(alias.as_str().as_bytes());
    AliasDigest(first_32(context.finish().as_ref()))
}

/// The bytes of a 32-byte digest, whose length ring knows at run time only.
fn first_32(digest: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alias(text: &str) -> Alias {
        Alias::parse(text).unwrap()
    }

    fn key(byte: u8) -> AliasKey {
        AliasKey::new(Secret::new([byte; 32]))
    }

    #[test]
    fn legacy_digests_match_the_published_vectors() {
        let vectors = [
            (
                "demoapp",
                "pjfry@example.com",
                "Lb/G/bq97lzVnwGMPitHBSebo/9EPJVefgOg+oxQP6o=",
            ),
            (
                "demoapp",
                "PJFry@example.com",
                "brAn0YMvKGTzDEk7voAEYqHGst6AaresFgK7vNvA5TY=",
            ),
            ("demoapp", "żółw", "VxpGWJYxXXdqGIF2pGczKukhH+CGmpYX4mMFh9rpakI="),
            (
                "demoapp2",
                "pjfry@example.com",
                "OatePOpEqjuW1Z4U+zdigpwtakd323QE45Pu3D3WSd4=",
            ),
        ];
        for (app, text, digest) in vectors {
            assert_eq!(
                legacy_digest(&AppId::parse(app).unwrap(), &alias(text)).to_string(),
                digest
            );
        }
    }

    /// Made with `openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01`.
    #[test]
    fn keyed_digest_is_hmac_sha_256() {
        assert_eq!(
            key(1).digest(&alias("pjfry@example.com")).to_string(),
            "nJWtBjErfLTv7UqZjYQ0ychZuSqWiytX0DvW2mrHWCE="
        );
    }

    #[test]
    fn keyed_digests_differ_by_key_and_by_case() {
        let digest = key(1).digest(&alias("alice"));
        assert_ne!(digest, key(2).digest(&alias("alice")));
        assert_ne!(digest, key(1).digest(&alias("Alice")));
        assert_ne!(digest, key(1).digest(&alias("alice ")));
    }

    #[test]
    fn stores_the_clear_text_only_when_asked_to() {
        let user = UserId::parse("alice").unwrap();
        let hidden = StoredAlias::new(&key(1), &alias("a"), &user, ClearText::from_hashing(true));
        let shown = StoredAlias::new(&key(1), &alias("a"), &user, ClearText::from_hashing(false));
        assert_eq!((hidden.plaintext, shown.plaintext.as_deref()), (None, Some("a")));
        assert_eq!(hidden.digest, shown.digest);
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert!(Alias::parse(&"ż".repeat(250)).is_ok());
        assert_eq!(
            Alias::parse(&"ż".repeat(251)),
            Err(InvalidAlias::TooLong { chars: 251 })
        );
        assert_eq!(Alias::parse(" \u{2003}"), Err(InvalidAlias::Blank));
    }

    fn given(texts: &[String]) -> impl Iterator<Item = Option<String>> {
        texts.iter().cloned().map(Some)
    }

    #[test]
    fn duplicates_collapse_before_they_are_counted() {
        let mut texts: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        texts.push("9".to_owned());
        assert_eq!(parse_all(given(&texts)).unwrap().len(), 10);
        assert!(parse_all([]).unwrap().is_empty());
    }

    #[test]
    fn reports_everything_that_is_wrong_at_once() {
        let mut texts: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        assert_eq!(
            parse_all(given(&texts)),
            Err(InvalidAliases {
                too_many: Some(11),
                blank: false,
                too_long: false
            })
        );
        texts.push(" ".to_owned());
        texts.push("a".repeat(251));
        assert_eq!(
            parse_all(given(&texts)),
            Err(InvalidAliases {
                too_many: Some(13),
                blank: true,
                too_long: true
            })
        );
        assert_eq!(
            parse_all([None, Some("a".to_owned())]),
            Err(InvalidAliases {
                too_many: None,
                blank: true,
                too_long: false
            })
        );
    }

    #[test]
    fn a_name_to_sign_in_with_joins_the_others_as_the_tenth_at_most() {
        let (app, user) = (AppId::parse("demoapp").unwrap(), UserId::parse("u").unwrap());
        let key = AliasKey::new(Secret::new([1; 32]));
        let alias = |text: &str| Alias::parse(text).unwrap();
        let new = |replacement: &[&str], name: Option<&str>| NewAliases {
            replacement: replacement.iter().map(|text| alias(text)).collect(),
            sign_in_name: name.map(alias),
            clear_text: ClearText::Kept,
        };
        let apply =
            |change: &NewAliases, before: &[StoredAlias]| change.apply(&app, &key, &user, before.to_vec());
        let names = |aliases: &[StoredAlias]| {
            let mut names: Vec<_> = aliases
                .iter()
                .map(|it| (it.plaintext.clone().unwrap(), it.is_sign_in_name))
                .collect();
            names.sort();
            names
        };
        let named = |name: &str, signs_in| (name.to_owned(), signs_in);

        let first = apply(&new(&["a"], Some("fry")), &[]).unwrap();
        assert_eq!(names(&first), [named("a", false), named("fry", true)]);
        let second = apply(&new(&[], Some("joe")), &first).unwrap();
        assert_eq!(
            names(&second),
            [named("a", false), named("fry", false), named("joe", true)]
        );
        let replaced = apply(&new(&["joe", "b"], None), &second).unwrap();
        assert_eq!(names(&replaced), [named("b", false), named("joe", true)]);
        let ten: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
        assert_eq!(apply(&new(&ten, Some("fry")), &[]), Err(TooManyAliases));
        let full = apply(&new(&ten, Some("7")), &[]).unwrap();
        assert_eq!(full.len(), 10);
        assert_eq!(apply(&new(&[], Some("fry")), &full), Err(TooManyAliases));
        assert_eq!(apply(&new(&[], Some("3")), &full).unwrap().len(), 10);
    }

    proptest! {
        #[test]
        fn an_accepted_alias_is_kept_to_the_letter(text in any::<String>()) {
            match Alias::parse(&text) {
                Ok(alias) => prop_assert_eq!(alias.as_str(), text),
                Err(InvalidAlias::Blank) => prop_assert!(text.trim().is_empty()),
                Err(InvalidAlias::TooLong { chars }) => prop_assert!(chars > MAX_CHARS && chars == text.chars().count()),
            }
        }

        #[test]
        fn a_set_is_accepted_exactly_when_it_is_small_and_each_alias_is_valid(texts in prop::collection::vec("[ ab]{0,3}", 0..14)) {
            let distinct: BTreeSet<&String> = texts.iter().collect();
            let valid = distinct.len() <= MAX_PER_USER && distinct.iter().all(|text| Alias::parse(text).is_ok());
            prop_assert_eq!(parse_all(given(&texts)).is_ok(), valid);
        }
    }
}
