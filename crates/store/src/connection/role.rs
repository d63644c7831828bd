//! What a connection is for.

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads only; enforced on SQLite.
    Reader,
    /// Reads and writes.
    Writer,
    /// Changes the schema: waits as long as it takes.
    Migrator,
}
