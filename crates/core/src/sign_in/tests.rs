use passgate_webauthn::{Hint, UserVerification};
use serde_json::json;

use super::*;
use crate::{
    alias::NewAliases,
    application::AppId,
    authentication_config::TimeToLive,
    register,
    secret::Secret,
    test_authenticator::{BACKUP_ELIGIBLE, BACKUP_STATE, TestAuthenticator, USER_PRESENT, USER_VERIFIED},
    token::{
        MAX_LIFETIME, OpenTokenError, RegisterToken, RegistrationSession,
        keyring::{Keyring, SealingKey},
        open, seal,
    },
};

fn now() -> Timestamp {
    Timestamp::from_seconds(1_735_689_600)
}

fn party() -> RelyingParty {
    RelyingParty::parse("example.com", "https://example.com").unwrap()
}

fn allowed(party: &RelyingParty) -> AllowedParty {
    party.clone().allow(&Features::default()).unwrap()
}

fn config() -> AuthenticationConfig {
    AuthenticationConfig::preset(&Purpose::sign_in()).unwrap()
}

fn used_from() -> UsedFrom {
    UsedFrom {
        device: "Firefox, Linux ".to_owned(),
        country: String::new(),
    }
}

/// The credential that the authenticator registers.
fn credential(authenticator: &TestAuthenticator) -> Credential {
    let begun = register::begin(
        RegisterToken {
            token_id: TokenId::from_random([1; 16]),
            expires_at: now(),
            user_id: UserId::for_registration("user-1").unwrap(),
            username: "fry".to_owned(),
            display_name: None,
            attestation: passgate_webauthn::AttestationConveyance::None,
            authenticator_type: None,
            resident_key: passgate_webauthn::ResidentKey::Required,
            user_verification: None,
            aliases: NewAliases::default(),
            hints: vec![],
            mediation: passgate_webauthn::Mediation::Modal,
        },
        register::Begin {
            party: allowed(&party()),
            features: &Features::default(),
            exclude_credentials: vec![],
            challenge: Challenge::new(vec![1; 16]).unwrap(),
            session_id: TokenId::from_random([2; 16]),
            now: now(),
        },
    )
    .unwrap();
    let response = authenticator.register(
        begun.session.pending.challenge(),
        &party().rp_id,
        &begun.session.origin,
    );
    let completion = register::Completion {
        response: &response,
        party: &allowed(&party()),
        policy: &Policy::compatible(),
        features: &Features::default(),
        lists: &register::AuthenticatorLists::default(),
        nickname: Some("My phone".to_owned()),
        from: used_from(),
        token_id: TokenId::from_random([3; 16]),
        now: now(),
    };
    register::complete(begun.session, completion).unwrap().credential
}

fn begin_with(config: &AuthenticationConfig, allow_credentials: Vec<CredentialDescriptor>) -> Begun {
    begin(Begin {
        party: allowed(&party()),
        config,
        allow_credentials,
        bound_to: None,
        challenge: Challenge::new(vec![9; 16]).unwrap(),
        session_id: TokenId::from_random([4; 16]),
        now: now(),
    })
}

/// Completes a fresh session with an honest answer of the authenticator.
fn complete_with(
    authenticator: &TestAuthenticator,
    credential: &Credential,
    config: &AuthenticationConfig,
    party: &RelyingParty,
    features: &Features,
) -> Result<SignedIn, CompleteError> {
    let session = begin_with(config, vec![]).session;
    let response = authenticator.authenticate(
        session.pending.challenge(),
        session.pending.rp_id(),
        &session.origin,
    );
    let completion = Completion {
        response: &response,
        credential,
        config,
        party: &allowed(party),
        policy: &verification_policy(&Policy::compatible(), features),
        from: used_from(),
        token_id: TokenId::from_random([5; 16]),
        now: now().plus(Duration::from_secs(7)),
    };
    complete(session, completion)
}

fn complete_simply(
    authenticator: &TestAuthenticator,
    credential: &Credential,
) -> Result<SignedIn, CompleteError> {
    complete_with(
        authenticator,
        credential,
        &config(),
        &party(),
        &Features::default(),
    )
}

fn with_sign_count(sign_count: u32) -> TestAuthenticator {
    TestAuthenticator {
        sign_count,
        ..TestAuthenticator::new()
    }
}

#[test]
fn the_options_are_those_of_the_contract() {
    let credential = credential(&TestAuthenticator::new());
    let config = AuthenticationConfig {
        user_verification: UserVerification::Required,
        hints: vec![Hint::SecurityKey],
        ..config()
    };
    let options = serde_json::to_value(begin_with(&config, vec![credential.descriptor()]).options).unwrap();
    assert_eq!(
        options,
        json!({
            "challenge": "CQkJCQkJCQkJCQkJCQkJCQ",
            "timeout": 60000,
            "rpId": "example.com",
            "allowCredentials": [
                { "type": "public-key", "id": "AAECAwQFBgcICQoLDA0ODxAREhM", "transports": ["internal"] },
            ],
            "userVerification": "required",
            "hints": ["security-key"],
        })
    );
    let discoverable = serde_json::to_value(begin_with(&config, vec![]).options).unwrap();
    assert_eq!(discoverable["allowCredentials"], json!([]));
}

#[test]
fn a_session_lives_for_a_day_and_opens_as_a_sign_in_only() {
    let session = begin_with(&config(), vec![]).session;
    assert_eq!(session.expires_at, now().plus(Duration::from_secs(24 * 60 * 60)));
    let app = AppId::parse("demoapp").unwrap();
    let key = SealingKey::new(1, now(), Secret::new([5; 32]));
    let text = seal(&session, &app, &key, [0; 12]);
    let keyring = Keyring::new(vec![key]);
    assert_eq!(open::<SignInSession>(&*text, &app, &keyring, now()), Ok(session));
    assert_eq!(
        open::<RegistrationSession>(&*text, &app, &keyring, now()),
        Err(OpenTokenError::Invalid)
    );
}

#[test]
fn a_completed_sign_in_updates_the_credential_and_names_the_user() {
    let credential = credential(&with_sign_count(1));
    let step_up = AuthenticationConfig::create(
        Purpose::parse("payment").unwrap(),
        UserVerification::Required,
        TimeToLive::parse("30").unwrap(),
        vec![],
        "admin".to_owned(),
        now(),
    );
    let signed_in = complete_with(
        &with_sign_count(2),
        &credential,
        &step_up,
        &party(),
        &Features::default(),
    )
    .unwrap();
    let later = now().plus(Duration::from_secs(7));
    assert_eq!(
        signed_in.credential_use,
        CredentialUse {
            id: credential.id.clone(),
            observed_backup_eligible: credential.backup_eligible,
            observed_sign_count: 1,
            learned_user_handle: None,
            sign_count: 2,
            backup_state: false,
            backup_eligible: false,
            uv_initialized: true,
            at: later,
            country: String::new(),
            device: "Firefox, Linux ".to_owned(),
        }
    );
    assert_eq!(
        signed_in.spent,
        SpentToken {
            id: TokenId::from_random([4; 16]),
            expires_at: now().plus(SIGN_IN_SESSION_LIFETIME)
        }
    );
    assert_eq!(
        signed_in.token,
        SignInToken {
            token_id: TokenId::from_random([5; 16]),
            token_type: SignInTokenType::PasskeySignIn,
            user_id: credential.user_id.clone(),
            timestamp: later,
            expires_at: later.plus(Duration::from_secs(30)),
            rp_id: Some("example.com".to_owned()),
            origin: Some("https://example.com".to_owned()),
            device: Some("Firefox, Linux ".to_owned()),
            country: Some(String::new()),
            nickname: Some("My phone".to_owned()),
            credential_id: Some(credential.id.clone()),
            purpose: Some("payment".to_owned()),
        }
    );
    assert_eq!(signed_in.regression, None);
}

#[test]
fn a_sign_count_that_does_not_advance_is_refused_or_reported() {
    let lenient = Features {
        sign_count_regression: SignCountRegression::Warn,
        ..Features::default()
    };
    let credential = credential(&with_sign_count(5));
    for reported in [5, 4, 0] {
        let refused = complete_simply(&with_sign_count(reported), &credential).unwrap_err();
        let regression = AssertionError::SignCountRegression { stored: 5, reported };
        assert_eq!(refused, CompleteError::Verification(regression));

        let passed = complete_with(
            &with_sign_count(reported),
            &credential,
            &config(),
            &party(),
            &lenient,
        )
        .unwrap();
        assert_eq!(
            passed.regression,
            Some(RegressedSignCount { stored: 5, reported })
        );
        assert_eq!(passed.credential_use.observed_sign_count, 5);
    }
    assert_eq!(
        complete_simply(&with_sign_count(6), &credential)
            .unwrap()
            .regression,
        None
    );
}

#[test]
fn an_authenticator_that_never_counts_signs_in() {
    let credential = credential(&with_sign_count(0));
    let signed_in = complete_simply(&with_sign_count(0), &credential).unwrap();
    assert_eq!(
        (signed_in.credential_use.sign_count, signed_in.regression),
        (0, None)
    );
}

#[test]
fn backup_state_and_user_verification_are_kept_fresh() {
    let mut authenticator = TestAuthenticator {
        flags: USER_PRESENT | BACKUP_ELIGIBLE,
        ..TestAuthenticator::new()
    };
    let credential = credential(&authenticator);
    authenticator.sign_count += 1;
    let unverified = complete_simply(&authenticator, &credential)
        .unwrap()
        .credential_use;
    assert!(!unverified.backup_state && unverified.backup_eligible && !unverified.uv_initialized);

    authenticator.flags |= BACKUP_STATE | USER_VERIFIED;
    let verified = complete_simply(&authenticator, &credential)
        .unwrap()
        .credential_use;
    assert!(verified.backup_state && verified.uv_initialized);

    authenticator.flags &= !USER_VERIFIED;
    let remembered = Credential {
        uv_initialized: true,
        ..credential
    };
    assert!(
        complete_simply(&authenticator, &remembered)
            .unwrap()
            .credential_use
            .uv_initialized
    );
}

#[test]
fn an_imported_credential_learns_its_backup_eligibility() {
    let authenticator = TestAuthenticator {
        flags: USER_PRESENT | BACKUP_ELIGIBLE,
        ..with_sign_count(2)
    };
    let registered = credential(&with_sign_count(1));
    let imported = Credential {
        backup_eligible: None,
        backup_state: None,
        ..registered
    };
    assert!(
        complete_simply(&authenticator, &imported)
            .unwrap()
            .credential_use
            .backup_eligible
    );
}

#[test]
fn a_sign_in_is_completed_where_it_began() {
    let (authenticator, credential) = (with_sign_count(2), credential(&with_sign_count(1)));
    let other = RelyingParty::parse("example.com", "https://a.example.com").unwrap();
    let error = complete_with(
        &authenticator,
        &credential,
        &config(),
        &other,
        &Features::default(),
    )
    .unwrap_err();
    assert!(matches!(error, CompleteError::OriginNotAllowed(_)), "{error:?}");
}

#[test]
fn a_suspended_credential_does_not_sign_in() {
    let suspended = Credential {
        suspended_at: Some(now()),
        ..credential(&with_sign_count(1))
    };
    let error = complete_simply(&with_sign_count(2), &suspended).unwrap_err();
    assert_eq!(error, CompleteError::CredentialSuspended);
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let mut other = credential(&with_sign_count(1));
    // Another curve point: the generator, whose secret key is 1.
    let generator = p256::ecdsa::SigningKey::from_slice(&[&[0; 31][..], &[1]].concat()).unwrap();
    let point = generator.verifying_key().to_sec1_point(false);
    let length = other.public_key.len();
    other.public_key[length - 67..length - 35].copy_from_slice(&point.as_bytes()[1..33]);
    other.public_key[length - 32..].copy_from_slice(&point.as_bytes()[33..]);
    let error = complete_simply(&with_sign_count(2), &other).unwrap_err();
    assert!(
        matches!(
            error,
            CompleteError::Verification(AssertionError::SignatureInvalid)
        ),
        "{error:?}"
    );
}

#[test]
fn a_sign_in_that_names_a_user_is_completed_by_that_user_only() {
    let credential = credential(&with_sign_count(1));
    let authenticator = with_sign_count(2);
    let complete_bound = |bound_to: Option<BoundTo>| {
        let config = AuthenticationConfig::preset(&Purpose::sign_in()).unwrap();
        let mut session = begin_with(&config, vec![]).session;
        session.bound_to = bound_to;
        let response = authenticator.authenticate(
            session.pending.challenge(),
            session.pending.rp_id(),
            &session.origin,
        );
        let completion = Completion {
            response: &response,
            credential: &credential,
            config: &config,
            party: &allowed(&party()),
            policy: &verification_policy(&Policy::compatible(), &Features::default()),
            from: used_from(),
            token_id: TokenId::from_random([5; 16]),
            now: now(),
        };
        complete(session, completion).map(drop)
    };
    let other = UserId::parse("somebody-else").unwrap();
    assert_eq!(complete_bound(None), Ok(()));
    assert_eq!(complete_bound(Some(BoundTo::user(&credential.user_id))), Ok(()));
    for bound_to in [BoundTo::user(&other), BoundTo::nobody([7; 32])] {
        assert_eq!(complete_bound(Some(bound_to)), Err(CompleteError::OtherUser));
    }
}

#[test]
fn the_switches_decide_which_tokens_verify_once() {
    let (fresh, imported) = (Features::default(), Features::imported());
    let links = Features {
        single_use_magic_links: true,
        ..Features::imported()
    };
    for token_type in SignInTokenType::ALL {
        let is_link = token_type == SignInTokenType::MagicLink;
        assert_eq!(verifies_once(token_type, &fresh), !is_link);
        assert!(!verifies_once(token_type, &imported));
        assert_eq!(verifies_once(token_type, &links), is_link);
    }
}

#[test]
fn a_backend_makes_tokens_without_a_ceremony() {
    let user_id = UserId::parse("user-1").unwrap();
    let id = TokenId::from_random([6; 16]);
    let request = GenerateToken {
        user_id: user_id.clone(),
        lifetime: Duration::from_secs(60),
        purpose: None,
        rp_id: Some("anything at all".to_owned()),
        origin: None,
    };
    let generated = generated_token(request.clone(), id, now());
    assert_eq!(generated.token_type, SignInTokenType::GeneratedSignIn);
    assert_eq!(
        (generated.purpose.as_deref(), generated.rp_id.as_deref()),
        (Some("sign-in"), Some("anything at all"))
    );
    assert_eq!(generated.expires_at, now().plus(Duration::from_secs(60)));
    let verbatim = generated_token(
        GenerateToken {
            purpose: Some("a b!".to_owned()),
            ..request
        },
        id,
        now(),
    );
    assert_eq!(verbatim.purpose.as_deref(), Some("a b!"));

    let link = magic_link_token(user_id, Duration::MAX, id, now());
    assert_eq!(
        (link.token_type, link.purpose, link.device),
        (SignInTokenType::MagicLink, None, None)
    );
    assert_eq!(link.expires_at, now().plus(MAX_LIFETIME));
}
