//! Clock watch: whether the clock may be believed before something is destroyed by what it says.
//!
//! A clock that is far ahead for a minute (a machine that boots without a battery, a wrong zone, a slip of the hand) makes
//! everything due at once: deletions of applications, retention of events, keys of living tokens. What is destroyed then
//! does not come back when the clock is right again. So whatever destroys asks here first, with what it knows besides: when
//! work of this kind was last done, what the database's own clock says, and how much time has passed since by a clock that
//! nobody can set.

use std::{fmt, time::Duration};

use crate::time::{DAY, Timestamp};

/// The longest time without any work after which the clock is believed at once: a weekend. Whoever destroys something by
/// the clock leaves a margin of this size where an error would cost more than that.
pub const BELIEVED: Duration = Duration::from_secs(3 * DAY.as_secs());

/// How long a clock that nobody can confirm has to go on steadily before it is believed.
pub const PROBATION: Duration = Duration::from_secs(60 * 60);

/// How far two clocks may be apart that agree.
pub const TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// What is known of the time at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What the clock says.
    pub now: Timestamp,
    /// Time since some moment in the life of this process, by a clock that is never set; none if there is no such clock.
    pub steady: Option<Duration>,
    /// What the clock of the database's machine says, if that is another machine.
    pub database: Option<Timestamp>,
    /// When work was last done under a clock that was believed; none if it never was.
    pub last_believed: Option<Timestamp>,
}

/// Watches the clock of one process from sighting to sighting.
#[derive(Clone, Debug, Default)]
pub struct ClockWatch {
    /// The last sighting by both clocks.
    last: Option<(Timestamp, Option<Duration>)>,
    /// Since when a doubt waits, by both clocks.
    waiting: Option<(Timestamp, Option<Duration>)>,
}

impl ClockWatch {
    /// Looks at the clock.
    ///
    /// # Errors
    /// [`Doubt`] if nothing should be destroyed by what it says.
    pub fn look(&mut self, sighting: Sighting) -> Result<Belief, Doubt> {
        let Sighting { now, steady, .. } = sighting;
        if self.was_set(now, steady) {
            // Forwards or backwards: whatever was observed until now was another time.
            self.waiting = None;
        }
        self.last = Some((now, steady));
        if let Some(database) = sighting.database
            && now.since(database) > TOLERANCE
        {
            self.waiting = None;
            return Err(Doubt::AheadOfDatabase {
                by: now.since(database),
            });
        }
        let last = sighting.last_believed.unwrap_or(now);
        let silence = now.since(last);
        if silence <= BELIEVED && last.since(now) <= TOLERANCE {
            self.waiting = None;
            return Ok(Belief::Confirmed);
        }
        let (since, steady_since) = *self.waiting.get_or_insert((now, steady));
        let waited = match (steady, steady_since) {
            (Some(steady), Some(since)) => steady.saturating_sub(since),
            _ => now.since(since),
        };
        if waited >= PROBATION {
            return Ok(Belief::Confirmed);
        }
        if now < last {
            return Ok(Belief::Behind);
        }
        Err(Doubt::Silence {
            for_days: silence.as_secs() / DAY.as_secs(),
            left: PROBATION.saturating_sub(waited),
        })
    }

    /// Whether somebody set the clock since the last look: it went back, or not in step with the steady one.
    fn was_set(&self, now: Timestamp, steady: Option<Duration>) -> bool {
        let Some((before, steady_before)) = self.last else {
            return false;
        };
        let expected = match (steady, steady_before) {
            (Some(steady), Some(steady_before)) => before.plus(steady.saturating_sub(steady_before)),
            _ => before.max(now),
        };
        now.since(expected) > TOLERANCE || expected.since(now) > TOLERANCE
    }
}

/// How far a clock is believed that nothing should be held back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// It is right: what is done now is done under a clock that was believed.
    Confirmed,
    /// It is behind one that was believed. By it nothing is due early, and it proves nothing.
    Behind,
}

/// Why a clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The database's machine has another time. That does not pass by waiting.
    AheadOfDatabase {
        /// How far this clock is ahead.
        by: Duration,
    },
    /// Nothing was done for a long time, or the clock is ahead. It is believed once it has gone on for a while.
    Silence {
        /// Whole days since work was last done.
        for_days: u64,
        /// How long it has still to go on.
        left: Duration,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AheadOfDatabase { by } => write!(
                f,
                "the clock is {} minutes ahead of the database's; nothing is destroyed by it",
                by.as_secs() / 60
            ),
            Self::Silence { for_days, left } => write!(
                f,
                "by the clock nothing was done for {for_days} days; if it is right, what is due by it is destroyed in {} \
                 minutes",
                left.as_secs().div_ceil(60)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_735_689_600);

    fn sighting(now: Timestamp, steady: Duration, last_believed: Option<Timestamp>) -> Sighting {
        Sighting {
            now,
            steady: Some(steady),
            database: None,
            last_believed,
        }
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn a_clock_is_believed_where_nothing_was_ever_done_and_after_a_weekend() {
        let mut watch = ClockWatch::default();
        assert_eq!(
            watch.look(sighting(START, Duration::ZERO, None)),
            Ok(Belief::Confirmed)
        );
        let after = START.plus(BELIEVED);
        assert_eq!(
            ClockWatch::default().look(sighting(after, Duration::ZERO, Some(START))),
            Ok(Belief::Confirmed)
        );
    }

    #[test]
    fn a_long_silence_is_believed_after_an_hour_that_passed_by_both_clocks() {
        let mut watch = ClockWatch::default();
        let ahead = START.plus(DAY * 60);
        for passed in 0..60 {
            let passed = minutes(passed);
            assert_eq!(
                watch.look(sighting(ahead.plus(passed), passed, Some(START))),
                Err(Doubt::Silence {
                    for_days: 60,
                    left: PROBATION - passed
                })
            );
        }
        assert_eq!(
            watch.look(sighting(ahead.plus(PROBATION), PROBATION, Some(START))),
            Ok(Belief::Confirmed)
        );
    }

    #[test]
    fn setting_the_clock_begins_the_hour_anew() {
        let mut watch = ClockWatch::default();
        let ahead = START.plus(DAY * 60);
        assert!(watch.look(sighting(ahead, Duration::ZERO, Some(START))).is_err());
        // An hour by the clock, a minute in truth.
        let further = ahead.plus(PROBATION);
        assert!(watch.look(sighting(further, minutes(1), Some(START))).is_err());
        let later = further.plus(minutes(59));
        assert!(watch.look(sighting(later, minutes(60), Some(START))).is_err());
        // Corrected, it is believed at once.
        let right = START.plus(minutes(61));
        assert_eq!(
            watch.look(sighting(right, minutes(61), Some(START))),
            Ok(Belief::Confirmed)
        );
    }

    #[test]
    fn a_clock_that_went_back_does_its_work_and_proves_nothing_for_an_hour() {
        let mut watch = ClockWatch::default();
        let behind = START.minus(DAY * 5);
        let look =
            |watch: &mut ClockWatch, passed| watch.look(sighting(behind.plus(passed), passed, Some(START)));
        assert_eq!(look(&mut watch, Duration::ZERO), Ok(Belief::Behind));
        assert_eq!(look(&mut watch, minutes(59)), Ok(Belief::Behind));
        assert_eq!(look(&mut watch, minutes(60)), Ok(Belief::Confirmed));
    }

    #[test]
    fn a_clock_ahead_of_the_databases_is_never_believed() {
        let mut watch = ClockWatch::default();
        let ahead = |passed| Sighting {
            database: Some(START.plus(passed)),
            ..sighting(START.plus(passed).plus(minutes(11)), passed, Some(START))
        };
        for passed in [Duration::ZERO, PROBATION, PROBATION * 10] {
            assert_eq!(
                watch.look(ahead(passed)),
                Err(Doubt::AheadOfDatabase { by: minutes(11) })
            );
        }
        let behind = Sighting {
            database: Some(START.plus(DAY)),
            ..sighting(START, Duration::ZERO, Some(START))
        };
        assert_eq!(ClockWatch::default().look(behind), Ok(Belief::Confirmed));
    }

    #[test]
    fn without_a_steady_clock_the_hour_passes_by_the_other() {
        let look = |watch: &mut ClockWatch, now| {
            watch.look(Sighting {
                steady: None,
                ..sighting(now, Duration::ZERO, Some(START))
            })
        };
        let mut watch = ClockWatch::default();
        let ahead = START.plus(DAY * 60);
        assert!(look(&mut watch, ahead).is_err());
        assert!(look(&mut watch, ahead.plus(minutes(59))).is_err());
        assert!(look(&mut watch, ahead.plus(minutes(60))).is_ok());
    }
}
