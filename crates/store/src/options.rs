//! The options that a store is opened with: how many connections, how long to wait, how durable.

use std::time::Duration;

use passgate_postgres::Pooling;

/// When SQLite waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// At every commit: an acknowledged write survives a power failure.
    #[default]
    Full,
    /// At checkpoints only: a power failure may undo the last commits. It never damages the file, and the end of the
    /// process alone loses nothing.
    Normal,
}

/// How a store uses its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// Connections kept: readers beside the one writer on SQLite, all connections on PostgreSQL.
    pub connections: u32,
    /// How long to wait for a free connection before answering [`StoreError::Busy`](crate::StoreError::Busy).
    pub connection_timeout: Duration,
    /// How long to wait for a lock before answering [`StoreError::Busy`](crate::StoreError::Busy).
    pub busy_timeout: Duration,
    /// How long PostgreSQL may say nothing while it is waited for, before the connection is given up. None: for ever.
    pub answer_timeout: Option<Duration>,
    /// Who is between this program and PostgreSQL.
    pub pooling: Pooling,
    /// When SQLite waits for the disk. PostgreSQL follows its own `synchronous_commit`.
    pub synchronous: Synchronous,
    /// Memory for SQLite's page caches, all connections together, in KiB. At least 512 KiB go to each connection.
    pub sqlite_cache_kib: u32,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            connections: 8,
            connection_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
            answer_timeout: Some(Duration::from_secs(15)),
            pooling: Pooling::Auto,
            synchronous: Synchronous::Full,
            // The goal is 40 MiB for the whole process with a million credentials.
            sqlite_cache_kib: 16 * 1024,
        }
    }
}
