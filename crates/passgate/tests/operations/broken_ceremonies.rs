//! Ceremonies broken in one way each: the exact refusal, nothing stored, and the refusal on record.

use passgate::Stopped;
use passgate::{register::RegisterCompleteError, sign_in::SignInCompleteError};
use passgate_core::event::EventKind;
use passgate_core::register::CompleteError;
use passgate_testkit::{Alteration, SoftAuthenticator};
use passgate_webauthn::{AssertionError, AuthenticatorDataError, ClientDataError, RegistrationError};

use crate::world::{ORIGIN, World, json, user};

/// Runs one dishonest registration after an honest one.
#[track_caller]
fn registration_refused(alterations: &[Alteration], expected: impl Fn(&RegistrationError) -> bool) {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    match world.try_register("alice", &mut device, alterations) {
        Err(Stopped::Refused(RegisterCompleteError::Rule(CompleteError::Verification(error)))) => {
            assert!(expected(&error), "{alterations:?}: {error:?}");
            let event = world.event(EventKind::RegistrationFailed);
            assert_eq!(event.reason.as_deref(), Some(error.code().as_str()));
            assert_eq!(event.performed_by, "alice");
            assert_eq!(event.ip.as_deref(), Some("192.0.2.7"));
        }
        other => panic!("{alterations:?}: {other:?}"),
    }
    assert!(
        world
            .passgate
            .list_credentials(&world.backend(), &user("alice"))
            .unwrap()
            .is_empty()
    );
}

/// Runs one dishonest sign-in after an honest registration.
#[track_caller]
fn sign_in_refused(alterations: &[Alteration], expected: impl Fn(&AssertionError) -> bool) {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    let before = world
        .passgate
        .list_credentials(&world.backend(), &user("alice"))
        .unwrap();
    match world.try_sign_in(&mut device, alterations) {
        Err(Stopped::Refused(SignInCompleteError::Verification(error))) => {
            assert!(expected(&error), "{alterations:?}: {error:?}");
            let event = world.event(EventKind::SignInFailed);
            assert_eq!(event.reason.as_deref(), Some(error.code().as_str()));
        }
        other => panic!("{alterations:?}: {other:?}"),
    }
    assert_eq!(
        world
            .passgate
            .list_credentials(&world.backend(), &user("alice"))
            .unwrap(),
        before
    );
    // A refused attempt does not use up anything.
    world.sign_in(&mut device);
}

#[test]
fn a_registration_with_foreign_client_data_is_refused() {
    registration_refused(&[Alteration::Challenge(vec![1; 32])], |error| {
        matches!(
            error,
            RegistrationError::ClientData(ClientDataError::ChallengeMismatch)
        )
    });
    registration_refused(
        &[Alteration::Origin("https://evil.example".to_owned())],
        |error| {
            matches!(
                error,
                RegistrationError::ClientData(ClientDataError::OriginMismatch { .. })
            )
        },
    );
    registration_refused(&[Alteration::CeremonyType("webauthn.get".to_owned())], |error| {
        matches!(
            error,
            RegistrationError::ClientData(ClientDataError::WrongType { .. })
        )
    });
    registration_refused(
        &[Alteration::ClientDataMember("crossOrigin", true.into())],
        |error| {
            matches!(
                error,
                RegistrationError::ClientData(ClientDataError::CrossOriginNotAllowed)
            )
        },
    );
    registration_refused(
        &[Alteration::ClientDataMember("topOrigin", ORIGIN.into())],
        |error| {
            matches!(
                error,
                RegistrationError::ClientData(ClientDataError::TopOriginWithoutCrossOrigin)
            )
        },
    );
}

#[test]
fn a_registration_with_foreign_authenticator_data_is_refused() {
    registration_refused(&[Alteration::RpId("evil.example".to_owned())], |error| {
        matches!(error, RegistrationError::RpIdMismatch)
    });
    registration_refused(&[Alteration::UserPresent(false)], |error| {
        matches!(error, RegistrationError::UserNotPresent)
    });
    // ML-DSA-44: verified by this build, and not among what the application offers.
    registration_refused(
        &[Alteration::Algorithm(-48)],
        |error| matches!(error, RegistrationError::AlgorithmNotOffered { got } if got.id() == -48),
    );
    registration_refused(&[Alteration::TrailingBytes(vec![0])], |error| {
        matches!(
            error,
            RegistrationError::AuthenticatorData(AuthenticatorDataError::TrailingBytes)
        )
    });
    // The envelope refuses such an id before there is a ceremony, so it has to be hidden inside.
    let hidden = [
        Alteration::CredentialIdLength(1024),
        Alteration::RawId(vec![1; 16]),
    ];
    registration_refused(&hidden, |error| {
        matches!(
            error,
            RegistrationError::AuthenticatorData(AuthenticatorDataError::CredentialIdLength(1024))
        )
    });
}

#[test]
fn an_unverified_user_is_refused_where_verification_was_demanded() {
    use passgate::register::RegisterBeginInput;

    let world = World::sqlite();
    let mut input = crate::world::registration_of("alice");
    input.user_verification = Some("required".to_owned());
    let token = world
        .passgate
        .register_token(&world.backend(), input, world.env())
        .unwrap();
    let begin = RegisterBeginInput {
        token: Some(token),
        relying_party: crate::world::page(),
    };
    let begun = world
        .passgate
        .register_begin(&world.browser(), begin, &world.client, world.env())
        .unwrap();
    let mut device = SoftAuthenticator::new();
    let response = device
        .register_altered(ORIGIN, &json(&begun.data), &[Alteration::UserVerified(false)])
        .unwrap();
    let refused = world.complete_registration(&begun.session, &response);
    assert!(matches!(
        refused,
        Err(Stopped::Refused(RegisterCompleteError::Rule(
            CompleteError::Verification(RegistrationError::UserNotVerified)
        )))
    ));
}

#[test]
fn a_sign_in_with_foreign_client_data_is_refused() {
    sign_in_refused(&[Alteration::Challenge(vec![1; 32])], |error| {
        matches!(
            error,
            AssertionError::ClientData(ClientDataError::ChallengeMismatch)
        )
    });
    sign_in_refused(
        &[Alteration::Origin("https://evil.example".to_owned())],
        |error| {
            matches!(
                error,
                AssertionError::ClientData(ClientDataError::OriginMismatch { .. })
            )
        },
    );
    sign_in_refused(
        &[Alteration::CeremonyType("webauthn.create".to_owned())],
        |error| {
            matches!(
                error,
                AssertionError::ClientData(ClientDataError::WrongType { .. })
            )
        },
    );
}

#[test]
fn a_sign_in_with_foreign_authenticator_data_or_signature_is_refused() {
    sign_in_refused(&[Alteration::RpId("evil.example".to_owned())], |error| {
        matches!(error, AssertionError::RpIdMismatch)
    });
    sign_in_refused(&[Alteration::UserPresent(false)], |error| {
        matches!(error, AssertionError::UserNotPresent)
    });
    sign_in_refused(&[Alteration::CorruptSignature], |error| {
        matches!(error, AssertionError::SignatureInvalid)
    });
    sign_in_refused(&[Alteration::ForeignKey], |error| {
        matches!(error, AssertionError::SignatureInvalid)
    });
    sign_in_refused(&[Alteration::TrailingBytes(vec![0])], |error| {
        matches!(
            error,
            AssertionError::AuthenticatorData(AuthenticatorDataError::TrailingBytes)
        )
    });
    sign_in_refused(&[Alteration::UserHandle(Some(b"bob".to_vec()))], |error| {
        matches!(error, AssertionError::WrongUser)
    });
    sign_in_refused(
        &[Alteration::BackupEligible(false), Alteration::BackupState(false)],
        |error| matches!(error, AssertionError::BackupEligibilityChanged { .. }),
    );
}

#[test]
fn an_unknown_credential_is_named_and_recorded() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    let id = world.register("alice", &mut device).claims.credential_id.unwrap();
    world
        .passgate
        .delete_credential(&world.backend(), &id, world.env())
        .unwrap();
    match world.try_sign_in(&mut device, &[]) {
        Err(Stopped::Refused(SignInCompleteError::UnknownCredential { id: named })) => assert_eq!(named, id),
        other => panic!("{other:?}"),
    }
    let event = world.event(EventKind::SignInFailed);
    assert_eq!(event.reason.as_deref(), Some("unknown_credential"));
    assert_eq!(event.performed_by, "Unknown User");
}

#[test]
fn a_credential_is_registered_once() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let id = world.register("alice", &mut device).claims.credential_id.unwrap();
        let mut other = SoftAuthenticator::new();
        let alteration = [Alteration::CredentialId(id.as_bytes().to_vec())];
        let refused = world.try_register("bob", &mut other, &alteration);
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(RegisterCompleteError::CredentialNotUnique))
            ),
            "{refused:?}"
        );
        assert_eq!(world.passgate.count_users(&world.backend()).unwrap(), 1);
    });
}

#[test]
fn a_sign_count_that_does_not_advance_is_refused_or_warned_of() {
    use passgate_core::application::SignCountRegression;

    let world = World::sqlite();
    let mut device = SoftAuthenticator::new().with_sign_count();
    let id = world.register("alice", &mut device).claims.credential_id.unwrap();
    device.set_sign_count(id.as_bytes(), 9);
    world.sign_in(&mut device);
    // It may be on several devices, which do not count together: a new application only warns of such a one.
    world
        .try_sign_in(&mut device, &[Alteration::SignCount(10)])
        .unwrap();
    assert_eq!(world.event(EventKind::SignCountRegressed).performed_by, "alice");
    world.set_features(|features| features.sign_count_regression = SignCountRegression::Refuse);
    for count in [10, 3, 0] {
        let refused = world.try_sign_in(&mut device, &[Alteration::SignCount(count)]);
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(SignInCompleteError::Verification(
                    AssertionError::SignCountRegression { .. }
                )))
            ),
            "{count}: {refused:?}"
        );
    }
    world.set_features(|features| features.sign_count_regression = SignCountRegression::RefuseUnlessZero);
    world
        .try_sign_in(&mut device, &[Alteration::SignCount(3)])
        .unwrap_err();
    world
        .try_sign_in(&mut device, &[Alteration::SignCount(0)])
        .unwrap();
    assert_eq!(world.event(EventKind::SignCountRegressed).performed_by, "alice");
    world.set_features(|features| features.sign_count_regression = SignCountRegression::Warn);
    world
        .try_sign_in(&mut device, &[Alteration::SignCount(3)])
        .unwrap();
    assert_eq!(world.event(EventKind::SignCountRegressed).performed_by, "alice");
    let credentials = world
        .passgate
        .list_credentials(&world.backend(), &user("alice"))
        .unwrap();
    assert_eq!(credentials[0].sign_count, 10);
}

#[test]
fn a_passkey_that_may_be_backed_up_since_is_refused_or_learned_once() {
    use passgate_core::application::BackupEligibilityChange;

    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let bound = [Alteration::BackupEligible(false), Alteration::BackupState(false)];
        world.try_register("alice", &mut device, &bound).unwrap();
        let eligible = || {
            let credentials = world
                .passgate
                .list_credentials(&world.backend(), &user("alice"))
                .unwrap();
            credentials[0].backup_eligible
        };
        let refused = |device: &mut SoftAuthenticator, alterations: &[Alteration]| {
            let refused = world.try_sign_in(device, alterations);
            assert!(
                matches!(
                    refused,
                    Err(Stopped::Refused(SignInCompleteError::Verification(
                        AssertionError::BackupEligibilityChanged { .. }
                    )))
                ),
                "{refused:?}"
            );
        };
        // As a new application is made.
        refused(&mut device, &[]);
        assert_eq!(eligible(), Some(false));

        world.set_features(|features| {
            features.backup_eligibility_change = BackupEligibilityChange::LearnOnce;
        });
        world.try_sign_in(&mut device, &bound).unwrap();
        let warned = |world: &World| {
            let names = world.event_names();
            names
                .iter()
                .filter(|name| **name == "BackupEligibilityLearned")
                .count()
        };
        assert_eq!((warned(&world), eligible()), (0, Some(false)));
        world.try_sign_in(&mut device, &[]).unwrap();
        let event = world.event(EventKind::BackupEligibilityLearned);
        assert_eq!(event.performed_by, "alice");
        assert_eq!(eligible(), Some(true));
        // Learned once: no second warning, and no way back.
        world.try_sign_in(&mut device, &[]).unwrap();
        assert_eq!(warned(&world), 1);
        refused(&mut device, &bound);
        assert_eq!(eligible(), Some(true));
    });
}

#[test]
fn where_refusals_came_from_is_left_out_on_demand() {
    let world = World::sqlite();
    world.set_features(|features| features.record_failed_ceremonies = false);
    let mut device = SoftAuthenticator::new();
    world
        .try_register("alice", &mut device, &[Alteration::UserPresent(false)])
        .unwrap_err();
    let event = world.event(EventKind::RegistrationFailed);
    assert_eq!((&event.ip, &event.user_agent), (&None, &None));
}
