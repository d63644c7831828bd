//! `/doctor`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_pair_is_judged_in_words() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let mut judge = |origin: &str, rp_id: &str| {
        let found = backend
            .post("/doctor/origin", &json!({ "origin": origin, "rpId": rp_id }))
            .expect(200);
        assert_eq!(
            (found["origin"].as_str(), found["rpId"].as_str()),
            (Some(origin), Some(rp_id))
        );
        (
            found["accepted"] == true,
            found["allowed"] == true,
            found["findings"][0].clone(),
        )
    };
    let (accepted, allowed, finding) = judge("https://login.example.com", "example.com");
    assert_eq!(
        (accepted, allowed, &finding["code"], &finding["advice"]),
        (true, true, &json!("subdomain"), &json!(null))
    );
    let (accepted, allowed, finding) = judge("https://example.com", "login.example.com");
    assert_eq!((accepted, allowed), (false, false));
    assert_eq!(
        finding,
        json!({
            "code": "rp_id_below_origin",
            "severity": "error",
            "message": "The RP ID `login.example.com` is below the page's domain `example.com`: a page may use its own domain or one above it.",
            "advice": "Use the RP ID `example.com`; it works on `login.example.com` as well.",
        })
    );
}

#[test]
fn both_are_needed_and_neither_is_long() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let required =
        json!({ "origin": ["The Origin field is required."], "rpId": ["The RpId field is required."] });
    for body in [json!({}), json!({ "origin": " ", "rpId": "" })] {
        assert_eq!(backend.post("/doctor/origin", &body).invalid(), required);
    }
    let long = "a".repeat(513);
    let errors = backend
        .post(
            "/doctor/origin",
            &json!({ "origin": long, "rpId": "example.com" }),
        )
        .invalid();
    let text = "The field Origin must be a string or array type with a maximum length of '512'.";
    assert_eq!(errors, json!({ "origin": [text] }));
}
