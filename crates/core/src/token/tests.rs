use std::collections::BTreeSet;

use passgate_webauthn::{AttestationConveyance, CredentialId, Hint, Mediation, ResidentKey};
use proptest::prelude::*;

use super::{
    keyring::{Keyring, SealingKey},
    *,
};
use crate::{
    alias::{Alias, ClearText, NewAliases},
    application::AppId,
    secret::Secret,
    user::UserId,
};

const NONCE: [u8; 12] = [0x5a; 12];

fn now() -> Timestamp {
    Timestamp::from_seconds(1_735_689_600)
}

fn app() -> AppId {
    AppId::parse("demoapp").unwrap()
}

fn key(id: u32) -> SealingKey {
    SealingKey::new(id, now(), Secret::new([id.to_be_bytes()[3]; 32]))
}

fn keyring() -> Keyring {
    Keyring::new(vec![key(1), key(2)])
}

fn sign_in_token() -> SignInToken {
    SignInToken {
        token_id: TokenId::from_random([7; 16]),
        token_type: SignInTokenType::PasskeySignIn,
        user_id: UserId::parse("alice").unwrap(),
        timestamp: now(),
        expires_at: expiry(now(), Duration::from_secs(120)),
        rp_id: Some("example.com".to_owned()),
        origin: Some("https://example.com".to_owned()),
        device: Some("Chrome, Windows 10".to_owned()),
        country: Some(String::new()),
        nickname: None,
        credential_id: Some(CredentialId::new(vec![1, 2, 3]).unwrap()),
        purpose: Some("sign-in".to_owned()),
    }
}

fn register_token() -> RegisterToken {
    RegisterToken {
        token_id: TokenId::from_random([8; 16]),
        expires_at: expiry(now(), REGISTER_TOKEN_LIFETIME),
        user_id: UserId::parse("alice").unwrap(),
        username: "alice@example.com".to_owned(),
        display_name: None,
        attestation: AttestationConveyance::Direct,
        authenticator_type: Some("Any".to_owned()),
        resident_key: ResidentKey::Required,
        user_verification: None,
        aliases: NewAliases {
            replacement: BTreeSet::from([Alias::parse("alice@example.com").unwrap()]),
            clear_text: ClearText::Kept,
            sign_in_name: Some(Alias::parse("alice").unwrap()),
        },
        hints: vec![Hint::SecurityKey, Hint::Hybrid],
        mediation: Mediation::Conditional,
    }
}

fn open_sign_in(token: &str) -> Result<SignInToken, OpenTokenError> {
    open(token, &app(), &keyring(), now())
}

#[test]
fn what_was_sealed_opens() {
    let (sign_in, register) = (sign_in_token(), register_token());
    assert_eq!(open_sign_in(&seal(&sign_in, &app(), &key(2), NONCE)), Ok(sign_in));
    assert_eq!(
        open(
            &*seal(&register, &app(), &key(1), NONCE),
            &app(),
            &keyring(),
            now()
        ),
        Ok(register)
    );
}

#[test]
fn in_version_2_of_its_claims_a_passkey_is_discoverable_or_not() {
    for (discoverable, resident_key) in [(true, ResidentKey::Required), (false, ResidentKey::Discouraged)] {
        let token = register_token();
        let members = (
            token.token_id,
            token.expires_at,
            &token.user_id,
            &token.username,
            &token.display_name,
            token.attestation,
            &token.authenticator_type,
            discoverable,
            &token.user_verification,
            &token.aliases,
            &token.hints,
            token.mediation,
        );
        let bytes = postcard::to_allocvec(&members).unwrap();
        let read = RegisterToken::read_earlier(2, &bytes);
        assert_eq!(
            read,
            Some(RegisterToken {
                resident_key,
                ..token
            })
        );
    }
}

/// [`register_token`] as it was sealed in version 1 of its claims, under the same key and nonce.
const REGISTER_TOKEN_V1: &str = concat!(
    "register_AQAAAAFaWlpaWlpaWlpaWlqZixZdrnOIwRW4IExX4n-fFfPVfBxegz7gwMMLlBeSVjwdk3PAbNkGALxuXn_tB77fzyOt8olOzF9n",
    "6GBFI8Nzp2snqFtFaT4nn0R1-t9tjWBw6o9qENBUe2fEFwFH5TIJ4za45cZ6Wg"
);

#[test]
fn what_an_earlier_version_sealed_opens() {
    let open_register = |text: &str| open::<RegisterToken>(text, &app(), &keyring(), now());
    // Of what came later, it has what was the rule then.
    let earlier = RegisterToken {
        mediation: Mediation::Modal,
        ..register_token()
    };
    assert_eq!(open_register(REGISTER_TOKEN_V1), Ok(earlier));
    // The version is sealed, too.
    let body = REGISTER_TOKEN_V1.strip_prefix("register_A").unwrap();
    for later in ["g", "w"] {
        let raised = format!("register_A{}", body.replacen('Q', later, 1));
        assert_eq!(open_register(&raised), Err(OpenTokenError::Invalid));
    }
    let from_tomorrow = format!("register_B{}", body.replacen('Q', "A", 1));
    assert_eq!(open_register(&from_tomorrow), Err(OpenTokenError::Format));
}

#[test]
fn a_token_is_its_prefix_and_base64url_and_hides_its_claims() {
    let text = seal(&register_token(), &app(), &key(1), NONCE);
    let body = text.strip_prefix("register_").unwrap();
    assert!(
        body.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
        "{body}"
    );
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, body).unwrap();
    assert_eq!(
        bytes[..17],
        [
            3, 0, 0, 0, 1, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a
        ]
    );
    assert!(!bytes.windows(5).any(|window| window == b"alice"));
}

#[test]
fn the_prefix_is_matched_whatever_its_case() {
    let text = seal(&sign_in_token(), &app(), &key(1), NONCE);
    assert_eq!(
        open_sign_in(&text.replacen("verify_", "VeriFY_", 1)),
        Ok(sign_in_token())
    );
}

#[test]
fn wrong_values_are_told_apart_in_order() {
    let open_optional =
        |token: Option<&str>| open::<SignInToken>(token, &app(), &keyring(), now()).unwrap_err();
    assert_eq!(open_optional(None), OpenTokenError::Missing { prefix: "verify_" });

    let wrong_prefix = |started_with: &str| OpenTokenError::WrongPrefix {
        prefix: "verify_",
        started_with: started_with.to_owned(),
    };
    assert_eq!(open_optional(Some("")), wrong_prefix(""));
    assert_eq!(open_optional(Some("verify")), wrong_prefix("verify"));
    assert_eq!(open_optional(Some("session_abcdef")), wrong_prefix("session_ab"));
    assert_eq!(open_optional(Some("żółwżółwżółw")), wrong_prefix("żółwżółwżó"));

    let genuine = seal(&sign_in_token(), &app(), &key(1), NONCE);
    let body = genuine.strip_prefix("verify_").unwrap();
    let of_version_4 = format!("verify_BA{}", &body[2..]);
    for text in [
        "verify_",
        "verify_not base64",
        "verify_AAAA",
        &format!("{genuine}="),
        &format!("{genuine} "),
        &of_version_4,
    ] {
        assert_eq!(open_optional(Some(text)), OpenTokenError::Format, "{text}");
    }

    let of_unknown_key = seal(&sign_in_token(), &app(), &key(3), NONCE);
    assert_eq!(
        open_optional(Some(&of_unknown_key)),
        OpenTokenError::UnknownKey { id: 3 }
    );
}

#[test]
fn a_token_opens_only_as_its_kind_for_its_application_under_its_key() {
    let text = seal(&sign_in_token(), &app(), &key(1), NONCE);
    let other_app = AppId::parse("demoapp2").unwrap();
    assert_eq!(
        open::<SignInToken>(&*text, &other_app, &keyring(), now()),
        Err(OpenTokenError::Invalid)
    );

    let same_id = Keyring::new(vec![SealingKey::new(1, now(), Secret::new([99; 32]))]);
    assert_eq!(
        open::<SignInToken>(&*text, &app(), &same_id, now()),
        Err(OpenTokenError::Invalid)
    );

    let dressed_up = text.replacen("verify_", "register_", 1);
    assert_eq!(
        open::<RegisterToken>(&*dressed_up, &app(), &keyring(), now()),
        Err(OpenTokenError::Invalid)
    );
}

#[test]
fn a_token_is_valid_up_to_its_last_moment() {
    let token = sign_in_token();
    let text = seal(&token, &app(), &key(1), NONCE);
    let open_at = |at| open::<SignInToken>(&*text, &app(), &keyring(), at);
    assert!(open_at(token.expires_at).is_ok());
    let one_micro_late = Timestamp::from_micros(token.expires_at.as_micros() + 1);
    assert_eq!(
        open_at(one_micro_late),
        Err(OpenTokenError::Expired {
            ago: Duration::from_micros(1)
        })
    );
    let ten_seconds_late = token.expires_at.plus(Duration::from_secs(10));
    assert_eq!(
        open_at(ten_seconds_late),
        Err(OpenTokenError::Expired {
            ago: Duration::from_secs(10)
        })
    );
}

#[test]
fn an_expired_token_of_someone_else_says_nothing_of_its_expiry() {
    let text = seal(&sign_in_token(), &app(), &key(1), NONCE);
    let other_app = AppId::parse("demoapp2").unwrap();
    let late = now().plus(DAY);
    assert_eq!(
        open::<SignInToken>(&*text, &other_app, &keyring(), late),
        Err(OpenTokenError::Invalid)
    );
}

#[test]
fn no_lifetime_outlives_the_keys() {
    assert_eq!(
        expiry(now(), Duration::from_secs(5)),
        now().plus(Duration::from_secs(5))
    );
    assert_eq!(expiry(now(), Duration::MAX), now().plus(MAX_LIFETIME));
}

#[test]
fn token_types_read_back() {
    for token_type in SignInTokenType::ALL {
        assert_eq!(SignInTokenType::parse(token_type.as_str()), Some(token_type));
    }
    assert_eq!(SignInTokenType::parse("PASSKEY_SIGNIN"), None);
}

#[test]
fn token_ids_are_version_4_uuids() {
    let id = TokenId::from_random([0xff; 16]);
    assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(TokenId::from_bytes(*id.as_bytes()), id);
}

/// What one flipped bit of a genuine token leads to: the same claims if only the case of the prefix changed, else the
/// error that belongs to the place.
#[test]
fn no_flipped_bit_goes_unnoticed() {
    let genuine = seal(&sign_in_token(), &app(), &key(1), NONCE);
    let prefix = "verify_".len();
    for index in 0..genuine.len() {
        for bit in 0..8 {
            let mut bytes = genuine.clone().into_bytes();
            bytes[index] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            match open_sign_in(&text) {
                Ok(claims) => {
                    assert!(index < prefix && text.eq_ignore_ascii_case(&genuine), "{text}");
                    assert_eq!(claims, sign_in_token());
                }
                Err(OpenTokenError::WrongPrefix { .. }) => assert!(index < prefix, "{index} {bit}"),
                Err(OpenTokenError::Format) => assert!(index >= prefix, "{index} {bit}"),
                // Bytes 1 to 4, the key id, are written in characters 1 to 6 of the body.
                Err(OpenTokenError::UnknownKey { .. }) => {
                    assert!((1..7).contains(&(index - prefix)), "{index} {bit}")
                }
                Err(OpenTokenError::Invalid) => assert!(index >= prefix, "{index} {bit}"),
                Err(error @ (OpenTokenError::Missing { .. } | OpenTokenError::Expired { .. })) => {
                    panic!("{index} {bit}: {error}")
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_of_any_token_is_refused(
        user in "[a-zA-Z0-9ąę ]{1,64}x",
        nickname in proptest::option::of(any::<String>()),
        credential in prop::collection::vec(any::<u8>(), 1..100),
        nonce in any::<[u8; 12]>(),
        position in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let claims = SignInToken {
            user_id: UserId::parse(&user).unwrap(),
            nickname,
            credential_id: Some(CredentialId::new(credential).unwrap()),
            ..sign_in_token()
        };
        let genuine = seal(&claims, &app(), &key(2), nonce);
        prop_assert_eq!(open_sign_in(&genuine), Ok(claims.clone()));

        // Bits of the sealed bytes rather than of their text: each of them must matter.
        let body = genuine.strip_prefix("verify_").unwrap();
        let engine = &base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let mut bytes = base64::Engine::decode(engine, body).unwrap();
        let index = position.index(bytes.len());
        bytes[index] ^= 1 << bit;
        let refused = open_sign_in(&format!("verify_{}", base64::Engine::encode(engine, bytes))).unwrap_err();
        match index {
            // Another version: one that some kind of token has, or none.
            0 => prop_assert!(matches!(refused, OpenTokenError::Invalid | OpenTokenError::Format), "{refused:?}"),
            // Key 2 with its lowest two bits changed can only become a key that this keyring lacks: 0, 3.
            1..=4 => prop_assert!(matches!(refused, OpenTokenError::UnknownKey { .. }), "{refused:?}"),
            _ => prop_assert_eq!(refused, OpenTokenError::Invalid),
        }
    }

    #[test]
    fn a_flipped_bit_of_the_text_never_opens_to_other_claims(position in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let genuine = seal(&register_token(), &app(), &key(1), NONCE);
        let mut bytes = genuine.clone().into_bytes();
        let index = position.index(bytes.len());
        bytes[index] ^= 1 << bit;
        let text = String::from_utf8(bytes).unwrap();
        match open::<RegisterToken>(&*text, &app(), &keyring(), now()) {
            Ok(claims) => {
                prop_assert!(index < "register_".len() && text.eq_ignore_ascii_case(&genuine));
                prop_assert_eq!(claims, register_token());
            }
            Err(OpenTokenError::Missing { .. } | OpenTokenError::Expired { .. }) => prop_assert!(false, "{}", text),
            Err(_) => {}
        }
    }

    #[test]
    fn a_shortened_token_is_refused(length in 0..200_usize) {
        let genuine = seal(&register_token(), &app(), &key(1), NONCE);
        let length = length.min(genuine.len() - 1);
        prop_assert!(open::<RegisterToken>(&genuine[..length], &app(), &keyring(), now()).is_err());
    }

    #[test]
    fn opening_is_total(text in any::<String>(), body in "[A-Za-z0-9_-]{0,80}") {
        prop_assert!(open_sign_in(&text).is_err());
        let dressed_up = format!("verify_{body}");
        prop_assert!(open_sign_in(&dressed_up).is_err());
    }
}
