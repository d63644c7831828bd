//! What a command has to say, for people and for programs.

use std::process::ExitCode;

use passgate_core::time::Timestamp;
use serde_json::Value;

/// The outcome of a command, in two forms with the same content.
#[derive(Debug)]
pub struct Answer {
    text: String,
    json: Value,
    exit_code: u8,
}

impl Answer {
    /// Both forms.
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self {
            text: text.into(),
            json,
            exit_code: 0,
        }
    }

    /// The same, for a command that came to its end and found something wrong.
    #[must_use]
    pub const fn with_exit_code(mut self, exit_code: u8) -> Self {
        self.exit_code = exit_code;
        self
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_code)
    }

    /// The form that was asked for, without a final line break.
    pub fn render(&self, as_json: bool) -> String {
        if as_json {
            format!("{:#}", self.json)
        } else {
            self.text.trim_end().to_owned()
        }
    }
}

/// Lays rows out in columns, two spaces apart; the first row is the heading.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A point in time for people.
pub(super) fn moment(time: Timestamp) -> String {
    time.to_utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A point in time for programs: RFC 3339, UTC, microseconds.
pub(super) fn instant(time: Timestamp) -> String {
    time.to_utc().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            table(&[row(["NAME", "STATE"]), row(["żółwżółw", "active"])]),
            "NAME      STATE\nżółwżółw  active"
        );
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn times_are_utc_and_say_so() {
        let time = Timestamp::from_micros(1_735_689_600_500_000);
        assert_eq!(moment(time), "2025-01-01 00:00 UTC");
        assert_eq!(instant(time), "2025-01-01T00:00:00.500000Z");
    }
}
