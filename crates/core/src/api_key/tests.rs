use proptest::prelude::*;

use super::*;

const SECRET: &str = "demoapp:secret:00112233445566778899aabbccddeeff";
const SECRET_IMPORTED: &str = "AAECAwQFBgcICQoLDA0ODw==:LVOr02vNbGxG/bTO2kghKw==";
const PUBLIC: &str = "demoapp:public:00112233445566778899aabbccddeeff";

fn app() -> AppId {
    AppId::parse("demoapp").unwrap()
}

fn scopes(kind: ApiKeyKind) -> BTreeSet<Scope> {
    Scope::all_of(kind).into()
}

fn stored_secret(digest: SecretApiKeyDigest) -> ApiKey {
    let mut key = ApiKey::secret(
        &SecretApiKey::parse(SECRET).unwrap(),
        &scopes(ApiKeyKind::Secret),
        Timestamp::from_seconds(0),
    );
    key.material = ApiKeyMaterial::Secret(digest);
    key
}

fn stored_public() -> ApiKey {
    ApiKey::public(
        PublicApiKey::parse(PUBLIC).unwrap(),
        &scopes(ApiKeyKind::Public),
        Timestamp::from_seconds(0),
    )
}

fn presented(kind: ApiKeyKind, text: &str) -> PresentedKey {
    PresentedKey::parse(kind, text).unwrap()
}

#[test]
fn a_generated_key_is_a_version_4_uuid_without_dashes() {
    for random in [[0x00; 16], [0xff; 16], *b"0123456789abcdef"] {
        let key = SecretApiKey::generate(&app(), random);
        let hex = key.expose().strip_prefix("demoapp:secret:").unwrap();
        assert_eq!(hex.len(), 32);
        assert_eq!(uuid::Uuid::parse_str(hex).unwrap().get_version_num(), 4);
        assert_eq!(hex, hex.to_lowercase());
        assert_eq!(
            SecretApiKey::parse(key.expose()).unwrap().id().as_str(),
            &hex[28..]
        );

        let public = PublicApiKey::generate(&app(), random);
        assert_eq!(public.as_str(), format!("demoapp:public:{hex}"));
        assert_eq!(PublicApiKey::parse(public.as_str()), Ok(public));
    }
}

#[test]
fn malformed_keys_are_refused_with_the_reason() {
    let cases = [
        ("", InvalidApiKey::App),
        (
            "demoapp",
            InvalidApiKey::Kind {
                expected: ApiKeyKind::Secret,
            },
        ),
        ("De:secret:00112233445566778899aabbccddeeff", InvalidApiKey::App),
        (
            PUBLIC,
            InvalidApiKey::Kind {
                expected: ApiKeyKind::Secret,
            },
        ),
        (
            "demoapp:SECRET:00112233445566778899aabbccddeeff",
            InvalidApiKey::Kind {
                expected: ApiKeyKind::Secret,
            },
        ),
        ("demoapp:secret", InvalidApiKey::Hex),
        (
            "demoapp:secret:00112233445566778899AABBCCDDEEFF",
            InvalidApiKey::Hex,
        ),
        (
            "demoapp:secret:00112233445566778899aabbccddeef",
            InvalidApiKey::Hex,
        ),
        (
            "demoapp:secret:00112233445566778899aabbccddeeff:",
            InvalidApiKey::Hex,
        ),
    ];
    for (text, reason) in cases {
        assert_eq!(SecretApiKey::parse(text).unwrap_err(), reason, "{text}");
    }
}

#[test]
fn imported_digest_matches_the_published_vector_and_asks_to_be_upgraded() {
    let digest = SecretApiKeyDigest::parse(SECRET_IMPORTED).unwrap();
    assert_eq!(digest.to_stored(), SECRET_IMPORTED);

    let accepted = stored_secret(digest)
        .check(&presented(ApiKeyKind::Secret, SECRET))
        .unwrap();
    let upgraded = accepted.upgrade.unwrap();
    assert_eq!(upgraded, SecretApiKey::parse(SECRET).unwrap().digest());
    assert_eq!(
        stored_secret(upgraded).check(&presented(ApiKeyKind::Secret, SECRET)),
        Ok(Accepted { upgrade: None })
    );
}

#[test]
fn a_secret_key_is_checked_by_text_and_lock() {
    let wrong = presented(
        ApiKeyKind::Secret,
        "demoapp:secret:10112233445566778899aabbccddeeff",
    );
    let right = presented(ApiKeyKind::Secret, SECRET);
    for digest in [
        SecretApiKeyDigest::parse(SECRET_IMPORTED).unwrap(),
        SecretApiKey::parse(SECRET).unwrap().digest(),
    ] {
        let mut key = stored_secret(digest);
        assert!(key.check(&right).is_ok());
        assert_eq!(key.check(&wrong), Err(KeyRefusal::Invalid));
        for lock in [KeyLock::Key, KeyLock::Application] {
            key.lock = Some(lock);
            assert_eq!(key.check(&right), Err(KeyRefusal::Locked));
            assert_eq!(key.check(&wrong), Err(KeyRefusal::Locked));
        }
    }
}

#[test]
fn a_public_key_is_checked_by_text_then_lock() {
    let wrong = presented(
        ApiKeyKind::Public,
        "demoapp:public:10112233445566778899aabbccddeeff",
    );
    let right = presented(ApiKeyKind::Public, PUBLIC);
    let mut key = stored_public();
    assert_eq!(key.check(&right), Ok(Accepted { upgrade: None }));
    assert_eq!(key.check(&wrong), Err(KeyRefusal::Invalid));
    key.lock = Some(KeyLock::Key);
    assert_eq!(key.check(&right), Err(KeyRefusal::Locked));
    assert_eq!(key.check(&wrong), Err(KeyRefusal::Invalid));
}

#[test]
fn a_key_in_the_header_of_the_other_kind_is_never_accepted() {
    assert_eq!(
        stored_public().check(&presented(ApiKeyKind::Secret, PUBLIC)),
        Err(KeyRefusal::Invalid)
    );
    let secret = stored_secret(SecretApiKey::parse(SECRET).unwrap().digest());
    assert_eq!(
        secret.check(&presented(ApiKeyKind::Public, SECRET)),
        Err(KeyRefusal::Invalid)
    );
}

#[test]
fn listings_mask_secrets_only() {
    let secret = stored_secret(SecretApiKey::parse(SECRET).unwrap().digest());
    assert_eq!(
        secret.masked(&app()),
        "demoapp:secret:****************************eeff"
    );
    assert_eq!(stored_public().masked(&app()), PUBLIC);
}

#[test]
fn nothing_of_a_secret_is_printed() {
    let key = SecretApiKey::parse(SECRET).unwrap();
    let shown = format!(
        "{key:?} {:?} {:?}",
        presented(ApiKeyKind::Secret, SECRET),
        stored_secret(key.digest())
    );
    assert!(!shown.contains("0011223344"), "{shown}");
    assert!(shown.contains("Sha256(..)"), "{shown}");
}

#[test]
fn scopes_are_those_of_the_kind() {
    for scope in Scope::ALL {
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        assert!(Scope::all_of(scope.kind()).contains(&scope));
    }
    assert_eq!(Scope::from_number(ApiKeyKind::Public, 0), Some(Scope::Register));
    assert_eq!(Scope::from_number(ApiKeyKind::Public, 1), Some(Scope::Login));
    assert_eq!(
        Scope::from_number(ApiKeyKind::Secret, 0),
        Some(Scope::TokenRegister)
    );
    assert_eq!(
        Scope::from_number(ApiKeyKind::Secret, 1),
        Some(Scope::TokenVerify)
    );
    assert_eq!(Scope::from_number(ApiKeyKind::Secret, 2), None);
    assert_eq!(Scope::from_number(ApiKeyKind::Secret, -1), None);

    let key = stored_public();
    assert_eq!(key.require(Scope::Login), Ok(()));
    assert_eq!(
        key.require(Scope::TokenVerify),
        Err(MissingScope {
            required: Scope::TokenVerify
        })
    );
    let mixed = ApiKey::public(
        PublicApiKey::parse(PUBLIC).unwrap(),
        &Scope::ALL.into(),
        Timestamp::from_seconds(0),
    );
    assert_eq!(mixed.scopes, [Scope::Register, Scope::Login]);
}

#[test]
fn stored_texts_read_back() {
    for kind in [ApiKeyKind::Public, ApiKeyKind::Secret] {
        assert_eq!(ApiKeyKind::parse(kind.as_str()), Some(kind));
        assert_eq!(kind.other().other(), kind);
    }
    for lock in [KeyLock::Key, KeyLock::Application] {
        assert_eq!(KeyLock::parse(lock.as_str()), Some(lock));
    }
    for text in ["", "sha256", "sha256:", "sha256:AAAA", "AAAA:AAAA", "no digest"] {
        assert_eq!(
            SecretApiKeyDigest::parse(text),
            Err(InvalidSecretDigest),
            "{text}"
        );
    }
}

#[test]
fn refusals_are_recorded_only_for_texts_that_look_like_keys() {
    let recorded = |kind, text| presented(kind, text).looks_like_a_key();
    for (kind, text) in [(ApiKeyKind::Secret, SECRET), (ApiKeyKind::Public, PUBLIC)] {
        assert!(recorded(kind, text));
        assert!(!recorded(kind.other(), text));
        assert!(!recorded(kind, "demoapp:abcd"));
    }
}

#[test]
fn a_401_says_what_was_sent_instead() {
    use ApiKeyKind::{Public, Secret};
    let unrecognised = |text: &str| HeaderProblem::Unrecognised {
        started_with: text.to_owned(),
    };
    let cases = [
        (Secret, Some("verify_abc"), None, HeaderProblem::SignInToken),
        (Public, Some("register_abc"), None, HeaderProblem::RegisterToken),
        (Secret, Some(PUBLIC), None, HeaderProblem::OtherKind),
        (Public, Some(SECRET), None, HeaderProblem::OtherKind),
        (Secret, Some("something longer"), None, unrecognised("something ")),
        (Public, Some("żółw"), None, unrecognised("żółw")),
        (Public, Some("demoapp:secre"), None, unrecognised("demoapp:se")),
        (Secret, Some(SECRET), Some(PUBLIC), HeaderProblem::Invalid),
        (Public, Some(PUBLIC), None, HeaderProblem::Invalid),
        (Secret, None, Some(PUBLIC), HeaderProblem::OtherHeader),
        (Secret, Some(""), Some(PUBLIC), HeaderProblem::OtherHeader),
        (Secret, Some(""), Some(""), HeaderProblem::Missing),
        (Public, None, None, HeaderProblem::Missing),
    ];
    for (kind, presented, other, problem) in cases {
        assert_eq!(
            describe_refusal(kind, presented, other),
            problem,
            "{kind:?} {presented:?} {other:?}"
        );
    }
}

proptest! {
    #[test]
    fn every_generated_key_reads_back_and_is_accepted(random in any::<[u8; 16]>()) {
        let key = SecretApiKey::generate(&app(), random);
        let stored = ApiKey::secret(&key, &scopes(ApiKeyKind::Secret), Timestamp::from_seconds(0));
        let presented = presented(ApiKeyKind::Secret, key.expose());
        prop_assert_eq!(presented.id(), Some(&stored.id));
        prop_assert_eq!(presented.app(), key.app());
        prop_assert!(stored.check(&presented).is_ok());
        let digest = key.digest();
        prop_assert_eq!(SecretApiKeyDigest::parse(&digest.to_stored()), Ok(digest));
    }

    #[test]
    fn no_other_text_is_accepted(text in "demoapp:secret:[0-9a-f]{28}eeff") {
        let stored = stored_secret(SecretApiKey::parse(SECRET).unwrap().digest());
        prop_assert_eq!(stored.check(&presented(ApiKeyKind::Secret, &text)).is_ok(), text == SECRET);
    }

    #[test]
    fn reading_is_total(text in any::<String>()) {
        for kind in [ApiKeyKind::Public, ApiKeyKind::Secret] {
            if let Ok(key) = PresentedKey::parse(kind, &text) {
                prop_assert!(text.starts_with(key.app().as_str()));
                prop_assert!(key.id().is_none_or(|id| text.ends_with(id.as_str())));
            }
            let _ = describe_refusal(kind, Some(&text), None);
        }
        prop_assert_eq!(PublicApiKey::parse(&text).is_ok() && SecretApiKey::parse(&text).is_ok(), false);
        let _ = SecretApiKeyDigest::parse(&text);
    }
}
