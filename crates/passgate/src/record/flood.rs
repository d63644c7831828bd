//! How many refusals go on record: whoever knows an application's name can be refused in its name without end.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use passgate_core::{application::AppId, event::EventKind, time::Timestamp};

/// How many refusals of a kind are recorded one by one, after a quiet time.
const AT_ONCE: u32 = 60;

/// When one more may be recorded.
const REFILL: Duration = Duration::from_secs(10);

/// How many applications and kinds are counted at once.
const KEPT: usize = 10_000;

/// Counts the refusals of each application and kind on this node.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<HashMap<(AppId, EventKind), Bucket>>);

#[derive(Debug)]
struct Bucket {
    left: u32,
    /// When `left` was last filled up.
    since: Timestamp,
    /// Not recorded since the last record.
    left_out: u64,
}

impl Refusals {
    /// How many refusals this one stands for besides itself; none if it is not to be recorded, but counted.
    pub(crate) fn take(&self, app: &AppId, kind: EventKind, now: Timestamp) -> Option<u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (app.clone(), kind);
        if buckets.len() >= KEPT && !buckets.contains_key(&key) {
            make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            left: AT_ONCE,
            since: now,
            left_out: 0,
        });
        bucket.refill(now);
        if bucket.left == 0 {
            bucket.left_out += 1;
            return None;
        }
        bucket.left -= 1;
        Some(std::mem::take(&mut bucket.left_out))
    }
}

impl Bucket {
    fn refill(&mut self, now: Timestamp) {
        if now < self.since {
            // A clock that went back must not stop the refill.
            self.since = now;
        }
        let due = now.since(self.since).as_secs() / REFILL.as_secs();
        let missing = AT_ONCE - self.left;
        match u32::try_from(due) {
            Ok(due) if due < missing => {
                self.left += due;
                self.since = self.since.plus(REFILL * due);
            }
            Ok(_) | Err(_) => {
                self.left = AT_ONCE;
                self.since = now;
            }
        }
    }
}

/// Forgets what has been quiet; if nothing was, any one of them.
fn make_room(buckets: &mut HashMap<(AppId, EventKind), Bucket>, now: Timestamp) {
    buckets.retain(|_, bucket| {
        bucket.refill(now);
        bucket.left < AT_ONCE
    });
    if buckets.len() >= KEPT {
        let any = buckets.keys().next().cloned();
        any.map(|key| buckets.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_735_689_600);
    const KIND: EventKind = EventKind::ApiAuthInvalidSecretKeyUsed;

    fn app(name: &str) -> AppId {
        AppId::parse(name).unwrap()
    }

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_flood_becomes_a_trickle_that_counts() {
        let refusals = Refusals::default();
        for _ in 0..AT_ONCE {
            assert_eq!(refusals.take(&app("one"), KIND, START), Some(0));
        }
        for _ in 0..1000 {
            assert_eq!(refusals.take(&app("one"), KIND, after(9)), None);
        }
        assert_eq!(refusals.take(&app("one"), KIND, after(10)), Some(1000));
        assert_eq!(refusals.take(&app("one"), KIND, after(19)), None);
        assert_eq!(refusals.take(&app("one"), KIND, after(29)), Some(1));
        // Others are counted by themselves.
        assert_eq!(refusals.take(&app("two"), KIND, after(29)), Some(0));
        let other = EventKind::ApiAuthInvalidPublicKeyUsed;
        assert_eq!(refusals.take(&app("one"), other, after(29)), Some(0));
    }

    #[test]
    fn quiet_fills_up_and_a_clock_that_goes_back_stops_nothing() {
        let refusals = Refusals::default();
        while refusals.take(&app("one"), KIND, after(5000)).is_some() {}
        assert_eq!(refusals.take(&app("one"), KIND, START), None);
        assert_eq!(refusals.take(&app("one"), KIND, after(10)), Some(2));
        for _ in 0..AT_ONCE {
            assert!(refusals.take(&app("one"), KIND, after(100_000)).is_some());
        }
        assert_eq!(refusals.take(&app("one"), KIND, after(100_000)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let refusals = Refusals::default();
        for number in 0..KEPT + 10 {
            assert_eq!(refusals.take(&app(&format!("app{number}")), KIND, START), Some(0));
        }
        assert!(refusals.0.lock().unwrap().len() <= KEPT);
        refusals.take(&app("later"), KIND, after(3600));
        assert_eq!(refusals.0.lock().unwrap().len(), 1);
    }
}
