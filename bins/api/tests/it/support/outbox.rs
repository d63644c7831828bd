//! Where the letters of a server under test go.

use std::sync::{Mutex, MutexGuard};

use passgate_api::mail::{Deliver, DeliverError, Letter};

/// Keeps letters, or fails as it is told.
#[derive(Default)]
pub struct Outbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    failing_for: Option<String>,
}

impl Outbox {
    /// The letters since the last look.
    pub fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut self.state().letters)
    }

    /// From now on letters fail whose recipient contains this text; all, if it is empty.
    pub fn fail_for(&self, recipient: &str) {
        self.state().failing_for = Some(recipient.to_owned());
    }

    /// From now on letters are taken again.
    pub fn work_again(&self) {
        self.state().failing_for = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Deliver for Outbox {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliverError> {
        let mut state = self.state();
        if state
            .failing_for
            .as_ref()
            .is_some_and(|part| letter.to.contains(part))
        {
            return Err(DeliverError::Timeout);
        }
        state.letters.push(letter.clone());
        Ok(())
    }

    fn check(&self) -> Option<Result<(), DeliverError>> {
        self.state()
            .failing_for
            .as_ref()
            .map(|_| Err(DeliverError::Timeout))
    }

    fn is_configured(&self) -> bool {
        true
    }
}
