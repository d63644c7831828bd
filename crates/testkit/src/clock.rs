//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use passgate_core::time::{Clock, Timestamp};

/// A settable clock, and a steady one beside it. Share it in an `Arc` between the test and what it tests.
#[derive(Debug)]
pub struct FixedClock {
    now: AtomicI64,
    /// Microseconds that have truly passed.
    passed: AtomicU64,
}

impl FixedClock {
    /// A clock standing at `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(now.as_micros()),
            passed: AtomicU64::new(0),
        }
    }

    /// Sets the clock to `now`, forwards or backwards. The steady clock stays where it is.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Lets time pass, by both clocks.
    pub fn advance(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.passed.fetch_add(micros, Ordering::SeqCst);
        self.set(self.now().plus(by));
    }
}

impl Default for FixedClock {
    /// 2025-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_seconds(1_735_689_600))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Option<Duration> {
        Some(Duration::from_micros(self.passed.load(Ordering::SeqCst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_still_until_moved() {
        let clock = FixedClock::default();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().since(start), Duration::from_secs(90));
        clock.set(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.steady(), Some(Duration::from_secs(90)));
    }
}
