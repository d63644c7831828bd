//! The store: opening it, its three doors, and backups.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use passgate_core::application::AppId;
use r2d2::{Pool, PooledConnection};

use crate::{
    connection::{Conn, Opener, Role, Tx},
    error::{Cause, StoreError},
    group_commit::GroupCommit,
    migration::{self, MigrateError, SchemaState},
    options::StoreSettings,
    schema::applications,
    statistics::{Counters, Statistics},
    url::{DatabaseUrl, Location},
};

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: Pool<Opener>,
    /// SQLite's only writer; none on PostgreSQL, where the pool writes.
    writer: Option<GroupCommit>,
    /// What the pool opens its connections with.
    opener: Opener,
    counters: Arc<Counters>,
}

const READ_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const WRITE_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const READ_SQLITE: &str = "BEGIN DEFERRED";

impl Store {
    /// Opens the database, and creates the file if SQLite is asked for one that does not exist. The schema is not
    /// touched: see [`Store::migrate`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with the driver's words if the database cannot be opened or reached.
    pub fn connect(url: &DatabaseUrl, settings: StoreSettings) -> Result<Self, StoreError> {
        let counters = Arc::new(Counters::default());
        let opener = |role| Opener {
            url: url.clone(),
            settings: settings.clone(),
            role,
            statements: Arc::clone(&counters.statements),
        };
        let (writer, role) = match &url.0 {
            Location::Sqlite(_) => (
                Some(GroupCommit::open(opener(Role::Writer), Arc::clone(&counters))?),
                Role::Reader,
            ),
            Location::Postgres { .. } => {
                // The pool would report a wrong password as a time-out. A connection of our own says what is wrong.
                opener(Role::Writer).open()?;
                (None, Role::Writer)
            }
        };
        let mut pool = Pool::builder()
            .max_size(settings.connections.max(1))
            .min_idle(Some(1))
            // A connection that broke is thrown away when it is returned; asking before each use costs a round trip.
            .test_on_check_out(false)
            .connection_timeout(settings.connection_timeout)
            .error_handler(Box::new(r2d2::NopErrorHandler));
        if writer.is_some() {
            pool = pool.idle_timeout(None).max_lifetime(None);
        }
        let opener = opener(role);
        Ok(Self(Arc::new(Inner {
            pool: pool.build_unchecked(opener.clone()),
            writer,
            opener,
            counters,
        })))
    }

    /// Brings the schema up to date. Several nodes may do so at once: one works, the others wait.
    ///
    /// # Errors
    ///
    /// [`MigrateError::Newer`] if the database was migrated by a newer program than this one.
    pub fn migrate(&self) -> Result<(), MigrateError> {
        migration::run(&self.0.opener)
    }

    /// What [`Store::migrate`] would do.
    ///
    /// # Errors
    ///
    /// [`MigrateError::Store`] if the database does not answer.
    pub fn schema_state(&self) -> Result<SchemaState, MigrateError> {
        migration::state(&self.0.opener)
    }

    /// Runs `work` on one unchanging view of the database. Statements that write fail.
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.counters.reads.fetch_add(1, Ordering::Relaxed);
        let begin = if self.0.writer.is_some() {
            READ_SQLITE
        } else {
            READ_POSTGRES
        };
        self.0.transact(begin, work)
    }

    /// Runs `work` in a write transaction, and returns `Ok` once it is committed.
    ///
    /// Keep the closure short: on SQLite all writes of the process pass through one connection. What takes time,
    /// such as a signature check, belongs before it. A closure that panics is rolled back.
    ///
    /// On PostgreSQL the transaction is `READ COMMITTED`: a rule of the kind *count, then insert* needs
    /// [`Store::write_locked`].
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.0.writer {
            Some(writer) => writer.write(work),
            None => {
                self.0.counters.writes.fetch_add(1, Ordering::Relaxed);
                let value = self.0.transact(WRITE_POSTGRES, work)?;
                self.0.counters.commits.fetch_add(1, Ordering::Relaxed);
                Ok(value)
            }
        }
    }

    /// Like [`Store::write`], and no other `write_locked` of the same application runs at the same time, on any node.
    /// If there is no such application, `work` runs all the same, and without a lock.
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub fn write_locked<T, E: From<StoreError>>(
        &self,
        app: &AppId,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.0.writer.is_some() {
            return self.write(work);
        }
        self.write(|tx| {
            // An update rather than a lock of another kind: every database that speaks PostgreSQL has it.
            tx.run("lock the application", |conn| {
                diesel::update(applications::table.filter(applications::id.eq(app.as_str())))
                    .set(applications::id.eq(app.as_str()))
                    .execute(conn)
            })?;
            work(tx)
        })
    }

    /// Totals since the store was opened.
    pub fn statistics(&self) -> Statistics {
        self.0.counters.read_out()
    }

    /// Whether this is a SQLite database.
    pub fn is_sqlite(&self) -> bool {
        self.0.writer.is_some()
    }

    /// Copies a SQLite database, as it is at this moment, into a new file that only its owner can read, and returns
    /// once the copy is on disk. Writes go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`BackupError`]; on an error no file is left behind.
    pub fn backup(&self, path: &Path) -> Result<(), BackupError> {
        if !self.is_sqlite() {
            return Err(BackupError::NotSqlite);
        }
        let text = path.to_str().ok_or(BackupError::Path)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(BackupError::File)?;
        let copied = self
            .copy_into(text)
            .and_then(|()| file.sync_all().map_err(BackupError::File));
        if copied.is_err() {
            // The first error is the one to report.
            drop(fs::remove_file(path));
        }
        copied
    }

    fn copy_into(&self, path: &str) -> Result<(), BackupError> {
        // A connection of its own: the copy may take long, and readers may not write.
        let opener = Opener {
            role: Role::Writer,
            ..self.0.opener.clone()
        };
        let mut conn = opener.open()?;
        diesel::sql_query("VACUUM INTO ?")
            .bind::<Text, _>(path)
            .execute(&mut conn)
            .map_err(|error| StoreError::from_diesel("backup", error))?;
        Ok(())
    }
}

/// A backup was not made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own tools for this.
    #[error("only SQLite databases are backed up by copying: use pg_dump for PostgreSQL")]
    NotSqlite,
    /// SQLite takes Unicode paths only.
    #[error("the path of the backup is not valid Unicode")]
    Path,
    /// The file exists already, or cannot be written.
    #[error("the backup file cannot be written")]
    File(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Inner {
    /// Begins, runs, ends.
    fn transact<T, E: From<StoreError>>(
        &self,
        begin: &'static str,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pooled = self.begin(begin)?;
        let mut tx = Tx::new(&mut pooled.conn);
        let result = work(&mut tx);
        let result = match tx.into_failure() {
            Some(failure) if result.is_ok() => Err(failure.into()),
            _ => result,
        };
        // A panic above, or an error below, leaves the connection in doubt: it is not used again.
        if result.is_ok() {
            say(&mut pooled.conn, "commit", "COMMIT")?;
            pooled.in_doubt = false;
        } else if pooled.conn.batch_execute("ROLLBACK").is_ok() {
            pooled.in_doubt = false;
        }
        result
    }

    /// Takes a connection and begins a transaction. A connection that broke while it was idle shows only now; it is
    /// replaced, as often as there can be such connections. Nothing of the caller's has run yet.
    fn begin(&self, begin: &'static str) -> Result<PooledConnection<Opener>, StoreError> {
        let mut attempts = self.pool.max_size();
        loop {
            let mut pooled = self.pool.get().map_err(|error| self.no_connection(error))?;
            pooled.in_doubt = true;
            match say(&mut pooled.conn, "begin", begin) {
                Ok(()) => return Ok(pooled),
                Err(StoreError::Unavailable { .. }) if attempts > 0 => attempts -= 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn no_connection(&self, error: r2d2::Error) -> StoreError {
        let operation = "take a connection";
        if self.pool.state().connections == 0 {
            StoreError::Unavailable {
                operation,
                cause: Cause::new(error),
            }
        } else {
            StoreError::Busy {
                operation,
                cause: Some(Cause::new(error)),
            }
        }
    }
}

/// Says one of the words around a transaction.
fn say(conn: &mut Conn, operation: &'static str, statement: &str) -> Result<(), StoreError> {
    conn.batch_execute(statement)
        .map_err(|error| StoreError::from_diesel(operation, error))
}
