//! What comes with every call: the time, randomness, and what is known of the client.

use passgate_core::{
    credential::UsedFrom,
    time::{Entropy, Timestamp, random_bytes},
};

/// The two sources an operation may draw from, read once per call by the outermost layer.
///
/// `now` is a value, not a clock: everything that one call decides, it decides at one point in time.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The time of the call.
    pub now: Timestamp,
    /// Cryptographically secure random bytes.
    pub entropy: &'a dyn Entropy,
}

impl Env<'_> {
    /// `N` fresh random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        random_bytes(self.entropy)
    }
}

/// What is known of the client at the other end of a ceremony.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its device in words, such as `Chrome, Windows 10`.
    pub device: String,
    /// Its country; empty if unknown.
    pub country: String,
    /// Its IP address, kept only with failed ceremonies and only where the application allows it.
    pub ip: Option<String>,
    /// Its user agent, kept like the address.
    pub user_agent: Option<String>,
}

impl Client {
    pub(crate) fn used_from(&self) -> UsedFrom {
        UsedFrom {
            device: self.device.clone(),
            country: self.country.clone(),
        }
    }
}

/// What *begin* returns.
#[derive(Clone, Debug)]
pub struct Begun<O> {
    /// The options for the browser's `navigator.credentials` call.
    pub data: O,
    /// The sealed `session_` token that *complete* wants back.
    pub session: String,
}
