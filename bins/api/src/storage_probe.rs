//! The storage probe: what the health check last learned by writing to the database.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use passgate_core::time::Timestamp;

use crate::problem::Problem;

/// How long the outcome of a write speaks for the storage.
const PROBE_SPAN: Duration = Duration::from_secs(10);

/// How the last write of the health check ended, or a later one that was refused: a disk that is full can still be read.
#[derive(Debug, Default)]
pub struct StorageProbe(Mutex<Option<Probe>>);

#[derive(Debug)]
struct Probe {
    at: Timestamp,
    refused: Option<Problem>,
}

impl StorageProbe {
    /// Whether to write once more; if so, others need not meanwhile.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let mut probe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *probe {
            Some(last) if now >= last.at && now.since(last.at) < PROBE_SPAN => false,
            Some(last) => {
                last.at = now;
                true
            }
            none => {
                *none = Some(Probe {
                    at: now,
                    refused: None,
                });
                true
            }
        }
    }

    /// A request could not write, and may have wanted more room than the health check's own write will.
    pub fn refused(&self, problem: &Problem, now: Timestamp) {
        let probe = Probe {
            at: now,
            refused: Some(problem.clone()),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(probe);
    }

    /// What the storage is told to be: the outcome at hand, or the refusal that was met when it was last written to.
    pub fn told(&self, wrote: bool, outcome: Result<(), Problem>) -> Result<(), Problem> {
        let mut probe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = &mut *probe else { return outcome };
        if wrote {
            last.refused = outcome.as_ref().err().cloned();
        }
        match &last.refused {
            Some(refused) => outcome.and_then(|()| Err(refused.clone())),
            None => outcome,
        }
    }
}
