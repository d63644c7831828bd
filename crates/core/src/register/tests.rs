use std::collections::BTreeSet;

use passgate_webauthn::{Aaguid, Algorithm, AttestationConveyance, Hint, Mediation, Origin, Transport};
use serde_json::{Value, json};

use super::*;
use crate::{
    alias::{Alias, ClearText, NewAliases},
    application::AppId,
    secret::Secret,
    test_authenticator::{BACKUP_ELIGIBLE, BACKUP_STATE, TestAuthenticator, USER_PRESENT},
    token::{
        keyring::{Keyring, SealingKey},
        open, seal,
    },
    user::UserId,
};

fn now() -> Timestamp {
    Timestamp::from_seconds(1_735_689_600)
}

fn party() -> RelyingParty {
    RelyingParty::parse("example.com", "https://login.example.com").unwrap()
}

fn allowed(party: &RelyingParty) -> AllowedParty {
    party.clone().allow(&Features::default()).unwrap()
}

fn token() -> RegisterToken {
    RegisterToken {
        token_id: TokenId::from_random([1; 16]),
        expires_at: token_expiry(None, now()),
        user_id: UserId::for_registration("user-1").unwrap(),
        username: "pjfry@example.com".to_owned(),
        display_name: None,
        attestation: AttestationConveyance::None,
        authenticator_type: None,
        resident_key: passgate_webauthn::ResidentKey::Required,
        user_verification: None,
        aliases: NewAliases::default(),
        hints: vec![],
        mediation: Mediation::Modal,
    }
}

fn begin_with(token: RegisterToken, features: &Features) -> Result<Begun, BeginError> {
    let begin_input = Begin {
        party: allowed(&party()),
        features,
        exclude_credentials: vec![],
        challenge: Challenge::new(vec![9; 16]).unwrap(),
        session_id: TokenId::from_random([2; 16]),
        now: now(),
    };
    begin(token, begin_input)
}

fn options(token: RegisterToken) -> Value {
    serde_json::to_value(begin_with(token, &Features::default()).unwrap().options).unwrap()
}

fn session(token: RegisterToken) -> RegistrationSession {
    begin_with(token, &Features::default()).unwrap().session
}

/// Completes the session with an honest answer of the authenticator.
fn complete_with(
    session: RegistrationSession,
    authenticator: &TestAuthenticator,
    party: &RelyingParty,
    features: &Features,
    lists: &AuthenticatorLists,
) -> Result<Registered, CompleteError> {
    let response = authenticator.register(
        session.pending.challenge(),
        session.pending.rp_id(),
        &session.origin,
    );
    let completion = Completion {
        response: &response,
        party: &allowed(party),
        policy: &Policy::compatible(),
        features,
        lists,
        nickname: Some("My phone".to_owned()),
        from: UsedFrom {
            device: "Chrome, Windows 10".to_owned(),
            country: "SE".to_owned(),
        },
        token_id: TokenId::from_random([3; 16]),
        now: now().plus(std::time::Duration::from_secs(5)),
    };
    complete(session, completion)
}

fn complete_honestly(session: RegistrationSession) -> Registered {
    let (features, lists) = (Features::default(), AuthenticatorLists::default());
    complete_with(session, &TestAuthenticator::new(), &party(), &features, &lists).unwrap()
}

#[test]
fn the_options_are_those_of_the_contract() {
    let algorithms: Vec<Value> = Algorithm::compatible_offer()
        .iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.id() }))
        .collect();
    assert_eq!(
        options(token()),
        json!({
            "rp": { "id": "example.com", "name": "example.com" },
            "user": { "name": "pjfry@example.com", "id": "dXNlci0x", "displayName": "pjfry@example.com" },
            "challenge": "CQkJCQkJCQkJCQkJCQkJCQ",
            "pubKeyCredParams": algorithms,
            "timeout": 60000,
            "attestation": "none",
            "attestationFormats": [],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred",
            },
            "hints": [],
            "excludeCredentials": [],
            "extensions": { "credProps": true },
        })
    );
}

#[test]
fn the_token_decides_what_is_asked_for() {
    let asked = options(RegisterToken {
        display_name: Some("Philip J Fry".to_owned()),
        authenticator_type: Some("Platform".to_owned()),
        resident_key: passgate_webauthn::ResidentKey::Discouraged,
        user_verification: Some("Required".to_owned()),
        ..token()
    });
    assert_eq!(asked["user"]["displayName"], "Philip J Fry");
    assert_eq!(
        asked["authenticatorSelection"],
        json!({
            "authenticatorAttachment": "platform", "residentKey": "discouraged", "requireResidentKey": false,
            "userVerification": "required",
        })
    );
}

#[test]
fn the_first_hint_overrides_the_authenticator_type() {
    let cases = [
        (vec![Hint::SecurityKey], "cross-platform"),
        (vec![Hint::Hybrid, Hint::ClientDevice], "cross-platform"),
        (vec![Hint::ClientDevice, Hint::SecurityKey], "platform"),
    ];
    for (hints, attachment) in cases {
        let spelled = json!(hints.iter().map(|hint| hint.as_str()).collect::<Vec<_>>());
        let asked = options(RegisterToken {
            authenticator_type: Some("platform".to_owned()),
            hints,
            ..token()
        });
        assert_eq!(
            asked["authenticatorSelection"]["authenticatorAttachment"],
            attachment
        );
        assert_eq!(asked["hints"], spelled);
    }
}

#[test]
fn what_cannot_be_asked_for_is_refused_at_begin() {
    let refusal = |token| begin_with(token, &Features::default()).unwrap_err();
    assert_eq!(
        refusal(RegisterToken {
            user_verification: Some("optional".to_owned()),
            ..token()
        }),
        BeginError::UnknownUserVerification(UnknownUserVerification {
            text: "optional".to_owned()
        })
    );
    assert_eq!(
        refusal(RegisterToken {
            authenticator_type: Some("phone".to_owned()),
            ..token()
        }),
        BeginError::UnknownAuthenticatorType(UnknownAuthenticatorType {
            text: "phone".to_owned()
        })
    );
    let direct = RegisterToken {
        attestation: AttestationConveyance::Direct,
        ..token()
    };
    assert_eq!(
        refusal(direct.clone()),
        BeginError::Attestation(AttestationRefused::NotOnPlan)
    );
    assert!(
        begin_with(
            direct,
            &Features {
                allow_attestation: true,
                ..Features::default()
            }
        )
        .is_ok()
    );
}

#[test]
fn a_session_survives_being_sealed() {
    let session = session(token_with_alias());
    assert_eq!(session.expires_at, now().plus(REGISTRATION_SESSION_LIFETIME));
    let app = AppId::parse("demoapp").unwrap();
    let key = SealingKey::new(1, now(), Secret::new([5; 32]));
    let text = seal(&session, &app, &key, [0; 12]);
    assert!(text.starts_with("session_"));
    let keyring = Keyring::new(vec![key]);
    assert_eq!(open(&*text, &app, &keyring, now()), Ok(session.clone()));

    // As the release before the one that made the aliases one value sealed it.
    let earlier = concat!(
        "session_AQAAAAEAAAAAAAAAAAAAAABnTU6_uihj2-dlSakPCUYhFxMZZsaPDK7Lc6pqH580gX8DbcEN14pS3FGrs3tzbLRjOsNR3lDgcu",
        "jxjhokxFDdojzqPzX8pv2dWbjV0yDdJgThhXSbXfwmC5_szh5xZRcbkdMVpfghZJqoZR1AfTBqtzeU3aFqJFa0ZoHF9oxT9jJLePBxdsNe",
        "WAyioDpgL69ng9WbQBbk97FGzHT7cq-LXQBAA0fVI1FLM6cL_jkwgA"
    );
    let of_no_token = RegistrationSession {
        token: None,
        ..session
    };
    assert_eq!(open(earlier, &app, &keyring, now()), Ok(of_no_token));
}

fn token_with_alias() -> RegisterToken {
    RegisterToken {
        aliases: NewAliases {
            replacement: BTreeSet::from([Alias::parse("fry").unwrap()]),
            clear_text: ClearText::Kept,
            sign_in_name: None,
        },
        ..token()
    }
}

#[test]
fn a_completed_registration_is_a_credential_and_a_sign_in_token() {
    let session = session(token());
    let spent = session.spent();
    let registered = complete_honestly(session);
    let later = now().plus(std::time::Duration::from_secs(5));
    let credential = &registered.credential;
    assert_eq!(credential.id.as_bytes(), TestAuthenticator::new().credential_id);
    assert_eq!(credential.user_handle.as_ref().unwrap().as_bytes(), b"user-1");
    assert_eq!(
        (credential.user_id.as_str(), credential.sign_count),
        ("user-1", 1)
    );
    assert_eq!((credential.created_at, credential.last_used_at), (later, later));
    assert_eq!(
        (credential.backup_eligible, credential.backup_state),
        (Some(false), Some(false))
    );
    assert_eq!(
        (credential.discoverable, credential.uv_initialized),
        (Some(true), true)
    );
    assert_eq!(
        (credential.attestation_format.as_str(), credential.aaguid),
        ("none", Aaguid::ZERO)
    );
    assert_eq!(
        credential
            .transports
            .iter()
            .map(Transport::as_str)
            .collect::<Vec<_>>(),
        ["internal"]
    );
    assert_eq!(
        (credential.device.as_str(), credential.country.as_str()),
        ("Chrome, Windows 10", "SE")
    );
    assert_eq!(
        credential.origin,
        Origin::parse("https://login.example.com").unwrap()
    );
    assert!(registered.aliases.is_empty());
    assert_eq!(registered.spent, spent);
    assert_eq!(
        registered.token,
        SignInToken {
            token_id: TokenId::from_random([3; 16]),
            token_type: SignInTokenType::PasskeyRegister,
            user_id: credential.user_id.clone(),
            timestamp: later,
            expires_at: later.plus(std::time::Duration::from_secs(120)),
            rp_id: Some("example.com".to_owned()),
            origin: Some("https://login.example.com".to_owned()),
            device: Some("Chrome, Windows 10".to_owned()),
            country: Some("SE".to_owned()),
            nickname: Some("My phone".to_owned()),
            credential_id: Some(credential.id.clone()),
            purpose: None,
        }
    );
}

#[test]
fn flags_are_stored_as_signed() {
    let authenticator = TestAuthenticator {
        flags: USER_PRESENT | BACKUP_ELIGIBLE | BACKUP_STATE,
        ..TestAuthenticator::new()
    };
    let (features, lists) = (Features::default(), AuthenticatorLists::default());
    let credential = complete_with(session(token()), &authenticator, &party(), &features, &lists)
        .unwrap()
        .credential;
    assert_eq!(
        (credential.backup_eligible, credential.backup_state),
        (Some(true), Some(true))
    );
    assert!(!credential.uv_initialized);
}

#[test]
fn aliases_of_the_token_replace_the_users() {
    let registered = complete_honestly(session(token_with_alias()));
    let expected = NewAliases {
        replacement: BTreeSet::from([Alias::parse("fry").unwrap()]),
        sign_in_name: None,
        clear_text: ClearText::Kept,
    };
    assert_eq!(registered.aliases, expected);
}

#[test]
fn a_registration_is_completed_where_it_began() {
    let lists = AuthenticatorLists::default();
    let authenticator = TestAuthenticator::new();
    let other = RelyingParty::parse("example.com", "https://example.com").unwrap();
    let error = complete_with(
        session(token()),
        &authenticator,
        &other,
        &Features::default(),
        &lists,
    )
    .unwrap_err();
    assert!(matches!(error, CompleteError::OriginNotAllowed(_)), "{error:?}");
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let session = session(token());
    let other = Challenge::new(vec![8; 16]).unwrap();
    let response = TestAuthenticator::new().register(&other, session.pending.rp_id(), &session.origin);
    let completion = Completion {
        response: &response,
        party: &allowed(&party()),
        policy: &Policy::compatible(),
        features: &Features::default(),
        lists: &AuthenticatorLists::default(),
        nickname: None,
        from: UsedFrom {
            device: String::new(),
            country: String::new(),
        },
        token_id: TokenId::from_random([3; 16]),
        now: now(),
    };
    assert!(matches!(
        complete(session, completion),
        Err(CompleteError::Verification(RegistrationError::ClientData(_)))
    ));
}

#[test]
fn unwanted_authenticators_are_refused_last() {
    let features = Features {
        allow_attestation: true,
        ..Features::default()
    };
    let lists = AuthenticatorLists {
        blocked: [Aaguid::new([4; 16])].into(),
        ..AuthenticatorLists::default()
    };
    let authenticator = TestAuthenticator {
        aaguid: [4; 16],
        ..TestAuthenticator::new()
    };
    let error = complete_with(session(token()), &authenticator, &party(), &features, &lists).unwrap_err();
    let blocked = AuthenticatorRefused::Blocked {
        aaguid: Aaguid::new([4; 16]),
    };
    assert_eq!(error, CompleteError::Authenticator(blocked));
    assert!(
        complete_with(
            session(token()),
            &TestAuthenticator::new(),
            &party(),
            &features,
            &lists
        )
        .is_ok()
    );
}
