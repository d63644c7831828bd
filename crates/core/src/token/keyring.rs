//! An application's sealing keys: which one seals, which ones still open, when a new one is due.

use std::time::Duration;

use crate::{
    clock_watch::BELIEVED,
    secret::Secret,
    time::{DAY, Timestamp},
    token::MAX_LIFETIME,
};

/// Age of the newest key at which a new one is due.
pub const ROTATE_AFTER: Duration = Duration::from_secs(7 * DAY.as_secs());

/// Age at which a key is dropped. It seals for [`ROTATE_AFTER`], and what it sealed last lives for [`MAX_LIFETIME`]; one
/// day more covers clocks that differ and nodes that have not seen its successor.
pub const DROP_AFTER: Duration =
    Duration::from_secs(ROTATE_AFTER.as_secs() + MAX_LIFETIME.as_secs() + DAY.as_secs());

/// A key that tokens are sealed with.
#[derive(Clone, Debug)]
pub struct SealingKey {
    /// Its id, which every token names; unique within the application.
    pub id: u32,
    /// When it was made.
    pub created_at: Timestamp,
    material: Secret<[u8; 32]>,
}

impl SealingKey {
    /// A key of 32 random bytes.
    pub const fn new(id: u32, created_at: Timestamp, material: Secret<[u8; 32]>) -> Self {
        Self {
            id,
            created_at,
            material,
        }
    }

    pub(crate) const fn material(&self) -> &Secret<[u8; 32]> {
        &self.material
    }
}

/// A sealing key as stored: wrapped by the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTokenKey {
    /// Its id; unique within the application.
    pub id: u32,
    /// The wrapped bytes, see [`MasterKey::wrap`](crate::master_key::MasterKey::wrap).
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An application's sealing keys.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    /// Newest first.
    keys: Vec<SealingKey>,
}

impl Keyring {
    /// A keyring of these keys, in any order.
    pub fn new(mut keys: Vec<SealingKey>) -> Self {
        keys.sort_by_key(|key| std::cmp::Reverse((key.created_at, key.id)));
        Self { keys }
    }

    /// The key with this id.
    pub fn find(&self, id: u32) -> Option<&SealingKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// What is to be done before a token is sealed at this time.
    ///
    /// Two nodes that find a new key due at once choose the same id for it: one of them stores it, the other finds it
    /// taken and reads the keyring again.
    pub fn plan(&self, now: Timestamp) -> RotationPlan<'_> {
        // One that was made far in the future was made by a clock that was wrong: it would seal for as long.
        let newest = self.keys.iter().find(|key| key.created_at.since(now) <= BELIEVED);
        let seal_with = match newest {
            Some(newest) if now.since(newest.created_at) <= ROTATE_AFTER => SealWith::Existing(newest),
            Some(_) | None => SealWith::Mint { id: self.next_id() },
        };
        let drop = self
            .keys
            .iter()
            .filter(|key| now.since(key.created_at) > DROP_AFTER)
            .map(|key| key.id)
            .collect();
        RotationPlan { seal_with, drop }
    }

    /// One more than the highest id; after the last one, the first that is free.
    fn next_id(&self) -> u32 {
        let highest = self.keys.iter().map(|key| key.id).max().unwrap_or(0);
        highest
            .checked_add(1)
            .or_else(|| (1..u32::MAX).find(|id| self.find(*id).is_none()))
            .unwrap_or(u32::MAX)
    }
}

/// What is to be done with a keyring.
#[derive(Debug)]
pub struct RotationPlan<'a> {
    /// Which key seals from now on.
    pub seal_with: SealWith<'a>,
    /// Ids of the keys to delete: nothing that they sealed can be alive.
    pub drop: Vec<u32>,
}

/// The key that seals: one that there is, or one to make.
#[derive(Debug)]
pub enum SealWith<'a> {
    /// One that is there.
    Existing(&'a SealingKey),
    /// A new one, to be made of 32 random bytes, stored, and then used.
    Mint {
        /// The number that the new key is to have: one more than any before.
        id: u32,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(id: u32, created_at: Timestamp) -> SealingKey {
        SealingKey::new(id, created_at, Secret::new([0; 32]))
    }

    /// The id of the key that seals, or of the key to mint; and the ids to drop.
    fn plan(keys: &[(u32, Timestamp)], now: Timestamp) -> (Result<u32, u32>, Vec<u32>) {
        let keyring = Keyring::new(
            keys.iter()
                .map(|(id, created_at)| key(*id, *created_at))
                .collect(),
        );
        let plan = keyring.plan(now);
        let seal_with = match plan.seal_with {
            SealWith::Existing(key) => Ok(key.id),
            SealWith::Mint { id } => Err(id),
        };
        (seal_with, plan.drop)
    }

    fn day(days: u64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000).plus(Duration::from_secs(days * DAY.as_secs()))
    }

    #[test]
    fn an_empty_keyring_needs_its_first_key() {
        assert_eq!(plan(&[], day(0)), (Err(1), vec![]));
    }

    #[test]
    fn the_newest_key_seals_until_it_is_older_than_seven_days() {
        assert_eq!(plan(&[(1, day(0)), (2, day(7))], day(7)), (Ok(2), vec![]));
        assert_eq!(plan(&[(1, day(0))], day(7)), (Ok(1), vec![]));
        assert_eq!(
            plan(&[(1, day(0))], Timestamp::from_micros(day(7).as_micros() + 1)),
            (Err(2), vec![])
        );
    }

    #[test]
    fn a_key_made_by_a_node_whose_clock_is_ahead_seals() {
        assert_eq!(plan(&[(1, day(0)), (2, day(8))], day(6)), (Ok(2), vec![]));
    }

    #[test]
    fn a_key_made_by_a_clock_that_was_far_ahead_opens_and_does_not_seal() {
        assert_eq!(plan(&[(1, day(0)), (2, day(60))], day(6)), (Ok(1), vec![]));
        assert_eq!(plan(&[(1, day(0)), (2, day(60))], day(8)), (Err(3), vec![]));
        assert_eq!(
            plan(&[(1, day(0)), (2, day(60)), (3, day(8))], day(8)),
            (Ok(3), vec![])
        );
    }

    #[test]
    fn keys_are_dropped_when_nothing_they_sealed_can_be_alive() {
        let keys = [(1, day(0)), (2, day(8)), (3, day(38))];
        assert_eq!(plan(&keys, day(38)), (Ok(3), vec![]));
        assert_eq!(
            plan(&keys, Timestamp::from_micros(day(38).as_micros() + 1)),
            (Ok(3), vec![1])
        );
        assert_eq!(plan(&keys, day(400)), (Err(4), vec![3, 2, 1]));
    }

    #[test]
    fn ids_start_over_after_the_last_one() {
        assert_eq!(
            plan(&[(u32::MAX, day(0)), (1, day(0))], day(30)),
            (Err(2), vec![])
        );
    }

    proptest! {
        #[test]
        fn a_key_that_may_still_open_a_token_is_never_dropped(ages in prop::collection::vec(0..60_u64, 0..8)) {
            let now = day(100);
            let keys: Vec<_> = (1..).zip(ages.iter().map(|age| day(100 - age))).collect();
            let (seal_with, drop) = plan(&keys, now);
            for (id, created_at) in &keys {
                let last_token_dies = created_at.plus(ROTATE_AFTER).plus(MAX_LIFETIME);
                prop_assert!(!drop.contains(id) || last_token_dies < now);
            }
            match seal_with {
                Ok(id) => prop_assert!(!drop.contains(&id)),
                Err(id) => prop_assert!(keys.iter().all(|(existing, _)| *existing != id)),
            }
        }
    }
}
