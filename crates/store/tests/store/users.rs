use passgate_core::alias::StoredAlias;
use passgate_store::{Store, aliases, credentials, users};

use super::with_store;
use crate::fixture::{NOW, SECOND, alias, app, credential, demo, read, user};

/// ann: two credentials, two aliases; bob: a credential; eve: an alias; 50%_off: a credential.
fn fill(store: &Store) {
    store
        .write(|tx| {
            credentials::insert(tx, &demo(), &credential(1, "ann"))?;
            credentials::insert(tx, &demo(), &credential(2, "ann"))?;
            credentials::insert(tx, &demo(), &credential(3, "bob"))?;
            credentials::insert(tx, &demo(), &credential(4, "50%_off"))?;
            credentials::insert(tx, &app("other"), &credential(1, "mallory"))?;
            let clear = StoredAlias {
                plaintext: Some("Ann@Example.com".to_owned()),
                ..alias(1, "ann")
            };
            aliases::replace(tx, &demo(), &user("ann"), &[clear, alias(2, "ann")])?;
            aliases::replace(tx, &demo(), &user("eve"), &[alias(3, "eve")])
        })
        .unwrap();
}

fn page(store: &Store, after: Option<&str>, search: Option<&str>, limit: u32) -> Vec<String> {
    let after = after.map(user);
    let page = read(store, |tx| {
        users::page(tx, &demo(), after.as_ref(), search, limit)
    });
    page.users
        .into_iter()
        .map(|user| user.user_id.as_str().to_owned())
        .collect()
}

#[test]
fn owners_of_credentials_and_of_aliases_are_merged() {
    with_store(|store| {
        fill(store);
        let listed = read(store, |tx| users::list(tx, &demo()));
        let ids: Vec<_> = listed.iter().map(|user| user.user_id.as_str()).collect();
        assert_eq!(ids, ["50%_off", "ann", "bob", "eve"]);
        let ann = &listed[1];
        assert_eq!(ann.aliases, [Some("Ann@Example.com".to_owned()), None]);
        assert_eq!(
            (ann.credentials, ann.last_used_at),
            (2, Some(NOW.plus(SECOND * 2)))
        );
        let eve = &listed[3];
        assert_eq!(
            (eve.aliases.len(), eve.credentials, eve.last_used_at),
            (1, 0, None)
        );
    });
}

#[test]
fn only_owners_of_credentials_are_counted() {
    with_store(|store| {
        fill(store);
        assert_eq!(read(store, |tx| users::count(tx, &demo())), 3);
        let since = |seconds: u32| {
            read(store, |tx| {
                users::count_active_since(tx, &demo(), NOW.plus(SECOND * seconds))
            })
        };
        assert_eq!((since(0), since(2), since(4), since(5)), (3, 3, 1, 0));
    });
}

#[test]
fn pages_follow_each_other_without_gaps() {
    with_store(|store| {
        fill(store);
        assert_eq!(page(store, None, None, 2), ["50%_off", "ann"]);
        assert_eq!(page(store, Some("ann"), None, 2), ["bob", "eve"]);
        assert_eq!(page(store, Some("eve"), None, 2), Vec::<String>::new());
        assert_eq!(page(store, Some("an"), None, 2), ["ann", "bob"]);
    });
}

#[test]
fn a_search_looks_at_ids_and_clear_aliases_and_takes_no_wildcards() {
    with_store(|store| {
        fill(store);
        assert_eq!(page(store, None, Some("AN"), 10), ["ann"]);
        assert_eq!(page(store, None, Some("@example"), 10), ["ann"]);
        assert_eq!(page(store, None, Some("%_"), 10), ["50%_off"]);
        assert_eq!(page(store, None, Some("n_n"), 10), Vec::<String>::new());
        assert_eq!(page(store, None, Some("\\"), 10), Vec::<String>::new());
        assert_eq!(page(store, None, Some("\0"), 10), Vec::<String>::new());
    });
}

#[test]
fn a_thousand_of_each_kind_are_listed() {
    with_store(|store| {
        store
            .write(|tx| {
                for number in 0..1010_u32 {
                    let mut digest = [0; 32];
                    digest[..4].copy_from_slice(&number.to_be_bytes());
                    let owner = format!("alias{number:04}");
                    let stored = StoredAlias {
                        digest: passgate_core::alias::AliasDigest(digest),
                        ..alias(0, &owner)
                    };
                    aliases::replace(tx, &demo(), &user(&owner), &[stored])?;
                }
                credentials::insert(tx, &demo(), &credential(1, "zed"))
            })
            .unwrap();
        let listed = read(store, |tx| users::list(tx, &demo()));
        assert_eq!(listed.len(), 1001);
        assert_eq!(listed[999].user_id, user("alias0999"));
        assert_eq!(listed[1000].user_id, user("zed"));
    });
}

#[test]
fn a_search_folds_letters_of_every_script_and_goes_on_where_a_page_ends() {
    with_store(|store| {
        store
            .write(|tx| {
                for (number, id) in (1..).zip(["ÄRGER-1", "ärger-2", "σίσυφος", "plain", "İ"]) {
                    credentials::insert(tx, &demo(), &credential(number, id))?;
                }
                Ok::<_, passgate_store::InsertError>(())
            })
            .unwrap();
        assert_eq!(page(store, None, Some("Ärger"), 10), ["ÄRGER-1", "ärger-2"]);
        assert_eq!(page(store, None, Some("ΣΊΣΥΦΟΣ"), 10), ["σίσυφος"]);
        assert_eq!(page(store, None, Some("PLAIN"), 10), ["plain"]);
        assert_eq!(page(store, None, Some("i"), 10), ["plain"]);
        assert_eq!(page(store, None, Some("ärger"), 1), ["ÄRGER-1"]);
        assert_eq!(page(store, Some("ÄRGER-1"), Some("ärger"), 1), ["ärger-2"]);
    });
}

#[test]
fn a_page_of_a_search_looks_at_a_bounded_number_of_users() {
    with_store(|store| {
        store
            .write(|tx| {
                for number in 0..10_600_u32 {
                    let mut digest = [0; 32];
                    digest[..4].copy_from_slice(&number.to_be_bytes());
                    let stored = StoredAlias {
                        digest: passgate_core::alias::AliasDigest(digest),
                        ..alias(0, &format!("user{number:05}{}", "a".repeat(100)))
                    };
                    aliases::insert(tx, &demo(), &stored)?;
                }
                Ok::<_, passgate_store::InsertError>(())
            })
            .unwrap();
        let search = |after: Option<&passgate_core::user::UserId>, text: &str| {
            read(store, |tx| users::page(tx, &demo(), after, Some(text), 10))
        };
        // A pattern that almost matches everywhere.
        let nothing = search(None, &format!("{}b", "a".repeat(99)));
        assert!(nothing.users.is_empty());
        let next = nothing.next.unwrap();
        assert!(next.as_str().starts_with("user09999"), "{next}");
        let rest = search(Some(&next), "USER105");
        assert_eq!(rest.users.len(), 10);
        let last = rest.next.unwrap();
        assert!(last.as_str().starts_with("user10509"), "{last}");
    });
}
