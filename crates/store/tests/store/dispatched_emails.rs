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
                dispatched_emails::count_since(tx, &demo(), email(2).created_at)
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
                email(3).created_at
            )),
            2
        );
        assert_eq!(count(), 1);
        assert_eq!(
            read(store, |tx| dispatched_emails::count_since(tx, &app("other"), NOW)),
            1
        );
    });
}
