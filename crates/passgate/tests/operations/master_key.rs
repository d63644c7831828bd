//! Replacing the master key.

use passgate::Stopped;
use passgate::{
    Env, Failure, Passgate, Settings, WrongMasterKey,
    aliases::SetAliasesInput,
    applications::CreateAppInput,
    authentication::Presented,
    master_key::{RotateError, Rotated, TokenKeys, rotate},
    register::{RegisterBeginError, RegisterBeginInput},
    sign_in::{GenerateSignInTokenInput, SignInBeginInput},
};
use passgate_core::{
    alias::{Alias, ClearText},
    api_key::ApiKeyKind,
    application::AppId,
    master_key::MasterKey,
};
use passgate_store::{StoreError, alias_keys, token_keys};
use passgate_testkit::SoftAuthenticator;

use crate::world::{World, json, page, seconds, start, user};

fn old_key() -> MasterKey {
    MasterKey::new([7; 32])
}

fn new_key() -> MasterKey {
    MasterKey::new([8; 32])
}

/// The same place with another master key, as a node that is started anew.
fn started_with(world: World, key: MasterKey) -> World {
    let passgate = start(&world.database, key);
    World { passgate, ..world }
}

fn rotate_here(world: &World) -> Result<Rotated, Stopped<RotateError>> {
    rotate(
        world.passgate.store(),
        &old_key(),
        &new_key(),
        TokenKeys::Keep,
        world.env(),
    )
}

fn by_alias(alias: &str) -> SignInBeginInput {
    SignInBeginInput {
        user_id: None,
        alias: Some(alias.to_owned()),
        purpose: None,
        relying_party: page(),
    }
}

fn set_alias(world: &World, owner: &str, alias: &str) {
    let input = SetAliasesInput {
        user_id: user(owner),
        aliases: [Alias::parse(alias).unwrap()].into(),
        clear_text: ClearText::Dropped,
        keeps_sign_in_name: false,
    };
    world
        .passgate
        .set_aliases(&world.backend(), input, world.env())
        .unwrap();
}

/// What a sign-in with this alias is offered.
fn offered(world: &World, alias: &str) -> serde_json::Value {
    json(&world.begin_sign_in(by_alias(alias)).data)["allowCredentials"].clone()
}

#[test]
fn everything_goes_on_under_the_new_key() {
    World::on_each(|world| {
        world.set_features(|features| features.decoy_credentials = true);
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        set_alias(&world, "alice", "alice@example.com");
        let real = offered(&world, "alice@example.com");
        let decoys = offered(&world, "nobody@example.com");
        assert_ne!(real, decoys);
        let register_token = world.register_token_for("bob");
        let begun = world.begin_registration("carol");
        let generated = GenerateSignInTokenInput {
            user_id: user("alice"),
            time_to_live: None,
            purpose: None,
            rp_id: None,
            origin: None,
        };
        let sign_in_token = world
            .passgate
            .generate_sign_in_token(&world.backend(), generated, world.env())
            .unwrap();
        let session = world.begin_sign_in(by_alias("alice@example.com"));

        let rotated = rotate_here(&world).unwrap();
        assert_eq!(
            rotated,
            Rotated {
                applications: 1,
                token_keys: 1
            }
        );
        let world = started_with(world, new_key());
        assert_eq!(offered(&world, "alice@example.com"), real);
        assert_eq!(offered(&world, "nobody@example.com"), decoys);
        let claims = world
            .passgate
            .verify_sign_in_token(&world.backend(), Some(&sign_in_token), &world.client, world.env())
            .unwrap();
        assert_eq!(claims.user_id, user("alice"));
        let signed = device
            .authenticate(crate::world::ORIGIN, &json(&session.data))
            .unwrap();
        world.complete_sign_in(&session.session, &signed).unwrap();
        // A registration that was under way, and a token that was not used yet.
        let made = SoftAuthenticator::new()
            .register(crate::world::ORIGIN, &json(&begun.data))
            .unwrap();
        world.complete_registration(&begun.session, &made).unwrap();
        let begin = RegisterBeginInput {
            token: Some(register_token),
            relying_party: page(),
        };
        world
            .passgate
            .register_begin(&world.browser(), begin, &world.client, world.env())
            .unwrap();
        set_alias(&world, "carol", "carol@example.com");
        assert_ne!(offered(&world, "carol@example.com"), decoys);

        // And once more, now that every key is a wrapped one.
        let third = MasterKey::new([9; 32]);
        let again = rotate(
            world.passgate.store(),
            &new_key(),
            &third,
            TokenKeys::Keep,
            world.env(),
        )
        .unwrap();
        assert_eq!(again, rotated);
        let world = started_with(world, third);
        assert_eq!(offered(&world, "alice@example.com"), real);
        assert_eq!(offered(&world, "nobody@example.com"), decoys);
    });
}

#[test]
fn the_old_key_opens_nothing_any_more() {
    World::on_each(|world| {
        let starts = |key| Passgate::new(world.passgate.store().clone(), key, Settings::default());
        assert!(starts(old_key()).is_ok());
        rotate_here(&world).unwrap();
        assert!(matches!(starts(old_key()), Err(Stopped::Refused(WrongMasterKey))));
        assert!(starts(new_key()).is_ok());
        assert!(matches!(
            rotate_here(&world),
            Err(Stopped::Refused(RotateError::WrongMasterKey))
        ));
    });
}

#[test]
fn a_node_that_was_left_running_stores_nothing_under_the_old_key() {
    World::on_each(|world| {
        let input = |app: &str| CreateAppInput {
            app: AppId::parse(app).unwrap(),
            admin_email: String::new(),
            event_logging: false,
            event_retention_days: 30,
            magic_link_monthly_quota: 0,
            max_users: None,
            allow_attestation: false,
        };
        // Its keys are in memory, and it has sealed nothing yet.
        let caller = world.backend();
        rotate_here(&world).unwrap();
        let refused = world.passgate.create_app(input("another"), world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Failed(Failure::MasterKeyReplaced))
        ));
        let generated = GenerateSignInTokenInput {
            user_id: user("alice"),
            time_to_live: None,
            purpose: None,
            rp_id: None,
            origin: None,
        };
        let refused = world
            .passgate
            .generate_sign_in_token(&caller, generated, world.env());
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("the master key was replaced"), "{refused}");
        let store = world.passgate.store();
        let keys: Result<_, StoreError> = store.read(|tx| token_keys::list(tx, &world.app));
        assert!(keys.unwrap().is_empty());
        // What it has in memory is trusted for a second; after that it opens nothing.
        world.pass(seconds(2));
        let shown = Presented {
            key: Some(world.keys.secret_keys[0].expose()),
            other: None,
            client: None,
        };
        let refused = world
            .passgate
            .authenticate(ApiKeyKind::Secret, shown, world.env());
        assert!(matches!(refused, Err(Stopped::Failed(Failure::AliasKey { .. }))));
    });
}

#[test]
fn what_does_not_open_stops_the_replacement_and_nothing_is_changed() {
    World::on_each(|world| {
        world.register("alice", &mut SoftAuthenticator::new());
        let store = world.passgate.store();
        let stored = || {
            let keys: Result<_, StoreError> = store.read(|tx| {
                Ok((
                    token_keys::list(tx, &world.app)?,
                    alias_keys::find(tx, &world.app)?,
                ))
            });
            keys.unwrap()
        };
        let foreign = |old: &MasterKey, new: &MasterKey| {
            let env: Env<'_> = world.env();
            rotate(store, old, new, TokenKeys::Keep, env)
        };
        assert!(matches!(
            foreign(&new_key(), &old_key()),
            Err(Stopped::Refused(RotateError::WrongMasterKey))
        ));
        assert!(matches!(
            foreign(&old_key(), &old_key()),
            Err(Stopped::Refused(RotateError::SameKey))
        ));
        let garbage: Result<_, StoreError> = store.write(|tx| {
            let key = token_keys::list(tx, &world.app)?.remove(0);
            token_keys::rewrap(tx, &world.app, key.id, &[0; 60])
        });
        assert!(garbage.unwrap());
        let before = stored();
        let refused = rotate_here(&world);
        assert!(matches!(refused, Err(Stopped::Failed(Failure::TokenKey { .. }))));
        assert_eq!(stored(), before);
        assert!(Passgate::new(store.clone(), old_key(), Settings::default()).is_ok());
    });
}

#[test]
fn after_a_theft_no_token_of_before_opens() {
    World::on_each(|world| {
        set_alias(&world, "alice", "alice@example.com");
        let register_token = world.register_token_for("alice");
        let dropped = rotate(
            world.passgate.store(),
            &old_key(),
            &new_key(),
            TokenKeys::Drop,
            world.env(),
        );
        assert_eq!(dropped.unwrap().token_keys, 1);
        let world = started_with(world, new_key());
        // A new key, which may have the number of the old one.
        let fresh = world.register_token_for("alice");
        let begin = |token: &str| {
            let begin = RegisterBeginInput {
                token: Some(token.to_owned()),
                relying_party: page(),
            };
            world
                .passgate
                .register_begin(&world.browser(), begin, &world.client, world.env())
        };
        assert!(begin(&fresh).is_ok());
        assert!(matches!(
            begin(&register_token),
            Err(Stopped::Refused(RegisterBeginError::Token(_)))
        ));
        world.register("alice", &mut SoftAuthenticator::new());
        assert_eq!(offered(&world, "alice@example.com").as_array().unwrap().len(), 1);
    });
}
