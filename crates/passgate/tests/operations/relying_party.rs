//! Where ceremonies may take place, and that they end where they began.

use passgate::Stopped;
use passgate::{
    register::{RegisterBeginError, RegisterBeginInput, RegisterCompleteError},
    relying_party::{RelyingPartyError, RelyingPartyInput},
    sign_in::{SignInBeginInput, SignInCompleteError},
};
use passgate_core::{
    application::TopOrigins, event::EventKind, register::CompleteError, relying_party::InvalidRelyingParty,
};
use passgate_testkit::{Alteration, SoftAuthenticator};
use passgate_webauthn::Origin;

use crate::world::{ORIGIN, World, discoverable, json, page_at, registered, signed};

fn sign_in_from(world: &World, relying_party: RelyingPartyInput) -> Result<(), RelyingPartyError> {
    let input = SignInBeginInput {
        relying_party,
        ..discoverable()
    };
    match world
        .passgate
        .sign_in_begin(&world.browser(), input, &world.client, world.env())
    {
        Ok(_) => Ok(()),
        Err(Stopped::Refused(error)) => Err(error),
        Err(Stopped::Failed(failure)) => panic!("{failure}"),
    }
}

#[test]
fn both_have_to_be_there_and_readable() {
    let world = World::sqlite();
    let sent = |rp_id: Option<&str>, origin: Option<&str>| {
        let input = RelyingPartyInput {
            rp_id: rp_id.map(Into::into),
            origin: origin.map(Into::into),
        };
        sign_in_from(&world, input)
    };
    for nothing in [None, Some("")] {
        assert_eq!(
            sent(Some("example.com"), nothing),
            Err(RelyingPartyError::OriginRequired)
        );
        assert_eq!(sent(nothing, Some(ORIGIN)), Err(RelyingPartyError::RpIdRequired));
    }
    assert!(matches!(
        sent(Some("example.com"), Some("not an origin")),
        Err(RelyingPartyError::Invalid(InvalidRelyingParty::Origin { .. }))
    ));
    assert!(matches!(
        sent(Some("https://example.com"), Some(ORIGIN)),
        Err(RelyingPartyError::Invalid(InvalidRelyingParty::RpId { .. }))
    ));
}

#[test]
fn without_a_list_the_rp_id_must_cover_the_origin() {
    let world = World::sqlite();
    for (rp_id, origin) in [
        ("example.com", "https://example.com"),
        ("example.com", "https://login.example.com:8443"),
        ("localhost", "http://localhost:3000"),
        (
            "example.com",
            "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ] {
        sign_in_from(&world, page_at(rp_id, origin)).unwrap();
    }
    for (rp_id, origin) in [
        ("example.com", "https://evil.example"),
        ("example.com", "https://notexample.com"),
        ("login.example.com", "https://example.com"),
        ("example.com", "http://localhost:3000"),
    ] {
        let refused = sign_in_from(&world, page_at(rp_id, origin));
        assert!(
            matches!(refused, Err(RelyingPartyError::NotAllowed(_))),
            "{rp_id} {origin}"
        );
    }
}

#[test]
fn a_list_admits_what_it_names_only() {
    let world = World::sqlite();
    world.set_features(|features| {
        features.allowed_origins = vec![Origin::parse("https://login.example.com").unwrap()];
    });
    sign_in_from(&world, page_at("example.com", "https://login.example.com")).unwrap();
    assert!(matches!(
        sign_in_from(&world, page_at("example.com", ORIGIN)),
        Err(RelyingPartyError::NotAllowed(_))
    ));
}

#[test]
fn a_registration_may_not_begin_elsewhere() {
    let world = World::sqlite();
    let token = world.register_token_for("alice");
    let input = RegisterBeginInput {
        token: Some(token),
        relying_party: page_at("example.com", "https://evil.example"),
    };
    let refused = world
        .passgate
        .register_begin(&world.browser(), input, &world.client, world.env());
    assert!(matches!(
        refused,
        Err(Stopped::Refused(RegisterBeginError::RelyingParty(
            RelyingPartyError::NotAllowed(_)
        )))
    ));
}

#[test]
fn a_page_in_a_frame_needs_leave() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let framed = |top_origin: Option<&str>| {
            let top_origin = top_origin.map(|text| Alteration::ClientDataMember("topOrigin", text.into()));
            std::iter::once(Alteration::ClientDataMember("crossOrigin", true.into()))
                .chain(top_origin)
                .collect::<Vec<_>>()
        };
        let (shop, other) = (Some("https://shop.example"), Some("https://evil.example"));
        world.register("alice", &mut device);
        let listed = TopOrigins::Listed(vec![Origin::parse("https://shop.example").unwrap()]);
        for (allowed, top_origin, passes) in [
            (TopOrigins::None, None, false),
            (TopOrigins::None, shop, false),
            (listed.clone(), None, true),
            (listed.clone(), shop, true),
            (listed, other, false),
            (TopOrigins::Any, None, true),
            (TopOrigins::Any, other, true),
        ] {
            world.set_features(|features| features.allowed_top_origins = allowed.clone());
            let signed_in = world.try_sign_in(&mut device, &framed(top_origin));
            assert_eq!(signed_in.is_ok(), passes, "{allowed:?} {top_origin:?}");
            let registered = world.try_register("bob", &mut SoftAuthenticator::new(), &framed(top_origin));
            assert_eq!(registered.is_ok(), passes, "{allowed:?} {top_origin:?}");
            if !passes {
                let reason = world.event(EventKind::SignInFailed).reason;
                assert!(
                    matches!(
                        reason.as_deref(),
                        Some("cross_origin_not_allowed" | "top_origin_not_allowed")
                    ),
                    "{reason:?}"
                );
            }
        }
        // Outside a frame nothing changes.
        world.sign_in(&mut device);
    });
}

#[test]
fn a_ceremony_ends_where_it_began() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    // Both places are allowed; only one of them began.
    let elsewhere = [
        page_at("example.com", "https://login.example.com"),
        page_at("login.example.com", "https://login.example.com"),
    ];

    let begun = world.begin_registration("alice");
    let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
    for relying_party in elsewhere.clone() {
        let input = passgate::register::RegisterCompleteInput {
            relying_party,
            ..registered(&begun.session, &response)
        };
        let refused = world
            .passgate
            .register_complete(&world.browser(), input, &world.client, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::OriginNotAllowed(_)
            )))
        ));
    }
    world.complete_registration(&begun.session, &response).unwrap();

    let begun = world.begin_sign_in(discoverable());
    let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
    for relying_party in elsewhere {
        let input = passgate::sign_in::SignInCompleteInput {
            relying_party,
            ..signed(&begun.session, &response)
        };
        let refused = world
            .passgate
            .sign_in_complete(&world.browser(), input, &world.client, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(SignInCompleteError::RelyingParty(
                RelyingPartyError::NotAllowed(_)
            )))
        ));
        assert_eq!(
            world.event(EventKind::SignInFailed).reason.as_deref(),
            Some("origin_not_allowed")
        );
    }
    world.complete_sign_in(&begun.session, &response).unwrap();
}
