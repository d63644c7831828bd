//! A throw-away database for each test: a SQLite file in a temporary folder, or a fresh PostgreSQL schema.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use passgate_postgres::PostgresConnection;
use tempfile::TempDir;

/// The variable that names the PostgreSQL server tests may make schemas in.
pub const POSTGRES_URL: &str = "TEST_POSTGRES_URL";

/// The variable that turns a missing PostgreSQL server from a skip into a failure.
pub const REQUIRE_POSTGRES: &str = "REQUIRE_POSTGRES";

/// An empty database that disappears with this value. Keep it alive for as long as a store is connected to it.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Folder { _removed_on_drop: TempDir },
    Schema { server: String, name: String },
}

impl TestDatabase {
    /// A SQLite file in its own temporary folder.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let url = format!("sqlite:{}", folder.path().join("passgate.db").display());
        Self {
            url,
            kept: Kept::Folder {
                _removed_on_drop: folder,
            },
        }
    }

    /// A fresh schema on the server named by `TEST_POSTGRES_URL`; `None`, said on standard error, when that is not set.
    ///
    /// # Panics
    /// When the variable is unset although `REQUIRE_POSTGRES=1`, or the server cannot be reached.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by its environment what it may leave out"
    )]
    pub fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(POSTGRES_URL) else {
            assert!(
                std::env::var(REQUIRE_POSTGRES).as_deref() != Ok("1"),
                "{REQUIRE_POSTGRES}=1, but {POSTGRES_URL} is not set"
            );
            say_skipped(&format!("on PostgreSQL: {POSTGRES_URL} is not set"));
            return None;
        };
        let name = unique_schema_name();
        run_sql(&server, &format!("create schema {name}"));
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{name}");
        Some(Self {
            url,
            kept: Kept::Schema { server, name },
        })
    }

    /// Every kind this machine offers: SQLite always, PostgreSQL by the rules of [`TestDatabase::postgres`].
    pub fn each() -> Vec<Self> {
        [Some(Self::sqlite()), Self::postgres()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Runs statements behind the back of whoever uses the database.
    ///
    /// # Panics
    /// When they fail.
    pub fn run(&self, sql: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(file) => run_sqlite_script(file.as_ref(), sql),
            None => run_sql(&self.url, sql),
        }
    }

    /// Holds what a migrating node holds, until the value is dropped. For an empty database.
    ///
    /// # Panics
    /// When it cannot be taken.
    pub fn hold_migration_lock(&self) -> MigrationLock {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection =
                    SqliteConnection::establish(path).unwrap_or_else(|error| panic!("{path}: {error}"));
                connection
                    .batch_execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")
                    .unwrap_or_else(|error| panic!("{path}: {error}"));
                MigrationLock::Sqlite { _held: connection }
            }
            None => {
                self.run("CREATE TABLE migration_lock (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO migration_lock VALUES (1)");
                let mut connection =
                    PostgresConnection::establish(&self.url).unwrap_or_else(|error| panic!("{error}"));
                connection
                    .batch_execute("BEGIN; UPDATE migration_lock SET id = 1")
                    .unwrap_or_else(|error| panic!("{error}"));
                MigrationLock::Postgres { _held: connection }
            }
        }
    }

    /// What `DatabaseUrl::parse` and `PASSGATE_DATABASE_URL` take.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self.kept, Kept::Schema { .. })
    }
}

/// What a migrating node holds; see [`TestDatabase::hold_migration_lock`].
#[expect(
    missing_debug_implementations,
    reason = "connections say nothing of themselves"
)]
pub enum MigrationLock {
    /// The writer of a SQLite file.
    Sqlite {
        /// The connection that holds it.
        _held: SqliteConnection,
    },
    /// A row.
    Postgres {
        /// The connection that holds it.
        _held: PostgresConnection,
    },
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.kept {
            Kept::Folder { .. } => {}
            // A failing test may be unwinding: a schema left behind is better than an abort.
            Kept::Schema { server, name } => {
                let dropped = PostgresConnection::establish(server)
                    .map_err(|error| error.to_string())
                    .and_then(|mut connection| {
                        connection
                            .batch_execute(&format!("drop schema {name} cascade"))
                            .map_err(|error| error.to_string())
                    });
                if let Err(error) = dropped {
                    eprintln!("the schema {name} stays behind: {error}");
                }
            }
        }
    }
}

/// Runs SQL on a SQLite file, which is made if it does not exist: for the database of another program.
///
/// # Panics
/// When SQLite refuses.
pub fn run_sqlite_script(file: &std::path::Path, sql: &str) {
    let path = file
        .to_str()
        .unwrap_or_else(|| panic!("{} is no Unicode", file.display()));
    let mut connection =
        SqliteConnection::establish(path).unwrap_or_else(|error| panic!("{path} does not open: {error}"));
    connection
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Says that a test is skipped, past the test harness, which keeps what passing tests print to itself.
pub fn say_skipped(what: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    // Nothing is lost with a closed standard error but the remark.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}, {what}");
}

fn run_sql(server: &str, sql: &str) {
    let mut connection = PostgresConnection::establish(server)
        .unwrap_or_else(|error| panic!("{POSTGRES_URL} cannot be reached: {error}"));
    connection
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Unique across test processes: the process, the time, and a count within the process.
fn unique_schema_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static MADE: AtomicU32 = AtomicU32::new(0);
    #[expect(
        clippy::disallowed_methods,
        reason = "a name for a throw-away schema, not a time anything is tested against"
    )]
    let nanoseconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    format!(
        "test_{}_{nanoseconds}_{}",
        std::process::id(),
        MADE.fetch_add(1, Ordering::Relaxed)
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use diesel::QueryableByName;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Text};

    use super::*;

    #[derive(QueryableByName)]
    struct Schema {
        #[diesel(sql_type = Text)]
        name: String,
    }

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }

    #[test]
    fn sqlite_files_are_apart_and_disappear() {
        let (one, other) = (TestDatabase::sqlite(), TestDatabase::sqlite());
        assert_ne!(one.url(), other.url());
        assert!(!one.is_postgres());
        let file = Path::new(one.url().strip_prefix("sqlite:").unwrap());
        let path = file.parent().unwrap().to_owned();
        assert!(path.is_dir());
        drop(one);
        assert!(!path.exists());
    }

    #[test]
    fn postgres_schemas_are_the_search_path_and_disappear() {
        let Some(database) = TestDatabase::postgres() else {
            return;
        };
        let Kept::Schema { server, name } = &database.kept else {
            panic!("not a schema")
        };
        let (server, name) = (server.clone(), name.clone());
        let mut connection = PostgresConnection::establish(database.url()).unwrap();
        let current: Schema = diesel::sql_query("select current_schema()::text as name")
            .get_result(&mut connection)
            .unwrap();
        assert_eq!(current.name, name);
        drop(connection);
        drop(database);
        let left: Count = diesel::sql_query("select count(*) as count from pg_namespace where nspname = $1")
            .bind::<Text, _>(&name)
            .get_result(&mut PostgresConnection::establish(&server).unwrap())
            .unwrap();
        assert_eq!(left.count, 0);
    }
}
