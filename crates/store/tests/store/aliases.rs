use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    application::AppId,
};
use passgate_store::{InsertError, Store, aliases};

use super::with_store;
use crate::fixture::{alias, app, demo, race, read, user, write};

fn replace(store: &Store, owner: &str, replacement: &[StoredAlias]) -> Result<(), InsertError> {
    store.write(|tx| aliases::replace(tx, &demo(), &user(owner), replacement))
}

fn list(store: &Store, owner: &str) -> Vec<StoredAlias> {
    read(store, |tx| aliases::list_by_user(tx, &demo(), &user(owner)))
}

#[test]
fn the_whole_set_is_replaced() {
    with_store(|store| {
        let clear = StoredAlias {
            plaintext: Some("ann@example.com".to_owned()),
            is_sign_in_name: true,
            ..alias(2, "ann")
        };
        replace(store, "ann", &[alias(1, "ann"), clear.clone()]).unwrap();
        assert_eq!(list(store, "ann"), [alias(1, "ann"), clear]);
        replace(store, "ann", &[alias(2, "ann"), alias(3, "ann")]).unwrap();
        assert_eq!(list(store, "ann"), [alias(2, "ann"), alias(3, "ann")]);
        replace(store, "ann", &[]).unwrap();
        assert_eq!(list(store, "ann"), []);
    });
}

#[test]
fn an_alias_finds_its_owner_within_its_application() {
    with_store(|store| {
        replace(store, "ann", &[alias(1, "ann")]).unwrap();
        let owner = |app: &AppId, number| {
            read(store, |tx| {
                aliases::find_owner(tx, app, &AliasDigest([number; 32]))
            })
        };
        assert_eq!(owner(&demo(), 1), Some(user("ann")));
        assert_eq!(owner(&demo(), 2), None);
        assert_eq!(owner(&app("other"), 1), None);

        replace(store, "bob", &[alias(2, "bob")]).unwrap();
        let either = |app: &AppId, digests: [u8; 2]| {
            let [first, second] = digests.map(|number| AliasDigest([number; 32]));
            read(store, |tx| {
                aliases::find_owner_of_either(tx, app, [&first, &second])
            })
        };
        assert_eq!(either(&demo(), [1, 3]), Some(alias(1, "ann")));
        assert_eq!(either(&demo(), [3, 1]), Some(alias(1, "ann")));
        // Where both are there, the first one counts.
        assert_eq!(either(&demo(), [1, 2]), Some(alias(1, "ann")));
        assert_eq!(either(&demo(), [2, 1]), Some(alias(2, "bob")));
        assert_eq!(either(&demo(), [3, 4]), None);
        assert_eq!(either(&app("other"), [1, 2]), None);
    });
}

#[test]
fn a_conflict_changes_nothing_even_if_the_transaction_goes_on() {
    with_store(|store| {
        replace(store, "ann", &[alias(1, "ann")]).unwrap();
        replace(store, "bob", &[alias(2, "bob")]).unwrap();
        assert!(matches!(
            replace(store, "bob", &[alias(3, "bob"), alias(1, "bob")]),
            Err(InsertError::Duplicate)
        ));
        store
            .write(|tx| {
                let result = aliases::replace(tx, &demo(), &user("bob"), &[alias(3, "bob"), alias(1, "bob")]);
                assert!(matches!(result, Err(InsertError::Duplicate)));
                aliases::replace(tx, &demo(), &user("eve"), &[alias(4, "eve")])
            })
            .unwrap();
        assert_eq!(list(store, "ann"), [alias(1, "ann")]);
        assert_eq!(list(store, "bob"), [alias(2, "bob")]);
        assert_eq!(list(store, "eve"), [alias(4, "eve")]);
    });
}

#[test]
fn one_alias_given_twice_is_one_alias() {
    with_store(|store| {
        replace(store, "ann", &[alias(1, "ann"), alias(1, "ann")]).unwrap();
        assert_eq!(list(store, "ann"), [alias(1, "ann")]);
    });
}

#[test]
fn of_two_users_who_take_one_alias_one_gets_it() {
    with_store(|store| {
        let owners = ["ann", "bob"];
        let results = race(|contestant| {
            replace(
                store,
                owners[contestant],
                &[
                    alias(1, owners[contestant]),
                    alias(2 + u8::try_from(contestant).unwrap(), owners[contestant]),
                ],
            )
        });
        let won = results.iter().filter(|result| result.is_ok()).count();
        let lost = results
            .iter()
            .filter(|result| matches!(result, Err(InsertError::Duplicate)))
            .count();
        assert_eq!((won, lost), (1, 1));
        let (winner, loser) = if results[0].is_ok() {
            ("ann", "bob")
        } else {
            ("bob", "ann")
        };
        assert_eq!(list(store, winner).len(), 2);
        assert_eq!(list(store, loser), []);
    });
}

#[test]
fn an_imported_digest_is_replaced_by_a_keyed_one() {
    with_store(|store| {
        replace(store, "ann", &[alias(1, "ann"), alias(2, "ann")]).unwrap();
        let rekey = |from, to| {
            write(store, |tx| {
                aliases::rekey(tx, &demo(), &AliasDigest([from; 32]), &AliasDigest([to; 32]))
            })
        };
        assert!(rekey(1, 9));
        assert!(!rekey(1, 9));
        assert!(!rekey(2, 9), "the new digest is taken");
        assert_eq!(list(store, "ann"), [alias(2, "ann"), alias(9, "ann")]);
    });
}

#[test]
fn a_users_aliases_are_deleted_and_others_stay() {
    with_store(|store| {
        replace(store, "ann", &[alias(1, "ann"), alias(2, "ann")]).unwrap();
        replace(store, "bob", &[alias(3, "bob")]).unwrap();
        assert_eq!(
            write(store, |tx| aliases::delete_by_user(tx, &demo(), &user("ann"))),
            2
        );
        assert_eq!(
            read(store, |tx| aliases::list_all(tx, &demo(), None, 10)),
            [alias(3, "bob")]
        );
        let after = AliasDigest([3; 32]);
        assert_eq!(
            read(store, |tx| aliases::list_all(tx, &demo(), Some(&after), 10)),
            []
        );
    });
}
