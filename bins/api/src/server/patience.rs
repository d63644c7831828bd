//! Waiting at the start: for a database that is away, and for another node's migration. A signal to stop ends it.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use passgate_store::{DatabaseUrl, MigrateError, Store, StoreError, StoreSettings};
use passgate_webauthn::causes;

use super::error::OpenError;

/// Between two attempts to reach a database that is away: it doubles from the one to the other.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// How often a signal is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// Who waits says so this often.
const REMINDER: Duration = Duration::from_secs(10);

/// How long a start waits, and whether it has been told to stop.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    /// How long it waits for a database that is away.
    pub limit: Duration,
    /// Set by whoever wants the waiting to end.
    pub is_told_to_stop: Arc<AtomicBool>,
}

impl Patience {
    /// Connects. Only what may pass by itself is waited for: not a wrong password.
    pub(super) fn connect(
        &self,
        database: &DatabaseUrl,
        settings: &StoreSettings,
    ) -> Result<Store, OpenError> {
        let began = Instant::now();
        let (mut pause, longest) = PAUSES;
        loop {
            let source = match Store::connect(database, settings.clone()) {
                Ok(store) => return Ok(store),
                Err(source) => source,
            };
            let is_worth_waiting = source.may_pass() && began.elapsed() + pause <= self.limit;
            if !is_worth_waiting {
                return Err(OpenError::Store {
                    database: database.to_string(),
                    source,
                });
            }
            say_that_it_waits(&source, pause);
            self.sleep(pause)?;
            pause = (pause * 2).min(longest);
        }
    }

    /// Migrates, and says so while another node is at it.
    pub(super) fn migrate(&self, store: &Store, database: &DatabaseUrl) -> Result<(), OpenError> {
        let mut said: Option<Duration> = None;
        let migrated = store.migrate_or(&mut |waited| {
            if said.is_none_or(|last| waited >= last + REMINDER) {
                said = Some(waited);
                tracing::info!(seconds = waited.as_secs(), "waiting for another node's migration");
            }
            if self.is_told_to_stop() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match migrated {
            Err(MigrateError::Interrupted) => Err(OpenError::ToldToStop),
            Err(source) => Err(OpenError::Migrate {
                database: database.to_string(),
                source,
            }),
            Ok(()) => Ok(()),
        }
    }

    fn is_told_to_stop(&self) -> bool {
        self.is_told_to_stop.load(Ordering::Relaxed)
    }

    fn sleep(&self, pause: Duration) -> Result<(), OpenError> {
        let end = Instant::now() + pause;
        while !self.is_told_to_stop() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(GLANCE));
        }
        Err(OpenError::ToldToStop)
    }
}

fn say_that_it_waits(reason: &StoreError, pause: Duration) {
    tracing::warn!(
        reason = causes(reason),
        again_in = ?pause,
        "waiting for the database"
    );
}
