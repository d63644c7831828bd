//! Whether the database answers: shared by all connections of a store, so that requests do not wait one after the other
//! for a server that is away.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::error::StoreError;

/// For so long after the first failure a request still waits for a connection: restarts and fail-overs are short.
const GRACE: Duration = Duration::from_secs(1);

/// What is known of the database.
#[derive(Default)]
pub(crate) struct Health {
    state: Mutex<State>,
    is_closed: AtomicBool,
    era: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Since when no connection can be made, and why.
    failing: Option<(Instant, StoreError)>,
    /// When a transaction ended last.
    last_answer: Option<Instant>,
    /// Whether somebody waited for a connection in vain while no transaction ended.
    is_stalled: bool,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment: the state is consistent at every point where a panic could occur.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection was made.
    pub(super) fn note_success(&self) {
        let mut state = self.state();
        state.failing = None;
        state.is_stalled = false;
    }

    /// A connection was not made.
    pub(super) fn note_failure(&self, error: &StoreError) {
        let mut state = self.state();
        let since = state
            .failing
            .as_ref()
            .map_or_else(Instant::now, |(since, _)| *since);
        state.failing = Some((since, error.clone()));
    }

    /// A transaction ended as it should.
    pub(crate) fn note_answer(&self) {
        let mut state = self.state();
        state.last_answer = Some(Instant::now());
        state.is_stalled = false;
    }

    /// Somebody waited for so long in vain.
    pub(crate) fn note_vain_wait(&self, waited: Duration) {
        let mut state = self.state();
        let has_answered = state.last_answer.is_some_and(|last| last.elapsed() < waited);
        state.is_stalled = !has_answered;
    }

    /// How long a request may wait for a connection, of at most `limit`.
    pub(crate) fn patience(&self, limit: Duration) -> Duration {
        let state = self.state();
        match &state.failing {
            Some((since, _)) => limit.min(GRACE.saturating_sub(since.elapsed())),
            None if state.is_stalled => Duration::ZERO,
            None => limit,
        }
    }

    /// Why no connection can be made at the moment.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.state().failing.as_ref().map(|(_, error)| error.clone())
    }

    /// Ends the attempts to connect.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Counts fail-overs. A connection of an earlier era is not used again.
    pub(super) fn era(&self) -> u64 {
        self.era.load(Ordering::Relaxed)
    }

    /// A connection of that era met a server that takes no writes any more. The next one is made anew.
    pub(super) fn end_era(&self, era: u64) {
        // Of all that meet it only the first one counts; for the others there is nothing to do.
        let _already_ended = self
            .era
            .compare_exchange(era, era + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}
