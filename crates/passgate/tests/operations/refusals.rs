//! Refusals: in which order, on record with where they came from, and even if the record cannot be written.

use passgate::Stopped;
use passgate::{
    authentication::{AuthenticationError, Presented},
    register::{RegisterBeginError, RegisterBeginInput, RegisterCompleteError, RegisterCompleteInput},
    relying_party::{RelyingPartyError, RelyingPartyInput},
    sign_in::{SignInBeginInput, SignInCompleteError, SignInCompleteInput, SignInTokenError},
};
use passgate_core::{
    api_key::ApiKeyKind,
    event::{Event, EventKind},
};
use passgate_testkit::SoftAuthenticator;
use passgate_webauthn::EnvelopeError;

use crate::world::{ORIGIN, World, discoverable, json, page, page_at, registered, seconds, signed};

/// The last record of this kind, which came from the world's client.
#[track_caller]
fn recorded(world: &World, kind: EventKind, reason: &str, who: &str) -> Event {
    let event = world.event(kind);
    assert_eq!(
        (event.reason.as_deref(), event.performed_by.as_str()),
        (Some(reason), who)
    );
    assert_eq!(event.ip.as_deref(), Some("192.0.2.7"));
    assert_eq!(event.user_agent.as_deref(), Some("test"));
    event
}

fn begin(
    world: &World,
    token: &str,
    relying_party: RelyingPartyInput,
) -> Result<(), Stopped<RegisterBeginError>> {
    let input = RegisterBeginInput {
        token: Some(token.to_owned()),
        relying_party,
    };
    world
        .passgate
        .register_begin(&world.browser(), input, &world.client, world.env())
        .map(drop)
}

#[test]
fn what_does_not_begin_is_on_record() {
    World::on_each(|world| {
        let token = world.register_token_for("alice");
        let refused = begin(&world, &token, page_at("example.com", "https://evil.example"));
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RegisterBeginError::RelyingParty(
                RelyingPartyError::NotAllowed(_)
            )))
        ));
        recorded(
            &world,
            EventKind::RegistrationFailed,
            "origin_not_allowed",
            "alice",
        );

        world.pass(seconds(121));
        assert!(matches!(
            begin(&world, &token, page()),
            Err(Stopped::Refused(RegisterBeginError::Token(_)))
        ));
        recorded(
            &world,
            EventKind::RegistrationFailed,
            "expired_token",
            "Unknown User",
        );

        let elsewhere = SignInBeginInput {
            user_id: Some("alice".to_owned()),
            relying_party: RelyingPartyInput::default(),
            ..discoverable()
        };
        let refused = world
            .passgate
            .sign_in_begin(&world.browser(), elsewhere, &world.client, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RelyingPartyError::OriginRequired))
        ));
        // Who wanted to sign in is no more than said.
        recorded(&world, EventKind::SignInFailed, "origin_required", "Unknown User");
    });
}

#[test]
fn a_refused_token_is_on_record_with_where_it_came_from() {
    World::on_each(|world| {
        let token = world.register("alice", &mut SoftAuthenticator::new()).token;
        let verify = || {
            world
                .passgate
                .verify_sign_in_token(&world.backend(), Some(&token), &world.client, world.env())
        };
        verify().unwrap();
        assert!(matches!(
            verify(),
            Err(Stopped::Refused(SignInTokenError::TokenAlreadyUsed))
        ));
        recorded(
            &world,
            EventKind::SignInTokenRefused,
            "token_already_used",
            "alice",
        );
    });
}

#[test]
fn what_is_no_response_is_refused_after_session_and_origin_and_on_record() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let begun = world.begin_registration("alice");
        let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
        let complete = |session: &str, relying_party: RelyingPartyInput| {
            let input = RegisterCompleteInput {
                response: Err(EnvelopeError::IdMismatch),
                relying_party,
                ..registered(session, &response)
            };
            world
                .passgate
                .register_complete(&world.browser(), input, &world.client, world.env())
                .unwrap_err()
        };
        let nowhere = RelyingPartyInput::default;
        assert!(matches!(
            complete("session_none", nowhere()),
            Stopped::Refused(RegisterCompleteError::Token(_))
        ));
        assert!(matches!(
            complete(&begun.session, nowhere()),
            Stopped::Refused(RegisterCompleteError::RelyingParty(
                RelyingPartyError::OriginRequired
            ))
        ));
        // The clock tells events apart.
        world.pass(seconds(1));
        assert!(matches!(
            complete(&begun.session, page()),
            Stopped::Refused(RegisterCompleteError::Response(EnvelopeError::IdMismatch))
        ));
        let reason = EnvelopeError::IdMismatch.code().as_str();
        recorded(&world, EventKind::RegistrationFailed, reason, "alice");
        // None of this spent the session.
        world.complete_registration(&begun.session, &response).unwrap();

        let begun = world.begin_sign_in(discoverable());
        let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
        let complete = |session: &str, relying_party: RelyingPartyInput| {
            let input = SignInCompleteInput {
                response: Err(EnvelopeError::UserHandleNotBase64Url),
                relying_party,
                ..signed(session, &response)
            };
            world
                .passgate
                .sign_in_complete(&world.browser(), input, &world.client, world.env())
                .unwrap_err()
        };
        assert!(matches!(
            complete("session_none", nowhere()),
            Stopped::Refused(SignInCompleteError::RelyingParty(
                RelyingPartyError::OriginRequired
            ))
        ));
        assert!(matches!(
            complete("session_none", page()),
            Stopped::Refused(SignInCompleteError::Token(_))
        ));
        world.pass(seconds(1));
        assert!(matches!(
            complete(&begun.session, page()),
            Stopped::Refused(SignInCompleteError::Response(
                EnvelopeError::UserHandleNotBase64Url
            ))
        ));
        let reason = EnvelopeError::UserHandleNotBase64Url.code().as_str();
        recorded(&world, EventKind::SignInFailed, reason, "Unknown User");
        world.complete_sign_in(&begun.session, &response).unwrap();
    });
}

#[test]
fn a_refusal_stands_although_its_event_cannot_be_written() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let token = world.register("alice", &mut device).token;
        let begun = world.begin_sign_in(discoverable());
        let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
        let register_token = world.register_token_for("bob");
        let (browser, backend) = (world.browser(), world.backend());
        world.database.run("drop table events");

        let verify = |token: &str| {
            world
                .passgate
                .verify_sign_in_token(&backend, Some(token), &world.client, world.env())
        };
        assert!(matches!(
            verify("verify_%"),
            Err(Stopped::Refused(SignInTokenError::Token(_)))
        ));
        let refused = begin(&world, &register_token, RelyingPartyInput::default());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RegisterBeginError::RelyingParty(_)))
        ));
        let elsewhere = SignInCompleteInput {
            relying_party: RelyingPartyInput::default(),
            ..signed(&begun.session, &response)
        };
        let refused = world
            .passgate
            .sign_in_complete(&browser, elsewhere, &world.client, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(SignInCompleteError::RelyingParty(_)))
        ));
        let wrong = format!("{}:public:{}", world.app.as_str(), "0".repeat(32));
        let presented = Presented {
            key: Some(&wrong),
            other: None,
            client: None,
        };
        assert!(matches!(
            world
                .passgate
                .authenticate(ApiKeyKind::Public, presented, world.env()),
            Err(Stopped::Refused(AuthenticationError { .. }))
        ));

        // What succeeds does not happen unseen.
        assert!(matches!(verify(&token), Err(Stopped::Failed(_))));
        let unseen = signed(&begun.session, &response);
        let refused = world
            .passgate
            .sign_in_complete(&browser, unseen, &world.client, world.env());
        assert!(matches!(refused, Err(Stopped::Failed(_))));
    });
}
