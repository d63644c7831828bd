//! `POST /register/begin`.

use serde_json::{Value, json};

use crate::support::{ORIGIN, RP_ID, TestApp, TestServer};

fn begin(server: &TestServer, app: &TestApp, token: &str) -> crate::support::Response {
    server.browser(app).post(
        "/register/begin",
        &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
    )
}

fn data(server: &TestServer, app: &TestApp, request: &Value) -> Value {
    begin(server, app, &server.register_token(app, request)).expect(200)["data"].clone()
}

#[test]
fn a_passkey_is_discoverable_where_it_can_be() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let asked = |discoverable: &str| {
        let token = server.register_token(
            &app,
            &json!({ "userId": "u", "username": "name", "discoverable": discoverable }),
        );
        let page = json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
        let begun = server.browser(&app).post("/register/begin", &page).expect(200);
        begun["data"]["authenticatorSelection"].clone()
    };
    for word in ["preferred", "Preferred"] {
        let selection = asked(word);
        assert_eq!(selection["residentKey"], "preferred");
        assert_eq!(selection["requireResidentKey"], false);
    }
}

#[test]
fn the_options_are_what_clients_expect() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let request = json!({ "userId": "107fb578-9559-4540-a0e2-f82ad78852f7", "username": "pjfry@example.com", "displayName": "Philip J Fry" });
    let mut data = data(&server, &app, &request);
    let challenge = data.as_object_mut().unwrap().shift_remove("challenge").unwrap();
    assert!(challenge.as_str().unwrap().len() >= 22, "at least 16 bytes");
    data.as_object_mut().unwrap().shift_remove("attestationFormats");
    let algorithms = data
        .as_object_mut()
        .unwrap()
        .shift_remove("pubKeyCredParams")
        .unwrap();
    let ids: Vec<i64> = algorithms
        .as_array()
        .unwrap()
        .iter()
        .map(|algorithm| algorithm["alg"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [-8, -7, -257, -37, -35, -258, -38, -36, -259, -39]);
    assert_eq!(
        data,
        json!({
            "rp": { "id": "example.com", "name": "example.com" },
            "user": {
                "name": "pjfry@example.com", "id": "MTA3ZmI1NzgtOTU1OS00NTQwLWEwZTItZjgyYWQ3ODg1MmY3",
                "displayName": "Philip J Fry",
            },
            "timeout": 60000,
            "attestation": "none",
            "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred" },
            "hints": [],
            "excludeCredentials": [],
            "extensions": { "credProps": true },
        })
    );
}

#[test]
fn the_algorithms_of_the_application_are_offered_in_their_order() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        // ML-DSA-65 and -44, then ES256.
        server
            .operator()
            .post(
                "/admin/apps/demoapp/features",
                &json!({ "policy": { "algorithms": [-49, -48, -7] } }),
            )
            .expect_empty(204);
        server.wait(2);
        let data = data(server, &app, &json!({ "userId": "user-1", "username": "fry" }));
        assert_eq!(
            data["pubKeyCredParams"],
            json!([
                { "type": "public-key", "alg": -49 },
                { "type": "public-key", "alg": -48 },
                { "type": "public-key", "alg": -7 },
            ])
        );
    });
}

#[test]
fn the_token_decides_what_is_asked_for() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let data = data(
        &server,
        &app,
        &json!({
            "userId": "u", "username": "name", "discoverable": false, "userVerification": "Required",
            "authenticatorType": "platform", "hints": ["hybrid", 1],
        }),
    );
    assert_eq!(
        data["authenticatorSelection"],
        json!({
            "authenticatorAttachment": "cross-platform", "residentKey": "discouraged", "requireResidentKey": false,
            "userVerification": "required",
        })
    );
    assert_eq!(data["hints"], json!(["hybrid", "client-device"]));
    assert_eq!(data["user"]["displayName"], "name");
}

#[test]
fn unknown_words_are_found_here() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for member in ["userVerification", "authenticatorType"] {
        let mut request = json!({ "userId": "u", "username": "u" });
        request[member] = "sometimes".into();
        let token = server.register_token(&app, &request);
        assert_eq!(
            begin(&server, &app, &token).problem(400)["errorCode"],
            "invalid_argument"
        );
    }
    for (member, value) in [
        ("userVerification", ""),
        ("authenticatorType", ""),
        ("authenticatorType", "Any"),
    ] {
        let mut request = json!({ "userId": "u", "username": "u" });
        request[member] = value.into();
        data(&server, &app, &request);
    }
}

#[test]
fn tokens_that_do_not_open() {
    let server = TestServer::start();
    let (app, other) = (server.app("demoapp"), server.app("otherapp"));
    let mut browser = server.browser(&app);
    let mut refusal = |token: Value, code: &str, title: &str| {
        let body = json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
        browser
            .post("/register/begin", &body)
            .refusal(400, Some(code), title);
    };
    let not_valid = "The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.";
    refusal(
        json!(null),
        "missing_token",
        "This operation requires a token that starts with 'register_' to be passed.",
    );
    refusal(
        json!("verify_something"),
        "invalid_token",
        "The token you sent was not correct. The token used for this endpoint should start with 'register_'. Make sure you are not sending the wrong value. The value you sent started with 'verify_som'",
    );
    refusal(
        json!(""),
        "invalid_token",
        "The token you sent was not correct. The token used for this endpoint should start with 'register_'. Make sure you are not sending the wrong value. The value you sent started with ''",
    );
    for token in ["register_", "register_%%%", "register_AA"] {
        refusal(
            json!(token),
            "invalid_token_format",
            "The token you supplied was not formatted correctly. It should be valid base64url.",
        );
    }
    let foreign = server.register_token(&other, &json!({ "userId": "u", "username": "u" }));
    refusal(json!(foreign), "invalid_token", not_valid);
    let mut changed = server
        .register_token(&app, &json!({ "userId": "u", "username": "u" }))
        .into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    refusal(
        json!(String::from_utf8(changed).unwrap()),
        "invalid_token",
        not_valid,
    );
}

#[test]
fn tokens_work_until_they_expire_and_in_any_case() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let token = server.register_token(&app, &json!({ "userId": "u", "username": "u" }));
    let shouted = token.replacen("register_", "REGISTER_", 1);
    server.wait(120);
    begin(&server, &app, &token).expect(200);
    begin(&server, &app, &shouted).expect(200);
    server.wait(10);
    begin(&server, &app, &token).refusal(403, Some("expired_token"), "The token expired 10 seconds ago.");
    let given = json!({ "userId": "u", "username": "u", "expiresAt": "2024-12-30T00:00:00" });
    let token = server.register_token(&app, &given);
    begin(&server, &app, &token).refusal(403, Some("expired_token"), "The token expired 2 days ago.");
    let unset = json!({ "userId": "u", "username": "u", "expiresAt": "0001-01-01T00:00:00" });
    begin(&server, &app, &server.register_token(&app, &unset)).expect(200);
}

#[test]
fn the_page_must_suit() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let token = server.register_token(&app, &json!({ "userId": "u", "username": "u" }));
    let mut browser = server.browser(&app);
    let mut send = |rp_id: Value, origin: Value| {
        browser.post(
            "/register/begin",
            &json!({ "token": token, "RPID": rp_id, "Origin": origin }),
        )
    };
    for origin in [json!(null), json!("")] {
        send(json!(RP_ID), origin).refusal(400, None, "Origin is required.");
    }
    for rp_id in [json!(null), json!("")] {
        send(rp_id, json!(ORIGIN)).refusal(400, None, "RPID is required.");
    }
    for origin in ["not an origin", "http://example.com"] {
        let problem = send(json!(RP_ID), json!(origin)).problem(400);
        assert_eq!(problem["errorCode"], json!(null), "{origin}");
        assert!(
            problem["title"]
                .as_str()
                .unwrap()
                .starts_with(&format!("Origin '{origin}' is not valid: ")),
            "{problem}"
        );
    }
    for (rp_id, origin) in [
        ("example.com", "https://evil.example"),
        ("example.com", "https://notexample.com"),
        ("example.com", "http://localhost:3000"),
    ] {
        let problem = send(json!(rp_id), json!(origin)).problem(400);
        assert_eq!(problem["errorCode"], "origin_not_allowed");
        let title = problem["title"].as_str().unwrap();
        assert!(title.contains(origin) && title.contains(rp_id), "{title}");
    }
    for (rp_id, origin) in [
        ("example.com", "https://example.com"),
        ("example.com", "https://login.example.com:8443"),
        ("localhost", "http://localhost:3000"),
        (
            "example.com",
            "android:apk-key-hash:o4Zq7S8_wpxZ3gKMXGwSjGzWr8Wz8uQ3oKNuMxTpDyA",
        ),
    ] {
        send(json!(rp_id), json!(origin)).expect(200);
    }
}
