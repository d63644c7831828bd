//! Errors: what can go wrong with a database, always with the name of the operation.

use std::{error::Error, fmt, sync::Arc};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use passgate_postgres::{ConnectError, SqlState};

/// An operation on the database did not succeed.
///
/// "Not found" is never an error here (functions return `Option` or `bool`), and neither is "already exists" (see
/// [`InsertError`]). The text names the operation and never a stored value.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Too much is going on: no connection or lock became free in time. Trying again later may help (HTTP 503).
    #[error("the database is busy ({operation})")]
    Busy {
        /// The function of this crate that failed, such as `credentials.find`.
        operation: &'static str,
        /// What the database or the pool said, if it said anything.
        #[source]
        cause: Option<Cause>,
    },
    /// The database cannot be reached, or the connection broke. Trying again later may help (HTTP 503). If this comes
    /// from a commit, the transaction may or may not have been applied.
    #[error("the database cannot be reached ({operation})")]
    Unavailable {
        /// The function of this crate that failed, such as `credentials.find`.
        operation: &'static str,
        /// What the driver said.
        #[source]
        cause: Cause,
    },
    /// The database answers and cannot write: its disk is full or broken, or it is read-only. Somebody has to look
    /// after it (HTTP 503).
    #[error("the database cannot write ({operation})")]
    NotWritable {
        /// The function of this crate that failed, such as `credentials.find`.
        operation: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The database refused the statement or the commit: a violated constraint, a missing table.
    #[error("the database refused an operation ({operation})")]
    Failed {
        /// The function of this crate that failed, such as `credentials.find`.
        operation: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// Another member of a group of writes brought their common commit down. Nothing of this write was applied.
    #[error("a write was abandoned together with its group ({operation})")]
    Abandoned {
        /// The function of this crate that failed, such as `credentials.find`.
        operation: &'static str,
    },
    /// A stored value cannot be what this program wrote.
    #[error("the stored value of {table}.{column} is not valid")]
    Corrupt {
        /// Its name in the schema.
        table: &'static str,
        /// Its name in the table.
        column: &'static str,
    },
    /// A value cannot be stored as it is: a number beyond the column, or an id that contains the NUL character,
    /// which PostgreSQL's text cannot hold.
    #[error("the value for {table}.{column} cannot be stored")]
    Unstorable {
        /// Its name in the schema.
        table: &'static str,
        /// Its name in the table.
        column: &'static str,
    },
}

impl StoreError {
    /// The database cannot be reached.
    pub(crate) fn unavailable(
        operation: &'static str,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable {
            operation,
            cause: Cause::new(error),
        }
    }

    /// Whether the same request may succeed later without anyone repairing anything: answered with 503 rather than
    /// 500.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Unavailable { .. } | Self::Abandoned { .. } => true,
            Self::NotWritable { .. }
            | Self::Failed { .. }
            | Self::Corrupt { .. }
            | Self::Unstorable { .. } => false,
        }
    }

    /// Whether waiting may help, with nobody changing the configuration: a server that is starting, say, and not a wrong
    /// password.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable { cause, .. } => cause
                .0
                .downcast_ref::<ConnectError>()
                .is_none_or(ConnectError::is_temporary),
            Self::Busy { .. } | Self::Abandoned { .. } => true,
            Self::NotWritable { .. }
            | Self::Failed { .. }
            | Self::Corrupt { .. }
            | Self::Unstorable { .. } => false,
        }
    }

    /// Names the operation that `error` interrupted and sorts the error.
    pub(crate) fn from_diesel(operation: &'static str, error: DieselError) -> Self {
        let kind = match &error {
            DieselError::DatabaseError(kind, information) => sort(kind, information.as_ref()),
            DieselError::BrokenTransactionManager => Sort::Unreachable,
            _ => Sort::Refused,
        };
        let cause = Cause::new(error);
        match kind {
            Sort::Busy => Self::Busy {
                operation,
                cause: Some(cause),
            },
            Sort::Unreachable => Self::Unavailable { operation, cause },
            Sort::NotWritable => Self::NotWritable { operation, cause },
            Sort::Refused => Self::Failed { operation, cause },
        }
    }
}

enum Sort {
    Busy,
    Unreachable,
    NotWritable,
    Refused,
}

/// Sorts a database error: PostgreSQL's by their conditions, whatever language its messages are in.
fn sort(kind: &DatabaseErrorKind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Sort {
    match SqlState::of(information) {
        Some(state) => sort_postgres(state),
        None => sort_sqlite(kind, information.message()),
    }
}

fn sort_postgres(state: SqlState) -> Sort {
    match state.as_str() {
        // Lock time-out, deadlock, lost serialisation; a statement or transaction that took too long; too many
        // connections, or too much memory, in use.
        "55P03" | "40P01" | "40001" | "57014" | "25P03" | "25P04" | "53300" | "53200" | "53400" => Sort::Busy,
        // A prepared statement that is not what it was: the connection is thrown away, and the next one knows better.
        "26000" => Sort::Unreachable,
        // Read-only, disk full, cannot write.
        "25006" | "53100" | "58030" => Sort::NotWritable,
        // The connection broke, or the server stops, starts or was told to end the session.
        state if state.starts_with("08") || state.starts_with("57P") => Sort::Unreachable,
        _ => Sort::Refused,
    }
}

/// SQLite's "locked" and full disks arrive without a kind of their own, so their texts decide. They are fixed.
fn sort_sqlite(kind: &DatabaseErrorKind, message: &str) -> Sort {
    const NOT_WRITABLE: [&str; 3] = ["database or disk is full", "disk I/O error", "readonly database"];
    match kind {
        DatabaseErrorKind::ReadOnlyTransaction => Sort::NotWritable,
        DatabaseErrorKind::Unknown if message.contains("is locked") => Sort::Busy,
        DatabaseErrorKind::Unknown if NOT_WRITABLE.iter().any(|text| message.contains(text)) => {
            Sort::NotWritable
        }
        _ => Sort::Refused,
    }
}

/// What the driver or the pool said, kept for the log.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Why a row was not inserted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InsertError {
    /// There already is a row with this key. The transaction is still usable: this is an answer, not a failure.
    #[error("a row with this key exists")]
    Duplicate,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InsertError {
    /// What an insert that skips duplicates did: nothing means that there was one.
    pub(crate) const fn unless_inserted(rows: usize) -> Result<(), Self> {
        if rows == 0 { Err(Self::Duplicate) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> StoreError {
        let information = Box::new(message.to_owned());
        StoreError::from_diesel(
            "test",
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, information),
        )
    }

    #[test]
    fn locks_are_temporary_and_refusals_are_not() {
        assert!(matches!(
            unknown("database is locked"),
            StoreError::Busy {
                operation: "test",
                ..
            }
        ));
        let full = unknown("database or disk is full");
        assert!(matches!(full, StoreError::NotWritable { .. }));
        assert!(!full.is_temporary());
        assert!(unknown("database is locked").is_temporary());
    }

    #[test]
    fn postgres_is_understood_by_conditions_and_in_every_language() {
        for (message, is_temporary) in [
            (
                "55P03: storniere Anfrage wegen Zeitüberschreitung einer Sperre",
                true,
            ),
            ("57014: annulation de la requête à cause du délai écoulé", true),
            ("57P01: завершение подключения по команде администратора", true),
            ("40P01: デッドロックを検出しました", true),
            ("08006: the server did not answer in time", true),
            ("53100: could not extend file: No space left on device", false),
            (
                "25006: INSERT kann nicht in einer Read-Only-Transaktion ausgeführt werden",
                false,
            ),
            ("42P01: database is locked", false),
        ] {
            assert_eq!(unknown(message).is_temporary(), is_temporary, "{message}");
        }
        assert!(matches!(unknown("57014: x"), StoreError::Busy { .. }));
        assert!(matches!(unknown("57P03: x"), StoreError::Unavailable { .. }));
        assert!(matches!(unknown("25006: x"), StoreError::NotWritable { .. }));
        assert!(matches!(unknown("42501: x"), StoreError::Failed { .. }));
    }

    #[test]
    fn the_text_names_the_operation_and_the_cause_stays_in_the_source() {
        let error = unknown("database or disk is full");
        assert_eq!(error.to_string(), "the database cannot write (test)");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("database or disk is full")
        );
    }
}
