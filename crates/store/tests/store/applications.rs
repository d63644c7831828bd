use passgate_core::{
    api_key::PublicApiKey,
    application::{
        ApplicationState, BackupEligibilityChange, Features, FrozenBy, SignCountRegression, TopOrigins,
    },
};
use passgate_store::{
    InsertError, StoreError, account_deletions, aliases, api_keys, applications, authentication_configs,
    authenticators, credentials, dispatched_emails, events, reports, snapshot, spent_tokens, token_keys,
    users,
};
use passgate_webauthn::{Aaguid, Algorithm, CredentialId, Origin, RpId};

use super::with_store;
use crate::fixture::{
    NOW, SECOND, alias, app, application, credential, demo, event, read, user, with_all_switches, write,
};

/// Every field differs from what a new application starts with.
fn unusual_features() -> Features {
    let usual = Features::default();
    let features = Features {
        event_retention_days: 90,
        developer_logging_ends_at: Some(NOW),
        max_users: Some(10_000),
        magic_link_monthly_quota: 1000,
        magic_link_origins: vec![
            "https://example.com".to_owned(),
            "https://example.com:8443".to_owned(),
        ],
        sign_count_regression: SignCountRegression::Warn,
        backup_eligibility_change: BackupEligibilityChange::LearnOnce,
        allowed_origins: vec![
            Origin::parse("https://example.com").unwrap(),
            Origin::parse("android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap(),
        ],
        allowed_rp_ids: vec![RpId::parse("example.com").unwrap()],
        algorithms: Some(vec![
            Algorithm::from_id(-8).unwrap(),
            Algorithm::from_id(-7).unwrap(),
        ]),
        allowed_top_origins: TopOrigins::Listed(vec![Origin::parse("https://shop.example").unwrap()]),
        ..usual.clone()
    };
    let features = with_all_switches(&features, |on| !on);
    let [usual, unusual] = [&usual, &features].map(|it| serde_json::to_value(it).unwrap());
    for (name, value) in unusual.as_object().unwrap() {
        assert_ne!(
            *value, usual[name],
            "{name} is as usual: give it a value of its own"
        );
    }
    features
}

#[test]
fn an_application_reads_back_as_it_was_stored() {
    with_store(|store| {
        let mut stored = application("fresh");
        stored.admin_emails = vec!["a@example.com".to_owned(), "\"odd, one\"@example.com".to_owned()];
        stored.features = unusual_features();
        store.write(|tx| applications::insert(tx, &stored)).unwrap();
        for top_origins in [
            stored.features.allowed_top_origins.clone(),
            TopOrigins::Any,
            TopOrigins::None,
        ] {
            stored.features.allowed_top_origins = top_origins;
            store
                .write(|tx| applications::update_features(tx, &stored.id, &stored.features))
                .unwrap();
            assert_eq!(
                read(store, |tx| applications::find(tx, &app("fresh"))).as_ref(),
                Some(&stored)
            );
        }
        assert_eq!(read(store, |tx| applications::find(tx, &app("absent"))), None);
    });
}

#[test]
fn features_are_replaced_as_a_whole() {
    with_store(|store| {
        assert!(write(store, |tx| applications::update_features(
            tx,
            &demo(),
            &unusual_features()
        )));
        let found = read(store, |tx| applications::find(tx, &demo())).unwrap();
        assert_eq!(found.features, unusual_features());
        // Back to none: optional columns are emptied, too.
        assert!(write(store, |tx| applications::update_features(
            tx,
            &demo(),
            &Features::default()
        )));
        assert_eq!(
            read(store, |tx| applications::find(tx, &demo())),
            Some(application("demo"))
        );
        assert!(!write(store, |tx| applications::update_features(
            tx,
            &app("absent"),
            &Features::default()
        )));
    });
}

#[test]
fn a_taken_id_is_a_duplicate_and_changes_nothing() {
    with_store(|store| {
        let mut again = application("demo");
        again.features = unusual_features();
        let result = store.write(|tx| applications::insert(tx, &again));
        assert!(matches!(result, Err(InsertError::Duplicate)));
        assert_eq!(
            read(store, |tx| applications::find(tx, &demo())),
            Some(application("demo"))
        );
    });
}

#[test]
fn a_number_beyond_the_column_is_refused() {
    with_store(|store| {
        let features = Features {
            max_users: Some(u64::MAX),
            ..Features::default()
        };
        let result = store.write(|tx| applications::update_features(tx, &demo(), &features));
        assert!(matches!(
            result,
            Err(StoreError::Unstorable {
                table: "features",
                column: "max_users"
            })
        ));
    });
}

#[test]
fn states_replace_each_other() {
    with_store(|store| {
        let delete_at = NOW.plus(SECOND * 60);
        let states = [
            ApplicationState::Frozen {
                at: NOW,
                by: FrozenBy::Operator,
            },
            ApplicationState::Frozen {
                at: NOW,
                by: FrozenBy::AccountDeletion,
            },
            ApplicationState::DeletionScheduled {
                delete_at,
                requested_by: "admin@example.com".to_owned(),
            },
            ApplicationState::Active,
        ];
        for state in states {
            assert!(write(store, |tx| applications::set_state(tx, &demo(), &state)));
            assert_eq!(
                read(store, |tx| applications::find(tx, &demo())).unwrap().state,
                state
            );
        }
        assert!(!write(store, |tx| applications::set_state(
            tx,
            &app("absent"),
            &ApplicationState::Active
        )));
    });
}

#[test]
fn due_deletions_are_those_whose_date_has_passed() {
    with_store(|store| {
        let delete_at = NOW.plus(SECOND);
        let state = ApplicationState::DeletionScheduled {
            delete_at,
            requested_by: String::new(),
        };
        write(store, |tx| applications::set_state(tx, &demo(), &state));
        assert_eq!(read(store, |tx| applications::list_due_deletions(tx, NOW)), []);
        assert_eq!(
            read(store, |tx| applications::list_due_deletions(tx, delete_at)),
            [demo()]
        );
        assert_eq!(read(store, applications::list_ids), [demo(), app("other")]);
    });
}

#[test]
fn administrators_can_be_replaced() {
    with_store(|store| {
        let emails = ["new@example.com".to_owned()];
        assert!(write(store, |tx| applications::set_admin_emails(
            tx,
            &demo(),
            &emails
        )));
        assert_eq!(
            read(store, |tx| applications::find(tx, &demo()))
                .unwrap()
                .admin_emails,
            emails
        );
    });
}

#[test]
fn counts_are_of_one_application() {
    with_store(|store| {
        store
            .write(|tx| {
                credentials::insert(tx, &demo(), &credential(1, "ann"))?;
                credentials::insert(tx, &demo(), &credential(2, "ann"))?;
                credentials::insert(tx, &demo(), &credential(3, "bob"))?;
                credentials::insert(tx, &app("other"), &credential(1, "eve"))
            })
            .unwrap();
        assert_eq!(read(store, |tx| applications::count_credentials(tx, &demo())), 3);
        assert_eq!(read(store, |tx| users::count(tx, &demo())), 2);
        assert_eq!(read(store, |tx| users::count(tx, &app("absent"))), 0);
    });
}

#[test]
fn deleting_leaves_nothing_that_a_new_application_of_that_id_would_see() {
    with_store(|store| {
        let other = app("other");
        for app in [demo(), other.clone()] {
            fill(store, &app);
        }
        let removal = write(store, |tx| applications::delete(tx, &demo()));
        assert_eq!(removal.map(|it| (it.rows, it.is_complete)), Some((5, true)));
        assert_eq!(write(store, |tx| applications::delete(tx, &demo())), None);
        store
            .write(|tx| applications::insert(tx, &application("demo")))
            .unwrap();
        assert_eq!(contents(store, &demo()), [0; 11]);
        assert_eq!(contents(store, &other), [1; 11]);
    });
}

#[test]
fn a_large_application_is_gone_at_once_and_removed_in_small_steps() {
    with_store(|store| {
        for app in [demo(), app("other")] {
            fill(store, &app);
        }
        write(store, |tx| {
            for number in 0..500_u16 {
                let mut one = credential(1, "ann");
                one.id = CredentialId::new(number.to_be_bytes().repeat(8)).unwrap();
                credentials::insert(tx, &demo(), &one).unwrap();
                let mut one = event(1);
                one.id = uuid::Uuid::from_u128(number.into());
                events::record(tx, &demo(), &one)?;
            }
            Ok(())
        });
        let first = write(store, |tx| applications::delete(tx, &demo())).unwrap();
        assert_eq!((first.rows, first.is_complete), (200, false));

        let key = PublicApiKey::generate(&demo(), [7; 16]).id();
        let read_all = |tx: &mut passgate_store::Tx<'_>| {
            Ok((
                applications::find(tx, &demo())?.is_some(),
                snapshot::load(tx, &demo())?.is_some(),
                api_keys::find(tx, &demo(), &key)?.is_some(),
                token_keys::list(tx, &demo())?.len(),
                applications::list_ids(tx)?,
                applications::is_taken(tx, &demo())?,
                applications::list_deleted(tx)?,
            ))
        };
        let gone = (false, false, false, 0, vec![app("other")]);
        let (a, b, c, d, ids, taken, deleted) = read(store, read_all);
        assert_eq!((a, b, c, d, ids), gone);
        assert_eq!((taken, deleted), (true, vec![demo()]));
        assert!(!write(store, |tx| {
            applications::set_state(tx, &demo(), &ApplicationState::Active)
        }));
        assert_eq!(write(store, |tx| applications::delete(tx, &demo())), None);
        let again = store.write(|tx| applications::insert(tx, &application("demo")));
        assert!(matches!(again, Err(InsertError::Duplicate)));

        let mut removed = first.rows;
        for number in 0.. {
            let step = write(store, |tx| applications::remove_some(tx, &demo(), 90));
            assert!(step.rows <= 90, "{step:?}");
            removed += step.rows;
            // Others write in between.
            let token = passgate_core::token::TokenId::from_bytes([number; 16]);
            store
                .write(|tx| spent_tokens::spend(tx, &app("absent"), &token, NOW))
                .unwrap();
            if step.is_complete {
                break;
            }
        }
        assert_eq!(removed, 1005);
        let (.., taken, deleted) = read(store, read_all);
        assert_eq!((taken, deleted), (false, vec![]));
        store
            .write(|tx| applications::insert(tx, &application("demo")))
            .unwrap();
        assert_eq!(contents(store, &demo()), [0; 11]);
        assert_eq!(contents(store, &app("other")), [1; 11]);
        // What was not deleted is not removed.
        let nothing = write(store, |tx| applications::remove_some(tx, &app("other"), 90));
        assert_eq!(nothing.rows, 0);
        assert_eq!(contents(store, &app("other")), [1; 11]);
    });
}

fn fill(store: &passgate_store::Store, app: &passgate_core::application::AppId) {
    use passgate_core::{
        api_key::{ApiKey, PublicApiKey, Scope},
        authentication_config::AuthenticationConfig,
        token::{TokenId, keyring::StoredTokenKey},
    };
    store
        .write(|tx| -> Result<(), InsertError> {
            let [config, _] = AuthenticationConfig::presets();
            let key = PublicApiKey::generate(app, [7; 16]);
            api_keys::insert(tx, app, &ApiKey::public(key, &[Scope::Login].into(), NOW))?;
            token_keys::insert(
                tx,
                app,
                &StoredTokenKey {
                    id: 1,
                    wrapped: vec![1],
                    created_at: NOW,
                },
            )?;
            credentials::insert(tx, app, &credential(1, "ann"))?;
            aliases::replace(tx, app, &user("ann"), &[alias(1, "ann")])?;
            authentication_configs::insert(tx, app, &config)?;
            authenticators::upsert(
                tx,
                app,
                &[Aaguid::new([1; 16])],
                authenticators::AuthenticatorList::Blocked,
                NOW,
            )?;
            events::record(tx, app, &event(1))?;
            spent_tokens::spend(tx, app, &TokenId::from_bytes([1; 16]), NOW)?;
            let email = dispatched_emails::DispatchedEmail {
                id: uuid::Uuid::from_bytes([1; 16]),
                created_at: NOW,
                user_id: user("ann"),
                email_address: "ann@example.com".to_owned(),
                link_template: "https://example.com/$TOKEN".to_owned(),
            };
            dispatched_emails::record(tx, app, &email)?;
            let report = reports::count_credentials(tx, app, NOW)?;
            reports::record_credentials(tx, app, &report)?;
            let mut abort_token_digest = [0; 32];
            abort_token_digest[..4].copy_from_slice(&app.as_str().as_bytes()[..4]);
            let deletion = account_deletions::AccountDeletion {
                abort_token_digest,
                requested_at: NOW,
                freeze_at: NOW,
                delete_at: NOW,
            };
            account_deletions::insert(tx, app, &deletion)
        })
        .unwrap();
}

fn contents(store: &passgate_store::Store, app: &passgate_core::application::AppId) -> [u64; 11] {
    use passgate_core::token::TokenId;
    read(store, |tx| {
        let record = snapshot::load(tx, app)?.unwrap();
        Ok([
            record.api_keys.len() as u64,
            record.token_keys.len() as u64,
            u64::from(record.has_authenticator_lists),
            credentials::list_all(tx, app, None, 10)?.len() as u64,
            aliases::list_all(tx, app, None, 10)?.len() as u64,
            authentication_configs::list(tx, app)?.len() as u64,
            events::count(tx, app, &events::EventFilter::default())?,
            u64::from(spent_tokens::is_spent(tx, app, &TokenId::from_bytes([1; 16]))?),
            dispatched_emails::count_since(tx, app, NOW, NOW)?,
            reports::list_credentials(tx, app, None, None)?.len() as u64,
            u64::from(account_deletions::find(tx, app)?.is_some()),
        ])
    })
}
