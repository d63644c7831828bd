//! Leases: what keeps a job to one node at a time.

use std::{
    cell::Cell,
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use passgate_core::{
    application::AppId,
    clock_watch::{Belief, ClockWatch, Doubt, Sighting, TOLERANCE},
    time::{Clock, Timestamp},
};
use passgate_store::{Store, StoreError, Tx, applications, installation, leases};

use crate::{Env, Failure, failure::FailedApplication};

/// How long a lease lasts unless its holder renews it or lets go of it: longer than any step of a job takes.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It ran.
    Done {
        /// How many rows, applications or keys it removed or wrote.
        count: u64,
    },
    /// It ran until [`Passgate::stop_jobs`](crate::Passgate::stop_jobs), or until it found that another node had taken over; what it did stays done.
    Stopped {
        /// How many rows, applications or keys it had removed or written by then.
        count: u64,
    },
    /// Another node has run it since it was due.
    DoneAlready,
    /// Another node runs it.
    HeldElsewhere,
    /// The configuration leaves it nothing to do.
    Off,
    /// It destroys what is due, and the clock is not to be believed. Nothing was done; it is tried again later.
    ClockInDoubt(Doubt),
}

/// Who runs a job, and whether because it is due or because somebody wants it run.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    holder: &'a str,
    due_at: Option<Timestamp>,
    clock: Option<&'a dyn Clock>,
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("holder", &self.holder)
            .field("due_at", &self.due_at)
            .finish_non_exhaustive()
    }
}

impl<'a> Turn<'a> {
    /// Run it, whenever it ran last. `holder` names the node, or the process: no two may share one.
    pub const fn by_hand(holder: &'a str) -> Self {
        Self {
            holder,
            due_at: None,
            clock: None,
        }
    }

    /// Run it unless some node has done so since it was due.
    pub const fn due(holder: &'a str, due_at: Timestamp) -> Self {
        Self {
            holder,
            due_at: Some(due_at),
            clock: None,
        }
    }

    /// Keep the job to this node however long it takes, by a clock that goes on meanwhile. Without one it is this node's
    /// for a quarter of an hour.
    #[must_use]
    pub const fn with_clock(self, clock: &'a dyn Clock) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// Whether somebody wants it run, due or not.
    pub(crate) const fn is_by_hand(&self) -> bool {
        self.due_at.is_none()
    }
}

impl<'a> From<&'a str> for Turn<'a> {
    fn from(holder: &'a str) -> Self {
        Self::by_hand(holder)
    }
}

/// The leases of this node.
pub(crate) struct Leases {
    store: Store,
    stopping: AtomicBool,
    watch: Mutex<ClockWatch>,
}

/// Whether a job does harm under a clock that is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// It deletes what the clock says is due.
    Destroys,
    /// Its next run mends what a wrong one did.
    Mends,
}

impl Leases {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            stopping: AtomicBool::new(false),
            watch: Mutex::default(),
        }
    }

    /// Lets jobs end early and start no more.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn are_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Runs a job if no other node holds its lease, and lets go of the lease afterwards, also when the job failed.
    ///
    /// A due job that destroys runs only under a clock that is believed. Whoever runs one by hand is believed.
    pub(crate) fn run<E: From<Failure>>(
        &self,
        name: &str,
        harm: Harm,
        turn: Turn<'_>,
        env: Env<'_>,
        job: impl FnOnce(&Work<'_>) -> Result<u64, E>,
    ) -> Result<JobOutcome, E> {
        if self.are_stopping() {
            return Ok(JobOutcome::Stopped { count: 0 });
        }
        let looked = if turn.is_by_hand() {
            // Somebody is there, and says that it is due; that proves nothing for others.
            Ok(Belief::Behind)
        } else {
            self.look_at_the_clock(name, turn, env)?
        };
        if let Err(doubt) = looked
            && harm == Harm::Destroys
        {
            return Ok(JobOutcome::ClockInDoubt(doubt));
        }
        let expires_at = env.now.plus(LEASE);
        let refused = self.store.write(|tx| -> Result<_, Failure> {
            if !leases::acquire(tx, name, turn.holder, env.now, expires_at)? {
                return Ok(Some(JobOutcome::HeldElsewhere));
            }
            // Asked under the lease: whoever held it before has written down that it ran.
            let done = match turn.due_at {
                // A run in the future was one by a clock that was ahead.
                Some(due_at) => {
                    last_run(tx, name)?.is_some_and(|last| last >= due_at && last.since(env.now) <= TOLERANCE)
                }
                None => false,
            };
            if done {
                leases::release(tx, name, turn.holder)?;
                return Ok(Some(JobOutcome::DoneAlready));
            }
            Ok(None)
        })?;
        if let Some(refused) = refused {
            return Ok(refused);
        }
        let work = Work {
            leases: self,
            name,
            turn,
            expires_at: Cell::new(expires_at),
            ended_early: Cell::new(false),
        };
        let outcome = job(&work);
        let stopped = work.ended_early.get();
        let released = self.store.write(|tx| -> Result<_, Failure> {
            if outcome.is_ok() && !stopped {
                let now = env.now.as_micros().to_string();
                installation::set(tx, &last_run_name(name), now.as_bytes())?;
                if looked == Ok(Belief::Confirmed) {
                    installation::set(tx, CLOCK_BELIEVED_AT, now.as_bytes())?;
                }
            }
            Ok(leases::release(tx, name, turn.holder)?)
        });
        // What kept the job from its end says more than that its lease has to run out.
        let count = outcome?;
        released?;
        Ok(if stopped {
            JobOutcome::Stopped { count }
        } else {
            JobOutcome::Done { count }
        })
    }
}

impl Leases {
    /// What speaks for and against the clock.
    fn look_at_the_clock(
        &self,
        name: &str,
        turn: Turn<'_>,
        env: Env<'_>,
    ) -> Result<Result<Belief, Doubt>, Failure> {
        let (database, last_believed) = self.store.read(|tx| -> Result<_, Failure> {
            let believed = read_time(tx, CLOCK_BELIEVED_AT)?;
            // An installation of a version that kept no such note.
            let last = match believed {
                Some(believed) => Some(believed),
                None => last_run(tx, name)?,
            };
            Ok((installation::database_time(tx)?, last))
        })?;
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(watch.look(Sighting {
            now: env.now,
            steady: turn.clock.and_then(Clock::steady),
            database,
            last_believed,
        }))
    }
}

/// The setting under which the store keeps when a job last ran under a clock that was believed.
const CLOCK_BELIEVED_AT: &str = "clock_believed_at";

/// A job under way, under its lease.
pub(crate) struct Work<'a> {
    leases: &'a Leases,
    name: &'a str,
    turn: Turn<'a>,
    /// When the lease ends.
    expires_at: Cell<Timestamp>,
    ended_early: Cell<bool>,
}

impl Work<'_> {
    /// Asked between two steps: whether to take the next one. Renews the lease when half of it is over; if another node
    /// has it by then, the work is that node's.
    pub(crate) fn goes_on(&self) -> Result<bool, Failure> {
        let goes_on = !self.leases.are_stopping() && self.keeps_lease()?;
        if !goes_on {
            self.ended_early.set(true);
        }
        Ok(goes_on)
    }

    fn keeps_lease(&self) -> Result<bool, Failure> {
        let Some(clock) = self.turn.clock else {
            return Ok(true);
        };
        let now = clock.now();
        if now.plus(LEASE / 2) < self.expires_at.get() {
            return Ok(true);
        }
        let expires_at = now.plus(LEASE);
        let renewed = self.leases.store.write(|tx| -> Result<_, Failure> {
            Ok(leases::renew(tx, self.name, self.turn.holder, expires_at)?)
        })?;
        if renewed {
            self.expires_at.set(expires_at);
        }
        Ok(renewed)
    }

    /// Does something for every application.
    pub(crate) fn for_each_app(&self, step: impl Fn(&AppId) -> Result<u64, Failure>) -> Result<u64, Failure> {
        let apps = self
            .leases
            .store
            .read(|tx| -> Result<_, Failure> { Ok(applications::list_ids(tx)?) })?;
        self.for_each(&apps, step)
    }

    /// Does something for these applications. Where that fails, the others have their turn all the same, and the job has
    /// failed in the end.
    pub(crate) fn for_each(
        &self,
        apps: &[AppId],
        step: impl Fn(&AppId) -> Result<u64, Failure>,
    ) -> Result<u64, Failure> {
        let mut total = 0;
        let mut failed = Vec::new();
        for app in apps {
            if !self.goes_on()? {
                break;
            }
            match step(app) {
                Ok(count) => total += count,
                Err(failure) => failed.push(FailedApplication {
                    app: app.clone(),
                    failure,
                }),
            }
        }
        if failed.is_empty() {
            Ok(total)
        } else {
            Err(Failure::Applications { failed })
        }
    }
}

/// The setting under which the store keeps when a job last ran.
fn last_run_name(job: &str) -> String {
    format!("job_ran_{job}")
}

/// When a job last ran; a record that cannot be read counts as none, so that the job runs.
pub(crate) fn last_run(tx: &mut Tx<'_>, job: &str) -> Result<Option<Timestamp>, StoreError> {
    read_time(tx, &last_run_name(job))
}

fn read_time(tx: &mut Tx<'_>, name: &str) -> Result<Option<Timestamp>, StoreError> {
    let stored = installation::get(tx, name)?;
    let micros = stored.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    Ok(micros.map(Timestamp::from_micros))
}
