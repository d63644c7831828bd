//! A fixed window per application: so many requests, then none until the window ends. And a pause for those who guess.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::rt::time::{sleep, timeout};
use passgate::TooOften;
use passgate_core::{application::AppId, time::Timestamp};

/// How many windows are kept before those that have ended are dropped.
const KEPT: usize = 10_000;

/// Counts the requests of applications on this node.
#[derive(Debug)]
pub struct RateLimit {
    requests: u32,
    window: Duration,
    windows: Mutex<HashMap<AppId, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    requests: u32,
}

impl RateLimit {
    /// So many requests per window; 0 means any number.
    pub fn new(requests: u32, window: Duration) -> Self {
        Self {
            requests,
            window,
            windows: Mutex::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`TooOften`]; a refused request does not count.
    pub fn take(&self, app: &AppId, now: Timestamp) -> Result<(), TooOften> {
        if self.requests == 0 {
            return Ok(());
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that went back begins a new window, or the application would wait for the old time to return.
        let is_open = |window: &Window| now >= window.began && now.since(window.began) < self.window;
        if windows.len() >= KEPT {
            windows.retain(|_, window| is_open(window));
        }
        let fresh = Window {
            began: now,
            requests: 0,
        };
        let window = windows.entry(app.clone()).or_insert(fresh);
        if !is_open(window) {
            *window = fresh;
        }
        if window.requests >= self.requests {
            return Err(TooOften {
                retry_after: self.window.saturating_sub(now.since(window.began)),
            });
        }
        window.requests += 1;
        Ok(())
    }
}

/// Wrong management keys per minute that are answered at once.
const FREE_GUESSES: u32 = 60;

/// How long each one takes beyond that, one after the other.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a guess waits for its turn, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Slows down those who guess the management key. Whoever has it is never slowed down, and nobody is locked out.
#[derive(Debug, Default)]
pub struct Guesses {
    minute: Mutex<Option<(Instant, u32)>>,
    turn: futures_util::lock::Mutex<()>,
}

impl Guesses {
    /// Takes the time that a wrong key costs.
    pub async fn slow_down(&self) {
        if self.count(Instant::now()) <= FREE_GUESSES {
            return;
        }
        let turn = async {
            let _turn = self.turn.lock().await;
            sleep(PAUSE).await;
        };
        // Whoever waited that long was slow enough.
        drop(timeout(LONGEST_PAUSE, turn).await);
    }

    /// How many guesses there were in this minute, with this one.
    fn count(&self, now: Instant) -> u32 {
        const MINUTE: Duration = Duration::from_secs(60);
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, before) = minute
            .filter(|(began, _)| now.saturating_duration_since(*began) < MINUTE)
            .unwrap_or((now, 0));
        let guesses = before.saturating_add(1);
        *minute = Some((began, guesses));
        if guesses == FREE_GUESSES + 1 {
            tracing::warn!(
                "somebody tries management keys; wrong ones are answered slowly for the rest of the minute"
            );
        }
        guesses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_735_689_600);

    fn app(name: &str) -> AppId {
        AppId::parse(name).unwrap()
    }

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_window_is_full_until_it_ends_and_for_one_application_only() {
        let limit = RateLimit::new(2, Duration::from_secs(300));
        assert_eq!(limit.take(&app("one"), START), Ok(()));
        assert_eq!(limit.take(&app("one"), after(100)), Ok(()));
        let refused = Err(TooOften {
            retry_after: Duration::from_secs(180),
        });
        assert_eq!(limit.take(&app("one"), after(120)), refused);
        assert_eq!(limit.take(&app("two"), after(120)), Ok(()));
        assert_eq!(limit.take(&app("one"), after(300)), Ok(()));
        assert_eq!(limit.take(&app("one"), after(301)), Ok(()));
        assert!(limit.take(&app("one"), after(302)).is_err());
        assert_eq!(limit.take(&app("one"), START), Ok(()), "the clock went back");
    }

    #[test]
    fn guesses_are_counted_by_the_minute() {
        let guesses = Guesses::default();
        let start = Instant::now();
        for number in 1..=100 {
            assert_eq!(guesses.count(start), number);
        }
        assert_eq!(guesses.count(start + Duration::from_secs(59)), 101);
        assert_eq!(guesses.count(start + Duration::from_secs(60)), 1);
    }

    #[test]
    fn none_means_no_limit() {
        let limit = RateLimit::new(0, Duration::from_secs(300));
        assert!((0..100).all(|_| limit.take(&app("one"), START).is_ok()));
    }
}
