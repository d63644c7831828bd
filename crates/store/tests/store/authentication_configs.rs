use std::time::Duration;

use passgate_core::{
    application::AppId,
    authentication_config::{AuthenticationConfig, Purpose},
};
use passgate_store::{InsertError, authentication_configs};
use passgate_webauthn::{Hint, UserVerification};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, write};

fn config(purpose: &str) -> AuthenticationConfig {
    AuthenticationConfig {
        purpose: Purpose::parse(purpose).unwrap(),
        user_verification: UserVerification::Required,
        time_to_live: Duration::from_micros(180_500_001),
        hints: vec![Hint::Hybrid, Hint::SecurityKey],
        created_by: "admin".to_owned(),
        created_at: Some(NOW),
        edited_by: Some("editor".to_owned()),
        edited_at: Some(NOW.plus(SECOND)),
        last_used_at: Some(NOW.plus(SECOND * 2)),
    }
}

#[test]
fn configurations_read_back_as_they_were_stored() {
    with_store(|store| {
        let sparse = AuthenticationConfig {
            hints: Vec::new(),
            created_at: None,
            edited_by: None,
            edited_at: None,
            last_used_at: None,
            ..config("a-small_one")
        };
        for config in [&config("payment"), &sparse] {
            store
                .write(|tx| authentication_configs::insert(tx, &demo(), config))
                .unwrap();
        }
        assert_eq!(
            read(store, |tx| authentication_configs::list(tx, &demo())),
            [sparse, config("payment")]
        );
        let find = |app: &AppId, purpose: &str| {
            let purpose = Purpose::parse(purpose).unwrap();
            read(store, |tx| authentication_configs::find(tx, app, &purpose))
        };
        assert_eq!(find(&demo(), "payment"), Some(config("payment")));
        assert_eq!(find(&demo(), "Payment"), None);
        assert_eq!(find(&app("other"), "payment"), None);
    });
}

#[test]
fn a_purpose_has_one_configuration() {
    with_store(|store| {
        let insert = || store.write(|tx| authentication_configs::insert(tx, &demo(), &config("payment")));
        insert().unwrap();
        assert!(matches!(insert(), Err(InsertError::Duplicate)));
    });
}

#[test]
fn a_configuration_is_replaced_and_deleted() {
    with_store(|store| {
        let changed = AuthenticationConfig {
            edited_by: None,
            last_used_at: None,
            ..config("payment")
        };
        assert!(!write(store, |tx| authentication_configs::update(
            tx,
            &demo(),
            &changed
        )));
        store
            .write(|tx| authentication_configs::insert(tx, &demo(), &config("payment")))
            .unwrap();
        assert!(write(store, |tx| authentication_configs::update(
            tx,
            &demo(),
            &changed
        )));
        assert_eq!(
            read(store, |tx| authentication_configs::list(tx, &demo())),
            std::slice::from_ref(&changed)
        );
        let delete = || {
            write(store, |tx| {
                authentication_configs::delete(tx, &demo(), &changed.purpose)
            })
        };
        assert!(delete());
        assert!(!delete());
    });
}

#[test]
fn the_last_use_is_recorded_at_most_once_a_minute() {
    with_store(|store| {
        let unused = AuthenticationConfig {
            last_used_at: None,
            ..config("payment")
        };
        store
            .write(|tx| authentication_configs::insert(tx, &demo(), &unused))
            .unwrap();
        // The caller's own copy is old all the time, as that of another node may be.
        let touch = |seconds| {
            write(store, |tx| {
                authentication_configs::touch(tx, &demo(), &unused, NOW.plus(SECOND * seconds))
            })
        };
        assert_eq!(
            [touch(0), touch(1), touch(59), touch(60), touch(61)],
            [true, false, false, true, false]
        );
        let stored = read(store, |tx| authentication_configs::list(tx, &demo()));
        assert_eq!(stored[0].last_used_at, Some(NOW.plus(SECOND * 60)));
    });
}

#[test]
fn a_fresh_copy_saves_the_statement() {
    with_store(|store| {
        let fresh = AuthenticationConfig {
            last_used_at: Some(NOW),
            ..config("payment")
        };
        let before = store.statistics().statements;
        assert!(!write(store, |tx| authentication_configs::touch(
            tx,
            &demo(),
            &fresh,
            NOW.plus(SECOND)
        )));
        let around_a_transaction = if store.is_sqlite() { 4 } else { 2 };
        assert_eq!(store.statistics().statements - before, around_a_transaction);
    });
}

#[test]
fn a_preset_is_stored_at_its_first_use_and_another_purpose_is_not() {
    with_store(|store| {
        let [preset, _] = AuthenticationConfig::presets();
        let touch = |config| {
            write(store, |tx| {
                authentication_configs::touch(tx, &demo(), config, NOW)
            })
        };
        assert!(touch(&preset));
        assert!(!touch(&preset));
        assert!(!touch(&AuthenticationConfig {
            last_used_at: None,
            ..config("deleted")
        }));
        let stored = read(store, |tx| authentication_configs::list(tx, &demo()));
        assert_eq!(
            stored,
            [AuthenticationConfig {
                last_used_at: Some(NOW),
                ..preset
            }]
        );
    });
}
