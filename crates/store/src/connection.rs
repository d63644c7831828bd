//! Connections to either database, and the open transaction that query functions take.

use diesel::{QueryResult, SqliteConnection, connection::SimpleConnection};
use passgate_postgres::PostgresConnection;

use crate::error::StoreError;

pub(crate) mod around;
mod health;
mod opener;
mod postgres;
mod role;
mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use health::Health;
pub(crate) use opener::{Opener, Pooled};
pub(crate) use role::Role;
pub(crate) use sqlite::create_private;

/// A connection to one of the two databases. Queries that both understand are written once, on this type; for the few
/// statements that diesel can only build for a known database there is [`on_either`].
#[derive(diesel::MultiConnection)]
pub(crate) enum Conn {
    /// PostgreSQL, or what speaks its language.
    Postgres(PostgresConnection),
    /// A file, or memory, in this process.
    Sqlite(SqliteConnection),
}

impl Conn {
    /// How often this connection waited for an answer. SQLite answers at once.
    pub(crate) const fn round_trips(&self) -> u64 {
        match self {
            Self::Postgres(conn) => conn.round_trips(),
            Self::Sqlite(_) => 0,
        }
    }
}

/// Writes an expression over the inner connection once: for statements that cannot be built for [`Conn`]
/// (`on_conflict`, above all), and for those of every sign-in. Through [`Conn`] each run of a statement builds its text
/// anew, to look it up among the prepared ones; a connection of its own kind knows it by its type.
macro_rules! on_either {
    ($conn:expr, $inner:ident => $query:expr) => {
        match $conn {
            $crate::connection::Conn::Postgres($inner) => $query,
            $crate::connection::Conn::Sqlite($inner) => $query,
        }
    };
}
pub(crate) use on_either;

/// Proof of an open transaction. Query functions take this and nothing wider.
///
/// A statement that fails dooms its transaction: no further statement runs, and the transaction is rolled back even if
/// the closure goes on to return `Ok`. PostgreSQL behaves so anyway; SQLite would go on, in the worst case outside of
/// the transaction (it ends the transaction by itself on a full disk).
pub struct Tx<'c> {
    conn: &'c mut Conn,
    failure: Option<StoreError>,
}

impl<'c> Tx<'c> {
    pub(crate) const fn new(conn: &'c mut Conn) -> Self {
        Self { conn, failure: None }
    }

    /// Runs one statement. Everything that is said to the database goes through here.
    pub(crate) fn run<T>(
        &mut self,
        operation: &'static str,
        query: impl FnOnce(&mut Conn) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        query(self.conn).map_err(|error| {
            let error = StoreError::from_diesel(operation, error);
            self.failure = Some(error.clone());
            error
        })
    }

    /// Runs a part that is undone as a whole if it ends in an error, while the transaction goes on.
    pub(crate) fn part<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run("savepoint", |conn| conn.batch_execute("SAVEPOINT part"))?;
        let result = work(self);
        let end = if result.is_ok() {
            "RELEASE SAVEPOINT part"
        } else {
            "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part"
        };
        if self.failure.is_none() {
            self.run("savepoint", |conn| conn.batch_execute(end))?;
        }
        result
    }

    /// The failure that doomed the transaction, if there is one.
    pub(crate) fn into_failure(self) -> Option<StoreError> {
        self.failure
    }
}
