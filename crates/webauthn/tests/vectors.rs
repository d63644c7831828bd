//! The W3C test vectors: each verifies with the switches it names, and with no other.
//!
//! Read from `PASSGATE_VECTORS`, or from `shared/vectors` beside the workspace; skipped aloud where absent, except
//! in CI.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, Utc};
use passgate_webauthn::offline::{Outcome, verify_document};
use passgate_webauthn::policy::{CrossOriginPolicy, UserHandleRule};
use passgate_webauthn::{
    Algorithm, AttestationConveyance, AuthenticationOptions, AuthenticationResponse, Challenge, Leniency,
    Origin, Policy, RegistrationOptions, RegistrationResponse, RpId, StoredCredential, UserEntity,
    UserHandle,
};
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "a test is told by its environment what it may leave out"
)]
fn load() -> Option<Value> {
    let path = std::env::var_os("PASSGATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let file = path.join("w3c-webauthn-l3.json");
    match std::fs::read(&file) {
        Ok(json) => Some(serde_json::from_slice(&json).unwrap()),
        Err(error) => {
            assert!(
                std::env::var("CI").is_err(),
                "{}: {error}; CI must have the vectors",
                file.display()
            );
            eprintln!("SKIPPED: {}: {error}", file.display());
            None
        }
    }
}

fn hex_of(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn needs(vector: &Value) -> Vec<String> {
    vector["needs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Whether this build has what the vector's algorithm needs.
fn is_supported(vector: &Value) -> bool {
    Algorithm::from_id(vector["alg"].as_i64().unwrap()).is_some_and(Algorithm::is_supported)
}

/// The document for `passgate webauthn verify`, with these needs opened.
fn document(file: &Value, vector: &Value, ceremony: &str, needs: &[String], roots: Value) -> Vec<u8> {
    let part = &vector[ceremony];
    let has = |name: &str| needs.iter().any(|need| need == name);
    let allow: Vec<&String> = needs
        .iter()
        .filter(|need| !["allow_cross_origin", "allowed_top_origins"].contains(&need.as_str()))
        .collect();
    let top_origins = if has("allowed_top_origins") {
        json!([file["top_origin"]])
    } else {
        json!([])
    };
    let public_key = hex_of(&vector["registration"]["credential_public_key"]);
    json!({
        "kind": ceremony,
        "expected_challenge": base64url(&hex_of(&part["challenge"])),
        "expected_origin": [file["origin"]],
        "expected_rp_id": [file["rp_id"]],
        "require_user_verification": false,
        "require_user_presence": true,
        "allowed_algs": null,
        "app_id": null,
        "verification_time": "2026-01-01T00:00:00Z",
        "credential": part["credential"],
        "public_key": base64url(&public_key),
        "sign_count": 0,
        "trust_roots": roots,
        "allow_cross_origin": has("allow_cross_origin"),
        "top_origins": top_origins,
        "allow": allow,
    })
    .to_string()
    .into_bytes()
}

fn run(document: &[u8]) -> (Outcome, Value) {
    let (outcome, answer) = verify_document(document, now());
    (outcome, serde_json::from_str(&answer).unwrap())
}

fn root(file: &Value) -> Value {
    let der = hex_of(&file["attestation_trust_root"]["fields"]["attestation_ca_cert"]);
    json!([BASE64_STANDARD.encode(der)])
}

#[test]
fn every_vector_verifies_offline_with_its_needs() {
    let Some(file) = load() else { return };
    let mut verified = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let (id, needs) = (&vector["id"], needs(vector));
        for ceremony in ["registration", "authentication"] {
            let (outcome, answer) = run(&document(&file, vector, ceremony, &needs, Value::Null));
            if !is_supported(vector) {
                assert_eq!(outcome, Outcome::Refused, "{id} {ceremony}: {answer}");
                assert_eq!(answer["code"], "cose_key_unsupported_algorithm");
                continue;
            }
            assert_eq!(outcome, Outcome::Verified, "{id} {ceremony}: {answer}");
            verified += 1;
            let expected = &vector[ceremony]["expected"];
            for flag in ["up", "uv", "be", "bs", "at", "ed"] {
                assert_eq!(answer["flags"][flag], expected["flags"][flag], "{id} {flag}");
            }
            assert_eq!(answer["sign_count"], expected["sign_count"], "{id}");
            assert_eq!(answer["algorithm"], vector["alg"], "{id}");
        }
    }
    let expected = if Algorithm::Ed448.is_supported() { 30 } else { 28 };
    assert!(
        verified >= expected || !Algorithm::Es512.is_supported(),
        "{verified}"
    );
}

#[test]
fn every_need_is_needed() {
    let Some(file) = load() else { return };
    for vector in file["vectors"].as_array().unwrap() {
        let needs = needs(vector);
        for closed in &needs {
            let others: Vec<String> = needs.iter().filter(|need| *need != closed).cloned().collect();
            let (outcome, answer) = run(&document(&file, vector, "registration", &others, Value::Null));
            assert_eq!(
                outcome,
                Outcome::Refused,
                "{} without {closed}: {answer}",
                vector["id"]
            );
        }
    }
}

#[test]
fn certified_vectors_lead_to_the_root() {
    let Some(file) = load() else { return };
    let mut trusted = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if !is_supported(vector) {
            continue;
        }
        let certified = vector["trust_path_length"].as_u64().unwrap() > 0;
        let needs = needs(vector);
        let (outcome, answer) = run(&document(&file, vector, "registration", &needs, root(&file)));
        assert_eq!(outcome, Outcome::Verified, "{}: {answer}", vector["id"]);
        assert_eq!(
            answer["trust"] == "trusted",
            certified,
            "{}: {answer}",
            vector["id"]
        );
        trusted += usize::from(certified);
        let (outcome, _) = run(&document(&file, vector, "registration", &needs, json!([])));
        let expected = if certified {
            Outcome::Refused
        } else {
            Outcome::Verified
        };
        assert_eq!(outcome, expected, "{} without an anchor", vector["id"]);
    }
    assert!(trusted >= 9, "{trusted}");
}

fn policy(file: &Value, needs: &[String]) -> Policy {
    let mut policy = Policy::default().with_user_handle(UserHandleRule::IfPresent);
    for need in needs {
        policy = match need.as_str() {
            "allow_cross_origin" => {
                let listed = if needs.iter().any(|need| need == "allowed_top_origins") {
                    vec![Origin::parse(file["top_origin"].as_str().unwrap()).unwrap()]
                } else {
                    Vec::new()
                };
                policy.with_cross_origin(CrossOriginPolicy::TopOrigins(listed))
            }
            "allowed_top_origins" => policy,
            name => match (Leniency::from_name(name), name.strip_prefix("tpm_vendor_")) {
                (Some(leniency), _) => policy.with_leniency(leniency),
                (None, Some(vendor)) => policy.with_tpm_vendor(vendor),
                (None, None) => panic!("unknown need {name}"),
            },
        };
    }
    policy
}

/// The same through the ceremonies an application uses: begin, finish, store, begin, finish.
#[test]
fn every_vector_verifies_through_both_ceremonies() {
    let Some(file) = load() else { return };
    let rp_id = RpId::parse(file["rp_id"].as_str().unwrap()).unwrap();
    let origins = vec![Origin::parse(file["origin"].as_str().unwrap()).unwrap()];
    for vector in file["vectors"].as_array().unwrap() {
        if !is_supported(vector) {
            continue;
        }
        let id = &vector["id"];
        let policy = policy(&file, &needs(vector));
        let challenge = |ceremony: &str| Challenge::new(hex_of(&vector[ceremony]["challenge"])).unwrap();
        let user = UserHandle::new(*b"user").unwrap();

        let mut options = RegistrationOptions::new(
            rp_id.clone(),
            UserEntity {
                id: user.clone(),
                name: "fry".into(),
                display_name: "Fry".into(),
            },
            challenge("registration"),
        );
        options.algorithms = Algorithm::supported();
        options.attestation = AttestationConveyance::Direct;
        let (_, pending) = options.begin(origins.clone());
        let json = vector["registration"]["credential"].to_string();
        let response = RegistrationResponse::from_json(json.as_bytes()).unwrap();
        let registered = pending
            .finish(&response, &policy, now())
            .unwrap_or_else(|error| panic!("{id}: {error:?}"));
        assert_eq!(
            registered.public_key().as_bytes(),
            hex_of(&vector["registration"]["credential_public_key"]),
            "{id}: the stored key is a slice of what was signed"
        );
        assert_eq!(
            hex::encode(registered.credential_id().as_bytes()),
            vector["registration"]["credential_id"]
        );
        assert_eq!(
            hex::encode(registered.aaguid().as_bytes()),
            vector["registration"]["aaguid"]
        );
        assert_eq!(registered.attestation_format(), vector["fmt"]);

        let options = AuthenticationOptions {
            user_handle: Some(user.clone()),
            ..AuthenticationOptions::new(rp_id.clone(), challenge("authentication"))
        };
        let (_, pending) = options.begin(origins.clone());
        let json = vector["authentication"]["credential"].to_string();
        let response = AuthenticationResponse::from_json(json.as_bytes()).unwrap();
        let stored = StoredCredential {
            id: registered.credential_id(),
            public_key: registered.public_key().as_bytes(),
            sign_count: registered.sign_count(),
            user_handle: Some(&user),
            backup_eligible: Some(registered.backup_eligible()),
        };
        let assertion = pending
            .finish(&response, &stored, &policy)
            .unwrap_or_else(|error| panic!("{id}: {error:?}"));
        assert_eq!(assertion.origin(), &origins[0]);
    }
}

/// The limited verification algorithm agrees with the JSON reader on everything browsers would write.
#[test]
fn limited_verification_agrees() {
    use passgate_webauthn::client_data::limited::{TopOrigin, verify};
    let Some(file) = load() else { return };
    let top = file["top_origin"].as_str().unwrap();
    let mut checked = 0;
    for vector in file["vectors"].as_array().unwrap() {
        for (ceremony, name) in [
            ("registration", "webauthn.create"),
            ("authentication", "webauthn.get"),
        ] {
            let part = &vector[ceremony];
            let challenge = Challenge::new(hex_of(&part["challenge"])).unwrap();
            let json = hex_of(&part["fields"]["clientDataJSON"]);
            let expected = match (&part["expected"]["cross_origin"], &part["expected"]["top_origin"]) {
                (Value::Bool(true), _) => TopOrigin::Optional(top),
                _ => TopOrigin::SameOrigin,
            };
            let origin = file["origin"].as_str().unwrap();
            assert!(
                verify(&json, name, &challenge, origin, expected),
                "{} {ceremony}",
                vector["id"]
            );
            assert!(!verify(&json, name, &challenge, "https://example.net", expected));
            checked += 1;
        }
    }
    assert_eq!(checked, 30);
}
