use passgate_core::token::keyring::StoredTokenKey;
use passgate_store::{InsertError, token_keys};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, write};

fn key(id: u32) -> StoredTokenKey {
    StoredTokenKey {
        id,
        wrapped: vec![0, 255, 3],
        created_at: NOW,
    }
}

#[test]
fn keys_read_back_oldest_first() {
    with_store(|store| {
        let older = StoredTokenKey {
            id: u32::MAX,
            ..key(0)
        };
        let newer = StoredTokenKey {
            created_at: NOW.plus(SECOND),
            ..key(1)
        };
        for key in [&newer, &older] {
            store.write(|tx| token_keys::insert(tx, &demo(), key)).unwrap();
        }
        assert_eq!(read(store, |tx| token_keys::list(tx, &demo())), [older, newer]);
        assert_eq!(read(store, |tx| token_keys::list(tx, &app("other"))), []);
    });
}

#[test]
fn a_second_key_of_one_id_is_a_duplicate() {
    with_store(|store| {
        store
            .write(|tx| token_keys::insert(tx, &demo(), &key(1)))
            .unwrap();
        let result = store.write(|tx| token_keys::insert(tx, &demo(), &key(1)));
        assert!(matches!(result, Err(InsertError::Duplicate)));
    });
}

#[test]
fn a_key_can_be_wrapped_again_and_deleted() {
    with_store(|store| {
        store
            .write(|tx| token_keys::insert(tx, &demo(), &key(1)))
            .unwrap();
        assert!(write(store, |tx| token_keys::rewrap(tx, &demo(), 1, &[42])));
        assert_eq!(read(store, |tx| token_keys::list(tx, &demo()))[0].wrapped, [42]);
        assert!(!write(store, |tx| token_keys::rewrap(tx, &demo(), 2, &[42])));
        assert!(!write(store, |tx| token_keys::delete(tx, &app("other"), 1)));
        assert!(write(store, |tx| token_keys::delete(tx, &demo(), 1)));
        assert_eq!(read(store, |tx| token_keys::list(tx, &demo())), []);
    });
}
