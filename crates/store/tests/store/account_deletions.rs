use passgate_store::{
    InsertError,
    account_deletions::{self, AccountDeletion},
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
