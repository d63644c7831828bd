//! The JSON browsers get, and the memory the server keeps.

use serde_json::json;

use super::*;
use crate::credential::{CredentialId, Transport};

fn options() -> RegistrationOptions {
    RegistrationOptions {
        algorithms: vec![Algorithm::EdDsa, Algorithm::Es256],
        timeout_ms: 60_000,
        ..RegistrationOptions::new(
            RpId::parse("example.com").unwrap(),
            UserEntity {
                id: UserHandle::new(*b"107fb578-9559-4540-a0e2-f82ad78852f7").unwrap(),
                name: "pjfry@example.com".into(),
                display_name: "Philip J Fry".into(),
            },
            Challenge::new([1; 16]).unwrap(),
        )
    }
}

fn origins() -> Vec<Origin> {
    vec![Origin::parse("https://example.com").unwrap()]
}

#[test]
fn creation_options_have_the_shape_of_level_3() {
    let descriptor = |byte, transports: &[&str]| CredentialDescriptor {
        id: CredentialId::new([byte; 2]).unwrap(),
        transports: transports
            .iter()
            .filter_map(|&name| Transport::new(name))
            .collect(),
    };
    let options = RegistrationOptions {
        exclude_credentials: vec![descriptor(1, &[]), descriptor(2, &["usb"])],
        ..options()
    };
    let (json, pending) = options.begin(origins());
    assert_eq!(
        serde_json::to_value(json).unwrap(),
        json!({
            "rp": {"id": "example.com", "name": "example.com"},
            "user": {
                "name": "pjfry@example.com",
                "id": "MTA3ZmI1NzgtOTU1OS00NTQwLWEwZTItZjgyYWQ3ODg1MmY3",
                "displayName": "Philip J Fry"
            },
            "challenge": "AQEBAQEBAQEBAQEBAQEBAQ",
            "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
            "timeout": 60000,
            "attestation": "none",
            "attestationFormats": [],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"
            },
            "hints": [],
            "excludeCredentials": [
                {"type": "public-key", "id": "AQE"},
                {"type": "public-key", "id": "AgI", "transports": ["usb"]}
            ],
            "extensions": {"credProps": true}
        })
    );
    assert_eq!(pending.promise.excluded.len(), 2);
    assert_eq!(pending.user_handle().as_bytes().len(), 36);
}

#[test]
fn the_first_hint_decides_the_attachment_of_old_clients() {
    let options = RegistrationOptions {
        hints: vec![Hint::SecurityKey, Hint::ClientDevice],
        authenticator_attachment: Some(AuthenticatorAttachment::Platform),
        resident_key: ResidentKey::Preferred,
        extensions: RegistrationExtensions::default(),
        rp_name: String::new(),
        ..options()
    };
    let json = serde_json::to_value(options.begin(origins()).0).unwrap();
    assert_eq!(
        json["authenticatorSelection"]["authenticatorAttachment"],
        "cross-platform"
    );
    assert_eq!(json["authenticatorSelection"]["requireResidentKey"], false);
    assert_eq!(json["hints"], json!(["security-key", "client-device"]));
    assert_eq!(json["rp"]["name"], "example.com");
    assert!(json.get("extensions").is_none());
}

#[test]
fn request_options_have_the_shape_of_level_3() {
    let options = AuthenticationOptions {
        timeout_ms: 60_000,
        ..AuthenticationOptions::new(
            RpId::parse("example.com").unwrap(),
            Challenge::new([1; 16]).unwrap(),
        )
    };
    let (json, pending) = options.begin(origins());
    assert_eq!(
        serde_json::to_value(json).unwrap(),
        json!({
            "challenge": "AQEBAQEBAQEBAQEBAQEBAQ", "timeout": 60000, "rpId": "example.com",
            "allowCredentials": [], "userVerification": "preferred", "hints": []
        })
    );
    assert!(pending.allow_credentials().is_empty() && pending.user_handle().is_none());
}

#[test]
fn pending_survives_being_sealed() {
    let (_, pending) = options().begin(origins());
    let sealed = postcard::to_allocvec(&pending).unwrap();
    assert_eq!(
        postcard::from_bytes::<Pending<Registration>>(&sealed).unwrap(),
        pending
    );
    let json = serde_json::to_string(&pending).unwrap();
    assert_eq!(
        serde_json::from_str::<Pending<Registration>>(&json).unwrap(),
        pending
    );

    let options = AuthenticationOptions {
        user_handle: Some(UserHandle::new([1]).unwrap()),
        allow_credentials: vec![CredentialDescriptor {
            id: CredentialId::new([1; 1023]).unwrap(),
            transports: Vec::new(),
        }],
        ..AuthenticationOptions::new(
            RpId::parse("example.com").unwrap(),
            Challenge::new([1; 32]).unwrap(),
        )
    };
    let (_, pending) = options.begin(origins());
    let sealed = postcard::to_allocvec(&pending).unwrap();
    assert_eq!(
        postcard::from_bytes::<Pending<Authentication>>(&sealed).unwrap(),
        pending
    );
}
