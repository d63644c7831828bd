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
        assert_eq!(write(store, |tx| spent_tokens::purge(tx, NOW, 10)), 0);
        assert_eq!(
            write(store, |tx| spent_tokens::purge(tx, NOW.plus(SECOND), 10)),
            1
        );
        assert!(read(store, |tx| spent_tokens::is_spent(
            tx,
            &app("other"),
            &later
        )));
    });
}

#[test]
fn what_was_forgotten_is_refused_and_what_expires_later_is_not() {
    with_store(|store| {
        let spend = |id: u8, expires_at| {
            let token = TokenId::from_bytes([id; 16]);
            store.write(|tx| spent_tokens::spend(tx, &demo(), &token, expires_at))
        };
        for id in 0..10 {
            spend(id, NOW.plus(SECOND * u32::from(id))).unwrap();
        }
        let before = NOW.plus(SECOND * 8);
        let mut steps = Vec::new();
        loop {
            let step = write(store, |tx| spent_tokens::purge(tx, before, 3));
            if step == 0 {
                break;
            }
            steps.push(step);
        }
        assert_eq!(steps, [4, 4], "a step is small");
        for id in 0..10 {
            assert!(matches!(
                spend(id, NOW.plus(SECOND * u32::from(id))),
                Err(InsertError::Duplicate)
            ));
        }
        spend(20, NOW.plus(SECOND * 8)).unwrap();
        assert!(matches!(
            spend(21, NOW.plus(SECOND * 7)),
            Err(InsertError::Duplicate)
        ));
    });
}

#[test]
fn a_purge_under_way_and_the_second_use_of_its_token_never_both_win() {
    with_store(|store| {
        for round in 0..20 {
            let token = TokenId::from_bytes([round; 16]);
            let expires_at = NOW.plus(SECOND * u32::from(round));
            let spend = || store.write(|tx| spent_tokens::spend(tx, &demo(), &token, expires_at));
            spend().unwrap();
            let again = race(|contestant| match contestant {
                0 => {
                    write(store, |tx| spent_tokens::purge(tx, expires_at.plus(SECOND), 10));
                    None
                }
                _ => Some(spend()),
            });
            let again = again.into_iter().flatten().next();
            assert!(
                matches!(again, Some(Err(InsertError::Duplicate))),
                "round {round}"
            );
        }
    });
}

#[test]
fn a_purge_goes_a_day_further_than_the_last_at_most() {
    with_store(|store| {
        let next = |now| read(store, |tx| spent_tokens::next_purge(tx, now));
        // Nothing was ever spent.
        assert_eq!(next(NOW), NOW.minus(spent_tokens::MARGIN));
        store
            .write(|tx| spent_tokens::spend(tx, &demo(), &TOKEN, NOW))
            .unwrap();
        let years_ahead = NOW.plus(SECOND * 100_000_000);
        assert_eq!(next(years_ahead), NOW.plus(spent_tokens::MARGIN));
        write(store, |tx| spent_tokens::finish_purge(tx, NOW));
        assert_eq!(next(years_ahead), NOW.plus(spent_tokens::MARGIN));
        assert_eq!(next(NOW), NOW.minus(spent_tokens::MARGIN));
    });
}
