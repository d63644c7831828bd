//! Opening a SQLite file, with everything that belongs to a connection and not to the file.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use diesel::{
    Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_types::Text,
};

use super::role::Role;
use crate::{
    error::{Cause, StoreError},
    options::{StoreSettings, Synchronous},
};

pub(super) fn open(path: &str, role: Role, settings: &StoreSettings) -> Result<SqliteConnection, StoreError> {
    const OPERATION: &str = "open the SQLite database";
    if role != Role::Reader {
        create_private(path).map_err(|error| StoreError::unavailable(OPERATION, error))?;
    }
    let mut conn =
        SqliteConnection::establish(path).map_err(|error| StoreError::unavailable(OPERATION, error))?;
    // The time-out comes first: the other statements may meet a lock. A reader relies on the writer, which is
    // opened first, for the journal mode: it is a property of the file.
    let busy_timeout = settings.busy_timeout.as_millis();
    let cache_kib = (settings.sqlite_cache_kib / (settings.connections.saturating_add(1))).max(512);
    let journal = match role {
        Role::Reader => "PRAGMA query_only = ON;",
        Role::Writer | Role::Migrator => "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;",
    };
    let synchronous = match settings.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    // `fullfsync` only matters on Apple systems, where an ordinary fsync does not reach the disk.
    let pragmas = format!(
        "PRAGMA busy_timeout = {busy_timeout}; {journal} PRAGMA synchronous = {synchronous}; PRAGMA fullfsync = ON; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};"
    );
    // Turning on the log needs the file alone, and of two who try at once SQLite refuses one without waiting.
    let deadline = Instant::now() + settings.busy_timeout;
    loop {
        match conn.batch_execute(&pragmas) {
            Ok(()) => break,
            Err(error) => match StoreError::from_diesel(OPERATION, error) {
                StoreError::Busy { .. } if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                error => return Err(error),
            },
        }
    }
    if role != Role::Reader {
        let mode = journal_mode(&mut conn).map_err(|error| StoreError::from_diesel(OPERATION, error))?;
        if mode != "wal" {
            let cause = format!("the file system does not allow write-ahead logging (journal mode {mode})");
            return Err(StoreError::Unavailable {
                operation: OPERATION,
                cause: Cause::new(cause),
            });
        }
    }
    Ok(conn)
}

/// Creates the file for its owner only, unless it exists. SQLite gives the journal files the same permissions.
pub(crate) fn create_private(path: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

pub(super) fn journal_mode(conn: &mut SqliteConnection) -> QueryResult<String> {
    let row: JournalMode = diesel::sql_query("PRAGMA journal_mode").get_result(conn)?;
    Ok(row.journal_mode)
}
