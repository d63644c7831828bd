//! The soft authenticator against an independent verifier (ring), and each alteration changing what it says.

use ciborium::Value as Cbor;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::json;

use super::*;

const ORIGIN: &str = "https://login.example.com";

fn creation_options() -> Value {
    json!({
        "rp": { "id": "example.com", "name": "example.com" },
        "user": { "name": "pjfry", "id": base64url(b"user-1"), "displayName": "Philip J Fry" },
        "challenge": base64url(&[7; 16]),
        "pubKeyCredParams": [{ "type": "public-key", "alg": -8 }, { "type": "public-key", "alg": -7 }],
        "timeout": 60000,
        "attestation": "none",
        "attestationFormats": [],
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred" },
        "hints": [],
        "excludeCredentials": [],
        "extensions": { "credProps": true },
    })
}

fn request_options(ids: &[&[u8]]) -> Value {
    let allowed: Vec<_> = ids
        .iter()
        .map(|id| json!({ "type": "public-key", "id": base64url(id) }))
        .collect();
    json!({
        "challenge": base64url(&[9; 16]),
        "timeout": 60000,
        "rpId": "example.com",
        "allowCredentials": allowed,
        "userVerification": "preferred",
        "hints": [],
    })
}

/// The raw public key at the end of authenticator data, and the ring algorithm for it.
fn public_key(registration: &Registration) -> (Vec<u8>, &'static dyn VerificationAlgorithm) {
    let key = &registration.authenticator_data[55 + registration.raw_id.len()..];
    let Cbor::Map(members) = ciborium::from_reader::<Cbor, _>(key).unwrap() else {
        panic!("no map")
    };
    let bytes = |label: i64| {
        members
            .iter()
            .find(|(name, _)| *name == Cbor::from(label))
            .and_then(|(_, value)| value.as_bytes().cloned())
    };
    match bytes(-3) {
        Some(y) => ([vec![4], bytes(-2).unwrap(), y].concat(), &ECDSA_P256_SHA256_ASN1),
        None => (bytes(-2).unwrap(), &ED25519),
    }
}

fn verifies(registration: &Registration, assertion: &Assertion) -> bool {
    let (key, algorithm) = public_key(registration);
    let mut message = assertion.authenticator_data.clone();
    message.extend_from_slice(digest(&SHA256, &assertion.client_data_json).as_ref());
    UnparsedPublicKey::new(algorithm, key)
        .verify(&message, &assertion.signature)
        .is_ok()
}

fn client_data(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn an_honest_ceremony_verifies() {
    for algorithm in [-7, -8] {
        let mut device = SoftAuthenticator::new().with_algorithms(&[algorithm]);
        let registration = device.register(ORIGIN, &creation_options()).unwrap();
        let data = client_data(&registration.client_data_json);
        assert_eq!(data["type"], "webauthn.create");
        assert_eq!(data["origin"], ORIGIN);
        assert_eq!(data["challenge"], base64url(&[7; 16]));
        assert_eq!(
            &registration.authenticator_data[..32],
            digest(&SHA256, b"example.com").as_ref()
        );
        assert_eq!(registration.authenticator_data[32], 0x5d, "UP, UV, BE, BS and AT");
        assert_eq!(
            registration.client_extension_results,
            json!({ "credProps": { "rk": true } })
        );

        let assertion = device.authenticate(ORIGIN, &request_options(&[])).unwrap();
        assert_eq!(assertion.raw_id, registration.raw_id);
        assert_eq!(assertion.user_handle.as_deref(), Some(&b"user-1"[..]));
        assert_eq!(assertion.authenticator_data.len(), 37);
        assert!(verifies(&registration, &assertion));
    }
}

#[test]
fn every_shape_carries_the_same_bytes() {
    let mut device = SoftAuthenticator::new();
    let registration = device.register(ORIGIN, &creation_options()).unwrap();
    let (standard, browser) = (registration.to_json(), registration.to_browser_client_json());
    assert_eq!(
        standard["response"]["attestationObject"],
        browser["response"]["AttestationObject"]
    );
    assert_eq!(
        standard["response"]["clientDataJSON"],
        browser["response"]["clientDataJson"]
    );
    let assertion = device.authenticate(ORIGIN, &request_options(&[])).unwrap();
    let (standard, browser) = (assertion.to_json(), assertion.to_browser_client_json());
    assert_eq!(
        standard["response"]["signature"],
        browser["response"]["signature"]
    );
    assert_eq!(standard["response"]["userHandle"], base64url(b"user-1"));
    assert!(browser["response"].get("userHandle").is_none());
}

#[test]
fn the_client_refuses_what_a_browser_refuses() {
    let mut device = SoftAuthenticator::new();
    let registration = device.register(ORIGIN, &creation_options()).unwrap();
    let mut excluding = creation_options();
    excluding["excludeCredentials"] = json!([{ "type": "public-key", "id": registration.id }]);
    assert!(
        device.register(ORIGIN, &excluding).is_err(),
        "already on the device"
    );
    assert!(
        device
            .register("https://example.org", &creation_options())
            .is_err(),
        "a foreign RP ID"
    );
    assert!(
        device
            .authenticate(ORIGIN, &request_options(&[b"unknown"]))
            .is_err(),
        "no such credential"
    );
    assert!(
        SoftAuthenticator::new()
            .authenticate(ORIGIN, &request_options(&[]))
            .is_err(),
        "an empty device"
    );
}

#[test]
fn credentials_that_are_not_discoverable_need_an_allow_list() {
    let mut device = SoftAuthenticator::new();
    let mut options = creation_options();
    options["authenticatorSelection"] =
        json!({ "residentKey": "discouraged", "userVerification": "preferred" });
    let registration = device.register(ORIGIN, &options).unwrap();
    assert!(device.authenticate(ORIGIN, &request_options(&[])).is_err());
    let assertion = device
        .authenticate(ORIGIN, &request_options(&[&registration.raw_id]))
        .unwrap();
    assert_eq!(assertion.user_handle, None);
    assert!(verifies(&registration, &assertion));
}

#[test]
fn native_apps_and_plain_localhost_have_origins_too() {
    let mut device = SoftAuthenticator::new();
    let app = "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let registration = device.register(app, &creation_options()).unwrap();
    assert_eq!(client_data(&registration.client_data_json)["origin"], app);
    let assertion = device.authenticate(app, &request_options(&[])).unwrap();
    assert!(verifies(&registration, &assertion));

    let mut options = creation_options();
    options["rp"]["id"] = "localhost".into();
    let registration = device.register("http://localhost:3000", &options).unwrap();
    assert_eq!(
        client_data(&registration.client_data_json)["origin"],
        "http://localhost:3000"
    );
}

#[test]
fn sign_counts_advance_only_where_asked_for() {
    let count =
        |assertion: &Assertion| u32::from_be_bytes(assertion.authenticator_data[33..37].try_into().unwrap());
    let mut plain = SoftAuthenticator::new();
    plain.register(ORIGIN, &creation_options()).unwrap();
    let mut counting = SoftAuthenticator::new().with_sign_count();
    let registration = counting.register(ORIGIN, &creation_options()).unwrap();
    for expected in 1..3 {
        assert_eq!(
            count(&plain.authenticate(ORIGIN, &request_options(&[])).unwrap()),
            0
        );
        assert_eq!(
            count(&counting.authenticate(ORIGIN, &request_options(&[])).unwrap()),
            expected
        );
    }
    counting.set_sign_count(&registration.raw_id, 70);
    let assertion = counting.authenticate(ORIGIN, &request_options(&[])).unwrap();
    assert_eq!(count(&assertion), 71);
    assert!(verifies(&registration, &assertion));
}

#[test]
fn a_device_without_user_verification_says_so() {
    let mut device = SoftAuthenticator::without_user_verification();
    let registration = device.register(ORIGIN, &creation_options()).unwrap();
    assert_eq!(registration.authenticator_data[32] & 0x05, 0x01);
    let mut options = request_options(&[]);
    assert_eq!(
        device.authenticate(ORIGIN, &options).unwrap().authenticator_data[32] & 0x05,
        0x01
    );
    options["userVerification"] = "required".into();
    assert!(device.authenticate(ORIGIN, &options).is_err());
}

#[test]
fn altered_assertions_are_signed_again() {
    let mut device = SoftAuthenticator::new();
    let registration = device.register(ORIGIN, &creation_options()).unwrap();
    let mut altered = |alteration: Alteration| {
        let assertion = device
            .authenticate_altered(ORIGIN, &request_options(&[]), &[alteration])
            .unwrap();
        assert!(verifies(&registration, &assertion));
        assertion
    };
    let data = |assertion: Assertion| client_data(&assertion.client_data_json);
    assert_eq!(
        data(altered(Alteration::Challenge(vec![1; 16])))["challenge"],
        base64url(&[1; 16])
    );
    assert_eq!(
        data(altered(Alteration::Origin("https://evil.example".into())))["origin"],
        "https://evil.example"
    );
    assert_eq!(
        data(altered(Alteration::CeremonyType("payment.get".into())))["type"],
        "payment.get"
    );
    assert_eq!(
        data(altered(Alteration::ClientDataMember("crossOrigin", true.into())))["crossOrigin"],
        true
    );
    assert_eq!(
        altered(Alteration::ClientData(b"no json".to_vec())).client_data_json,
        b"no json"
    );

    let flags = |assertion: Assertion| assertion.authenticator_data[32];
    assert_eq!(flags(altered(Alteration::UserPresent(false))), 0x1c);
    assert_eq!(flags(altered(Alteration::UserVerified(false))), 0x19);
    assert_eq!(flags(altered(Alteration::BackupEligible(false))), 0x15);
    assert_eq!(flags(altered(Alteration::BackupState(false))), 0x0d);
    assert_eq!(flags(altered(Alteration::FlipFlags(0xc0))), 0xdd);
    assert_eq!(
        altered(Alteration::SignCount(9)).authenticator_data[33..],
        [0, 0, 0, 9]
    );
    assert_eq!(
        altered(Alteration::TrailingBytes(vec![1, 2]))
            .authenticator_data
            .len(),
        39
    );
    assert_eq!(altered(Alteration::Truncated(1)).authenticator_data.len(), 36);
    assert_eq!(
        altered(Alteration::RpId("example.org".into())).authenticator_data[..32],
        *digest(&SHA256, b"example.org").as_ref()
    );

    assert_eq!(altered(Alteration::UserHandle(None)).user_handle, None);
    assert_eq!(altered(Alteration::Id("x".into())).id, "x");
    assert_eq!(altered(Alteration::RawId(vec![1])).id, "AQ");
    assert_eq!(
        altered(Alteration::CredentialType("password".into())).credential_type,
        "password"
    );
}

#[test]
fn broken_signatures_do_not_verify() {
    let mut device = SoftAuthenticator::new();
    let registration = device.register(ORIGIN, &creation_options()).unwrap();
    for alteration in [Alteration::CorruptSignature, Alteration::ForeignKey] {
        let assertion = device
            .authenticate_altered(ORIGIN, &request_options(&[]), &[alteration])
            .unwrap();
        assert!(!verifies(&registration, &assertion));
    }
}

#[test]
fn altered_registrations_say_what_was_asked() {
    let mut device = SoftAuthenticator::new();
    let mut altered = |alteration: Alteration| {
        device
            .register_altered(ORIGIN, &creation_options(), &[alteration])
            .unwrap()
    };
    assert_eq!(altered(Alteration::CredentialIdLength(1024)).raw_id.len(), 1024);
    assert_eq!(
        altered(Alteration::Aaguid([3; 16])).authenticator_data[37..53],
        [3; 16]
    );
    assert_eq!(
        altered(Alteration::Transports(vec!["usb".into()])).transports,
        ["usb"]
    );
    assert_eq!(
        altered(Alteration::ExtensionResults(json!({}))).client_extension_results,
        json!({})
    );
    let ml_dsa = altered(Alteration::Algorithm(-48));
    assert!(ml_dsa.authenticator_data.len() > 1312, "an ML-DSA-44 key");
    assert!(
        altered(Alteration::PublicKey(vec![0xa0]))
            .authenticator_data
            .ends_with(&[0xa0])
    );
    assert!(
        altered(Alteration::AttestationTrailingBytes(vec![0]))
            .attestation_object
            .ends_with(&[0])
    );
    let unknown = altered(Alteration::AttestationFormat("curious".into()));
    let object: Cbor = ciborium::from_reader(&unknown.attestation_object[..]).unwrap();
    assert_eq!(object.as_map().unwrap()[0].1, Cbor::from("curious"));
}

#[test]
fn a_chosen_credential_id_is_remembered() {
    let mut device = SoftAuthenticator::new();
    let id = vec![5; 40];
    let registration = device
        .register_altered(
            ORIGIN,
            &creation_options(),
            &[Alteration::CredentialId(id.clone())],
        )
        .unwrap();
    assert_eq!(registration.raw_id, id);
    assert_eq!(device.credential_ids(), std::slice::from_ref(&id));
    let assertion = device.authenticate(ORIGIN, &request_options(&[&id])).unwrap();
    assert_eq!(assertion.raw_id, id);
    assert!(verifies(&registration, &assertion));
}

#[test]
fn packed_self_attestation_is_signed_by_the_new_key() {
    let mut device = SoftAuthenticator::new();
    let made = device
        .register_altered(ORIGIN, &creation_options(), &[Alteration::PackedSelfAttestation])
        .unwrap();
    let object: Cbor = ciborium::from_reader(&made.attestation_object[..]).unwrap();
    let members = object.as_map().unwrap();
    assert_eq!(members[0].1, Cbor::from("packed"));
    let statement = members[1].1.as_map().unwrap();
    assert_eq!(statement[0].1, Cbor::from(-8));
    let (key, algorithm) = public_key(&made);
    let mut message = made.authenticator_data.clone();
    message.extend_from_slice(digest(&SHA256, &made.client_data_json).as_ref());
    UnparsedPublicKey::new(algorithm, key)
        .verify(&message, statement[1].1.as_bytes().unwrap())
        .unwrap();
}
