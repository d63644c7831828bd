//! Values in the one format that the strict among the clients read.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// Bytes as standard base64 with padding.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Base64(pub Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let decoded = STANDARD.decode(&text);
        decoded.map(Self).map_err(|_| format!("{text:?} is no base64"))
    }
}

/// Bytes as base64url without padding.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Base64Url(pub Vec<u8>);

impl TryFrom<String> for Base64Url {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let decoded = URL_SAFE_NO_PAD.decode(&text);
        decoded.map(Self).map_err(|_| format!("{text:?} is no base64url"))
    }
}

/// A GUID with hyphens, and nothing around it.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Guid(pub Uuid);

impl TryFrom<String> for Guid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Uuid::parse_str(&text) {
            Ok(guid) if guid.hyphenated().to_string() == text.to_ascii_lowercase() => Ok(Self(guid)),
            _ => Err(format!("{text:?} is no GUID")),
        }
    }
}

/// A point in time: ends in `Z`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Instant(pub DateTime<Utc>);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let zoneless = text
            .strip_suffix('Z')
            .ok_or_else(|| format!("{text:?} does not end in Z"))?;
        LocalDateTime::try_from(zoneless.to_owned()).map(|time| Self(time.0.and_utc()))
    }
}

/// A date and time without a zone.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct LocalDateTime(pub NaiveDateTime);

impl TryFrom<String> for LocalDateTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f");
        parsed
            .map(Self)
            .map_err(|_| format!("{text:?} is no date and time without a zone"))
    }
}

/// A date and time that may end in `Z`: what .NET reads as its one type of time.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct DotnetTime(pub NaiveDateTime);

impl TryFrom<String> for DotnetTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let zoneless = text.strip_suffix('Z').unwrap_or(&text).to_owned();
        LocalDateTime::try_from(zoneless).map(|time| Self(time.0))
    }
}

#[test]
fn another_format_is_not_read() {
    fn reads<T: TryFrom<String>>(text: &str) -> bool {
        T::try_from(text.to_owned()).is_ok()
    }
    for (text, base64, base64url) in [("-_8", false, true), ("+/8=", true, false), ("+/8", false, false)] {
        assert_eq!(
            (reads::<Base64>(text), reads::<Base64Url>(text)),
            (base64, base64url)
        );
    }
    for (text, guid) in [
        ("0b9f2c1e-6f0d-4c35-9a77-1f5b0c8f2a11", true),
        ("0B9F2C1E-6F0D-4C35-9A77-1F5B0C8F2A11", true),
        ("0b9f2c1e6f0d4c359a771f5b0c8f2a11", false),
        ("{0b9f2c1e-6f0d-4c35-9a77-1f5b0c8f2a11}", false),
    ] {
        assert_eq!(reads::<Guid>(text), guid, "{text}");
    }
    for (text, instant, local) in [
        ("2025-01-01T00:00:00.5Z", true, false),
        ("2025-01-01T00:00:00.5", false, true),
        ("2025-01-01T00:00:00+00:00", false, false),
        ("2025-01-01 00:00:00", false, false),
    ] {
        assert_eq!(
            (reads::<Instant>(text), reads::<LocalDateTime>(text)),
            (instant, local),
            "{text}"
        );
        assert_eq!(reads::<DotnetTime>(text), instant || local, "{text}");
    }
}
