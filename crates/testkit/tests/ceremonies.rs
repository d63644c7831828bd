//! The soft authenticator against our verifier: honest ceremonies pass, and each broken property is refused for exactly
//! that property, by variant and by code.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

use chrono::{DateTime, Utc};
use passgate_testkit::{Alteration, SoftAuthenticator};
use passgate_webauthn::*;
use serde_json::{Value, json};

const ORIGIN: &str = "https://login.example.com";

fn rp_id() -> RpId {
    RpId::parse("example.com").unwrap()
}

fn origins() -> Vec<Origin> {
    vec![Origin::parse(ORIGIN).unwrap()]
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).unwrap()
}

fn registration_options() -> RegistrationOptions {
    let user = UserEntity {
        id: UserHandle::new(*b"user-1").unwrap(),
        name: "fry".to_owned(),
        display_name: "Philip J. Fry".to_owned(),
    };
    let mut options = RegistrationOptions::new(rp_id(), user, Challenge::new([7; 16]).unwrap());
    options.algorithms = [-8, -7].into_iter().filter_map(Algorithm::from_id).collect();
    options.resident_key = ResidentKey::Required;
    options.user_verification = UserVerification::Required;
    options.attestation = AttestationConveyance::Direct;
    options
}

fn authentication_options() -> AuthenticationOptions {
    let mut options = AuthenticationOptions::new(rp_id(), Challenge::new([9; 16]).unwrap());
    options.user_verification = UserVerification::Required;
    options
}

/// Why a response was refused, by whichever door.
#[derive(Debug, PartialEq)]
enum Refused {
    Envelope(EnvelopeError),
    Registration(RegistrationError),
    Assertion(AssertionError),
}

impl Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Envelope(error) => error.code().as_str(),
            Self::Registration(error) => error.code().as_str(),
            Self::Assertion(error) => error.code().as_str(),
        }
    }
}

impl From<ClientDataError> for Refused {
    fn from(error: ClientDataError) -> Self {
        Self::Registration(error.into())
    }
}

impl From<AuthenticatorDataError> for Refused {
    fn from(error: AuthenticatorDataError) -> Self {
        Self::Registration(error.into())
    }
}

fn register(
    device: &mut SoftAuthenticator,
    alterations: &[Alteration],
) -> Result<VerifiedRegistration, Refused> {
    let (options, pending) = registration_options().begin(origins());
    let made = device
        .register_altered(ORIGIN, &serde_json::to_value(&options).unwrap(), alterations)
        .unwrap();
    let response = RegistrationResponse::from_parts(made.parts()).map_err(Refused::Envelope)?;
    // Both doors of the envelope lead to the same place.
    let same =
        RegistrationResponse::from_json(made.to_json().to_string().as_bytes()).map_err(Refused::Envelope)?;
    let (_, again) = registration_options().begin(origins());
    let verdict = pending
        .finish(&response, &Policy::default(), now())
        .map_err(Refused::Registration);
    assert_eq!(
        verdict.as_ref().err(),
        again
            .finish(&same, &Policy::default(), now())
            .map_err(Refused::Registration)
            .as_ref()
            .err()
    );
    verdict
}

fn refused_registration(alteration: Alteration) -> Refused {
    register(&mut SoftAuthenticator::new(), &[alteration]).unwrap_err()
}

/// A device with one credential, and what the server stored of it.
struct Registered {
    device: SoftAuthenticator,
    credential: VerifiedRegistration,
}

impl Registered {
    fn new(mut device: SoftAuthenticator) -> Self {
        let credential = register(&mut device, &[]).unwrap();
        Self { device, credential }
    }

    fn sign_in(
        &mut self,
        options: AuthenticationOptions,
        stored_count: u32,
        alterations: &[Alteration],
    ) -> Result<VerifiedAssertion, Refused> {
        // A backed-up credential's count is only reported by default; here it has to count.
        let policy = Policy::default().with_sign_count(SignCountPolicy::Reject);
        let (json, pending) = options.begin(origins());
        let made = self
            .device
            .authenticate_altered(ORIGIN, &serde_json::to_value(&json).unwrap(), alterations)
            .unwrap();
        let response = AuthenticationResponse::from_parts(made.parts()).map_err(Refused::Envelope)?;
        AuthenticationResponse::from_json(made.to_json().to_string().as_bytes())
            .map_err(Refused::Envelope)?;
        let stored = StoredCredential {
            id: self.credential.credential_id(),
            public_key: self.credential.public_key().as_bytes(),
            sign_count: stored_count,
            user_handle: Some(&UserHandle::new(*b"user-1").unwrap()),
            backup_eligible: Some(self.credential.backup_eligible()),
        };
        pending
            .finish(&response, &stored, &policy)
            .map_err(Refused::Assertion)
    }
}

fn refused_assertion(alteration: Alteration) -> Refused {
    Registered::new(SoftAuthenticator::new())
        .sign_in(authentication_options(), 0, &[alteration])
        .unwrap_err()
}

#[test]
fn honest_ceremonies_pass_with_every_algorithm() {
    for algorithm in [-7, -8] {
        let device = SoftAuthenticator::new()
            .with_algorithms(&[algorithm])
            .with_sign_count();
        let mut registered = Registered::new(device);
        let credential = &registered.credential;
        assert_eq!(credential.public_key().algorithm().id(), algorithm);
        assert_eq!(credential.discoverable(), Some(true));
        assert_eq!(credential.attestation_format(), "none");
        assert_eq!(credential.origin().as_str(), ORIGIN);
        assert!(credential.user_verified() && credential.backup_eligible() && credential.backup_state());
        for count in 1..3 {
            let verified = registered
                .sign_in(authentication_options(), count - 1, &[])
                .unwrap();
            assert_eq!(verified.sign_count(), count);
            assert_eq!(verified.algorithm().id(), algorithm);
            assert!(verified.user_verified());
        }
    }
}

#[test]
fn self_attestation_passes_and_is_named() {
    let verified = register(
        &mut SoftAuthenticator::new(),
        &[Alteration::PackedSelfAttestation],
    )
    .unwrap();
    assert_eq!(verified.attestation_format(), "packed");
}

#[test]
fn broken_registrations_are_refused_for_what_is_broken() {
    let cases: Vec<(Alteration, Refused, &str)> = vec![
        (
            Alteration::Challenge(vec![1; 16]),
            ClientDataError::ChallengeMismatch.into(),
            "challenge_mismatch",
        ),
        (
            Alteration::Origin("https://login.example.org".into()),
            ClientDataError::OriginMismatch {
                got: "https://login.example.org".into(),
                expected: origins(),
            }
            .into(),
            "client_data_origin_mismatch",
        ),
        (
            Alteration::CeremonyType("webauthn.get".into()),
            ClientDataError::WrongType {
                expected: "webauthn.create",
                got: "webauthn.get".into(),
            }
            .into(),
            "client_data_wrong_type",
        ),
        (
            Alteration::ClientDataMember("crossOrigin", true.into()),
            ClientDataError::CrossOriginNotAllowed.into(),
            "cross_origin_not_allowed",
        ),
        (
            Alteration::ClientData(b"{}".to_vec()),
            ClientDataError::MissingMember("type").into(),
            "client_data_missing_member",
        ),
        (
            Alteration::ClientData(b"[]".to_vec()),
            ClientDataError::NotJson.into(),
            "client_data_not_json",
        ),
        (
            Alteration::RpId("example.org".into()),
            Refused::Registration(RegistrationError::RpIdMismatch),
            "rp_id_mismatch",
        ),
        (
            Alteration::UserPresent(false),
            Refused::Registration(RegistrationError::UserNotPresent),
            "user_not_present",
        ),
        (
            Alteration::UserVerified(false),
            Refused::Registration(RegistrationError::UserNotVerified),
            "user_not_verified",
        ),
        (
            Alteration::BackupEligible(false),
            AuthenticatorDataError::BackedUpButNotEligible.into(),
            "backed_up_but_not_eligible",
        ),
        (
            Alteration::FlipFlags(0x40),
            AuthenticatorDataError::AttestedCredentialDataMissing.into(),
            "attested_credential_data_missing",
        ),
        (
            Alteration::TrailingBytes(vec![0]),
            AuthenticatorDataError::TrailingBytes.into(),
            "authenticator_data_trailing_bytes",
        ),
        (
            Alteration::AttestationTrailingBytes(vec![0]),
            Refused::Registration(AttestationObjectError::Cbor(CborError::TrailingBytes).into()),
            "cbor_trailing_bytes",
        ),
        (
            Alteration::Algorithm(-48),
            Refused::Registration(RegistrationError::AlgorithmNotOffered {
                got: Algorithm::from_id(-48).unwrap(),
            }),
            "algorithm_not_offered",
        ),
        (
            Alteration::AttestationFormat("curious".into()),
            Refused::Registration(RegistrationError::UnsupportedFormat("curious".into())),
            "unsupported_format",
        ),
        (
            Alteration::AttestationFormat("packed".into()),
            Refused::Registration(AttestationError::Statement("alg").into()),
            "attestation_statement",
        ),
        (
            Alteration::CredentialIdLength(1024),
            Refused::Envelope(EnvelopeError::CredentialIdLength(1024)),
            "raw_id_length",
        ),
        (
            Alteration::RawId(vec![1; 32]),
            Refused::Registration(RegistrationError::CredentialIdMismatch),
            "credential_id_mismatch",
        ),
        (
            Alteration::Id("AQ".into()),
            Refused::Envelope(EnvelopeError::IdMismatch),
            "credential_id_differs_from_raw_id",
        ),
        (
            Alteration::CredentialType("password".into()),
            Refused::Envelope(EnvelopeError::CredentialType),
            "credential_type",
        ),
    ];
    for (alteration, expected, code) in cases {
        let refused = refused_registration(alteration.clone());
        assert_eq!(refused, expected, "{alteration:?}");
        assert_eq!(refused.code(), code, "{alteration:?}");
    }
}

#[test]
fn broken_assertions_are_refused_for_what_is_broken() {
    let client_data = |error: ClientDataError| Refused::Assertion(error.into());
    let cases: Vec<(Alteration, Refused, &str)> = vec![
        (
            Alteration::Challenge(vec![1; 16]),
            client_data(ClientDataError::ChallengeMismatch),
            "challenge_mismatch",
        ),
        (
            Alteration::Origin("https://example.com.evil.example".into()),
            client_data(ClientDataError::OriginMismatch {
                got: "https://example.com.evil.example".into(),
                expected: origins(),
            }),
            "client_data_origin_mismatch",
        ),
        (
            Alteration::CeremonyType("webauthn.create".into()),
            client_data(ClientDataError::WrongType {
                expected: "webauthn.get",
                got: "webauthn.create".into(),
            }),
            "client_data_wrong_type",
        ),
        (
            Alteration::ClientDataMember("topOrigin", json!("https://frame.example")),
            client_data(ClientDataError::TopOriginWithoutCrossOrigin),
            "top_origin_without_cross_origin",
        ),
        (
            Alteration::RpId("example.org".into()),
            Refused::Assertion(AssertionError::RpIdMismatch),
            "rp_id_mismatch",
        ),
        (
            Alteration::UserPresent(false),
            Refused::Assertion(AssertionError::UserNotPresent),
            "user_not_present",
        ),
        (
            Alteration::UserVerified(false),
            Refused::Assertion(AssertionError::UserNotVerified),
            "user_not_verified",
        ),
        (
            Alteration::FlipFlags(0x18),
            Refused::Assertion(AssertionError::BackupEligibilityChanged {
                stored: true,
                reported: false,
            }),
            "backup_eligibility_changed",
        ),
        (
            Alteration::BackupEligible(false),
            Refused::Assertion(AuthenticatorDataError::BackedUpButNotEligible.into()),
            "backed_up_but_not_eligible",
        ),
        (
            Alteration::TrailingBytes(vec![0]),
            Refused::Assertion(AuthenticatorDataError::TrailingBytes.into()),
            "authenticator_data_trailing_bytes",
        ),
        (
            Alteration::Truncated(1),
            Refused::Assertion(AuthenticatorDataError::TooShort.into()),
            "authenticator_data_too_short",
        ),
        (
            Alteration::CorruptSignature,
            Refused::Assertion(AssertionError::SignatureInvalid),
            "signature_invalid",
        ),
        (
            Alteration::ForeignKey,
            Refused::Assertion(AssertionError::SignatureInvalid),
            "signature_invalid",
        ),
        (
            Alteration::UserHandle(Some(b"user-2".to_vec())),
            Refused::Assertion(AssertionError::WrongUser),
            "wrong_user",
        ),
        (
            Alteration::UserHandle(None),
            Refused::Assertion(AssertionError::UserHandleMissing),
            "user_handle_missing",
        ),
        (
            Alteration::UserHandle(Some(Vec::new())),
            Refused::Assertion(AssertionError::UserHandleEmpty),
            "user_handle_empty",
        ),
        (
            Alteration::RawId(vec![1; 32]),
            Refused::Assertion(AssertionError::StoredCredentialMismatch),
            "stored_credential_mismatch",
        ),
        (
            Alteration::CredentialType("password".into()),
            Refused::Envelope(EnvelopeError::CredentialType),
            "credential_type",
        ),
    ];
    for (alteration, expected, code) in cases {
        let refused = refused_assertion(alteration.clone());
        assert_eq!(refused, expected, "{alteration:?}");
        assert_eq!(refused.code(), code, "{alteration:?}");
    }
}

#[test]
fn a_sign_count_that_does_not_advance_is_refused() {
    for (stored, reported) in [(5, 5), (5, 4), (5, 0), (u32::MAX, u32::MAX)] {
        let mut registered = Registered::new(SoftAuthenticator::new());
        let refused = registered
            .sign_in(
                authentication_options(),
                stored,
                &[Alteration::SignCount(reported)],
            )
            .unwrap_err();
        assert_eq!(
            refused,
            Refused::Assertion(AssertionError::SignCountRegression { stored, reported })
        );
        assert_eq!(refused.code(), "sign_count_regression");
    }
    let mut registered = Registered::new(SoftAuthenticator::new());
    for (stored, reported) in [(0, 0), (0, 1), (5, 6), (5, u32::MAX)] {
        let verified = registered.sign_in(
            authentication_options(),
            stored,
            &[Alteration::SignCount(reported)],
        );
        assert_eq!(verified.unwrap().sign_count(), reported);
    }
}

#[test]
fn a_credential_that_was_not_asked_for_is_refused() {
    let mut registered = Registered::new(SoftAuthenticator::new());
    let mut options = authentication_options();
    options.allow_credentials = vec![CredentialDescriptor {
        id: registered.credential.credential_id().clone(),
        transports: Vec::new(),
    }];
    assert!(registered.sign_in(options.clone(), 0, &[]).is_ok());
    let refused = registered
        .sign_in(options, 0, &[Alteration::RawId(vec![1; 32])])
        .unwrap_err();
    assert_eq!(refused, Refused::Assertion(AssertionError::CredentialNotAllowed));
}

#[test]
fn an_excluded_credential_that_registers_again_is_refused() {
    let mut device = SoftAuthenticator::new();
    let first = register(&mut device, &[]).unwrap();
    let mut options = registration_options();
    options.exclude_credentials = vec![CredentialDescriptor {
        id: first.credential_id().clone(),
        transports: Vec::new(),
    }];
    let (json, pending) = options.begin(origins());
    let json: Value = serde_json::to_value(&json).unwrap();
    assert!(
        device.register(ORIGIN, &json).is_err(),
        "an honest authenticator refuses by itself"
    );
    let id = first.credential_id().as_bytes().to_vec();
    let made = SoftAuthenticator::new()
        .register_altered(ORIGIN, &json, &[Alteration::CredentialId(id)])
        .unwrap();
    let response = RegistrationResponse::from_parts(made.parts()).unwrap();
    assert_eq!(
        pending.finish(&response, &Policy::default(), now()).unwrap_err(),
        RegistrationError::CredentialExcluded(first.credential_id().clone())
    );
}
