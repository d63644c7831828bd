//! The store: opening it, its three doors, and backups.

use std::{
    fs, io,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, sql_types::Text};
use passgate_core::application::AppId;
use r2d2::{Pool, PooledConnection};

use crate::{
    connection::{Conn, Opener, Pooled, Role, Tx, around},
    error::{Cause, StoreError},
    group_commit::{GroupCommit, WriteQueue},
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
    writer: Option<Writer>,
    /// What the pool opens its connections with.
    opener: Opener,
    counters: Arc<Counters>,
}

/// The two ways to the writer of a SQLite database.
struct Writer {
    /// Dropped first: what has queued is written before the connection closes.
    queue: WriteQueue,
    turns: Arc<GroupCommit>,
}

impl Writer {
    fn open(opener: Opener, counters: Arc<Counters>) -> Result<Self, StoreError> {
        let turns = Arc::new(GroupCommit::open(opener, counters)?);
        Ok(Self {
            queue: WriteQueue::start(Arc::clone(&turns))?,
            turns,
        })
    }
}

impl Store {
    /// Opens the database, and creates the file if SQLite is asked for one that does not exist. The schema is not
    /// touched: see [`Store::migrate`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with the driver's words if the database cannot be opened or reached.
    pub fn connect(url: &DatabaseUrl, settings: StoreSettings) -> Result<Self, StoreError> {
        let counters = Arc::new(Counters::default());
        let opener = |role| {
            Opener::new(
                url.clone(),
                settings.clone(),
                role,
                Arc::clone(&counters.statements),
            )
        };
        let (writer, role) = match &url.0 {
            Location::Sqlite(_) => (
                Some(Writer::open(opener(Role::Writer), Arc::clone(&counters))?),
                Role::Reader,
            ),
            Location::Postgres(_) => {
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
        migration::run(&self.0.opener, &mut migration::patiently)
    }

    /// Like [`Store::migrate`]. While another node's migration is waited for, `waiting` is called about once a second
    /// with the time it took so far, and ends the waiting by answering `Break`.
    ///
    /// # Errors
    ///
    /// [`MigrateError::Interrupted`] after that; else those of [`Store::migrate`].
    pub fn migrate_or(
        &self,
        waiting: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<(), MigrateError> {
        migration::run(&self.0.opener, waiting)
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
        self.0.transact(Door::Read, work)
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
            Some(writer) => writer.turns.write(work),
            None => {
                self.0.counters.writes.fetch_add(1, Ordering::Relaxed);
                let value = self.0.transact(Door::Write, work)?;
                self.0.counters.commits.fetch_add(1, Ordering::Relaxed);
                Ok(value)
            }
        }
    }

    /// Like [`Store::write`], for one step of long work: returns only after others had as much time as the step took.
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub fn write_step<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let began = Instant::now();
        let result = self.write(work);
        thread::sleep(began.elapsed().min(LONGEST_PAUSE));
        result
    }

    /// Like [`Store::read`], for a task that must not wait: without a free connection, SQLite's writer reads when it is
    /// this closure's turn. On PostgreSQL it blocks the thread.
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub async fn read_async<T, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Some(writer) = &self.0.writer else {
            return self.read(work);
        };
        if let Some(mut pooled) = self.0.pool.try_get() {
            self.0.counters.reads.fetch_add(1, Ordering::Relaxed);
            return self.0.transact_on(&mut pooled, Door::Read, work);
        }
        writer.queue.write(work).await
    }

    /// Like [`Store::write`], for a task that must not wait: on SQLite the closure is queued for the writer's thread at
    /// the first poll, and is run and committed even if the future is dropped. On PostgreSQL it blocks the thread.
    ///
    /// # Errors
    ///
    /// What `work` returned, or a [`StoreError`] as `E`.
    ///
    /// # Panics
    ///
    /// If `work` panics.
    pub async fn write_async<T, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.0.writer {
            Some(writer) => writer.queue.write(work).await,
            None => self.write(work),
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
            .copy_into(text, &file)
            .and_then(|()| file.sync_all().map_err(BackupError::File));
        if copied.is_err() {
            // The first error is the one to report.
            drop(fs::remove_file(path));
        }
        copied
    }

    fn copy_into(&self, path: &str, file: &fs::File) -> Result<(), BackupError> {
        // A connection of its own: the copy may take long, and readers may not write.
        let mut conn = self.0.opener.with_role(Role::Writer).open()?;
        let is_copied = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| write_out_until(&is_copied, file));
            let copied = diesel::sql_query("VACUUM INTO ?")
                .bind::<Text, _>(path)
                .execute(&mut conn);
            is_copied.store(true, Ordering::Relaxed);
            copied
        })
        .map_err(|error| StoreError::from_diesel("backup", error))?;
        Ok(())
    }
}

/// Brings a file that grows to the disk bit by bit. Left to the system it goes there all at once, and the writes of the
/// server wait behind it: beside a copy of 240 MB the slowest of a hundred took 130 ms, and 37 ms this way.
fn write_out_until(is_complete: &AtomicBool, file: &fs::File) {
    const PAUSE: Duration = Duration::from_millis(10);
    // Whoever made the file synchronises it once more at the end, and reports what failed.
    while !is_complete.load(Ordering::Relaxed) && file.sync_data().is_ok() {
        thread::sleep(PAUSE);
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

/// What a step of long work leaves to others at most: longer than any step that is small enough.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Who waits for a connection looks this often whether waiting is of any use.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What a transaction of the pool is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Read,
    /// On PostgreSQL; SQLite's writes go through [`GroupCommit`].
    Write,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.opener.health.close();
    }
}

impl Inner {
    /// Begins, runs, ends.
    fn transact<T, E: From<StoreError>>(
        &self,
        door: Door,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pooled = self.connection()?;
        let before = pooled.conn.round_trips();
        let result = self.transact_on(&mut pooled, door, work);
        let waited = pooled.conn.round_trips() - before;
        self.counters.round_trips.fetch_add(waited, Ordering::Relaxed);
        result
    }

    fn transact_on<T, E: From<StoreError>>(
        &self,
        pooled: &mut Pooled,
        door: Door,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A panic below, or an error at the end, leaves the connection in doubt: it is not used again.
        pooled.in_doubt = true;
        begin(&mut pooled.conn, door).map_err(|error| StoreError::from_diesel("begin", error))?;
        let mut tx = Tx::new(&mut pooled.conn);
        let result = work(&mut tx);
        let result = match tx.into_failure() {
            Some(failure) if result.is_ok() => Err(failure.into()),
            _ => result,
        };
        if result.is_ok() {
            commit(&mut pooled.conn, door).map_err(|error| StoreError::from_diesel("commit", error))?;
            pooled.in_doubt = false;
            self.opener.health.note_answer();
        } else if rollback(&mut pooled.conn).is_ok() {
            pooled.in_doubt = false;
        }
        result
    }

    /// Takes a connection. One that broke while it was idle is replaced: nothing of the caller's has run yet.
    fn connection(&self) -> Result<PooledConnection<Opener>, StoreError> {
        let limit = self.opener.settings.connection_timeout;
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let patience = self.opener.health.patience(left);
            let mut pooled = match self.pool.get_timeout(patience.min(LOOK_AGAIN)) {
                Ok(pooled) => pooled,
                // What is known of the database may have changed meanwhile.
                Err(_) if patience > LOOK_AGAIN => continue,
                Err(error) => return Err(self.no_connection(error, limit)),
            };
            if self.opener.is_there(&mut pooled) {
                return Ok(pooled);
            }
            pooled.in_doubt = true;
        }
    }

    fn no_connection(&self, error: r2d2::Error, limit: Duration) -> StoreError {
        let operation = "take a connection";
        if let Some(failure) = self.opener.health.failure() {
            return failure;
        }
        self.opener.health.note_vain_wait(limit);
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

/// On PostgreSQL this sends nothing: the words travel with the first statement.
fn begin(conn: &mut Conn, door: Door) -> QueryResult<()> {
    match (conn, door) {
        (Conn::Postgres(conn), Door::Read) => {
            conn.queue_begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        (Conn::Postgres(conn), Door::Write) => conn.queue_begin("BEGIN ISOLATION LEVEL READ COMMITTED"),
        (Conn::Sqlite(conn), Door::Read | Door::Write) => around::BeginRead.execute(conn).map(drop),
    }
}

/// Nobody waits for PostgreSQL's answer to the end of a transaction that only read.
fn commit(conn: &mut Conn, door: Door) -> QueryResult<()> {
    match (conn, door) {
        (Conn::Postgres(conn), Door::Read) => conn.commit_and_go(),
        (Conn::Postgres(conn), Door::Write) => conn.commit(),
        (Conn::Sqlite(conn), Door::Read | Door::Write) => around::Commit.execute(conn).map(drop),
    }
}

fn rollback(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(conn) => conn.rollback_and_go(),
        Conn::Sqlite(conn) => around::Rollback.execute(conn).map(drop),
    }
}
