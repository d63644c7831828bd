//! Readers of the texts that every source of an import holds: times, user ids, transports, public keys.
//!
//! Each takes the name of the field as its source spells it, for the [`Flaw`].

use chrono::{DateTime, NaiveDateTime};
use passgate_core::{time::Timestamp, user::UserId};
use passgate_webauthn::{CoseKeyError, CosePublicKey, Policy, Transport};

use super::report::Flaw;

/// RFC 3339, or a date and time without a zone, which is UTC.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc().into());
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(Timestamp::from)
}

/// A time that must be there, see [`parse_time`].
pub(super) fn time(field: &'static str, text: &str) -> Result<Timestamp, Flaw> {
    parse_time(text).ok_or_else(|| Flaw::invalid(field, "not a date and time"))
}

/// A time that may be absent, see [`parse_time`].
pub(super) fn optional_time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Flaw> {
    text.map(|text| time(field, text)).transpose()
}

pub(super) fn user_id(field: &'static str, text: &str) -> Result<UserId, Flaw> {
    UserId::parse(text).map_err(|error| Flaw::invalid(field, error))
}

/// The names of transports, as WebAuthn spells them or a later edition may.
pub(super) fn transports(field: &'static str, names: Vec<String>) -> Result<Vec<Transport>, Flaw> {
    names
        .into_iter()
        .map(|name| Transport::new(name).ok_or_else(|| Flaw::invalid(field, "not a transport")))
        .collect()
}

/// A public key in COSE bytes that was registered here, or could have been.
pub(super) fn cose_key(bytes: &[u8]) -> Result<CosePublicKey, CoseKeyError> {
    CosePublicKey::parse_under(bytes, Policy::compatible().leniencies())
}
