//! What `passgate config check` prints: every setting, its effective value, and where it comes from.

use std::fmt::Write;

use super::{Config, ConfigError, SETTINGS, Sources, source::Values};

/// One line per setting; secrets only say that they are set.
///
/// # Errors
/// Every problem of the configuration at once.
pub fn report(sources: &Sources) -> Result<String, ConfigError> {
    let mut values = Values::collect(sources);
    Config::from_values(&mut values)?;
    let width = SETTINGS.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
    let mut lines = String::new();
    for setting in SETTINGS {
        let (value, origin) = match values.get(setting.name) {
            Some(found) if setting.secret => ("(set, not shown)", found.origin.as_str()),
            Some(found) => (found.text.as_str(), found.origin.as_str()),
            None => ("(not set)", "the default"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{:width$} = {value}  # {origin}", setting.name);
    }
    Ok(lines)
}
