use passgate_core::{application::AppId, token::TokenId};
use passgate_store::{InsertError, spent_tokens};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, race, read, write};

const TOKEN: TokenId = TokenId::from_bytes([1; 16]);

#[test]
fn a_token_is_spent_once_per_application() {
    with_store(|store| {
        let spend = |app: &AppId| store.write(|tx| spent_tokens::spend(tx, app, &TOKEN, NOW));
        assert!(!read(store, |tx| spent_tokens::is_spent(tx, &demo(), &TOKEN)));
        spend(&demo()).unwrap();
        assert!(read(store, |tx| spent_tokens::is_spent(tx, &demo(), &TOKEN)));
        assert!(matches!(spend(&demo()), Err(InsertError::Duplicate)));
        spend(&app("other")).unwrap();
    });
}

#[test]
fn of_two_that_spend_one_token_one_does() {
    with_store(|store| {
        for round in 0..20 {
            let token = TokenId::from_bytes([round; 16]);
            let results = race(|_| store.write(|tx| spent_tokens::spend(tx, &demo(), &token, NOW)));
            let won = results.iter().filter(|result| result.is_ok()).count();
            let lost = results
                .iter()
                .filter(|result| matches!(result, Err(InsertError::Duplicate)))
                .count();
            assert_eq!((won, lost), (1, 1), "round {round}");
        }
    });
}

#[test]
fn a_rolled_back_spending_did_not_happen() {
    with_store(|store| {
        let result = store.write(|tx| {
            spent_tokens::spend(tx, &demo(), &TOKEN, NOW)?;
            Err::<(), _>(InsertError::Duplicate)
        });
        assert!(result.is_err());
        store
            .write(|tx| spent_tokens::spend(tx, &demo(), &TOKEN, NOW))
            .unwrap();
    });
}

#[test]
fn expired_tokens_are_forgotten() {
    with_store(|store| {
        let later = TokenId::from_bytes([2; 16]);
        store
            .write(|tx| spent_tokens::spend(tx, &demo(), &TOKEN, NOW))
            .unwrap();
        store
            .write(|tx| spent_tokens::spend(tx, &app("other"), &later, NOW.plus(SECOND)))
            .unwrap();
        // At its last moment a token could still be used.
        assert_eq!(write(store, |tx| spent_tokens::purge(tx, NOW)), 0);
        assert_eq!(write(store, |tx| spent_tokens::purge(tx, NOW.plus(SECOND))), 1);
        assert!(read(store, |tx| spent_tokens::is_spent(
            tx,
            &app("other"),
            &later
        )));
    });
}
