//! A setting of an application as the command line knows it: its name, its text, and how that is read.

/// A setting as the command line knows it.
pub(super) struct Setting<T> {
    /// Its name in `name=value`.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) about: &'static str,
    /// Its value as text, in the form that `set` reads.
    pub(super) show: fn(&T) -> String,
    /// Reads a value; the error says what would have been right.
    pub(super) set: fn(&mut T, &str) -> Result<(), String>,
}

pub(super) fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| parse(part).map_err(|problem| format!("'{part}': {problem}")))
        .collect()
}

pub(super) fn join<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    values.iter().map(text).collect::<Vec<_>>().join(",")
}
