//! Properties: parsers are total, encoding and decoding agree, and no altered response verifies.

#[path = "support/soft.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod soft;

use std::collections::BTreeMap;

use passgate_webauthn::attestation::AttestationObject;
use passgate_webauthn::authenticator_data::{AuthenticatorData, Purpose};
use passgate_webauthn::cbor::{self, Key, Rules, Value};
use passgate_webauthn::client_data::ClientData;
use passgate_webauthn::client_data::limited::{self, TopOrigin};
use passgate_webauthn::offline::verify_document;
use passgate_webauthn::*;
use proptest::prelude::*;
use soft::*;

/// An owned CBOR item, to generate borrowed ones from.
#[derive(Debug, Clone)]
enum Item {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Bool(bool),
    Null,
    Array(Vec<Self>),
    Map(BTreeMap<String, Self>),
    IntMap(BTreeMap<i64, Self>),
}

impl Item {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Int(n) => int(*n),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Text(text) => Value::Text(text),
            Self::Bool(value) => Value::Bool(*value),
            Self::Null => Value::Null,
            Self::Array(items) => Value::Array(items.iter().map(Self::value).collect()),
            Self::Map(map) => Value::Map(
                map.iter()
                    .map(|(name, item)| (Key::Text(name), item.value()))
                    .collect(),
            ),
            Self::IntMap(map) => Value::Map(
                map.iter()
                    .map(|(label, item)| (key(*label), item.value()))
                    .collect(),
            ),
        }
    }
}

fn items() -> impl Strategy<Value = Item> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Item::Int),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Item::Bytes),
        ".{0,40}".prop_map(Item::Text),
        any::<bool>().prop_map(Item::Bool),
        Just(Item::Null),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Item::Array),
            prop::collection::btree_map(".{0,12}", inner.clone(), 0..8).prop_map(Item::Map),
            prop::collection::btree_map(any::<i64>(), inner, 0..8).prop_map(Item::IntMap),
        ]
    })
}

const DEEP: Rules = Rules {
    depth: 8,
    ..Rules::AUTHENTICATOR_DATA
};

proptest! {
    #[test]
    fn encoding_and_decoding_agree(item in items()) {
        let bytes = cbor::encode(&item.value());
        let decoded = cbor::decode(&bytes, DEEP).unwrap();
        prop_assert_eq!(cbor::encode(&decoded), bytes.clone());
        let (prefix, length) = cbor::decode_prefix(&[&bytes[..], &[0xff]].concat(), DEEP).map(|(value, length)| (cbor::encode(&value), length)).unwrap();
        prop_assert_eq!((prefix, length), (bytes.clone(), bytes.len()));
        for cut in 0..bytes.len() {
            prop_assert!(cbor::decode(&bytes[..cut], DEEP).is_err());
        }
    }

    #[test]
    fn what_decodes_has_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = cbor::decode(&bytes, DEEP) {
            prop_assert_eq!(cbor::encode(&value), bytes);
        }
    }

    #[test]
    fn parsers_are_total(bytes in prop::collection::vec(any::<u8>(), 0..512), text in ".{0,200}") {
        let _ = RegistrationResponse::from_json(&bytes).is_ok();
        let _ = AuthenticationResponse::from_json(text.as_bytes()).is_ok();
        let _ = ClientData::parse(&bytes).is_ok();
        let _ = ClientData::parse(text.as_bytes()).is_ok();
        let _ = AuthenticatorData::parse(&bytes, Purpose::Registration).is_ok();
        let _ = AuthenticatorData::parse(&bytes, Purpose::Assertion).is_ok();
        let _ = AttestationObject::parse(&bytes).is_ok();
        let _ = CosePublicKey::parse(&bytes).is_ok();
        let _ = verify_document(&bytes, now());
        if let Ok(origin) = Origin::parse(&text) {
            let again = Origin::parse(origin.as_str());
            prop_assert_eq!(again, Ok(origin));
        }
        if let Ok(rp_id) = RpId::parse(&text) {
            let again = RpId::parse(rp_id.as_str());
            prop_assert_eq!(again, Ok(rp_id));
        }
    }

    #[test]
    fn damaged_registrations_never_panic(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400) {
        let soft = SoftRegistration::self_attested(&SoftKey::new(Algorithm::Es256));
        let mut object = soft.attestation_object();
        let length = object.len();
        let changed = object[at % length] != byte;
        object[at % length] = byte;
        let response = |object: &[u8]| RegistrationResponse::from_parts(RegistrationResponseParts {
            raw_id: CREDENTIAL_ID.to_vec(),
            client_data_json: soft.client_data.clone().into_bytes(),
            attestation_object: object.to_vec(),
            ..RegistrationResponseParts::default()
        }).unwrap();
        let result = registration().finish(&response(&object), &Policy::default(), now());
        prop_assert_eq!(result.is_err(), changed);
        let cut = registration().finish(&response(&object[..cut % length]), &Policy::default(), now());
        prop_assert!(cut.is_err());
    }

    /// What a browser serialises is read alike by the parser and by the limited algorithm.
    #[test]
    fn limited_verification_agrees_with_the_parser(
        origin in "https://[a-z]{1,10}\\.[a-z]{2,3}(:[1-9][0-9]{2})?",
        top in prop::option::of("https://[a-z]{1,10}\\.[a-z]{2,3}"),
        create in any::<bool>(),
        extra in prop::option::of("[a-z]{9,12}"),
    ) {
        let name = if create { "webauthn.create" } else { "webauthn.get" };
        let challenge = Challenge::new(CHALLENGE).unwrap();
        let framing = match &top {
            Some(top) => format!(r#""crossOrigin":true,"topOrigin":"{top}""#),
            None => r#""crossOrigin":false"#.to_owned(),
        };
        let extra = extra.map(|name| format!(r#","{name}":1"#)).unwrap_or_default();
        let json = format!(r#"{{"type":"{name}","challenge":"{}","origin":"{origin}",{framing}{extra}}}"#, base64url(&CHALLENGE));
        let expected = top.as_deref().map_or(TopOrigin::SameOrigin, TopOrigin::Required);
        let parsed = ClientData::parse(json.as_bytes()).unwrap();
        prop_assert_eq!(&*parsed.origin, &origin[..]);
        prop_assert_eq!(parsed.top_origin.as_deref(), top.as_deref());
        prop_assert!(limited::verify(json.as_bytes(), name, &challenge, &origin, expected));
        prop_assert!(!limited::verify(json.as_bytes(), name, &challenge, "https://other.example", expected));
    }
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// Every bit of an assertion is covered: by the signature, or by what was promised.
#[test]
fn no_flipped_bit_of_an_assertion_verifies() {
    let (key, soft) = (SoftKey::new(Algorithm::Es256), SoftAssertion::new());
    let (id, user) = (
        CredentialId::new(CREDENTIAL_ID).unwrap(),
        UserHandle::new(USER).unwrap(),
    );
    let cose = key.cose();
    let stored = StoredCredential {
        id: &id,
        public_key: &cose,
        sign_count: 1,
        user_handle: Some(&user),
        backup_eligible: None,
    };
    let parts = AuthenticationResponseParts {
        raw_id: CREDENTIAL_ID.to_vec(),
        client_data_json: soft.client_data.clone().into_bytes(),
        authenticator_data: soft.authenticator_data(),
        signature: key.sign(&soft.signed()),
        user_handle: Some(USER.to_vec()),
        ..AuthenticationResponseParts::default()
    };
    let verifies = |parts: AuthenticationResponseParts| {
        AuthenticationResponse::from_parts(parts).is_ok_and(|response| {
            authentication()
                .finish(&response, &stored, &Policy::default())
                .is_ok()
        })
    };
    assert!(verifies(parts.clone()));
    for authenticator_data in flips(&parts.authenticator_data) {
        assert!(!verifies(AuthenticationResponseParts {
            authenticator_data,
            ..parts.clone()
        }));
    }
    for client_data_json in flips(&parts.client_data_json) {
        assert!(!verifies(AuthenticationResponseParts {
            client_data_json,
            ..parts.clone()
        }));
    }
    for signature in flips(&parts.signature) {
        assert!(!verifies(AuthenticationResponseParts {
            signature,
            ..parts.clone()
        }));
    }
    for raw_id in flips(&parts.raw_id) {
        assert!(!verifies(AuthenticationResponseParts {
            raw_id,
            ..parts.clone()
        }));
    }
    for user_handle in flips(&USER) {
        assert!(!verifies(AuthenticationResponseParts {
            user_handle: Some(user_handle),
            ..parts.clone()
        }));
    }
}

/// The same for a registration that attests itself, over the whole attestation object.
#[test]
fn no_flipped_bit_of_a_signed_registration_verifies() {
    let soft = SoftRegistration::self_attested(&SoftKey::new(Algorithm::Es256));
    let parts = RegistrationResponseParts {
        raw_id: CREDENTIAL_ID.to_vec(),
        client_data_json: soft.client_data.clone().into_bytes(),
        attestation_object: soft.attestation_object(),
        ..RegistrationResponseParts::default()
    };
    let verifies = |parts: RegistrationResponseParts| {
        RegistrationResponse::from_parts(parts).is_ok_and(|response| {
            registration()
                .finish(&response, &Policy::default(), now())
                .is_ok()
        })
    };
    assert!(verifies(parts.clone()));
    for attestation_object in flips(&parts.attestation_object) {
        assert!(!verifies(RegistrationResponseParts {
            attestation_object,
            ..parts.clone()
        }));
    }
    for client_data_json in flips(&parts.client_data_json) {
        assert!(!verifies(RegistrationResponseParts {
            client_data_json,
            ..parts.clone()
        }));
    }
    for raw_id in flips(&parts.raw_id) {
        assert!(!verifies(RegistrationResponseParts {
            raw_id,
            ..parts.clone()
        }));
    }
}
