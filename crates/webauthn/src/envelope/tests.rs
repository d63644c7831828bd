//! Envelopes: one broken property each.

use serde_json::{Value, json};

use super::*;

fn registration() -> Value {
    json!({
        "id": "AQID", "rawId": "AQID", "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {"credProps": {"rk": true}},
        "response": {
            "clientDataJSON": "e30", "attestationObject": "oA", "transports": ["internal", "internal"],
            "authenticatorData": 7, "publicKey": null, "publicKeyAlgorithm": "x"
        }
    })
}

fn authentication() -> Value {
    json!({
        "id": "AQID", "rawId": "AQID==".trim_end_matches('='), "type": "public-key",
        "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": null}
    })
}

fn with(mut value: Value, pointer: &str, new: Value) -> Vec<u8> {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[name] = new;
    value.to_string().into_bytes()
}

fn without(mut value: Value, pointer: &str) -> Vec<u8> {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(name);
    value.to_string().into_bytes()
}

#[test]
fn good_envelopes_are_read() {
    let response = RegistrationResponse::from_json(registration().to_string().as_bytes()).unwrap();
    assert_eq!(response.credential_id().as_bytes(), [1, 2, 3]);
    assert_eq!(response.client_data_json(), b"{}");
    assert_eq!(response.transports.len(), 1);
    assert_eq!(response.authenticator_attachment(), Some("platform"));
    let response = AuthenticationResponse::from_json(authentication().to_string().as_bytes()).unwrap();
    assert!(response.user_handle().is_none());
    assert!(response.extensions.is_empty());
}

#[test]
fn spellings_of_official_clients_are_tolerated() {
    for (pointer, value) in [
        ("/id", json!("AQID")),
        ("/response/clientDataJSON", json!("e30=")),
        ("/authenticatorAttachment", Value::Null),
        ("/response/transports", Value::Null),
        ("/unknown", json!([1])),
        ("/response/unknown", json!({"a": 1})),
    ] {
        assert!(
            RegistrationResponse::from_json(&with(registration(), pointer, value)).is_ok(),
            "{pointer}"
        );
    }
    for pointer in [
        "/id",
        "/clientExtensionResults",
        "/response/transports",
        "/authenticatorAttachment",
    ] {
        assert!(
            RegistrationResponse::from_json(&without(registration(), pointer)).is_ok(),
            "{pointer}"
        );
    }
    let ignored = with(authentication(), "/response/attestationObject", json!("oA"));
    assert!(AuthenticationResponse::from_json(&ignored).is_ok());
}

#[test]
fn each_flaw_of_a_registration_has_its_error() {
    use EnvelopeError as E;
    for (pointer, value, expected) in [
        ("/type", json!("public_key"), E::CredentialType),
        ("/type", Value::Null, E::CredentialType),
        ("/type", json!(1), E::Malformed("type")),
        ("/id", json!("AQIE"), E::IdMismatch),
        ("/id", json!("AQID "), E::IdMismatch),
        ("/id", json!(["AQID"]), E::Malformed("id")),
        ("/rawId", json!("AQI="), E::IdMismatch),
        ("/rawId", json!("AQJ"), E::Malformed("rawId")),
        ("/rawId", json!([1, 2, 3]), E::Malformed("rawId")),
        ("/response", json!([]), E::Malformed("response")),
        (
            "/response/clientDataJSON",
            json!("e3 0"),
            E::Malformed("clientDataJSON"),
        ),
        (
            "/response/clientDataJSON",
            Value::Null,
            E::Malformed("clientDataJSON"),
        ),
        (
            "/response/attestationObject",
            json!(""),
            E::Malformed("attestationObject"),
        ),
        ("/response/transports", json!("usb"), E::Malformed("transports")),
        ("/response/transports", json!([1]), E::Malformed("transports")),
        ("/response/signature", json!("AA"), E::Malformed("signature")),
        ("/response/userHandle", json!("AA"), E::Malformed("userHandle")),
        (
            "/clientExtensionResults",
            json!([]),
            E::Malformed("clientExtensionResults"),
        ),
        (
            "/response/attestationObject",
            json!("A".repeat(4 * 22_000)),
            E::TooLarge,
        ),
    ] {
        let json = with(registration(), pointer, value.clone());
        let result = RegistrationResponse::from_json(&json).map(|_| ());
        if value == json!("") {
            assert_eq!(
                result,
                Ok(()),
                "an empty attestation object is refused by its own reader"
            );
        } else {
            assert_eq!(result, Err(expected), "{pointer} {value:.40}");
        }
    }
    for (pointer, expected) in [
        ("/type", E::CredentialType),
        ("/rawId", E::Malformed("rawId")),
        ("/response", E::Malformed("response")),
        ("/response/clientDataJSON", E::Malformed("clientDataJSON")),
        ("/response/attestationObject", E::Malformed("attestationObject")),
    ] {
        let json = without(registration(), pointer);
        assert_eq!(
            RegistrationResponse::from_json(&json).map(|_| ()),
            Err(expected),
            "{pointer}"
        );
    }
    let twin = registration()
        .to_string()
        .replacen('{', "{\"type\":\"public-key\",", 1);
    assert_eq!(
        RegistrationResponse::from_json(twin.as_bytes()).map(|_| ()),
        Err(E::Malformed("JSON"))
    );
    for (id, expected) in [
        ("", E::IdMissing),
        (" ", E::IdMissing),
        ("AA", E::CredentialIdLength(0)),
    ] {
        let empty =
            json!({"id": id, "rawId": "", "type": "public-key", "response": registration()["response"]});
        assert_eq!(
            RegistrationResponse::from_json(empty.to_string().as_bytes()).map(|_| ()),
            Err(expected)
        );
    }
    let large = vec![b' '; MAX_JSON_BYTES + 1];
    assert_eq!(
        RegistrationResponse::from_json(&large).map(|_| ()),
        Err(E::TooLarge)
    );
}

#[test]
fn each_flaw_of_an_authentication_has_its_error() {
    use EnvelopeError as E;
    for (pointer, value, expected) in [
        (
            "/response/userHandle",
            json!("plain text"),
            E::UserHandleNotBase64Url,
        ),
        ("/response/userHandle", json!(1), E::Malformed("userHandle")),
        (
            "/response/userHandle",
            json!("A".repeat(88)),
            E::UserHandleLength(66),
        ),
        ("/response/userHandle", json!(7), E::Malformed("userHandle")),
        ("/response/signature", json!(["AA"]), E::Malformed("signature")),
        ("/response/publicKey", json!("AA"), E::Malformed("publicKey")),
        ("/type", json!("password"), E::CredentialType),
        ("/id", json!("AAAA"), E::IdMismatch),
    ] {
        let json = with(authentication(), pointer, value);
        assert_eq!(
            AuthenticationResponse::from_json(&json).map(|_| ()),
            Err(expected),
            "{pointer}"
        );
    }
    let other = registration().to_string();
    assert!(AuthenticationResponse::from_json(other.as_bytes()).is_err());
    let other = authentication().to_string();
    assert!(RegistrationResponse::from_json(other.as_bytes()).is_err());
}
