//! Connections to either database, and the open transaction that query functions take.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{InstrumentationEvent, SimpleConnection},
    sql_types::Text,
};

use crate::{
    error::{Cause, StoreError},
    options::{StoreSettings, Synchronous},
    url::{DatabaseUrl, Location},
};

/// A connection to one of the two databases. Queries that both understand are written once, on this type; for the few
/// statements that diesel can only build for a known database there is [`on_either`].
#[derive(diesel::MultiConnection)]
pub(crate) enum Conn {
    /// PostgreSQL, or what speaks its language.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
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

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads only; enforced on SQLite.
    Reader,
    /// Reads and writes.
    Writer,
    /// Changes the schema: waits long for locks.
    Migrator,
}

/// Opens connections: picks the database by the address, and sets what every connection needs.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) url: DatabaseUrl,
    pub(crate) settings: StoreSettings,
    pub(crate) role: Role,
    pub(crate) statements: Arc<AtomicU64>,
}

impl Opener {
    /// Opens a connection.
    pub(crate) fn open(&self) -> Result<Conn, StoreError> {
        let mut conn = match &self.url.0 {
            Location::Sqlite(path) => Conn::Sqlite(self.open_sqlite(path)?),
            Location::Postgres { url, .. } => Conn::Postgres(self.open_postgres(url.expose())?),
        };
        let statements = Arc::clone(&self.statements);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                statements.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(conn)
    }

    fn open_sqlite(&self, path: &str) -> Result<SqliteConnection, StoreError> {
        const OPERATION: &str = "open the SQLite database";
        if self.role != Role::Reader {
            create_private(path).map_err(|error| unavailable(OPERATION, error))?;
        }
        let mut conn = SqliteConnection::establish(path).map_err(|error| unavailable(OPERATION, error))?;
        let settings = &self.settings;
        // The time-out comes first: the other statements may meet a lock. A reader relies on the writer, which is
        // opened first, for the journal mode: it is a property of the file.
        let busy_timeout = settings.busy_timeout.as_millis();
        let cache_kib = (settings.sqlite_cache_kib / (settings.connections.saturating_add(1))).max(512);
        let journal = match self.role {
            Role::Reader => "PRAGMA query_only = ON;",
            Role::Writer | Role::Migrator => {
                "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;"
            }
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
        if self.role != Role::Reader {
            let mode = journal_mode(&mut conn).map_err(|error| StoreError::from_diesel(OPERATION, error))?;
            if mode != "wal" {
                let cause =
                    format!("the file system does not allow write-ahead logging (journal mode {mode})");
                return Err(StoreError::Unavailable {
                    operation: OPERATION,
                    cause: Cause::new(cause),
                });
            }
        }
        Ok(conn)
    }

    fn open_postgres(&self, url: &str) -> Result<PgConnection, StoreError> {
        const OPERATION: &str = "connect to PostgreSQL";
        let mut conn =
            PgConnection::establish(&with_time_limits(url)).map_err(|error| unavailable(OPERATION, error))?;
        let lock_timeout = match self.role {
            Role::Reader | Role::Writer => self.settings.busy_timeout.as_millis(),
            // A node that starts waits for the node that migrates.
            Role::Migrator => 600_000,
        };
        conn.batch_execute(&format!("SET lock_timeout = {lock_timeout}; SET TIME ZONE 'UTC'"))
            .map_err(|error| StoreError::from_diesel(OPERATION, error))?;
        Ok(conn)
    }
}

/// Parameters that keep a connection from waiting for ever when the other side falls silent: five seconds to connect,
/// and about fifteen until data that nobody acknowledges, or an idle connection that nobody answers on, is given up.
const TIME_LIMITS: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("tcp_user_timeout", "15000"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

/// The address with [`TIME_LIMITS`], but for what it says itself.
fn with_time_limits(url: &str) -> String {
    // What stands before the last `@` may be a password with any character.
    let host = url.rfind('@').map_or(url, |at| &url[at..]);
    let parameters = host.split_once('?').map(|(_, parameters)| parameters);
    let is_given = |name: &str| {
        parameters.is_some_and(|text| {
            text.split('&')
                .any(|pair| pair.split_once('=').is_some_and(|(given, _)| given == name))
        })
    };
    let added: Vec<_> = TIME_LIMITS
        .iter()
        .filter(|(name, _)| !is_given(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let separator = match parameters {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{}", added.join("&"))
}

fn unavailable(
    operation: &'static str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable {
        operation,
        cause: Cause::new(error),
    }
}

/// Creates the file for its owner only, unless it exists. SQLite gives the journal files the same permissions.
fn create_private(path: &str) -> io::Result<()> {
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

fn journal_mode(conn: &mut SqliteConnection) -> QueryResult<String> {
    let row: JournalMode = diesel::sql_query("PRAGMA journal_mode").get_result(conn)?;
    Ok(row.journal_mode)
}

/// A pooled connection. It is thrown away unless its last transaction ended in an orderly way.
pub(crate) struct Pooled {
    pub(crate) conn: Conn,
    pub(crate) in_doubt: bool,
}

impl r2d2::ManageConnection for Opener {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        Ok(Pooled {
            conn: self.open()?,
            in_doubt: false,
        })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StoreError> {
        pooled
            .conn
            .batch_execute("SELECT 1")
            .map_err(|error| StoreError::from_diesel("check the connection", error))
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.in_doubt
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::sql_types::BigInt;

    use super::*;

    #[derive(QueryableByName)]
    struct Pragma {
        #[diesel(sql_type = BigInt)]
        value: i64,
    }

    fn opener(url: &str, role: Role, synchronous: Synchronous) -> Opener {
        let settings = StoreSettings {
            synchronous,
            busy_timeout: Duration::from_millis(1234),
            ..StoreSettings::default()
        };
        Opener {
            url: DatabaseUrl::parse(url).unwrap(),
            settings,
            role,
            statements: Arc::default(),
        }
    }

    fn pragma(conn: &mut Conn, name: &str) -> i64 {
        let query = format!("SELECT * FROM (SELECT \"{name}\" AS value FROM pragma_{name})");
        let query = if name == "busy_timeout" {
            query.replace("\"busy_timeout\"", "timeout")
        } else {
            query
        };
        diesel::sql_query(query).get_result::<Pragma>(conn).unwrap().value
    }

    #[test]
    fn an_acknowledged_write_survives_a_power_failure_unless_asked_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("test.db");
        let url = url.to_str().unwrap();
        assert_eq!(StoreSettings::default().synchronous, Synchronous::Full);
        let mut writer = opener(url, Role::Writer, Synchronous::Full).open().unwrap();
        assert_eq!(pragma(&mut writer, "synchronous"), 2);
        let mut relaxed = opener(url, Role::Writer, Synchronous::Normal).open().unwrap();
        assert_eq!(pragma(&mut relaxed, "synchronous"), 1);
        for name in ["foreign_keys", "fullfsync"] {
            assert_eq!(pragma(&mut writer, name), 1, "{name}");
        }
        assert_eq!(pragma(&mut writer, "query_only"), 0);
        assert_eq!(pragma(&mut writer, "busy_timeout"), 1234);
        let mut reader = opener(url, Role::Reader, Synchronous::Full).open().unwrap();
        assert_eq!(pragma(&mut reader, "query_only"), 1);
        let Conn::Sqlite(reader) = &mut reader else {
            panic!("not SQLite")
        };
        assert_eq!(journal_mode(reader).unwrap(), "wal");
    }

    #[test]
    fn what_cannot_be_opened_is_unavailable_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("absent").join("test.db");
        for url in [
            url.to_str().unwrap(),
            "postgres://nobody:hunter2@127.0.0.1:1/nothing",
        ] {
            let Err(error) = opener(url, Role::Writer, Synchronous::Full).open() else {
                panic!("{url} opened")
            };
            assert!(error.is_temporary());
            let StoreError::Unavailable { cause, .. } = error else {
                panic!("{error:?}")
            };
            assert!(!cause.to_string().is_empty());
            assert!(!format!("{cause:?} {cause}").contains("hunter2"));
        }
    }

    #[test]
    fn a_statement_is_prepared_once_per_connection() {
        use std::sync::atomic::AtomicUsize;

        use diesel::QueryDsl;
        use passgate_testkit::TestDatabase;

        use crate::schema::settings;

        for database in TestDatabase::each() {
            let opener = opener(database.url(), Role::Writer, Synchronous::Full);
            crate::migration::run(&opener).unwrap();
            let mut conn = opener.open().unwrap();
            let prepared = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&prepared);
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
            for name in ["one", "two", "three"] {
                let values: Vec<Vec<u8>> = settings::table
                    .find(name)
                    .select(settings::value)
                    .load(&mut conn)
                    .unwrap();
                assert_eq!(values.len(), 0);
            }
            assert_eq!(prepared.load(Ordering::Relaxed), 1, "{}", database.url());
        }
    }
}
