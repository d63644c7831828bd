//! How far a long command has come: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

/// Records between two lines where there is no terminal.
const LINE_EVERY: u64 = 10_000;

/// Counts records on standard error.
pub(super) struct Progress {
    what: String,
    bar: Option<ProgressBar>,
    told: u64,
}

impl Progress {
    /// Begins to count.
    pub(super) fn of(what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{spinner} {msg}: {human_pos} records, {per_sec}, {elapsed}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::new_spinner()
                .with_style(style)
                .with_message(what.clone())
        });
        Self { what, bar, told: 0 }
    }

    /// Says something, without disturbing the bar.
    pub(super) fn say(&self, text: &str) {
        let say = || drop(writeln!(io::stderr().lock(), "{}: {text}", self.what));
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// So many records are done.
    pub(super) fn at(&mut self, records: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(records),
            None if records >= self.told + LINE_EVERY => {
                self.told = records;
                // Whoever does not listen misses only this.
                drop(writeln!(io::stderr().lock(), "{}: {records} records", self.what));
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
