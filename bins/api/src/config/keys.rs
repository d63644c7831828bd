//! The keys that a server is given.

use passgate_core::secret::Secret;

use super::{
    readers::{given, needed, secret_text, switch},
    section::section,
    settings::secret,
    source::Values,
};

/// The fewest bytes of a management key that somebody chose.
pub(super) const SHORTEST_MANAGEMENT_KEY: usize = 16;

section! {
    /// The keys that a server is given.
    KeyConfig {
        "Base64 of 32 random bytes; generated into the data directory with SQLite, required with PostgreSQL."
        master: Option<Secret<String>> = secret("master_key"), given(secret_text);
        "Key of the management endpoints, 16 characters or more; generated into the data directory when absent."
        management: Option<Secret<String>> = secret("management_key"), given(secret_text);
    }
}

/// Notes a management key that can be guessed, unless everybody knows the keys anyway.
pub(super) fn check(values: &mut Values) {
    let is_short = values
        .peek("management_key", given(secret_text))
        .flatten()
        .is_some_and(|key| key.expose().len() < SHORTEST_MANAGEMENT_KEY);
    if is_short && values.peek("development", needed(switch)) != Some(true) {
        values.note(
            "management_key",
            "must have at least 16 characters: who guesses it has all applications (openssl rand -hex 16 makes one)",
        );
    }
}
