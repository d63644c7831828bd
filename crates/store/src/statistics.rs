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
    pub(crate) statements: Arc<Statements>,
    pub(crate) round_trips: AtomicU64,
}

/// What the connections of a store have said.
#[derive(Default)]
pub(crate) struct Statements {
    pub(crate) sent: AtomicU64,
    pub(crate) prepared: AtomicU64,
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
    /// Statements that a connection parsed to keep: each once, if all is well.
    pub prepared: u64,
    /// How often a transaction waited for PostgreSQL's answer.
    pub round_trips: u64,
}

impl Counters {
    pub(crate) fn read_out(&self) -> Statistics {
        Statistics {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            statements: self.statements.sent.load(Ordering::Relaxed),
            prepared: self.statements.prepared.load(Ordering::Relaxed),
            round_trips: self.round_trips.load(Ordering::Relaxed),
        }
    }
}
