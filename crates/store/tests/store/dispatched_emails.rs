use passgate_store::dispatched_emails::{self, DispatchedEmail};
use uuid::Uuid;

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, user, write};

fn email(number: u8) -> DispatchedEmail {
    DispatchedEmail {
        id: Uuid::from_bytes([number; 16]),
        created_at: NOW.plus(SECOND * u32::from(number)),
        user_id: user("ann"),
        email_address: "ann@example.com".to_owned(),
        link_template: "https://example.com/?token=$TOKEN".to_owned(),
    }
}

#[test]
fn mails_are_counted_from_a_time_on_and_purged_up_to_a_time() {
    with_store(|store| {
        for number in 1..=4 {
            write(store, |tx| dispatched_emails::record(tx, &demo(), &email(number)));
        }
        write(store, |tx| {
            dispatched_emails::record(tx, &app("other"), &email(1))
        });
        let count = || {
            read(store, |tx| {
                dispatched_emails::count_since(tx, &demo(), email(2).created_at, NOW)
            })
        };
        assert_eq!(count(), 3);
        assert!(write(store, |tx| dispatched_emails::delete(
            tx,
            &demo(),
            email(4).id
        )));
        assert!(!write(store, |tx| dispatched_emails::delete(
            tx,
            &demo(),
            email(4).id
        )));
        assert_eq!(count(), 2);
        assert_eq!(
            write(store, |tx| dispatched_emails::purge(
                tx,
                &demo(),
                email(3).created_at,
                NOW,
                10
            )),
            2
        );
        assert_eq!(count(), 1);
        assert_eq!(
            read(store, |tx| dispatched_emails::count_since(
                tx,
                &app("other"),
                NOW,
                NOW
            )),
            1
        );
    });
}

#[test]
fn a_reserved_place_counts_for_a_while_and_lapses_unless_it_is_settled() {
    with_store(|store| {
        for number in 1..=3 {
            write(store, |tx| {
                dispatched_emails::reserve(tx, &demo(), &email(number))
            });
        }
        write(store, |tx| dispatched_emails::settle(tx, &demo(), &email(1)));
        let count = |reserved_since| {
            read(store, |tx| {
                dispatched_emails::count_since(tx, &demo(), NOW, reserved_since)
            })
        };
        assert_eq!(count(NOW), 3);
        assert_eq!(count(email(3).created_at), 2);
        assert_eq!(count(email(4).created_at), 1);
        let listed = || read(store, |tx| dispatched_emails::list_after(tx, &demo(), None, 10));
        assert_eq!(listed(), [email(1)], "only what was sent is on record");
        let purged = write(store, |tx| {
            dispatched_emails::purge(tx, &demo(), NOW, email(3).created_at, 10)
        });
        assert_eq!(purged, 1);
        // Settled after its place was given away: it was sent.
        write(store, |tx| dispatched_emails::settle(tx, &demo(), &email(2)));
        assert_eq!(listed(), [email(1), email(2)]);
        assert!(write(store, |tx| dispatched_emails::delete(
            tx,
            &demo(),
            email(3).id
        )));
        assert_eq!(count(NOW), 2);
    });
}

#[test]
fn a_purge_goes_in_steps() {
    with_store(|store| {
        for number in 1..=5 {
            write(store, |tx| dispatched_emails::record(tx, &demo(), &email(number)));
        }
        for number in 6..=9 {
            write(store, |tx| {
                dispatched_emails::reserve(tx, &demo(), &email(number))
            });
        }
        let step = || {
            write(store, |tx| {
                dispatched_emails::purge(tx, &demo(), email(4).created_at, email(8).created_at, 2)
            })
        };
        assert_eq!([step(), step(), step(), step()], [2, 2, 1, 0]);
        let listed = read(store, |tx| dispatched_emails::list_after(tx, &demo(), None, 10));
        assert_eq!(listed, [email(4), email(5)]);
    });
}
