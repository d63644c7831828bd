//! Settings and leases, which belong to no application.

use passgate_store::{installation, leases};

use super::with_store;
use crate::fixture::{NOW, SECOND, race, read, write};

#[test]
fn the_first_value_of_a_setting_stays_until_it_is_replaced() {
    with_store(|store| {
        assert_eq!(read(store, |tx| installation::get(tx, "check")), None);
        assert_eq!(
            write(store, |tx| installation::insert_if_absent(tx, "check", &[1, 0])),
            [1, 0]
        );
        assert_eq!(
            write(store, |tx| installation::insert_if_absent(tx, "check", &[2])),
            [1, 0]
        );
        write(store, |tx| installation::set(tx, "check", &[3]));
        write(store, |tx| installation::set(tx, "new", &[]));
        assert_eq!(read(store, |tx| installation::get(tx, "check")), Some(vec![3]));
        assert_eq!(read(store, |tx| installation::get(tx, "new")), Some(vec![]));
    });
}

#[test]
fn a_setting_is_replaced_if_it_is_the_one_expected() {
    with_store(|store| {
        let replace = |expected: &[u8], value: &[u8]| {
            write(store, |tx| installation::replace(tx, "check", expected, value))
        };
        assert!(!replace(&[1], &[2]));
        write(store, |tx| installation::set(tx, "check", &[1]));
        assert!(replace(&[1], &[2]));
        assert!(!replace(&[1], &[3]));
        assert!(replace(&[2], &[2]));
        assert_eq!(read(store, |tx| installation::get(tx, "check")), Some(vec![2]));
    });
}

#[test]
fn two_nodes_that_start_at_once_agree_on_a_setting() {
    with_store(|store| {
        let seen = race(|node| {
            let value = [u8::try_from(node).unwrap()];
            write(store, |tx| installation::insert_if_absent(tx, "check", &value))
        });
        assert_eq!(seen[0], seen[1]);
        assert_eq!(
            read(store, |tx| installation::get(tx, "check")).as_ref(),
            Some(&seen[0])
        );
    });
}

#[test]
fn a_number_that_is_raised_never_goes_back() {
    with_store(|store| {
        let raise = |number| write(store, |tx| installation::raise(tx, "number", number));
        assert_eq!(read(store, |tx| installation::get_number(tx, "number")), None);
        // Each differs from the one before in another byte.
        for (number, stored) in [
            (7, 7),
            (255, 255),
            (256, 256),
            (255, 256),
            (256, 256),
            (1 << 40, 1 << 40),
            (3, 1 << 40),
        ] {
            assert_eq!(raise(number), stored, "{number}");
            assert_eq!(
                read(store, |tx| installation::get_number(tx, "number")),
                Some(stored)
            );
        }
        let seen = race(|node| raise([u64::MAX, u64::MAX - 1][node]));
        assert_eq!(seen[0], u64::MAX);
        assert_eq!(
            read(store, |tx| installation::get_number(tx, "number")),
            Some(u64::MAX)
        );
    });
}

#[test]
fn a_lease_has_one_holder_until_it_expires_or_is_given_back() {
    with_store(|store| {
        let acquire = |holder, at: u32| {
            let now = NOW.plus(SECOND * at);
            write(store, |tx| {
                leases::acquire(tx, "purge", holder, now, now.plus(SECOND * 10))
            })
        };
        assert!(acquire("one", 0));
        assert!(!acquire("two", 9));
        assert!(acquire("one", 9), "the holder extends it");
        assert!(!acquire("two", 18));
        assert!(acquire("two", 19), "it has expired");
        assert!(!write(store, |tx| leases::renew(
            tx,
            "purge",
            "one",
            NOW.plus(SECOND * 60)
        )));
        assert!(write(store, |tx| leases::renew(
            tx,
            "purge",
            "two",
            NOW.plus(SECOND * 60)
        )));
        assert!(!acquire("one", 59), "renewed");
        write(store, |tx| leases::release(tx, "purge", "one"));
        assert!(!acquire("one", 20), "only the holder gives it back");
        write(store, |tx| leases::release(tx, "purge", "two"));
        assert!(acquire("one", 20));
    });
}

#[test]
fn of_two_nodes_one_gets_the_lease() {
    with_store(|store| {
        let got = race(|node| {
            write(store, |tx| {
                leases::acquire(tx, "purge", ["one", "two"][node], NOW, NOW.plus(SECOND))
            })
        });
        assert_eq!(got.iter().filter(|got| **got).count(), 1);
        let got = race(|node| {
            let later = NOW.plus(SECOND);
            write(store, |tx| {
                leases::acquire(tx, "purge", ["three", "four"][node], later, later.plus(SECOND))
            })
        });
        assert_eq!(got.iter().filter(|got| **got).count(), 1);
    });
}
