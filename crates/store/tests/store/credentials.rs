use passgate_core::credential::{Credential, CredentialUse};
use passgate_store::{InsertError, Store, StoreError, credentials, users};
use passgate_webauthn::{Aaguid, CredentialId, UserHandle};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, credential, credential_id, demo, race, read, user, write};

fn used(observed_sign_count: u32) -> CredentialUse {
    CredentialUse {
        id: credential_id(1),
        observed_sign_count,
        observed_backup_eligible: Some(true),
        learned_user_handle: None,
        sign_count: observed_sign_count + 1,
        backup_state: true,
        backup_eligible: true,
        uv_initialized: true,
        at: NOW.plus(SECOND * 100),
        country: "FR".to_owned(),
        device: "Chrome, Android".to_owned(),
    }
}

fn find(store: &Store, number: u8) -> Option<Credential> {
    read(store, |tx| credentials::find(tx, &demo(), &credential_id(number)))
}

fn insert(store: &Store, credential: &Credential) {
    store
        .write(|tx| credentials::insert(tx, &demo(), credential))
        .unwrap();
}

#[test]
fn a_credential_reads_back_as_it_was_stored() {
    with_store(|store| {
        let full = Credential {
            suspended_at: Some(NOW),
            sign_count: u32::MAX,
            ..credential(1, "ann")
        };
        let sparse = Credential {
            transports: Vec::new(),
            aaguid: Aaguid::new([0; 16]),
            nickname: None,
            backup_state: None,
            backup_eligible: None,
            discoverable: None,
            uv_initialized: false,
            country: String::new(),
            device: String::new(),
            ..credential(2, "ann")
        };
        insert(store, &full);
        insert(store, &sparse);
        assert_eq!(find(store, 1).as_ref(), Some(&full));
        assert_eq!(
            read(store, |tx| credentials::list_by_user(tx, &demo(), &user("ann"))),
            [full, sparse]
        );
    });
}

/// Two sign-ins at once with an authenticator that does not count: what one learned, the other does not undo.
#[test]
fn a_use_is_recorded_against_the_backup_eligibility_it_saw() {
    with_store(|store| {
        let bound = Credential {
            sign_count: 0,
            backup_eligible: Some(false),
            ..credential(1, "ann")
        };
        insert(store, &bound);
        let record = |observed, now_eligible| {
            let used = CredentialUse {
                observed_backup_eligible: observed,
                backup_eligible: now_eligible,
                sign_count: 0,
                ..used(0)
            };
            write(store, |tx| credentials::record_use(tx, &demo(), &used))
        };
        assert!(record(Some(false), true));
        assert!(!record(Some(false), false));
        assert_eq!(find(store, 1).unwrap().backup_eligible, Some(true));
    });
}

#[test]
fn ids_of_every_length_and_users_of_every_script_are_told_apart() {
    with_store(|store| {
        let longest = CredentialId::new(vec![0xFF; 1023]).unwrap();
        insert(
            store,
            &Credential {
                id: longest.clone(),
                ..credential(1, "ŻÓŁW")
            },
        );
        insert(store, &credential(2, "żółw"));
        assert!(read(store, |tx| credentials::find(tx, &demo(), &longest)).is_some());
        assert_eq!(
            read(store, |tx| credentials::list_by_user(tx, &demo(), &user("żółw"))).len(),
            1
        );
        assert_eq!(
            read(store, |tx| credentials::list_by_user(tx, &demo(), &user("Żółw"))),
            []
        );
    });
}

#[test]
fn applications_do_not_see_each_others_credentials() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        let other = app("other");
        assert_eq!(
            read(store, |tx| credentials::find(tx, &other, &credential_id(1))),
            None
        );
        assert_eq!(
            read(store, |tx| credentials::list_by_user(tx, &other, &user("ann"))),
            []
        );
        assert_eq!(
            write(store, |tx| credentials::delete(tx, &other, &credential_id(1))),
            None
        );
        assert_eq!(
            write(store, |tx| credentials::delete_by_user(tx, &other, &user("ann"))),
            0
        );
        assert!(!write(store, |tx| credentials::record_use(tx, &other, &used(7))));
        assert!(!write(store, |tx| credentials::rename(
            tx,
            &other,
            &credential_id(1),
            None
        )));
        store
            .write(|tx| credentials::insert(tx, &other, &credential(1, "eve")))
            .unwrap();
        assert_eq!(find(store, 1), Some(credential(1, "ann")));
    });
}

#[test]
fn a_credential_of_no_application_is_refused() {
    with_store(|store| {
        let result = store.write(|tx| credentials::insert(tx, &app("absent"), &credential(1, "ann")));
        assert!(matches!(
            result,
            Err(InsertError::Store(StoreError::Failed {
                operation: "credentials.insert",
                ..
            }))
        ));
    });
}

#[test]
fn of_two_registrations_of_one_id_one_wins() {
    with_store(|store| {
        let results = race(|contestant| {
            let owner = ["ann", "bob"][contestant];
            store.write(|tx| credentials::insert(tx, &demo(), &credential(1, owner)))
        });
        let won = results.iter().filter(|result| result.is_ok()).count();
        let lost = results
            .iter()
            .filter(|result| matches!(result, Err(InsertError::Duplicate)))
            .count();
        assert_eq!((won, lost), (1, 1));
        let winner = if results[0].is_ok() { "ann" } else { "bob" };
        assert_eq!(find(store, 1), Some(credential(1, winner)));
    });
}

#[test]
fn a_use_is_recorded_while_the_observed_sign_count_stands() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        assert!(!write(store, |tx| credentials::record_use(tx, &demo(), &used(6))));
        assert_eq!(find(store, 1), Some(credential(1, "ann")));
        assert!(write(store, |tx| credentials::record_use(tx, &demo(), &used(7))));
        let expected = Credential {
            sign_count: 8,
            backup_state: Some(true),
            last_used_at: NOW.plus(SECOND * 100),
            country: "FR".to_owned(),
            device: "Chrome, Android".to_owned(),
            ..credential(1, "ann")
        };
        assert_eq!(find(store, 1), Some(expected));
        assert!(!write(store, |tx| credentials::record_use(tx, &demo(), &used(7))));
    });
}

#[test]
fn of_two_uses_of_one_observed_sign_count_one_is_recorded() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        let recorded = race(|_| write(store, |tx| credentials::record_use(tx, &demo(), &used(7))));
        assert_eq!(recorded.iter().filter(|recorded| **recorded).count(), 1);
        assert_eq!(find(store, 1).unwrap().sign_count, 8);
    });
}

#[test]
fn of_two_uses_that_learn_the_user_handle_one_is_recorded() {
    with_store(|store| {
        // A passkey that does not count, as synced ones do not: the count never tells two uses apart.
        let unknown = Credential {
            user_handle: None,
            sign_count: 0,
            ..credential(1, "ann")
        };
        insert(store, &unknown);
        assert_eq!(find(store, 1), Some(unknown));
        let learns = |handle: &[u8]| CredentialUse {
            learned_user_handle: UserHandle::new(handle).ok(),
            sign_count: 0,
            ..used(0)
        };
        let recorded = race(|contestant| {
            let handle = [b"one", b"two"][contestant];
            write(store, |tx| credentials::record_use(tx, &demo(), &learns(handle)))
        });
        assert_eq!(recorded.iter().filter(|recorded| **recorded).count(), 1);
        let winner: &[u8] = if recorded[0] { b"one" } else { b"two" };
        let kept = || find(store, 1).unwrap().user_handle.unwrap().into_bytes();
        assert_eq!(kept(), winner);
        assert!(!write(store, |tx| credentials::record_use(
            tx,
            &demo(),
            &learns(b"three")
        )));
        assert_eq!(kept(), winner);
    });
}

#[test]
fn a_suspended_credential_records_no_use() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        assert!(write(store, |tx| credentials::suspend(
            tx,
            &demo(),
            &credential_id(1),
            NOW
        )));
        assert_eq!(find(store, 1).unwrap().suspended_at, Some(NOW));
        assert!(!write(store, |tx| credentials::record_use(tx, &demo(), &used(7))));
        assert!(write(store, |tx| credentials::resume(
            tx,
            &demo(),
            &credential_id(1)
        )));
        assert!(write(store, |tx| credentials::record_use(tx, &demo(), &used(7))));
        assert!(!write(store, |tx| credentials::suspend(
            tx,
            &demo(),
            &credential_id(2),
            NOW
        )));
    });
}

#[test]
fn deleting_returns_what_was_deleted() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        let delete = || write(store, |tx| credentials::delete(tx, &demo(), &credential_id(1)));
        assert_eq!(delete(), Some(credential(1, "ann")));
        assert_eq!(delete(), None);
    });
}

#[test]
fn of_two_deletions_one_finds_the_credential() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        let deleted = race(|_| write(store, |tx| credentials::delete(tx, &demo(), &credential_id(1))));
        assert_eq!(deleted.iter().flatten().count(), 1);
    });
}

#[test]
fn a_user_is_deleted_with_all_credentials() {
    with_store(|store| {
        for number in 1..=3 {
            insert(
                store,
                &credential(number, if number == 3 { "bob" } else { "ann" }),
            );
        }
        assert!(read(store, |tx| credentials::user_owns_any(
            tx,
            &demo(),
            &user("ann")
        )));
        assert_eq!(
            write(store, |tx| credentials::delete_by_user(tx, &demo(), &user("ann"))),
            2
        );
        assert!(!read(store, |tx| credentials::user_owns_any(
            tx,
            &demo(),
            &user("ann")
        )));
        assert_eq!(read(store, |tx| users::count(tx, &demo())), 1);
    });
}

#[test]
fn a_nickname_can_be_changed_and_taken_away() {
    with_store(|store| {
        insert(store, &credential(1, "ann"));
        for nickname in [Some("Laptop"), None] {
            assert!(write(store, |tx| credentials::rename(
                tx,
                &demo(),
                &credential_id(1),
                nickname
            )));
            assert_eq!(find(store, 1).unwrap().nickname.as_deref(), nickname);
        }
    });
}

#[test]
fn all_credentials_are_listed_in_pages_without_gaps() {
    with_store(|store| {
        for number in [5, 1, 4, 2, 3] {
            insert(store, &credential(number, "ann"));
        }
        let page = |after: Option<u8>| {
            let after = after.map(credential_id);
            let page = read(store, |tx| credentials::list_all(tx, &demo(), after.as_ref(), 2));
            page.into_iter()
                .map(|credential| credential.public_key[1])
                .collect::<Vec<_>>()
        };
        assert_eq!(
            [page(None), page(Some(2)), page(Some(4)), page(Some(5))],
            [vec![1, 2], vec![3, 4], vec![5], vec![]]
        );
    });
}

#[test]
fn text_that_is_only_shown_may_hold_nul() {
    with_store(|store| {
        // What is only shown is kept, with a mark in its place.
        insert(
            store,
            &Credential {
                nickname: Some("a\0b".to_owned()),
                ..credential(1, "ann")
            },
        );
        assert_eq!(find(store, 1).unwrap().nickname.as_deref(), Some("a\u{FFFD}b"));
    });
}
