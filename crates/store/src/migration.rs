//! Bringing the schema up to date: embedded migrations, run by one node at a time.
//!
//! Nothing is locked, and nothing created, unless something is pending: a role that may only read and write can run a
//! server on a database that somebody else has migrated.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::Text,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use passgate_postgres::{PostgresConnection, SqlState};

use crate::{
    connection::{Conn, Opener, Role},
    error::{Cause, StoreError},
};

#[cfg(test)]
mod tests;

// Both paths are relative to this crate's manifest.
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// How long a node waits for one that migrates.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// What a database knows of the schema and what the program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations the program has and the database has not, oldest first.
    pub pending: Vec<String>,
    /// Migrations the database has and the program has not: the database is newer than the program.
    pub unknown: Vec<String>,
}

/// The schema was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program has migrated this database. Running an older one on it could damage it.
    #[error(
        "the database is newer than this program: it has the migration {version}, which this program does not know"
    )]
    Newer {
        /// The version of the first unknown migration.
        version: String,
    },
    /// A migration failed; it was rolled back, the ones before it stay.
    #[error("a migration failed")]
    Migration(#[source] Cause),
    /// The role may not change the schema.
    #[error(
        "the database has to be migrated, and the role may not do so: run `passgate migrate` with the role that owns the \
         database, or make this role its owner (ALTER DATABASE … OWNER TO …)"
    )]
    NotAllowed(#[source] Cause),
    /// There is no schema to make tables in.
    #[error(
        "no schema of the role's search_path exists: make one (CREATE SCHEMA … AUTHORIZATION …), or set search_path"
    )]
    NoSchema(#[source] Cause),
    /// Somebody asked to stop while another node's migration was waited for.
    #[error("stopped while waiting for another node's migration")]
    Interrupted,
    /// The database failed around the migrations.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asked once a second while another node's migration is waited for, with the time it took so far.
pub(crate) type Waiting<'w> = &'w mut dyn FnMut(Duration) -> ControlFlow<()>;

/// Waits without a word.
pub(crate) fn patiently(_waited: Duration) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Runs what is pending.
pub(crate) fn run(opener: &Opener, waiting: Waiting<'_>) -> Result<(), MigrateError> {
    let opener = opener.with_role(Role::Migrator);
    match opener.open()? {
        Conn::Sqlite(conn) => run_sqlite(conn, waiting),
        Conn::Postgres(conn) => run_postgres(conn, &opener, waiting),
    }
}

/// Compares the database with the program.
pub(crate) fn state(opener: &Opener) -> Result<SchemaState, MigrateError> {
    match opener.with_role(Role::Migrator).open()? {
        Conn::Sqlite(mut conn) => compare_sqlite(&mut conn),
        Conn::Postgres(mut conn) => compare_postgres(&mut conn),
    }
}

/// Whether there is something to do. A database that is newer is an error.
fn is_pending(state: SchemaState) -> Result<bool, MigrateError> {
    match state.unknown.into_iter().next() {
        Some(version) => Err(MigrateError::Newer { version }),
        None => Ok(!state.pending.is_empty()),
    }
}

/// Tries until it succeeds, as long as somebody else holds the lock. Each attempt takes a second.
fn with_patience(
    waiting: Waiting<'_>,
    mut attempt: impl FnMut() -> QueryResult<()>,
) -> Result<(), MigrateError> {
    let began = Instant::now();
    loop {
        match attempt().map_err(|error| refused("wait for another node's migration", error)) {
            Err(MigrateError::Store(StoreError::Busy { .. })) if began.elapsed() < LONGEST_WAIT => {
                if waiting(began.elapsed()).is_break() {
                    return Err(MigrateError::Interrupted);
                }
            }
            outcome => return outcome,
        }
    }
}

// --- SQLite ---------------------------------------------------------------------------------------------------------

fn run_sqlite(mut conn: SqliteConnection, waiting: Waiting<'_>) -> Result<(), MigrateError> {
    if !is_pending(compare_sqlite(&mut conn)?)? {
        return Ok(());
    }
    // One write transaction around all of it keeps other processes out; each migration is a savepoint in it.
    with_patience(waiting, || {
        conn.batch_execute("PRAGMA busy_timeout = 1000")?;
        AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN IMMEDIATE")
    })?;
    let applied = apply_sqlite(&mut conn);
    let end = match applied {
        Ok(()) => AnsiTransactionManager::commit_transaction(&mut conn),
        Err(_) => AnsiTransactionManager::rollback_transaction(&mut conn),
    };
    applied?;
    end.map_err(|error| StoreError::from_diesel("migrate", error).into())
}

fn apply_sqlite(conn: &mut SqliteConnection) -> Result<(), MigrateError> {
    if is_pending(compare_sqlite(conn)?)? {
        conn.run_pending_migrations(SQLITE).map_err(migration_failed)?;
    }
    Ok(())
}

fn compare_sqlite(conn: &mut SqliteConnection) -> Result<SchemaState, MigrateError> {
    const OPERATION: &str = "compare the schema";
    let is_new = diesel::sql_query(
        "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
    )
    .load::<Applied>(conn)
    .map_err(|error| StoreError::from_diesel(OPERATION, error))?
    .is_empty();
    let applied = if is_new {
        Vec::new()
    } else {
        diesel::sql_query(APPLIED)
            .load(conn)
            .map_err(|error| StoreError::from_diesel(OPERATION, error))?
    };
    compare::<Sqlite>(applied, &SQLITE)
}

// --- PostgreSQL -----------------------------------------------------------------------------------------------------

fn run_postgres(
    mut conn: PostgresConnection,
    opener: &Opener,
    waiting: Waiting<'_>,
) -> Result<(), MigrateError> {
    if !is_pending(compare_postgres(&mut conn)?)? {
        return Ok(());
    }
    // The lock is a row, held by a second connection: some databases that speak PostgreSQL have no advisory locks, or
    // change the schema outside of transactions. If the process dies, its lock goes with it.
    let Conn::Postgres(mut lock) = opener.open()? else {
        return Ok(());
    };
    with_patience(waiting, || {
        make_lock(&mut lock)?;
        lock.queue_begin(BEGIN)?;
        let taken = lock.batch_execute("UPDATE migration_lock SET id = 1 WHERE id = 1");
        if taken.is_err() {
            // It is the first error that counts.
            drop(lock.rollback_and_go());
        }
        taken
    })?;
    let applied = apply_postgres(&mut conn);
    lock.commit()
        .map_err(|error| StoreError::from_diesel("release the migration lock", error))?;
    applied
}

/// The level is named: a database may have another by default, and two nodes that start at once would fail on it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

fn make_lock(conn: &mut PostgresConnection) -> QueryResult<()> {
    const CREATE: &str = "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT NOT NULL PRIMARY KEY)";
    // With the row there, nothing is tried: it would wait for who holds it.
    const FILL: &str = "INSERT INTO migration_lock (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM migration_lock) \
                        ON CONFLICT DO NOTHING";
    // Two nodes that create the table at once may collide in spite of `IF NOT EXISTS`; then it exists.
    in_transaction(conn, |conn| conn.batch_execute(CREATE))
        .or_else(|_| in_transaction(conn, |conn| conn.batch_execute(CREATE)))?;
    in_transaction(conn, |conn| conn.batch_execute(FILL))
}

fn in_transaction<T, E: From<diesel::result::Error>>(
    conn: &mut PostgresConnection,
    work: impl FnOnce(&mut PostgresConnection) -> Result<T, E>,
) -> Result<T, E> {
    conn.queue_begin(BEGIN)?;
    let outcome = work(conn);
    if outcome.is_ok() {
        conn.commit()?;
    } else {
        // It is the first error that counts.
        drop(conn.rollback_and_go());
    }
    outcome
}

fn apply_postgres(conn: &mut PostgresConnection) -> Result<(), MigrateError> {
    let state = compare_postgres(conn)?;
    let pending = state.pending.clone();
    if !is_pending(state)? {
        return Ok(());
    }
    in_transaction(conn, |conn| {
        conn.batch_execute(diesel::migration::CREATE_MIGRATIONS_TABLE)
    })
    .map_err(|error| refused("make the table of migrations", error))?;
    let mut migrations: Vec<Box<dyn Migration<Pg>>> = POSTGRES.migrations().map_err(migration_failed)?;
    migrations.sort_by_key(|migration| migration.name().version().as_owned());
    for migration in migrations {
        if pending.contains(&migration.name().to_string()) {
            apply_one(conn, migration.as_ref())?;
        }
    }
    Ok(())
}

fn apply_one(conn: &mut PostgresConnection, migration: &dyn Migration<Pg>) -> Result<(), MigrateError> {
    in_transaction(conn, |conn| {
        migration.run(conn).map_err(Failure::Migration)?;
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ($1)")
            .bind::<Text, _>(migration.name().version().to_string())
            .execute(conn)?;
        Ok(())
    })
    .map_err(|failure| match failure {
        Failure::Database(error) => refused("apply a migration", error),
        Failure::Migration(error) => {
            let error = format!("{}: {error}", migration.name());
            MigrateError::Migration(Cause::new(error))
        }
    })
}

/// How the transaction of a migration ends badly.
enum Failure {
    Migration(Box<dyn std::error::Error + Send + Sync>),
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

fn compare_postgres(conn: &mut PostgresConnection) -> Result<SchemaState, MigrateError> {
    let applied = in_transaction(conn, |conn| diesel::sql_query(APPLIED).load(conn));
    let applied = match applied {
        Err(error) if condition(&error) == Some(SqlState::UNDEFINED_TABLE) => Vec::new(),
        outcome => outcome.map_err(|error| refused("compare the schema", error))?,
    };
    compare::<Pg>(applied, &POSTGRES)
}

fn condition(error: &diesel::result::Error) -> Option<SqlState> {
    match error {
        diesel::result::Error::DatabaseError(_, information) => SqlState::of(information.as_ref()),
        _ => None,
    }
}

/// Says in words what a person can mend.
fn refused(operation: &'static str, error: diesel::result::Error) -> MigrateError {
    match condition(&error) {
        Some(SqlState::INSUFFICIENT_PRIVILEGE) => MigrateError::NotAllowed(Cause::new(error)),
        Some(SqlState::INVALID_SCHEMA_NAME) => MigrateError::NoSchema(Cause::new(error)),
        _ => StoreError::from_diesel(operation, error).into(),
    }
}

// --- Both -----------------------------------------------------------------------------------------------------------

const APPLIED: &str = "SELECT version FROM __diesel_schema_migrations";

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

fn compare<DB: diesel::backend::Backend>(
    applied: Vec<Applied>,
    migrations: &EmbeddedMigrations,
) -> Result<SchemaState, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = migrations.migrations().map_err(migration_failed)?;
    let mut known: Vec<(String, String)> = known
        .iter()
        .map(|migration| {
            (
                migration.name().version().to_string(),
                migration.name().to_string(),
            )
        })
        .collect();
    known.sort();
    let mut applied: Vec<String> = applied.into_iter().map(|row| row.version).collect();
    applied.sort();
    Ok(SchemaState {
        pending: known
            .iter()
            .filter(|(version, _)| !applied.contains(version))
            .map(|(_, name)| name.clone())
            .collect(),
        unknown: applied
            .into_iter()
            .filter(|version| known.iter().all(|(known, _)| known != version))
            .collect(),
    })
}

fn migration_failed(error: Box<dyn std::error::Error + Send + Sync>) -> MigrateError {
    MigrateError::Migration(Cause::new(error))
}
