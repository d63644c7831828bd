//! Points in time, and the two sources the binary reads: the clock and the random number generator.

use std::time::Duration;

use chrono::{DateTime, Months, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

/// One day of 24 hours.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A point in time: UTC, whole microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds are what both databases keep, so a timestamp that was stored reads back equal to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch (saturating).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This point moved into the future (saturating).
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// This point moved into the past (saturating).
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// This point moved by calendar months; the last day of a shorter month stands for days that it lacks. A point
    /// beyond the calendar's end stays where it is.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        DateTime::from_timestamp_micros(self.0)
            .and_then(|point| point.checked_add_months(Months::new(months)))
            .map_or(self, Self::from)
    }

    /// How long after `earlier` this point lies; zero if it lies before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// The same point as a zone-less UTC date and time, which is what the databases store.
    pub fn to_naive(self) -> NaiveDateTime {
        self.to_utc().naive_utc()
    }

    /// The same point for the certificate checks of the verifier; a point chrono cannot express becomes the epoch.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl From<NaiveDateTime> for Timestamp {
    fn from(value: NaiveDateTime) -> Self {
        Self(value.and_utc().timestamp_micros())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        Self(value.timestamp_micros())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Where the time comes from. Called by the outermost layer only, once per request.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// How much time has passed since some moment in the life of this process, by a clock that nobody can set; none if
    /// there is no such clock.
    fn steady(&self) -> Option<Duration> {
        None
    }
}

/// Where random bytes come from. Implementations must be cryptographically secure outside tests.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` fresh random bytes.
#[must_use]
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arithmetic_saturates() {
        let last = Timestamp::from_micros(i64::MAX);
        let first = Timestamp::from_micros(i64::MIN);
        assert_eq!(last.plus(DAY), last);
        assert_eq!(first.minus(DAY), first);
        assert_eq!(last.plus_months(1), last);
        assert_eq!(last.since(first), Duration::from_micros(i64::MAX.unsigned_abs()));
        assert_eq!(Timestamp::from_seconds(i64::MAX), last);
        assert_eq!(Timestamp::from_seconds(1).plus(Duration::MAX), last);
    }

    #[test]
    fn nothing_lies_before_itself() {
        let (early, late) = (Timestamp::from_seconds(1), Timestamp::from_seconds(3));
        assert_eq!(late.since(early), Duration::from_secs(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn months_follow_the_calendar() {
        let utc = |text: &str| Timestamp::from(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(
            utc("2025-01-12T10:00:00.123456Z").plus_months(1),
            utc("2025-02-12T10:00:00.123456Z")
        );
        assert_eq!(
            utc("2024-01-31T00:00:00Z").plus_months(1),
            utc("2024-02-29T00:00:00Z")
        );
        assert_eq!(
            utc("2025-12-31T23:59:59Z").plus_months(2),
            utc("2026-02-28T23:59:59Z")
        );
    }

    proptest! {
        #[test]
        fn what_the_databases_store_reads_back(micros in -60_000_000_000_000_000..250_000_000_000_000_000_i64) {
            let point = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::from(point.to_naive()), point);
            prop_assert_eq!(Timestamp::from(point.to_utc()), point);
        }
    }
}
