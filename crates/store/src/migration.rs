//! Bringing the schema up to date: embedded migrations, run by one node at a time.

use diesel::{
    QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource, MigrationVersion},
    pg::Pg,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    connection::{Conn, Opener, Role},
    error::{Cause, StoreError},
};

#[cfg(test)]
mod tests;

// Both paths are relative to this crate's manifest.
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

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
    /// The database failed around the migrations.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs what is pending.
pub(crate) fn run(opener: &Opener) -> Result<(), MigrateError> {
    let opener = Opener {
        role: Role::Migrator,
        ..opener.clone()
    };
    match opener.open()? {
        Conn::Sqlite(mut conn) => {
            // One write transaction around all of it keeps other processes out; each migration is a savepoint in it.
            let mut result = Ok(());
            let committed = conn.immediate_transaction(|conn| {
                result = apply(conn, SQLITE);
                result
                    .as_ref()
                    .map_or(Err(diesel::result::Error::RollbackTransaction), |()| Ok(()))
            });
            result?;
            committed.map_err(|error| StoreError::from_diesel("migrate", error))?;
            Ok(())
        }
        Conn::Postgres(mut conn) => {
            // The lock is a row, held by a second connection: some databases that speak PostgreSQL have no advisory
            // locks, or change the schema outside of transactions. If the process dies, its lock goes with it.
            let mut lock = opener.open()?;
            take_lock(&mut lock)?;
            let result = apply(&mut conn, POSTGRES);
            lock.batch_execute("COMMIT")
                .map_err(|error| StoreError::from_diesel("release the migration lock", error))?;
            result
        }
    }
}

/// Compares the database with the program.
pub(crate) fn state(opener: &Opener) -> Result<SchemaState, MigrateError> {
    let opener = Opener {
        role: Role::Migrator,
        ..opener.clone()
    };
    match opener.open()? {
        Conn::Sqlite(mut conn) => compare::<_, Sqlite>(&mut conn, &SQLITE),
        Conn::Postgres(mut conn) => compare::<_, Pg>(&mut conn, &POSTGRES),
    }
}

fn take_lock(conn: &mut Conn) -> Result<(), StoreError> {
    const OPERATION: &str = "take the migration lock";
    const CREATE: &str = "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT NOT NULL PRIMARY KEY)";
    const FILL: &str = "INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING";
    let mut execute = |statement| -> QueryResult<usize> { diesel::sql_query(statement).execute(conn) };
    // Two nodes that create the table at once may collide in spite of `IF NOT EXISTS`; then it exists.
    execute(CREATE)
        .or_else(|_| execute(CREATE))
        .and_then(|_| execute(FILL))
        .and_then(|_| execute("BEGIN"))
        .and_then(|_| execute("UPDATE migration_lock SET id = 1 WHERE id = 1"))
        .map_err(|error| StoreError::from_diesel(OPERATION, error))?;
    Ok(())
}

fn apply<C, DB>(conn: &mut C, migrations: EmbeddedMigrations) -> Result<(), MigrateError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    if let Some(version) = compare::<C, DB>(conn, &migrations)?.unknown.into_iter().next() {
        return Err(MigrateError::Newer { version });
    }
    conn.run_pending_migrations(migrations)
        .map_err(migration_failed)?;
    Ok(())
}

fn compare<C, DB>(conn: &mut C, migrations: &EmbeddedMigrations) -> Result<SchemaState, MigrateError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
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
    let mut applied: Vec<String> = conn
        .applied_migrations()
        .map_err(migration_failed)?
        .iter()
        .map(MigrationVersion::to_string)
        .collect();
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
