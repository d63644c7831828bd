//! Statistics: what the store has done so far, for tests and metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Running totals of one store.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) statements: Arc<AtomicU64>,
    pub(crate) round_trips: AtomicU64,
}

/// Totals since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Read transactions.
    pub reads: u64,
    /// Write transactions, also those that ended in an error.
    pub writes: u64,
    /// Commits of write transactions. On SQLite several writes share one commit.
    pub commits: u64,
    /// Statements sent to the database, those that begin and end transactions included.
    pub statements: u64,
    /// How often a transaction waited for PostgreSQL's answer.
    pub round_trips: u64,
}

impl Counters {
    pub(crate) fn read_out(&self) -> Statistics {
        Statistics {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            statements: self.statements.load(Ordering::Relaxed),
            round_trips: self.round_trips.load(Ordering::Relaxed),
        }
    }
}
