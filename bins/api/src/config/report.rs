//! What `passgate config check` prints: every setting, its effective value, and where it comes from.

use super::{Check, Config, ConfigError, Sources, settings, source::Values};

/// A setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its name in the configuration file.
    pub name: &'static str,
    /// Its value; of a secret only that it is set.
    pub value: String,
    /// Where the value comes from: a variable, the file, the default.
    pub origin: String,
}

/// Every setting as it is in force, in the order of [`settings`].
///
/// # Errors
/// Every problem of the configuration at once.
pub fn effective(sources: &Sources, check: Check) -> Result<Vec<Effective>, ConfigError> {
    let mut values = Values::collect(sources);
    Config::from_values(&mut values, check)?;
    let settings = settings().map(|setting| {
        let (value, origin) = match values.get(setting.name) {
            Some(found) if setting.secret => ("(set, not shown)", found.origin.as_str()),
            Some(found) => (found.text.as_str(), found.origin.as_str()),
            None => ("(not set)", "the default"),
        };
        Effective {
            name: setting.name,
            value: value.to_owned(),
            origin: origin.to_owned(),
        }
    });
    Ok(settings.collect())
}
