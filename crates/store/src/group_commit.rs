//! The SQLite writer: many waiting writes share one commit.
//!
//! SQLite has one writer at a time, and a durable commit costs one `fsync`, which takes longer than everything else a
//! write does. So writes that queue up are run one after the other in one transaction, each inside a savepoint of its
//! own, and are committed together.
//!
//! There is no writer thread: a caller takes the connection (a *turn*), runs its own closure on its own thread, and at
//! the end of its turn either commits the open batch or, when somebody else is already waiting for a turn and the batch
//! is not full, leaves the commit to that one. So closures need not be `'static`, and a lone writer commits at once.
//!
//! # Invariants
//!
//! 1. **No write is acknowledged before its commit.** Every caller, whatever its closure returned, waits for the
//!    outcome of its batch. That includes closures that failed: what they decided on (say, a duplicate) may be a row of
//!    an earlier member of the batch, which is not there until the batch is committed.
//! 2. **An open batch always has somebody who will end it.** The connection is put back with an open batch only while
//!    `waiting > 0`, decided under the queue's lock. A waiter is no longer counted only once it has, under the same
//!    lock, either taken the connection (and with it the duty) or seen that somebody else has it, who will look at
//!    `waiting` again when the turn ends. A waiter whose time is up while the connection is there takes it.
//! 3. **No lost wake-ups.** Both conditions are states under a mutex (the connection is there; the outcome is known),
//!    and are looked at before every sleep. Putting the connection back wakes one waiter. If a newcomer takes the
//!    connection first, the woken waiter sleeps again, and the newcomer wakes one in turn.
//! 4. **A closure that fails or panics rolls back only itself**, to its savepoint. A panic is passed on to its own
//!    caller, after the batch has ended.
//! 5. **If the commit fails, it fails for every member of the batch**, and the connection is closed: after a failed
//!    `fsync` nobody knows what the disk holds. The same goes for a savepoint that cannot be made or ended, which means
//!    that SQLite gave the transaction up by itself.
//!
//! Writes that nobody blocks a thread for come by [`WriteQueue`], whose one thread takes turns like any other caller.
//!
//! A closure that writes through the store again would wait for itself; it gets [`StoreError::Busy`] after the busy
//! time-out.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use crate::{
    connection::{
        Conn, Opener, Tx,
        around::{BeginWrite, Commit, ReleaseSavepoint, RollbackToSavepoint, SetSavepoint, say},
    },
    error::StoreError,
    statistics::Counters,
};

mod queue;
#[cfg(test)]
mod tests;

pub(crate) use queue::WriteQueue;

/// Members of one batch. More would gain little (the commit is shared by 128 already) and keep the first waiting.
const BATCH_LIMIT: usize = 128;

/// Callers that may wait for a turn. Beyond that the store answers at once that it is busy.
const WAITING_LIMIT: usize = 4096;

/// The writer of a SQLite database.
pub(crate) struct GroupCommit {
    queue: Mutex<Queue>,
    connection_is_back: Condvar,
    opener: Opener,
    counters: Arc<Counters>,
}

struct Queue {
    /// None while a turn is taken.
    writer: Option<Writer>,
    /// Callers that will look at `writer` once more.
    waiting: usize,
}

struct Writer {
    /// None after a failure, until the next turn opens it again.
    conn: Option<Conn>,
    batch: Option<OpenBatch>,
}

struct OpenBatch {
    batch: Arc<Batch>,
    members: usize,
    /// Whether any member left something to commit.
    dirty: bool,
}

/// A batch as its members see it: they wait for its outcome.
struct Batch {
    outcome: Mutex<Option<Result<(), StoreError>>>,
    outcome_is_known: Condvar,
}

impl Batch {
    fn new() -> Self {
        Self {
            outcome: Mutex::new(None),
            outcome_is_known: Condvar::new(),
        }
    }

    fn publish(&self, outcome: Result<(), StoreError>) {
        *lock(&self.outcome) = Some(outcome);
        self.outcome_is_known.notify_all();
    }

    fn wait(&self) -> Result<(), StoreError> {
        let mut outcome = lock(&self.outcome);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            outcome = self
                .outcome_is_known
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Locks a mutex whose data is consistent at every point where a panic could occur, so that poison means nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl GroupCommit {
    /// Opens the writer's connection.
    pub(crate) fn open(opener: Opener, counters: Arc<Counters>) -> Result<Self, StoreError> {
        let writer = Writer {
            conn: Some(opener.open()?),
            batch: None,
        };
        Ok(Self {
            queue: Mutex::new(Queue {
                writer: Some(writer),
                waiting: 0,
            }),
            connection_is_back: Condvar::new(),
            opener,
            counters,
        })
    }

    /// Runs `work` in a transaction and returns once its commit is on disk.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut turn = self.take_turn()?;
        let (batch, ran) = match turn.join() {
            Ok(batch) => (batch, turn.run(work)),
            Err(error) => {
                turn.end();
                return Err(error.into());
            }
        };
        turn.end();
        let outcome = batch.wait();
        match (ran, outcome) {
            (Err(panic), _) => resume_unwind(panic),
            (Ok(_), Err(error)) => Err(error.into()),
            (Ok(result), Ok(())) => result,
        }
    }

    fn take_turn(&self) -> Result<Turn<'_>, StoreError> {
        let mut queue = lock(&self.queue);
        if queue.writer.is_none() {
            if queue.waiting >= WAITING_LIMIT {
                return Err(busy());
            }
            queue.waiting += 1;
            (queue, _) = self
                .connection_is_back
                .wait_timeout_while(queue, self.opener.settings.busy_timeout, |queue| {
                    queue.writer.is_none()
                })
                .unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
        match queue.writer.take() {
            Some(writer) => Ok(Turn {
                group: self,
                writer: Some(writer),
            }),
            None => Err(busy()),
        }
    }

    fn put_back(&self, mut queue: MutexGuard<'_, Queue>, writer: Writer) {
        queue.writer = Some(writer);
        let somebody_waits = queue.waiting > 0;
        drop(queue);
        if somebody_waits {
            self.connection_is_back.notify_one();
        }
    }
}

const fn busy() -> StoreError {
    StoreError::Busy {
        operation: "wait for the writer",
        cause: None,
    }
}

/// The exclusive use of the connection by one caller.
struct Turn<'g> {
    group: &'g GroupCommit,
    /// Taken when the turn ends.
    writer: Option<Writer>,
}

impl Turn<'_> {
    /// Makes the caller a member of the open batch, or of a new one, and sets its savepoint.
    fn join(&mut self) -> Result<Arc<Batch>, StoreError> {
        let Some(writer) = &mut self.writer else {
            return Err(busy());
        };
        writer.join(&self.group.opener)
    }

    /// Whether the open batch takes nobody more.
    fn is_full(&self) -> bool {
        let open = self.writer.as_ref().and_then(|writer| writer.batch.as_ref());
        open.is_some_and(|open| open.members >= BATCH_LIMIT)
    }

    /// Runs the caller's closure, and keeps or undoes what it did.
    fn run<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> std::thread::Result<Result<T, E>> {
        self.group.counters.writes.fetch_add(1, Ordering::Relaxed);
        let Some(writer) = &mut self.writer else {
            return Ok(Err(busy().into()));
        };
        let Some(conn) = &mut writer.conn else {
            return Ok(Err(busy().into()));
        };
        let mut failure = None;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = Tx::new(conn);
            let result = work(&mut tx);
            failure = tx.into_failure();
            match &failure {
                Some(failure) if result.is_ok() => Err(failure.clone().into()),
                _ => result,
            }
        }));
        writer.keep_or_undo(matches!(ran, Ok(Ok(_))), failure);
        ran
    }

    /// Ends the turn: commits the open batch, or leaves that to somebody who waits.
    fn end(mut self) {
        let Some(mut writer) = self.writer.take() else {
            return;
        };
        let mut queue = lock(&self.group.queue);
        if let Some(open) = &writer.batch
            && (queue.waiting == 0 || open.members >= BATCH_LIMIT)
        {
            drop(queue);
            writer.commit(&self.group.counters);
            queue = lock(&self.group.queue);
        }
        self.group.put_back(queue, writer);
    }
}

/// A turn that was not ended is one that panicked in this module or the driver: its batch must not be left without
/// anybody to end it.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            writer.abandon(StoreError::Abandoned { operation: "unwind" });
            self.group.put_back(lock(&self.group.queue), writer);
        }
    }
}

impl Writer {
    fn join(&mut self, opener: &Opener) -> Result<Arc<Batch>, StoreError> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            None => self.conn.insert(opener.open()?),
        };
        if self.batch.is_none() {
            say(conn, BeginWrite).map_err(|error| StoreError::from_diesel("begin", error))?;
            self.batch = Some(OpenBatch {
                batch: Arc::new(Batch::new()),
                members: 0,
                dirty: false,
            });
        }
        if let Err(error) = say(conn, SetSavepoint) {
            let error = StoreError::from_diesel("savepoint", error);
            self.abandon(error.clone());
            return Err(error);
        }
        match &mut self.batch {
            Some(open) => {
                open.members += 1;
                Ok(Arc::clone(&open.batch))
            }
            None => Err(busy()),
        }
    }

    /// On a full disk SQLite undoes more than the member's part, and the savepoint is gone with its reason, which is
    /// then what the batch is told.
    fn keep_or_undo(&mut self, keep: bool, failure: Option<StoreError>) {
        let Some(conn) = &mut self.conn else { return };
        let undone = if keep {
            Ok(())
        } else {
            say(conn, RollbackToSavepoint)
        };
        if let Err(error) = undone.and_then(|()| say(conn, ReleaseSavepoint)) {
            let disk = failure.filter(|failure| matches!(failure, StoreError::NotWritable { .. }));
            self.abandon(disk.unwrap_or_else(|| StoreError::from_diesel("end the savepoint", error)));
        } else if let Some(open) = &mut self.batch {
            open.dirty |= keep;
        }
    }

    fn commit(&mut self, counters: &Counters) {
        let Some(open) = self.batch.take() else { return };
        let outcome = match &mut self.conn {
            Some(conn) => say(conn, Commit).map_err(|error| StoreError::from_diesel("commit", error)),
            None => Err(StoreError::Abandoned { operation: "commit" }),
        };
        if outcome.is_err() {
            // Closing the connection rolls back.
            self.conn = None;
        } else if open.dirty {
            counters.commits.fetch_add(1, Ordering::Relaxed);
        }
        open.batch.publish(outcome);
    }

    /// Rolls the batch back, by closing the connection, and tells its members.
    fn abandon(&mut self, error: StoreError) {
        self.conn = None;
        if let Some(open) = self.batch.take() {
            open.batch.publish(Err(error));
        }
    }
}
