use passgate_store::{
    InsertError,
    account_deletions::{self, AccountDeletion, MissedAdministrator},
};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, write};

fn deletion(number: u8) -> AccountDeletion {
    AccountDeletion {
        abort_token_digest: [number; 32],
        requested_at: NOW,
        freeze_at: NOW.plus(SECOND * 10),
        delete_at: NOW.plus(SECOND * 20),
    }
}

#[test]
fn a_deletion_is_found_by_application_and_by_abort_token() {
    with_store(|store| {
        store
            .write(|tx| account_deletions::insert(tx, &demo(), &deletion(1)))
            .unwrap();
        assert_eq!(
            read(store, |tx| account_deletions::find(tx, &demo())),
            Some(deletion(1))
        );
        assert_eq!(read(store, |tx| account_deletions::find(tx, &app("other"))), None);
        let by_token = |number| {
            read(store, |tx| {
                account_deletions::find_by_abort_token(tx, &[number; 32])
            })
        };
        assert_eq!(by_token(1), Some((demo(), deletion(1))));
        assert_eq!(by_token(2), None);
        let again = store.write(|tx| account_deletions::insert(tx, &demo(), &deletion(2)));
        assert!(matches!(again, Err(InsertError::Duplicate)));
        assert!(write(store, |tx| account_deletions::delete(tx, &demo())));
        assert!(!write(store, |tx| account_deletions::delete(tx, &demo())));
    });
}

#[test]
fn a_deletion_is_due_when_its_keys_are_to_be_frozen() {
    with_store(|store| {
        store
            .write(|tx| account_deletions::insert(tx, &demo(), &deletion(1)))
            .unwrap();
        assert_eq!(
            read(store, |tx| account_deletions::list_due(tx, NOW.plus(SECOND * 9))),
            []
        );
        let due = read(store, |tx| account_deletions::list_due(tx, NOW.plus(SECOND * 10)));
        assert_eq!(due, [(demo(), deletion(1))]);
    });
}

#[test]
fn who_was_missed_is_tried_a_few_times_with_links_that_stay_good() {
    with_store(|store| {
        store
            .write(|tx| account_deletions::insert(tx, &demo(), &deletion(1)))
            .unwrap();
        for address in ["leela@example.com", "bender@example.com", "leela@example.com"] {
            write(store, |tx| account_deletions::insert_missed(tx, &demo(), address));
        }
        let missed = |address: &str| MissedAdministrator {
            app: demo(),
            address: address.to_owned(),
        };
        let [bender, leela] = [missed("bender@example.com"), missed("leela@example.com")];
        let list = |attempts| read(store, |tx| account_deletions::list_missed(tx, attempts));
        assert_eq!(list(1), [bender.clone(), leela.clone()]);
        let begin = |missed: &MissedAdministrator, number: u8| {
            write(store, |tx| {
                account_deletions::begin_attempt(tx, missed, &[number; 32])
            })
        };
        let find = |number: u8| {
            read(store, |tx| {
                account_deletions::find_by_abort_token(tx, &[number; 32])
            })
        };
        assert!(begin(&leela, 2) && begin(&bender, 3));
        assert_eq!(list(1), []);
        assert_eq!(list(2), [bender.clone(), leela.clone()]);
        write(store, |tx| account_deletions::set_reached(tx, &leela));
        assert_eq!(list(2), [missed("bender@example.com")]);
        assert!(!begin(&leela, 4), "reached");
        assert!(begin(&bender, 5));
        for (number, found) in [(1, true), (2, true), (3, false), (4, false), (5, true)] {
            assert_eq!(find(number), found.then(|| (demo(), deletion(1))), "{number}");
        }
        assert!(write(store, |tx| account_deletions::delete(tx, &demo())));
        assert_eq!((find(2), list(9)), (None, vec![]), "they go with the deletion");
        assert!(!begin(&bender, 6));
    });
}
