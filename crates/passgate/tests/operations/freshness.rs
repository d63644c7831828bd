//! Tokens and sessions: once, in time, as what they are, and for whom they are.

use passgate::Stopped;
use passgate::{
    Env,
    magic_links::{MagicLinkInput, MagicLinkLimits},
    register::{RegisterBeginError, RegisterBeginInput, RegisterCompleteError},
    sign_in::{GenerateSignInTokenInput, SignInCompleteError, SignInTokenError},
};
use passgate_core::{
    application::AppId,
    event::EventKind,
    magic_link::LinkTemplate,
    time::Timestamp,
    token::{OpenTokenError, SignInToken, TokenId},
};
use passgate_store::{spent_tokens, token_keys};
use passgate_testkit::SoftAuthenticator;

use crate::world::{
    Letters, ORIGIN, World, days, discoverable, hours, json, page, registration_of, seconds, user,
};

fn begin(world: &World, token: Option<&str>) -> Result<(), Stopped<RegisterBeginError>> {
    let input = RegisterBeginInput {
        token: token.map(ToOwned::to_owned),
        relying_party: page(),
    };
    world
        .passgate
        .register_begin(&world.browser(), input, &world.client, world.env())
        .map(drop)
}

fn verify(world: &World, token: Option<&str>) -> Result<SignInToken, Stopped<SignInTokenError>> {
    world
        .passgate
        .verify_sign_in_token(&world.backend(), token, &world.client, world.env())
}

fn generated(world: &World) -> String {
    let input = GenerateSignInTokenInput {
        user_id: user("alice"),
        time_to_live: None,
        purpose: None,
        rp_id: None,
        origin: None,
    };
    world
        .passgate
        .generate_sign_in_token(&world.backend(), input, world.env())
        .unwrap()
}

#[test]
fn a_registration_token_works_until_it_expires() {
    let world = World::sqlite();
    let token = world.register_token_for("alice");
    begin(&world, Some(&token)).unwrap();
    begin(&world, Some(&token.replacen("register_", "REGISTER_", 1))).unwrap();
    world.pass(seconds(120));
    begin(&world, Some(&token)).unwrap();
    world.pass(seconds(10));
    assert!(matches!(
        begin(&world, Some(&token)),
        Err(Stopped::Refused(RegisterBeginError::Token(OpenTokenError::Expired { ago }))) if ago == seconds(10)
    ));

    let mut past = registration_of("alice");
    past.expires_at = Some(world.now().minus(seconds(1)));
    let expired = world
        .passgate
        .register_token(&world.backend(), past, world.env())
        .unwrap();
    assert!(matches!(
        begin(&world, Some(&expired)),
        Err(Stopped::Refused(RegisterBeginError::Token(
            OpenTokenError::Expired { .. }
        )))
    ));

    let mut distant = registration_of("alice");
    distant.expires_at = Some(world.now().plus(days(365)));
    let capped = world
        .passgate
        .register_token(&world.backend(), distant, world.env())
        .unwrap();
    world.pass(days(30));
    begin(&world, Some(&capped)).unwrap();
    world.pass(seconds(1));
    assert!(matches!(
        begin(&world, Some(&capped)),
        Err(Stopped::Refused(RegisterBeginError::Token(
            OpenTokenError::Expired { .. }
        )))
    ));
}

#[test]
fn what_is_no_token_is_named() {
    let world = World::sqlite();
    assert!(matches!(
        begin(&world, None),
        Err(Stopped::Refused(RegisterBeginError::Token(
            OpenTokenError::Missing { prefix: "register_" }
        )))
    ));
    assert!(matches!(
        begin(&world, Some("verify_abcdefghij")),
        Err(Stopped::Refused(RegisterBeginError::Token(OpenTokenError::WrongPrefix { prefix: "register_", started_with })))
            if started_with == "verify_abc"
    ));
    assert!(matches!(
        begin(&world, Some("register_%%%")),
        Err(Stopped::Refused(RegisterBeginError::Token(
            OpenTokenError::Format
        )))
    ));
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let world = World::sqlite();
    let token = generated(&world);
    let (prefix, body) = token.split_at("verify_".len());
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (index, character) in body.bytes().enumerate() {
        let value = alphabet.iter().position(|it| *it == character).unwrap();
        for bit in 0..6 {
            let mut changed = body.as_bytes().to_vec();
            changed[index] = alphabet[value ^ (1 << bit)];
            let changed = format!("{prefix}{}", String::from_utf8(changed).unwrap());
            assert!(
                matches!(
                    verify(&world, Some(&changed)),
                    Err(Stopped::Refused(SignInTokenError::Token(
                        OpenTokenError::Invalid | OpenTokenError::Format | OpenTokenError::UnknownKey { .. }
                    )))
                ),
                "bit {bit} of character {index}"
            );
        }
    }
    verify(&world, Some(&token)).unwrap();
}

#[test]
fn a_session_completes_once() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let begun = world.begin_registration("alice");
        let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
        world.complete_registration(&begun.session, &response).unwrap();
        assert!(matches!(
            world.complete_registration(&begun.session, &response),
            Err(Stopped::Refused(RegisterCompleteError::SessionAlreadyUsed))
        ));

        // With a synced passkey (sign count 0) the session is all that stands against a replay; with a counting device
        // the sign count would refuse it as well, and the answer is the same.
        let mut counting = SoftAuthenticator::new().with_sign_count();
        world.register("bob", &mut counting);
        for device in [&mut device, &mut counting] {
            let begun = world.begin_sign_in(discoverable());
            let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
            world.complete_sign_in(&begun.session, &response).unwrap();
            let replayed = world.complete_sign_in(&begun.session, &response);
            assert!(
                matches!(
                    replayed,
                    Err(Stopped::Refused(SignInCompleteError::SessionAlreadyUsed))
                ),
                "{replayed:?}"
            );
            assert_eq!(
                world.event(EventKind::SignInFailed).reason.as_deref(),
                Some("session_already_used")
            );
        }
    });
}

#[test]
fn sessions_expire() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    let begun = world.begin_registration("alice");
    let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
    world.pass(hours(1) + seconds(1));
    assert!(matches!(
        world.complete_registration(&begun.session, &response),
        Err(Stopped::Refused(RegisterCompleteError::Token(
            OpenTokenError::Expired { .. }
        )))
    ));

    world.register("bob", &mut device);
    let begun = world.begin_sign_in(discoverable());
    let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
    world.pass(hours(24));
    world.complete_sign_in(&begun.session, &response).unwrap();
    let begun = world.begin_sign_in(discoverable());
    let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
    world.pass(hours(24) + seconds(1));
    assert!(matches!(
        world.complete_sign_in(&begun.session, &response),
        Err(Stopped::Refused(SignInCompleteError::Token(
            OpenTokenError::Expired { .. }
        )))
    ));
}

#[test]
fn a_session_is_of_its_ceremony_and_its_application() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    let registration = world.begin_registration("alice");
    let created = device.register(ORIGIN, &json(&registration.data)).unwrap();
    world
        .complete_registration(&registration.session, &created)
        .unwrap();
    let sign_in = world.begin_sign_in(discoverable());
    let asserted = device.authenticate(ORIGIN, &json(&sign_in.data)).unwrap();

    let registration = world.begin_registration("bob");
    assert!(matches!(
        world.complete_sign_in(&registration.session, &asserted),
        Err(Stopped::Refused(SignInCompleteError::Token(
            OpenTokenError::Invalid
        )))
    ));
    assert!(matches!(
        world.complete_registration(&sign_in.session, &created),
        Err(Stopped::Refused(RegisterCompleteError::Token(
            OpenTokenError::Invalid
        )))
    ));

    let other = crate::world::another_app(&world, "otherapp");
    let input = crate::world::signed(&sign_in.session, &asserted);
    let foreign = world
        .passgate
        .sign_in_complete(&other, input, &world.client, world.env());
    assert!(matches!(
        foreign,
        Err(Stopped::Refused(SignInCompleteError::Token(
            OpenTokenError::UnknownKey { .. } | OpenTokenError::Invalid
        )))
    ));
    world.complete_sign_in(&sign_in.session, &asserted).unwrap();
}

#[test]
fn sign_in_tokens_verify_once_unless_switched() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let tokens = [
            world.register("alice", &mut device).token,
            world.sign_in(&mut device).token,
            generated(&world),
        ];
        for token in &tokens {
            verify(&world, Some(token)).unwrap();
            assert!(matches!(
                verify(&world, Some(token)),
                Err(Stopped::Refused(SignInTokenError::TokenAlreadyUsed))
            ));
            assert_eq!(
                world.event(EventKind::SignInTokenRefused).reason.as_deref(),
                Some("token_already_used")
            );
        }
        world.set_features(|features| features.single_use_sign_in_tokens = false);
        let token = generated(&world);
        for _ in 0..3 {
            verify(&world, Some(&token)).unwrap();
        }
    });
}

#[test]
fn magic_links_verify_again_unless_switched() {
    let world = World::sqlite();
    world.set_features(|features| features.magic_link_monthly_quota = 100);
    let link = || {
        let input = MagicLinkInput {
            user_id: user("alice"),
            email_address: "alice@example.com".to_owned(),
            url_template: LinkTemplate::parse("https://example.com/?t=$TOKEN").unwrap(),
            time_to_live: None,
        };
        let limits = MagicLinkLimits {
            new_application_age: seconds(0),
            exempt: false,
            landing_page: None,
        };
        let letters = Letters::default();
        world
            .passgate
            .send_magic_link(&world.backend(), input, limits, &letters, world.env())
            .unwrap();
        let (_, link) = letters.link();
        link.query().unwrap().trim_start_matches("t=").to_owned()
    };
    let token = link();
    verify(&world, Some(&token)).unwrap();
    verify(&world, Some(&token)).unwrap();
    world.set_features(|features| features.single_use_magic_links = true);
    let token = link();
    verify(&world, Some(&token)).unwrap();
    assert!(matches!(
        verify(&world, Some(&token)),
        Err(Stopped::Refused(SignInTokenError::TokenAlreadyUsed))
    ));
}

#[test]
fn a_sign_in_token_expires() {
    let world = World::sqlite();
    let token = generated(&world);
    world.pass(seconds(120));
    verify(&world, Some(&token)).unwrap();
    let token = generated(&world);
    world.pass(seconds(121));
    assert!(matches!(
        verify(&world, Some(&token)),
        Err(Stopped::Refused(SignInTokenError::Token(
            OpenTokenError::Expired { .. }
        )))
    ));
    let registration = world.register_token_for("alice");
    assert!(matches!(
        verify(&world, Some(&registration)),
        Err(Stopped::Refused(SignInTokenError::Token(
            OpenTokenError::WrongPrefix {
                prefix: "verify_",
                ..
            }
        )))
    ));
}

#[test]
fn spent_tokens_are_forgotten_once_they_would_not_open_anyway() {
    use passgate::jobs::JobOutcome;

    World::on_each(|world| {
        let token = generated(&world);
        verify(&world, Some(&token)).unwrap();
        let purge = || world.passgate.purge_spent_tokens("node-1", world.env()).unwrap();
        assert_eq!(purge(), JobOutcome::Done { count: 0 });
        // A node whose clock is behind would still open it.
        world.pass(days(1));
        assert_eq!(purge(), JobOutcome::Done { count: 0 });
        world.pass(days(1));
        assert_eq!(purge(), JobOutcome::Done { count: 1 });
        assert!(verify(&world, Some(&token)).is_err());
    });
}

#[test]
fn token_keys_rotate_every_week_and_old_ones_open_until_they_cannot_matter() {
    World::on_each(|world| {
        let keys = |world: &World| {
            let listed: Result<Vec<_>, passgate::Failure> = world
                .passgate
                .store()
                .read(|tx| Ok(token_keys::list(tx, &world.app)?));
            listed.unwrap().into_iter().map(|key| key.id).collect::<Vec<_>>()
        };
        let mut input = registration_of("alice");
        input.expires_at = Some(world.now().plus(days(30)));
        let long_lived = world
            .passgate
            .register_token(&world.backend(), input, world.env())
            .unwrap();
        assert_eq!(keys(&world).len(), 1);
        world.pass(days(7));
        generated(&world);
        assert_eq!(keys(&world).len(), 1);
        world.pass(seconds(1));
        let token = generated(&world);
        verify(&world, Some(&token)).unwrap();
        assert_eq!(keys(&world).len(), 2);
        world.pass(days(23) - seconds(1));
        begin(&world, Some(&long_lived)).unwrap();
        // By now the first key is past everything it sealed. Sealing deletes nothing, whatever the clock says; a job does.
        world.pass(days(12));
        generated(&world);
        assert!(keys(&world).contains(&1));
        world.passgate.rotate_token_keys("node-1", world.env()).unwrap();
        let left = keys(&world);
        assert!(!left.contains(&1), "{left:?}");
    });
}

#[test]
fn a_node_that_does_not_know_a_key_looks_before_it_refuses() {
    World::on_each(|world| {
        let other = world.another_node();
        let env = Env {
            now: world.now(),
            entropy: &world.entropy,
        };
        // The other node has a snapshot without any key.
        let caller = other.embedded_caller(&world.app, env).unwrap();
        let token = generated(&world);
        other
            .verify_sign_in_token(&caller, Some(&token), &world.client, env)
            .unwrap();
    });
}

#[test]
fn two_nodes_that_rotate_at_once_keep_each_other_s_tokens() {
    World::on_each(|world| {
        let other = world.another_node();
        let env = world.env();
        let (here, there) = (world.backend(), other.embedded_caller(&world.app, env).unwrap());
        let input = || GenerateSignInTokenInput {
            user_id: user("alice"),
            time_to_live: None,
            purpose: None,
            rp_id: None,
            origin: None,
        };
        let first = world
            .passgate
            .generate_sign_in_token(&here, input(), env)
            .unwrap();
        let second = other.generate_sign_in_token(&there, input(), env).unwrap();
        world
            .passgate
            .verify_sign_in_token(&here, Some(&second), &world.client, env)
            .unwrap();
        other
            .verify_sign_in_token(&there, Some(&first), &world.client, env)
            .unwrap();
    });
}

#[test]
fn a_wrong_master_key_does_not_start() {
    use passgate::{Passgate, Settings, WrongMasterKey};
    use passgate_core::master_key::MasterKey;

    World::on_each(|world| {
        let start = |byte| {
            Passgate::new(
                world.passgate.store().clone(),
                MasterKey::new([byte; 32]),
                Settings::default(),
            )
        };
        start(7).unwrap();
        assert!(matches!(start(8), Err(Stopped::Refused(WrongMasterKey))));
    });
}

#[test]
fn a_spent_token_is_spent_in_its_application_only() {
    World::on_each(|world| {
        let (here, there) = (world.app.clone(), AppId::parse("otherapp").unwrap());
        crate::world::another_app(&world, "otherapp");
        let id = TokenId::from_random([3; 16]);
        let until = Timestamp::from_seconds(2_000_000_000);
        let spend = |app: &AppId| {
            world
                .passgate
                .store()
                .write(|tx| spent_tokens::spend(tx, app, &id, until))
        };
        spend(&here).unwrap();
        spend(&there).unwrap();
        assert!(spend(&here).is_err());
    });
}
