//! Errors: what can go wrong with a database, always with the name of the operation.

use std::{error::Error, fmt, sync::Arc};

use diesel::result::{DatabaseErrorKind, Error as DieselError};

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

    /// Names the operation that `error` interrupted and sorts the error.
    pub(crate) fn from_diesel(operation: &'static str, error: DieselError) -> Self {
        let kind = match &error {
            DieselError::DatabaseError(kind, information) => {
                sort(kind, information.message()).unwrap_or(Sort::Refused)
            }
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

/// Sorts a database error; none means an ordinary refusal.
///
/// SQLite's "locked", PostgreSQL's lock timeout and full disks arrive without a kind of their own, so their texts decide.
/// The texts of SQLite are fixed; those of PostgreSQL depend on the server's language, where a miss costs only the
/// difference between 500 and 503.
fn sort(kind: &DatabaseErrorKind, message: &str) -> Option<Sort> {
    const BUSY: [&str; 4] = [
        "is locked",
        "due to lock timeout",
        "deadlock detected",
        "too many clients already",
    ];
    const UNREACHABLE: [&str; 4] = [
        "terminating connection",
        "server closed the connection",
        "the database system is",
        "no connection to the server",
    ];
    const NOT_WRITABLE: [&str; 6] = [
        "database or disk is full",
        "disk I/O error",
        "readonly database",
        "No space left on device",
        "could not extend file",
        "could not write to file",
    ];
    match kind {
        DatabaseErrorKind::ReadOnlyTransaction => Some(Sort::NotWritable),
        DatabaseErrorKind::SerializationFailure => Some(Sort::Busy),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            Some(Sort::Unreachable)
        }
        DatabaseErrorKind::Unknown if BUSY.iter().any(|text| message.contains(text)) => Some(Sort::Busy),
        DatabaseErrorKind::Unknown if UNREACHABLE.iter().any(|text| message.contains(text)) => {
            Some(Sort::Unreachable)
        }
        DatabaseErrorKind::Unknown if NOT_WRITABLE.iter().any(|text| message.contains(text)) => {
            Some(Sort::NotWritable)
        }
        _ => None,
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
        assert!(matches!(
            unknown("canceling statement due to lock timeout"),
            StoreError::Busy { .. }
        ));
        assert!(matches!(
            unknown("terminating connection due to administrator command"),
            StoreError::Unavailable { .. }
        ));
        let full = unknown("database or disk is full");
        assert!(matches!(full, StoreError::NotWritable { .. }));
        assert!(!full.is_temporary());
        assert!(unknown("database is locked").is_temporary());
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
