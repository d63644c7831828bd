//! Keys, features, purposes, lists and the life cycle of applications.

use passgate::Stopped;
use std::collections::BTreeSet;

use passgate::{
    Passgate,
    api_keys::{CreateKeyError, CreatedKey, KeyChangeError},
    applications::{CreateAppError, CreateAppInput},
    authentication::{AuthenticationError, Presented},
    authentication_configs::{
        AddAuthenticationConfigError, AuthenticationConfigInput, DeleteAuthenticationConfigError,
        UpdateAuthenticationConfigError,
    },
    deletion::{DeleteAppError, MarkDeleteError},
    events::{EventsQuery, ListEventsError},
    features::{ApplicationSettings, Author, ChangeSettingsError, FeaturesPatch},
    jobs::JobOutcome,
};
use passgate_core::{
    api_key::{ApiKeyId, ApiKeyKind, HeaderProblem, Scope},
    application::AppId,
    authentication_config::{Purpose, TimeToLive},
    event::EventKind,
};
use passgate_testkit::SoftAuthenticator;
use passgate_webauthn::UserVerification;

use crate::{
    well_known::published,
    world::{World, days, hours, seconds, user},
};

fn secret<'a>(key: &'a str) -> Presented<'a> {
    Presented {
        key: Some(key),
        other: None,
        client: None,
    }
}

fn authenticates(world: &World, passgate: &Passgate, key: &str) -> bool {
    match passgate.authenticate(ApiKeyKind::Secret, secret(key), world.env()) {
        Ok(_) => true,
        Err(Stopped::Refused(AuthenticationError { required, problem })) => {
            assert_eq!((required, problem), (ApiKeyKind::Secret, HeaderProblem::Invalid));
            false
        }
        Err(Stopped::Failed(failure)) => panic!("{failure}"),
    }
}

#[test]
fn a_key_is_accepted_at_once_only_from_a_fresh_snapshot() {
    let world = World::sqlite();
    let key = world.keys.secret_keys[0].expose().clone();
    let at_once = |kind, key: &str| {
        world
            .passgate
            .authenticate_at_once(kind, secret(key), world.now())
    };
    world.pass(seconds(5));
    assert!(
        at_once(ApiKeyKind::Secret, &key).is_none(),
        "nothing fresh is in memory"
    );
    assert!(authenticates(&world, &world.passgate, &key));
    let caller = at_once(ApiKeyKind::Secret, &key).unwrap();
    assert_eq!(
        (caller.app_id(), caller.kind()),
        (&world.app, Some(ApiKeyKind::Secret))
    );
    caller.require(Scope::TokenVerify).unwrap();
    assert!(
        at_once(ApiKeyKind::Public, &key).is_none(),
        "not in the other header"
    );
    assert!(at_once(ApiKeyKind::Secret, &key.replace(":secret:", ":secret:0")).is_none());
    let id = ApiKeyId::parse(&key[key.len() - 4..]).unwrap();
    world.passgate.lock_key(&world.app, &id, world.env()).unwrap();
    assert!(
        at_once(ApiKeyKind::Secret, &key).is_none(),
        "the lock dropped the snapshot"
    );
    assert!(!authenticates(&world, &world.passgate, &key));
    assert!(
        at_once(ApiKeyKind::Secret, &key).is_none(),
        "a locked key in a fresh snapshot"
    );
}

#[test]
fn keys_authenticate_with_their_scopes_and_in_their_header() {
    let world = World::sqlite();
    world.backend().require(Scope::TokenVerify).unwrap();
    world.browser().require(Scope::Login).unwrap();
    assert_eq!(
        world.browser().require(Scope::TokenVerify).unwrap_err().required,
        Scope::TokenVerify
    );

    let public = world.keys.public_keys[0].as_str();
    let refusals = [
        (
            Presented {
                key: None,
                other: None,
                client: None,
            },
            HeaderProblem::Missing,
        ),
        (
            Presented {
                key: Some(""),
                other: None,
                client: None,
            },
            HeaderProblem::Missing,
        ),
        (
            Presented {
                key: None,
                other: Some(public),
                client: None,
            },
            HeaderProblem::OtherHeader,
        ),
        (secret(public), HeaderProblem::OtherKind),
        (secret("verify_abc"), HeaderProblem::SignInToken),
        (secret("register_abc"), HeaderProblem::RegisterToken),
        (
            secret("gibberish-here"),
            HeaderProblem::Unrecognised {
                started_with: "gibberish-".to_owned(),
            },
        ),
        (
            secret("demoapp:secret:00000000000000000000000000000000"),
            HeaderProblem::Invalid,
        ),
        (
            secret("nosuchapp:secret:00000000000000000000000000000000"),
            HeaderProblem::Invalid,
        ),
    ];
    for (presented, expected) in refusals {
        match world
            .passgate
            .authenticate(ApiKeyKind::Secret, presented, world.env())
        {
            Err(Stopped::Refused(AuthenticationError {
                required: ApiKeyKind::Secret,
                problem,
            })) => {
                assert_eq!(problem, expected);
            }
            other => panic!("{other:?}"),
        }
    }
    world.event(EventKind::ApiAuthInvalidSecretKeyUsed);
}

#[test]
fn a_key_lives_from_creation_to_deletion_and_other_nodes_follow() {
    World::on_each(|world| {
        let other = world.another_node();
        let scopes = BTreeSet::from([Scope::TokenRegister]);
        let created = world
            .passgate
            .create_key(&world.app, ApiKeyKind::Secret, &scopes, world.env())
            .unwrap();
        let CreatedKey::Secret(key) = created else {
            panic!("asked for a secret key")
        };
        let (id, text) = (key.id(), key.expose().clone());

        // At once here; on the other node, whose snapshot is fresh and lacks the key, by looking it up.
        other
            .authenticate(
                ApiKeyKind::Secret,
                secret(world.keys.secret_keys[0].expose()),
                world.env(),
            )
            .unwrap();
        assert!(authenticates(&world, &world.passgate, &text));
        assert!(authenticates(&world, &other, &text));
        let caller = world
            .passgate
            .authenticate(ApiKeyKind::Secret, secret(&text), world.env())
            .unwrap();
        assert_eq!(caller.key_id(), Some(&id));
        assert!(caller.require(Scope::TokenVerify).is_err());

        world.passgate.lock_key(&world.app, &id, world.env()).unwrap();
        assert!(!authenticates(&world, &world.passgate, &text));
        world.event(EventKind::ApiAuthDisabledSecretKeyUsed);
        world.pass(seconds(2));
        assert!(!authenticates(&world, &other, &text));
        world.passgate.unlock_key(&world.app, &id, world.env()).unwrap();
        assert!(authenticates(&world, &world.passgate, &text));

        let listed = world.passgate.list_keys(&world.app, world.env()).unwrap();
        assert_eq!(listed.len(), 5);
        let listed = listed.into_iter().find(|key| key.id == id).unwrap();
        assert!(listed.last_locked_at.is_some() && listed.last_locked_at < listed.last_unlocked_at);
        world.event(EventKind::AdminApiKeysEnumerated);

        world.passgate.delete_key(&world.app, &id, world.env()).unwrap();
        assert!(!authenticates(&world, &world.passgate, &text));
        for refused in [
            world.passgate.delete_key(&world.app, &id, world.env()),
            world.passgate.lock_key(&world.app, &id, world.env()),
            world
                .passgate
                .unlock_key(&world.app, &ApiKeyId::parse("zzzz").unwrap(), world.env()),
        ] {
            assert!(matches!(refused, Err(Stopped::Refused(KeyChangeError::NotFound))));
        }
    });
}

#[test]
fn a_key_needs_scopes_of_its_kind_and_an_application() {
    let world = World::sqlite();
    let create = |app: &str, scopes: &[Scope]| {
        let scopes = scopes.iter().copied().collect();
        world.passgate.create_key(
            &AppId::parse(app).unwrap(),
            ApiKeyKind::Public,
            &scopes,
            world.env(),
        )
    };
    assert!(matches!(
        create("demoapp", &[]),
        Err(Stopped::Refused(CreateKeyError::ScopesRequired))
    ));
    assert!(matches!(
        create("demoapp", &[Scope::Login, Scope::TokenVerify]),
        Err(Stopped::Refused(CreateKeyError::ForeignScope {
            scope: Scope::TokenVerify
        }))
    ));
    assert!(matches!(
        create("nosuchapp", &[Scope::Login]),
        Err(Stopped::Refused(CreateKeyError::AppNotFound))
    ));
    assert!(matches!(
        create("demoapp", &[Scope::Login]),
        Ok(CreatedKey::Public(_))
    ));
}

#[test]
fn imported_secrets_authenticate_and_are_digested_anew() {
    use passgate_core::{
        api_key::{ApiKey, ApiKeyMaterial, SecretApiKeyDigest},
        time::Timestamp,
    };
    use passgate_store::api_keys;

    World::on_each(|world| {
        // The published vector.
        let text = "demoapp:secret:00112233445566778899aabbccddeeff";
        let digest = SecretApiKeyDigest::parse("AAECAwQFBgcICQoLDA0ODw==:LVOr02vNbGxG/bTO2kghKw==").unwrap();
        let key = ApiKey {
            id: ApiKeyId::parse("eeff").unwrap(),
            material: ApiKeyMaterial::Secret(digest.clone()),
            scopes: vec![Scope::TokenRegister, Scope::TokenVerify],
            created_at: Timestamp::from_seconds(0),
            lock: None,
            last_locked_at: None,
            last_unlocked_at: None,
        };
        world
            .passgate
            .store()
            .write(|tx| api_keys::insert(tx, &world.app, &key))
            .unwrap();
        assert!(authenticates(&world, &world.passgate, text));
        assert!(!authenticates(
            &world,
            &world.passgate,
            "demoapp:secret:00112233445566778899aabbccddEEff"
        ));
        assert!(authenticates(&world, &world.passgate, text));
        let stored = world.passgate.list_keys(&world.app, world.env()).unwrap();
        let stored = stored.into_iter().find(|stored| stored.id == key.id).unwrap();
        assert!(matches!(
            stored.material,
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Sha256(_))
        ));
    });
}

#[test]
fn an_application_id_is_taken_once() {
    World::on_each(|world| {
        assert!(!world.passgate.app_available(&world.app).unwrap());
        assert!(
            world
                .passgate
                .app_available(&AppId::parse("freeapp").unwrap())
                .unwrap()
        );
        let again = CreateAppInput {
            app: world.app.clone(),
            admin_email: String::new(),
            event_logging: false,
            event_retention_days: 1,
            magic_link_monthly_quota: 0,
            max_users: None,
            allow_attestation: false,
        };
        let refused = world.passgate.create_app(again, world.env());
        assert!(
            matches!(refused, Err(Stopped::Refused(CreateAppError::NotAvailable { app })) if app == world.app)
        );
        assert_eq!(
            world.passgate.list_keys(&world.app, world.env()).unwrap().len(),
            4,
            "nothing half-written"
        );
    });
}

#[test]
fn freezing_locks_every_key_and_thawing_unlocks_those_it_locked() {
    World::on_each(|world| {
        let [first, second] = [0, 1].map(|n| world.keys.secret_keys[n].expose().clone());
        world
            .passgate
            .lock_key(&world.app, &world.keys.secret_keys[1].id(), world.env())
            .unwrap();
        world.passgate.freeze(&world.app, world.env()).unwrap();
        assert!(!authenticates(&world, &world.passgate, &first));
        assert!(!authenticates(&world, &world.passgate, &second));
        world.passgate.unfreeze(&world.app, world.env()).unwrap();
        assert!(authenticates(&world, &world.passgate, &first));
        assert!(
            !authenticates(&world, &world.passgate, &second),
            "locked by itself"
        );
        let names = world.event_names();
        assert!(names.contains(&"ApiManagementAppFrozen") && names.contains(&"ApiManagementAppUnfrozen"));
        world
            .passgate
            .freeze(&AppId::parse("nosuchapp").unwrap(), world.env())
            .unwrap();
    });
}

#[test]
fn a_young_or_empty_application_is_deleted_at_once() {
    World::on_each(|world| {
        assert!(
            world
                .passgate
                .can_delete_immediately(&world.app, world.env())
                .unwrap()
        );
        let deletion = world
            .passgate
            .mark_delete(&world.app, "admin@example.com", world.env())
            .unwrap();
        assert!(deletion.deleted);
        assert_eq!(deletion.delete_at, world.now());
        assert_eq!(deletion.admin_emails, ["admin@example.com"]);
        assert!(world.passgate.app_available(&world.app).unwrap());
        assert!(!authenticates(
            &world,
            &world.passgate,
            world.keys.secret_keys[0].expose()
        ));
        let again = world
            .passgate
            .mark_delete(&world.app, "admin@example.com", world.env());
        assert!(matches!(
            again,
            Err(Stopped::Refused(MarkDeleteError::AppNotFound))
        ));
    });
}

#[test]
fn an_application_in_use_is_deleted_after_a_month_unless_called_off() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        world.pass(days(3));
        let key = world.keys.secret_keys[0].expose().clone();
        assert!(
            !world
                .passgate
                .can_delete_immediately(&world.app, world.env())
                .unwrap()
        );
        assert!(matches!(
            world.passgate.delete_app(&world.app, world.env()),
            Err(Stopped::Refused(DeleteAppError::NotScheduled))
        ));

        let deletion = world
            .passgate
            .mark_delete(&world.app, "admin@example.com", world.env())
            .unwrap();
        assert!(!deletion.deleted);
        assert_eq!(deletion.delete_at, world.now().plus_months(1));
        assert!(!authenticates(&world, &world.passgate, &key));
        assert!(matches!(
            world.passgate.mark_delete(&world.app, "x", world.env()),
            Err(Stopped::Refused(MarkDeleteError::AlreadyPending))
        ));
        assert!(matches!(
            world.passgate.delete_app(&world.app, world.env()),
            Err(Stopped::Refused(DeleteAppError::NotDue))
        ));
        assert!(
            world
                .passgate
                .list_pending_deletion(world.env())
                .unwrap()
                .is_empty()
        );

        world.passgate.cancel_delete(&world.app, world.env()).unwrap();
        assert!(authenticates(&world, &world.passgate, &key));
        world.sign_in(&mut device);

        world
            .passgate
            .mark_delete(&world.app, "admin@example.com", world.env())
            .unwrap();
        world.pass(days(31));
        assert_eq!(
            world.passgate.list_pending_deletion(world.env()).unwrap(),
            std::slice::from_ref(&world.app)
        );
        let outcome = world
            .passgate
            .delete_due_applications("node-1", world.env())
            .unwrap();
        assert_eq!(outcome, JobOutcome::Done { count: 1 });
        assert!(world.passgate.app_available(&world.app).unwrap());
    });
}

#[test]
fn features_are_replaced_patched_and_seen_at_once() {
    World::on_each(|world| {
        let replace = |settings: &mut ApplicationSettings| {
            let features = &mut settings.features;
            features.event_logging = true;
            features.event_retention_days = 7;
            features.max_users = Some(5);
            features.decoy_credentials = false;
            Ok::<_, &str>(())
        };
        world
            .passgate
            .change_settings(&world.app, Author::Management, replace, world.env())
            .unwrap();
        let caller = world.backend();
        let features = caller.features();
        assert_eq!((features.max_users, features.event_retention_days), (Some(5), 7));
        assert!(!features.decoy_credentials && features.single_use_sign_in_tokens);
        world.event(EventKind::FeaturesChanged);
        let recorded = world.events().len();
        let more_users = |settings: &mut ApplicationSettings| {
            settings.features.max_users = Some(6);
            Ok::<_, &str>(())
        };
        world
            .passgate
            .change_settings(&world.app, Author::Management, more_users, world.env())
            .unwrap();
        assert_eq!(
            world.events().len(),
            recorded,
            "only how strict it is leaves a record"
        );

        let patch = FeaturesPatch {
            performed_by: Some("alice".to_owned()),
            magic_links: Some(false),
            ..FeaturesPatch::default()
        };
        world
            .passgate
            .patch_features(&caller, &patch, world.env())
            .unwrap();
        let features = world.passgate.find_features(&world.app).unwrap().unwrap();
        assert!(!features.magic_links && features.generate_sign_in_token);
        assert_eq!(features.event_retention_days, 7);
        assert_eq!(
            world.event(EventKind::AdminMagicLinksDisabled).performed_by,
            "alice"
        );

        let unknown = AppId::parse("nosuchapp").unwrap();
        assert_eq!(world.passgate.find_features(&unknown).unwrap(), None);
        let refused =
            world
                .passgate
                .change_settings(&unknown, Author::Management, |_| Ok::<_, &str>(()), world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(ChangeSettingsError::AppNotFound))
        ));
    });
}

#[test]
fn settings_are_changed_together_or_not_at_all() {
    World::on_each(|world| {
        let change = |change: &dyn Fn(&mut ApplicationSettings) -> Result<(), &'static str>| {
            world
                .passgate
                .change_settings(&world.app, Author::Named("alice"), change, world.env())
        };
        let features = || world.passgate.find_features(&world.app).unwrap().unwrap();
        let settings = || ApplicationSettings {
            features: features(),
            well_known: world.passgate.find_well_known(&world.app).unwrap().well_known,
        };
        let (before, events) = (settings(), world.event_names());
        let refused = change(&|settings| {
            settings.features.max_users = Some(1);
            settings.well_known = published();
            Err("no")
        });
        assert!(matches!(
            refused,
            Err(Stopped::Refused(ChangeSettingsError::Change("no")))
        ));
        let unchanged = change(&|_| Ok(())).unwrap();
        assert_eq!(unchanged.before, unchanged.after);
        assert_eq!((settings(), world.event_names()), (before.clone(), events));

        let changed = change(&|settings| {
            settings.well_known = published();
            let features = &mut settings.features;
            features.max_users = Some(1);
            features.magic_links = false;
            features.decoy_credentials = true;
            // The last that is stored is that nothing more will be.
            features.event_logging = false;
            Ok(())
        })
        .unwrap();
        assert_eq!((changed.before, changed.after), (before, settings()));
        assert_eq!(settings().well_known, published());
        assert_eq!((features().max_users, features().magic_links), (Some(1), false));
        for kind in [
            EventKind::FeaturesChanged,
            EventKind::AdminMagicLinksDisabled,
            EventKind::WellKnownChanged,
        ] {
            assert_eq!(world.event(kind).performed_by, "alice");
        }
        let recorded = world.events().len();
        change(&|settings| {
            settings.features.max_users = None;
            Ok(())
        })
        .unwrap();
        assert_eq!(world.events().len(), recorded);

        let unknown = AppId::parse("nosuchapp").unwrap();
        let refused = world.passgate.change_settings(
            &unknown,
            Author::Named("alice"),
            |_| Ok::<_, &str>(()),
            world.env(),
        );
        assert!(matches!(
            refused,
            Err(Stopped::Refused(ChangeSettingsError::AppNotFound))
        ));
    });
}

#[test]
fn purposes_are_added_changed_and_deleted() {
    World::on_each(|world| {
        let caller = world.backend();
        let config = |purpose: &str, seconds: &str| AuthenticationConfigInput {
            purpose: Purpose::parse(purpose).unwrap(),
            user_verification: UserVerification::Required,
            time_to_live: TimeToLive::parse(seconds).unwrap(),
            hints: vec![],
            performed_by: "admin".to_owned(),
        };
        let names = || {
            let listed = world.passgate.list_authentication_configs(&caller, None).unwrap();
            listed
                .into_iter()
                .map(|config| config.purpose.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(), ["step-up", "sign-in"]);
        world
            .passgate
            .add_authentication_config(&caller, config("pay", "00:01:00"), world.env())
            .unwrap();
        for taken in ["pay", "sign-in"] {
            let refused =
                world
                    .passgate
                    .add_authentication_config(&caller, config(taken, "00:01:00"), world.env());
            assert!(matches!(
                refused,
                Err(Stopped::Refused(AddAuthenticationConfigError::AlreadyExists { purpose })) if purpose.as_str() == taken
            ));
        }
        world
            .passgate
            .update_authentication_config(&caller, config("sign-in", "00:05:00"), world.env())
            .unwrap();
        world
            .passgate
            .update_authentication_config(&caller, config("pay", "00:02:00"), world.env())
            .unwrap();
        let refused = world
            .passgate
            .update_authentication_config(&caller, config("nope", "1"), world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(UpdateAuthenticationConfigError::NotFound { .. }))
        ));
        let edited = world
            .passgate
            .list_authentication_configs(&caller, Some("sign-in"))
            .unwrap();
        assert_eq!(edited[0].time_to_live, seconds(300));
        assert_eq!(edited[0].edited_by.as_deref(), Some("admin"));
        assert!(
            world
                .passgate
                .list_authentication_configs(&caller, Some("nope"))
                .unwrap()
                .is_empty()
        );

        let delete = |purpose: &str| {
            world
                .passgate
                .delete_authentication_config(&caller, purpose, "admin", world.env())
        };
        delete("pay").unwrap();
        assert!(matches!(
            delete("pay"),
            Err(Stopped::Refused(DeleteAuthenticationConfigError::NotFound))
        ));
        assert!(matches!(
            delete("not a purpose!"),
            Err(Stopped::Refused(DeleteAuthenticationConfigError::NotFound))
        ));
        assert!(matches!(
            delete("sign-in"),
            Err(Stopped::Refused(DeleteAuthenticationConfigError::Preset { .. }))
        ));
        world.event(EventKind::ApiAuthenticationConfigurationDeleted);
    });
}

#[test]
fn events_are_paged_and_purged_by_retention() {
    World::on_each(|world| {
        for n in 0..5 {
            world.pass(seconds(1));
            world
                .passgate
                .delete_user(&world.backend(), &user(&format!("user-{n}")), world.env())
                .unwrap();
        }
        let page = |page, page_size| {
            let query = EventsQuery {
                page,
                page_size,
                ..EventsQuery::default()
            };
            world.passgate.list_events(&world.backend(), &query).unwrap()
        };
        let first = page(1, 2);
        assert_eq!(first.total, 6);
        assert_eq!(
            first
                .events
                .iter()
                .map(|it| it.subject.as_str())
                .collect::<Vec<_>>(),
            ["user-4", "user-3"]
        );
        assert_eq!(page(3, 2).events.len(), 2);
        assert!(page(4, 2).events.is_empty());

        world.set_features(|features| features.event_retention_days = 1);
        world.pass(hours(23));
        assert_eq!(
            world.passgate.purge_events("node-1", world.env()).unwrap(),
            JobOutcome::Done { count: 0 }
        );
        world.pass(hours(2));
        assert_eq!(
            world.passgate.purge_events("node-1", world.env()).unwrap(),
            JobOutcome::Done { count: 6 }
        );

        world.set_features(|features| features.event_logging = false);
        let refused = world
            .passgate
            .list_events(&world.backend(), &EventsQuery::default());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(ListEventsError::Disabled))
        ));
    });
}

#[test]
fn reports_are_written_once_a_day_however_often_the_job_runs() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        world.register("bob", &mut device);
        for _ in 0..2 {
            let outcome = world.passgate.write_reports("node-1", world.env()).unwrap();
            assert_eq!(outcome, JobOutcome::Done { count: 1 });
        }
        let reports = world
            .passgate
            .credential_reports(&world.backend(), None, None)
            .unwrap();
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].users, reports[0].credentials), (2, 2));
        world.pass(days(8));
        world.sign_in(&mut device);
        world.passgate.write_reports("node-1", world.env()).unwrap();
        let active = world
            .passgate
            .active_user_reports(&world.backend(), None, None)
            .unwrap();
        assert_eq!(active.len(), 2);
        assert_eq!((active[0].daily_users, active[1].daily_users), (2, 1));
        assert_eq!((active[1].weekly_users, active[1].total_users), (1, 2));
    });
}

#[test]
fn a_job_runs_on_one_node_at_a_time() {
    use passgate_store::leases;

    World::on_each(|world| {
        let now = world.now();
        let held = world
            .passgate
            .store()
            .write(|tx| leases::acquire(tx, "purge_spent_tokens", "node-2", now, now.plus(seconds(60))));
        assert!(held.unwrap());
        let run = || world.passgate.purge_spent_tokens("node-1", world.env()).unwrap();
        assert_eq!(run(), JobOutcome::HeldElsewhere);
        // A node that died holds nothing for ever.
        world.pass(seconds(61));
        assert_eq!(run(), JobOutcome::Done { count: 0 });
    });
}

#[test]
fn users_are_listed_counted_and_deleted() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let listed = world.passgate.list_users(&world.backend()).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].user_id, user("alice"));
        world
            .passgate
            .delete_user(&world.backend(), &user("alice"), world.env())
            .unwrap();
        assert!(world.passgate.list_users(&world.backend()).unwrap().is_empty());
        assert_eq!(world.passgate.count_users(&world.backend()).unwrap(), 0);
        world
            .passgate
            .delete_user(&world.backend(), &user("alice"), world.env())
            .unwrap();
    });
}

#[test]
fn users_are_paged_and_found() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        for name in ["carol", "alice", "bob"] {
            world.register(name, &mut device);
        }
        let page = |after: Option<&str>, search: Option<&str>, limit| {
            let after = after.map(user);
            let found = world
                .passgate
                .page_users(&world.backend(), after.as_ref(), search, limit)
                .unwrap();
            found
                .users
                .into_iter()
                .map(|it| it.user_id.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(page(None, None, 2), ["alice", "bob"]);
        assert_eq!(page(Some("bob"), None, 2), ["carol"]);
        assert_eq!(page(None, Some("AR"), 10), ["carol"]);
        let now = world
            .passgate
            .current_credential_report(&world.backend(), world.env())
            .unwrap();
        assert_eq!((now.users, now.credentials), (3, 3));
        let active = world
            .passgate
            .current_active_user_report(&world.backend(), world.env())
            .unwrap();
        assert_eq!((active.daily_users, active.total_users), (3, 3));
    });
}
