//! Documents that are unusable, and what the command makes of leniencies.

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn document() -> Value {
    json!({
        "kind": "registration", "expected_challenge": "AAECAw", "expected_origin": ["https://example.org"],
        "expected_rp_id": ["example.org"], "require_user_verification": false, "require_user_presence": true,
        "allowed_algs": null, "app_id": null, "verification_time": null, "credential": {},
        "trust_roots": null, "allow_cross_origin": false, "top_origins": [], "allow": []
    })
}

fn outcome(document: &Value) -> (Outcome, String) {
    let (outcome, answer) = verify_line(&document.to_string(), now());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["outcome"], outcome.as_str());
    (outcome, answer["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_readable_document_with_a_bad_credential_is_refused() {
    assert_eq!(
        outcome(&document()),
        (Outcome::Refused, "response_malformed".into())
    );
    let twin = document().to_string().replace("{}", r#"{"a":1,"a":2}"#);
    assert_eq!(verify_line(&twin, now()).0, Outcome::Refused);
    let deep = document().to_string().replace(
        "{}",
        &format!("{{\"a\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000)),
    );
    assert_eq!(verify_line(&deep, now()).0, Outcome::Refused);
}

#[test]
fn what_is_unusable() {
    for text in [
        "",
        "[]",
        "{}",
        "null",
        "{\"kind\":",
        "\u{0}",
        &"[".repeat(100_000),
        &"{\"a\":".repeat(100_000),
    ] {
        let (outcome, answer) = verify_line(text, now());
        assert_eq!(outcome, Outcome::Unusable);
        assert!(answer.contains("unusable_input") && !answer.contains('\n'));
    }
    assert_eq!(verify_document(&[0xff], now()).0, Outcome::Unusable);
    for (member, value) in [
        ("kind", json!("login")),
        ("kind", Value::Null),
        ("expected_challenge", json!("a b")),
        ("expected_challenge", json!("")),
        ("expected_origin", json!("https://example.org")),
        ("expected_origin", json!([])),
        ("expected_rp_id", json!([])),
        ("expected_rp_id", json!([1])),
        ("require_user_verification", json!("yes")),
        ("require_user_presence", Value::Null),
        ("allowed_algs", json!(-7)),
        ("verification_time", json!("yesterday")),
        ("credential", json!([])),
        ("credential", json!("x")),
        ("trust_roots", json!(["not base64!"])),
        ("trust_roots", json!(["AAAA"])),
        ("allow", json!(["everything"])),
        ("allow", json!(["tpm_vendor_123"])),
    ] {
        let mut document = document();
        document[member] = value.clone();
        assert_eq!(outcome(&document).0, Outcome::Unusable, "{member}: {value}");
    }
    for member in [
        "kind",
        "expected_challenge",
        "expected_origin",
        "expected_rp_id",
        "require_user_verification",
        "require_user_presence",
        "credential",
    ] {
        let mut document = document();
        document.as_object_mut().unwrap().remove(member);
        assert_eq!(outcome(&document).0, Outcome::Unusable, "{member}");
    }
    let mut document = document();
    document["kind"] = json!("authentication");
    assert_eq!(outcome(&document).0, Outcome::Unusable, "no public key");
    document["public_key"] = json!("AA");
    assert_eq!(outcome(&document).0, Outcome::Unusable, "no sign count");
}

#[test]
fn leniencies_are_known_by_name() {
    for name in Leniency::ALL
        .map(Leniency::as_str)
        .into_iter()
        .chain(["tpm_vendor_FFFFF1D0", "allow_cross_origin"])
    {
        let mut document = document();
        document["allow"] = json!([name]);
        assert_eq!(outcome(&document).0, Outcome::Refused, "{name}");
    }
}

#[test]
fn exit_codes_grow_with_severity() {
    let codes = [Outcome::Verified, Outcome::Refused, Outcome::Unusable].map(Outcome::exit_code);
    assert_eq!(codes, [0, 1, 2]);
    assert!(Outcome::Verified < Outcome::Refused && Outcome::Refused < Outcome::Unusable);
}
