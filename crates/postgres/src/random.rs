//! Random numbers for names and orders, which are no secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Differs from connection to connection, and from process to process. Nobody is kept from guessing it.
pub(crate) fn random_number() -> u64 {
    RandomState::new().build_hasher().finish()
}
