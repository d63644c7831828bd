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
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What the user agent tells of it; empty if it tells nothing.
    pub device: Device,
    /// Its country, two letters of ISO 3166; empty if unknown.
    pub country: String,
    /// Its IP address, kept only with failed ceremonies and only where the application allows it.
    pub ip: Option<String>,
    /// Its user agent, kept like the address.
    pub user_agent: Option<String>,
}

/// A client's device in words, such as `Chrome, Windows 10`.
#[derive(Clone, Debug)]
pub enum Device {
    /// The words; empty if unknown.
    Named(String),
    /// Finds the words in the user agent. That may be slow, and is done only by an operation that keeps them, when
    /// nothing that costs less is left to refuse.
    Described(fn(user_agent: Option<&str>) -> String),
}

impl Default for Device {
    /// An unknown one.
    fn default() -> Self {
        Self::Named(String::new())
    }
}

impl From<&str> for Device {
    fn from(words: &str) -> Self {
        Self::Named(words.to_owned())
    }
}

impl Client {
    pub(crate) fn used_from(&self) -> UsedFrom {
        UsedFrom {
            device: match &self.device {
                Device::Named(words) => words.clone(),
                Device::Described(describe) => describe(self.user_agent.as_deref()),
            },
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
