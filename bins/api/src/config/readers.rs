//! Readers of values: from the text of a setting to what it means, or to what is wrong with it.
//!
//! What is wrong is said in a sentence that goes on after the setting's name, and does not repeat a secret.

use std::{collections::BTreeSet, fmt, path::PathBuf, time::Duration};

use passgate_core::{application::AppId, secret::Secret};
use url::Url;

/// A setting that always has a value, though its default may be empty.
pub(super) fn needed<T>(
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> impl FnOnce(Option<&str>) -> Result<T, String> {
    |text| parse(text.unwrap_or_default())
}

/// A setting that may have no value.
pub(super) fn optional<T>(
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> impl FnOnce(Option<&str>) -> Result<Option<T>, String> {
    |text| text.filter(|text| !text.is_empty()).map(parse).transpose()
}

/// A value that may be absent and must not be empty: an empty one is a mistake in a script, not a choice.
pub(super) fn given<T>(
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> impl FnOnce(Option<&str>) -> Result<Option<T>, String> {
    |text| match text {
        Some("") => Err("must not be empty".to_owned()),
        Some(text) => parse(text).map(Some),
        None => Ok(None),
    }
}

/// A secret, as it stands there.
pub(super) fn secret_text(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_owned()))
}

/// Any text.
pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// `true` or `false`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// A whole number between two bounds, both included.
pub(crate) fn number<T: std::str::FromStr + PartialOrd + fmt::Display>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    let expected = format!("must be a whole number from {least} to {most}");
    match text.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        Ok(_) | Err(_) => Err(expected),
    }
}

/// A number with a unit: `s`, `m`, `h` or `d`; seconds without one.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = text.split_at(
        text.find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let seconds = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    match digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
    {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a duration such as 30s, 5m, 2h or 1d".to_owned()),
    }
}

/// A duration, or `0` for none, with or without a unit.
pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches('0');
    if unit.len() < text.len() && matches!(unit.trim(), "" | "s" | "m" | "h" | "d") {
        Ok(Duration::ZERO)
    } else {
        duration(text)
    }
}

/// A path that is not empty.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// The name of an application.
pub(super) fn app(name: &str) -> Result<AppId, String> {
    AppId::parse(name).map_err(|error| format!("'{name}' is no application's name: {error}"))
}

/// Names of applications, separated by commas or spaces.
pub(super) fn apps(text: &str) -> Result<BTreeSet<AppId>, String> {
    let names = text.split([',', ' ']).filter(|part| !part.is_empty());
    names.map(app).collect()
}

/// A mail address.
pub(super) fn address(text: &str) -> Result<String, String> {
    text.parse::<lettre::Address>()
        .map(|_| text.to_owned())
        .map_err(|_| format!("'{text}' is not a mail address"))
}

/// Where to download something: an address with http or https.
pub(super) fn download_address(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| "must be an address such as https://mds3.fidoalliance.org/".to_owned())
}

/// A host name.
pub(super) fn host_name(text: &str) -> Result<String, String> {
    let usable = !text.is_empty() && !text.contains(['/', ':', '*', ' ', ',']);
    if usable {
        Ok(text.to_owned())
    } else {
        Err("must be a host name, such as mds.fidoalliance.org".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_duration_where_it_means_none() {
        for text in ["0", "0s", "0m", "0 h", "00d"] {
            assert_eq!(duration_or_none(text), Ok(Duration::ZERO), "{text}");
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(duration_or_none("10s"), Ok(Duration::from_secs(10)));
        for text in ["", "s", "0x", "0sd", "0.0s", "-0s"] {
            assert!(duration_or_none(text).is_err(), "{text}");
        }
    }
}
