//! RP IDs and origins, and whether one covers the other (§5.1.2, §13.4.9).

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::crypto;

pub mod related_origins;

/// Why text is not an RP ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpIdError {
    /// The text is empty.
    #[error("RP ID is empty")]
    Empty,
    /// Not a domain name: a scheme, port, path, trailing dot or invalid label.
    #[error("RP ID is not a domain name")]
    NotADomain,
    /// An IP address, which has no RP ID.
    #[error("RP ID is an IP address")]
    IpAddress,
    /// A name under which anybody registers, such as `co.uk` or `github.io`.
    #[error("RP ID is a public suffix")]
    PublicSuffix,
}

impl RpIdError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Empty => Code::RpIdEmpty,
            Self::NotADomain => Code::RpIdNotADomain,
            Self::IpAddress => Code::RpIdIpAddress,
            Self::PublicSuffix => Code::RpIdPublicSuffix,
        }
    }
}

/// A relying party identifier: a domain in lower-case ASCII; `localhost` for development. A public suffix is one for
/// the page of that very name only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RpId(String);

impl RpId {
    /// Reads an RP ID; Unicode names become A-labels.
    ///
    /// # Errors
    /// [`RpIdError`].
    pub fn parse(text: &str) -> Result<Self, RpIdError> {
        let rp_id = Self::parse_any(text)?;
        if rp_id.is_public_suffix() {
            return Err(RpIdError::PublicSuffix);
        }
        Ok(rp_id)
    }

    /// Reads the RP ID that a page at this origin asks for. As in browsers, a public suffix, or a name of one label, is
    /// one for the page whose very host it is.
    ///
    /// # Errors
    /// [`RpIdError`].
    pub fn parse_at(text: &str, origin: &Origin) -> Result<Self, RpIdError> {
        let rp_id = Self::parse_any(text)?;
        if rp_id.is_public_suffix() && origin.host() != Some(rp_id.as_str()) {
            return Err(RpIdError::PublicSuffix);
        }
        Ok(rp_id)
    }

    /// Reads any domain, a public suffix too, for what is stored or listed: [`RpId::covers`] tells which pages may use
    /// it.
    ///
    /// # Errors
    /// [`RpIdError`].
    pub fn parse_any(text: &str) -> Result<Self, RpIdError> {
        let domain = match parse_host(text) {
            Some(Host::Domain(domain)) => domain,
            Some(Host::Ip(_)) => return Err(RpIdError::IpAddress),
            None if text.is_empty() => return Err(RpIdError::Empty),
            None => return Err(RpIdError::NotADomain),
        };
        if domain.ends_with('.') {
            return Err(RpIdError::NotADomain);
        }
        Ok(Self(domain))
    }

    /// Whether strangers may register names under it. `localhost` belongs to nobody else.
    fn is_public_suffix(&self) -> bool {
        self.0 != "localhost" && psl::suffix_str(&self.0) == Some(self.as_str())
    }

    /// Takes text as an RP ID without judging it, for comparison with what a document says.
    pub(crate) fn as_given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The domain, in lower case and ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the RP ID, as it stands in authenticator data.
    pub fn hash(&self) -> [u8; 32] {
        crypto::sha256(self.0.as_bytes())
    }

    /// Whether a client at this web origin may use the RP ID: the host is equal to it or under it, and then the RP ID is
    /// no public suffix and not above one: `localhost` covers itself alone, and `amazonaws.com` no bucket under
    /// `s3.amazonaws.com`.
    pub fn covers(&self, origin: &Origin) -> bool {
        origin
            .host()
            .is_some_and(|host| host == self.0 || (is_under(host, &self.0) && self.holds_registrable(host)))
    }

    /// Whether the part of a host that strangers cannot register is at or under the RP ID.
    fn holds_registrable(&self, host: &str) -> bool {
        psl::domain_str(host).is_some_and(|domain| domain == self.0 || is_under(&self.0, domain))
    }
}

impl std::fmt::Display for RpId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for RpId {
    type Err = RpIdError;

    fn from_str(text: &str) -> Result<Self, RpIdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for RpId {
    type Error = RpIdError;

    /// Reads back what was judged when it was made.
    fn try_from(text: String) -> Result<Self, RpIdError> {
        Self::parse_any(&text)
    }
}

impl From<RpId> for String {
    fn from(rp_id: RpId) -> Self {
        rp_id.0
    }
}

/// Whether a domain is below another one.
fn is_under(domain: &str, other: &str) -> bool {
    domain
        .strip_suffix(other)
        .is_some_and(|front| front.ends_with('.'))
}

/// Why text is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// The text is empty.
    #[error("origin is empty")]
    Empty,
    /// Not `scheme://host[:port]`: user information, path, query, fragment, white space or a bad host or port.
    #[error("origin is not scheme, host and port")]
    Malformed,
    /// The opaque origin `null`.
    #[error("origin is null")]
    Null,
    /// `http` for anything but this very machine.
    #[error("http origin is not localhost")]
    Insecure,
    /// An `android:apk-key-hash:` origin that is not the base64url of 32 bytes.
    #[error("Android origin is not the base64url text of a SHA-256 hash")]
    AndroidKeyHash,
}

impl OriginError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Empty => Code::OriginEmpty,
            Self::Malformed => Code::OriginMalformed,
            Self::Null => Code::OriginNull,
            Self::Insecure => Code::OriginInsecure,
            Self::AndroidKeyHash => Code::OriginAndroidKeyHash,
        }
    }
}

/// An origin: a web origin as (scheme, host, port), or a native app's as an opaque, exactly compared text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Origin {
    /// Normalised: lower-case scheme and host, default port removed.
    text: String,
    kind: OriginKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum OriginKind {
    /// The host's place in the text.
    Web {
        start: usize,
        end: usize,
        loopback: bool,
    },
    Native,
}

impl Origin {
    /// Reads an origin. `http` is accepted for `localhost`, `*.localhost` and loopback addresses only.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if text == "null" {
            return Err(OriginError::Null);
        }
        let (scheme, rest) = text.split_once(':').ok_or(OriginError::Malformed)?;
        if scheme.eq_ignore_ascii_case("https") {
            Self::parse_web("https", rest, "443")
        } else if scheme.eq_ignore_ascii_case("http") {
            let origin = Self::parse_web("http", rest, "80")?;
            if origin.is_loopback() {
                Ok(origin)
            } else {
                Err(OriginError::Insecure)
            }
        } else {
            Self::parse_native(text, scheme, rest)
        }
    }

    fn parse_web(scheme: &str, rest: &str, default_port: &str) -> Result<Self, OriginError> {
        let authority = rest.strip_prefix("//").ok_or(OriginError::Malformed)?;
        let port_at = match authority.rfind(']') {
            Some(bracket) => authority[bracket..].find(':').map(|at| at + bracket),
            None => authority.find(':'),
        };
        let (host, port) = match port_at {
            Some(at) => (&authority[..at], Some(&authority[at + 1..])),
            None => (authority, None),
        };
        let host = parse_host(host).ok_or(OriginError::Malformed)?;
        let loopback = host.is_loopback();
        let host = host.into_text();
        let mut text = format!("{scheme}://");
        let start = text.len();
        text.push_str(&host);
        let end = text.len();
        if let Some(port) = port {
            let canonical = !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && !port.starts_with('0')
                && port.parse::<u16>().is_ok();
            if !canonical {
                return Err(OriginError::Malformed);
            }
            if port != default_port {
                text.push(':');
                text.push_str(port);
            }
        }
        Ok(Self {
            text,
            kind: OriginKind::Web { start, end, loopback },
        })
    }

    /// The origin of Android apps that are signed with the certificate of this SHA-256.
    pub fn of_android_certificate(sha256: &[u8; 32]) -> Self {
        Self {
            text: format!("{ANDROID}apk-key-hash:{}", crate::base64url::encode(sha256)),
            kind: OriginKind::Native,
        }
    }

    /// The SHA-256 of the certificate that an Android app's origin names; none for every other origin.
    pub fn android_certificate(&self) -> Option<[u8; 32]> {
        android_key_hash(self.text.strip_prefix(ANDROID)?)
    }

    fn parse_native(text: &str, scheme: &str, rest: &str) -> Result<Self, OriginError> {
        let scheme_is_valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !scheme_is_valid || !printable || rest.is_empty() {
            return Err(OriginError::Malformed);
        }
        if text.starts_with(ANDROID) && android_key_hash(rest).is_none() {
            return Err(OriginError::AndroidKeyHash);
        }
        Ok(Self {
            text: text.to_owned(),
            kind: OriginKind::Native,
        })
    }

    /// Takes text as an origin; what is none is compared as a whole.
    pub(crate) fn as_given(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self {
            text: text.to_owned(),
            kind: OriginKind::Native,
        })
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is `https` or `http`, as opposed to a native app's origin.
    pub fn is_web(&self) -> bool {
        matches!(self.kind, OriginKind::Web { .. })
    }

    /// Whether this is a web origin of this very machine: `localhost`, `*.localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        matches!(self.kind, OriginKind::Web { loopback: true, .. })
    }

    /// The host of a web origin.
    pub fn host(&self) -> Option<&str> {
        match self.kind {
            OriginKind::Web { start, end, .. } => Some(&self.text[start..end]),
            OriginKind::Native => None,
        }
    }

    /// Whether text that a client reported names this origin.
    pub(crate) fn matches(&self, reported: &str) -> bool {
        // What browsers serialise is already normalised, so the first comparison nearly always decides.
        self.text == reported
            || (self.is_web()
                && reported.is_ascii()
                && Self::parse(reported).is_ok_and(|origin| origin == *self))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.text
    }
}

/// How the origins of Android apps begin. Schemes of native origins are compared as they are.
const ANDROID: &str = "android:";

/// The hash in an Android app's origin, from what follows its scheme.
fn android_key_hash(rest: &str) -> Option<[u8; 32]> {
    let hash = rest
        .strip_prefix("apk-key-hash-sha256:")
        .or_else(|| rest.strip_prefix("apk-key-hash:"))?;
    crate::base64url::decode_strict(hash)?.try_into().ok()
}

enum Host {
    Domain(String),
    Ip(std::net::IpAddr),
}

impl Host {
    fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(domain) => domain == "localhost" || domain.ends_with(".localhost"),
            Self::Ip(address) => address.is_loopback(),
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Domain(domain) => domain,
            Self::Ip(std::net::IpAddr::V4(address)) => address.to_string(),
            Self::Ip(std::net::IpAddr::V6(address)) => format!("[{address}]"),
        }
    }
}

/// A host without the conveniences of URL parsers: no percent-encoding, no odd IPv4 spellings, no separators.
fn parse_host(text: &str) -> Option<Host> {
    if let Some(address) = text.strip_prefix('[') {
        let address = address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?;
        return Some(Host::Ip(address.into()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || !c.is_ascii();
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    match url::Host::parse(text).ok()? {
        url::Host::Ipv4(address) => {
            // `0x7f.1` and `2130706433` are addresses to a URL parser; only the plain form is one here.
            let plain = text.parse::<Ipv4Addr>().ok()? == address;
            plain.then_some(Host::Ip(address.into()))
        }
        url::Host::Ipv6(_) => None,
        url::Host::Domain(domain) => {
            let labels = domain.strip_suffix('.').unwrap_or(&domain);
            let valid = domain.len() <= 253 && labels.split('.').all(|label| (1..=63).contains(&label.len()));
            valid.then_some(Host::Domain(domain))
        }
    }
}

#[cfg(test)]
mod tests;
