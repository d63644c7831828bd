//! Looks at the mail provider for the health check: one at a time, remembered for a while, beside the threads that mail
//! is sent on.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{Deliver, DeliverError, room_error::RoomError};

/// How long an outcome stands: anybody may ask, and the provider must not suffer from it.
const STANDS_FOR: Duration = Duration::from_secs(5);

/// How many may wait for one look.
const WAITING: usize = 64;

/// What a look shows; none if there is nothing to look at.
type Outcome = Option<Result<(), DeliverError>>;

/// The one who looks.
#[derive(Clone, Default)]
pub(super) struct Look(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    last: Option<(Instant, Outcome)>,
    /// Those who wait for the look that is under way, if one is.
    waiting: Option<Vec<oneshot::Sender<Outcome>>>,
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look(..)")
    }
}

impl Look {
    /// The outcome of the last look if it still stands, else of the one that is under way, or begins now.
    ///
    /// # Errors
    /// [`RoomError::Full`] if too many wait already, and the others if the look ended without an outcome.
    pub(super) async fn outcome(&self, deliver: &Arc<dyn Deliver>) -> Result<Outcome, RoomError> {
        let told = {
            let mut state = self.state();
            if let Some((at, outcome)) = &state.last
                && at.elapsed() < STANDS_FOR
            {
                return Ok(outcome.clone());
            }
            let (tell, told) = oneshot::channel();
            match &mut state.waiting {
                Some(waiting) if waiting.len() >= WAITING => {
                    return Err(RoomError::Full);
                }
                Some(waiting) => waiting.push(tell),
                waiting @ None => {
                    self.begin(Arc::clone(deliver))?;
                    *waiting = Some(vec![tell]);
                }
            }
            told
        };
        told.await.map_err(|_| RoomError::Panicked)
    }

    /// Looks, on a thread that ends with it: whoever began it may be gone by then.
    fn begin(&self, deliver: Arc<dyn Deliver>) -> Result<(), RoomError> {
        let look = self.clone();
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| deliver.check()));
            let mut state = look.state();
            let waiting = state.waiting.take().unwrap_or_default();
            match outcome {
                Ok(outcome) => {
                    state.last = Some((Instant::now(), outcome.clone()));
                    for tell in waiting {
                        // Who is gone need not be told.
                        drop(tell.send(outcome.clone()));
                    }
                }
                // The channels close, which those who wait are told as an error.
                Err(_) => tracing::error!("a look at the mail provider panicked"),
            }
        };
        thread::Builder::new()
            .name("mail look".to_owned())
            .spawn(work)
            .map(drop)
            .map_err(|error| {
                tracing::error!(%error, "no thread for a look at the mail provider");
                RoomError::Closed
            })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    };

    use actix_web::rt::System;
    use futures_util::{FutureExt as _, future::join_all};

    use super::*;
    use crate::mail::{Letter, NoMail};

    /// A provider that answers when it is told to.
    struct Slow {
        looks: AtomicUsize,
        answer: Mutex<Receiver<()>>,
    }

    impl Deliver for Slow {
        fn deliver(&self, letter: &Letter) -> Result<(), DeliverError> {
            NoMail.deliver(letter)
        }

        fn check(&self) -> Outcome {
            self.looks.fetch_add(1, Ordering::SeqCst);
            self.answer.lock().unwrap().recv().unwrap();
            Some(Ok(()))
        }

        fn is_configured(&self) -> bool {
            true
        }
    }

    fn slow() -> (Sender<()>, Arc<Slow>, Arc<dyn Deliver>) {
        let (answer, told) = channel();
        let slow = Arc::new(Slow {
            looks: AtomicUsize::new(0),
            answer: Mutex::new(told),
        });
        (answer, Arc::clone(&slow), slow)
    }

    #[test]
    fn all_who_ask_meanwhile_share_one_look_and_its_outcome_stands() {
        System::new().block_on(async {
            let (answer, slow, deliver) = slow();
            let look = Look::default();
            let mut asked: Vec<_> = (0..WAITING).map(|_| Box::pin(look.outcome(&deliver))).collect();
            for one in &mut asked {
                assert!(one.as_mut().now_or_never().is_none());
            }
            assert_eq!(look.outcome(&deliver).await.unwrap_err(), RoomError::Full);
            // The one who began goes away; the others are told all the same.
            drop(asked.remove(0));
            answer.send(()).unwrap();
            for outcome in join_all(asked).await {
                assert!(matches!(outcome, Ok(Some(Ok(())))));
            }
            assert!(matches!(look.outcome(&deliver).await, Ok(Some(Ok(())))));
            assert_eq!(slow.looks.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn a_look_that_panics_is_an_error_and_the_next_one_looks_again() {
        System::new().block_on(async {
            let (answer, slow, deliver) = slow();
            let look = Look::default();
            drop(answer);
            for looks in 1..=2 {
                assert_eq!(look.outcome(&deliver).await.unwrap_err(), RoomError::Panicked);
                assert_eq!(slow.looks.load(Ordering::SeqCst), looks);
            }
        });
    }
}
