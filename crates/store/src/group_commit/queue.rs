//! Writes that nobody blocks a thread for: closures in a queue, run by one thread, answered through futures.
//!
//! The thread takes a turn of [`GroupCommit`], runs all that has queued as members of one batch, ends its turn, and
//! answers each once the outcome of the batch is known. While a batch is on its way to the disk, the next one gathers.
//! So a request waits without a thread, and is woken once.
//!
//! The invariants are those of [`GroupCommit`]. Besides: a write that was queued is run, whether or not somebody still
//! waits for it, also when the store is closed; its future ends either way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use futures_channel::oneshot;

use super::{Batch, GroupCommit, Turn, WAITING_LIMIT, busy};
use crate::{
    connection::Tx,
    error::{Cause, StoreError},
};

#[cfg(test)]
mod tests;

/// The queue of a SQLite database.
pub(crate) struct WriteQueue {
    /// None once the queue is closed.
    jobs: Option<Sender<Box<dyn Job>>>,
    /// Jobs that were queued and have not begun.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// What a closure came to: its result, or the panic it ended in.
type Ran<T, E> = thread::Result<Result<T, E>>;

/// What a closure came to, if it ran, and what became of its batch.
type Answer<T, E> = (Option<Ran<T, E>>, Result<(), StoreError>);

/// A write in the queue.
trait Job: Send {
    /// Runs the closure as a member of the turn's batch.
    fn run(&mut self, turn: &mut Turn<'_>);

    /// Answers whoever waits.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Write<W, T, E> {
    /// None once it ran.
    work: Option<W>,
    ran: Option<Ran<T, E>>,
    tell: oneshot::Sender<Answer<T, E>>,
}

impl<W, T, E> Job for Write<W, T, E>
where
    W: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, turn: &mut Turn<'_>) {
        self.ran = self.work.take().map(|work| turn.run(work));
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        // Whoever is gone needs no answer.
        drop(self.tell.send((self.ran, outcome)));
    }
}

impl WriteQueue {
    /// Starts the thread.
    pub(crate) fn start(group: Arc<GroupCommit>) -> Result<Self, StoreError> {
        let (jobs, queued) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let waits = Arc::clone(&waiting);
        let thread = thread::Builder::new()
            .name("passgate-writer".to_owned())
            .spawn(move || serve(&group, &queued, &waits))
            .map_err(|error| StoreError::Unavailable {
                operation: "start the writer",
                cause: Cause::new(error),
            })?;
        Ok(Self {
            jobs: Some(jobs),
            waiting,
            thread: Some(thread),
        })
    }

    /// Queues `work` at once; the future resolves once its commit is on disk.
    pub(crate) fn write<W, T, E>(&self, work: W) -> impl Future<Output = Result<T, E>> + Send + use<W, T, E>
    where
        W: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let queued = self.queue(Box::new(Write {
            work: Some(work),
            ran: None,
            tell,
        }));
        async move {
            queued?;
            // The thread drops a job unanswered only if it panicked outside of the job's own closure.
            let (ran, outcome) = told
                .await
                .map_err(|_| StoreError::Abandoned { operation: "unwind" })?;
            match (ran, outcome) {
                (Some(Err(panic)), _) => resume_unwind(panic),
                (Some(Ok(Err(error))), Ok(())) => Err(error),
                (Some(Ok(Ok(value))), Ok(())) => Ok(value),
                (_, Err(error)) => Err(error.into()),
                (None, Ok(())) => Err(StoreError::Abandoned { operation: "write" }.into()),
            }
        }
    }

    fn queue(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let closed = StoreError::Abandoned { operation: "write" };
        let jobs = self.jobs.as_ref().ok_or_else(|| closed.clone())?;
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_LIMIT {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(busy());
        }
        jobs.send(job).map_err(|_| closed)
    }
}

/// What was queued is written before the connection closes.
impl Drop for WriteQueue {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            // The last clone of a store may be dropped by one of its own writes.
            && thread.thread().id() != thread::current().id()
        {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}

fn serve(group: &GroupCommit, queued: &Receiver<Box<dyn Job>>, waiting: &AtomicUsize) {
    let next = |job| {
        waiting.fetch_sub(1, Ordering::Relaxed);
        job
    };
    while let Ok(first) = queued.recv() {
        let first = next(first);
        let more = || queued.try_recv().ok().map(next);
        // After a panic the jobs of the turn are dropped, which their futures see, and the next turn begins anew.
        drop(catch_unwind(AssertUnwindSafe(|| take_turn(group, first, more))));
    }
}

/// Runs the first job, and as many more as have queued, in one turn.
fn take_turn(group: &GroupCommit, first: Box<dyn Job>, more: impl Fn() -> Option<Box<dyn Job>>) {
    let mut turn = match group.take_turn() {
        Ok(turn) => turn,
        Err(error) => return first.answer(Err(error)),
    };
    let mut members: Vec<(Arc<Batch>, Box<dyn Job>)> = Vec::new();
    let mut next = Some(first);
    while let Some(mut job) = next {
        match turn.join() {
            Ok(batch) => {
                job.run(&mut turn);
                members.push((batch, job));
            }
            Err(error) => job.answer(Err(error)),
        }
        next = if turn.is_full() { None } else { more() };
    }
    turn.end();
    for (batch, job) in members {
        job.answer(batch.wait());
    }
}
