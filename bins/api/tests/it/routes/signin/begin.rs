//! `POST /signin/begin`.

use passgate_testkit::SoftAuthenticator;
use serde_json::{Value, json};

use crate::support::{ORIGIN, RP_ID, TestApp, TestServer};

fn data(server: &TestServer, app: &TestApp, more: Value) -> Value {
    let mut request = json!({ "RPID": RP_ID, "Origin": ORIGIN });
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let begun = server.browser(app).post("/signin/begin", &request).expect(200);
    assert!(begun["session"].as_str().unwrap().starts_with("session_"));
    begun["data"].clone()
}

/// Unknown names are offered nothing, as in applications that move in.
fn without_decoys(server: &TestServer) {
    let policy = json!({ "policy": { "decoyCredentials": false } });
    server
        .operator()
        .post("/admin/apps/demoapp/features", &policy)
        .expect_empty(204);
}

#[test]
fn the_options_are_what_clients_expect() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut data = data(&server, &app, json!({}));
    let challenge = data.as_object_mut().unwrap().shift_remove("challenge").unwrap();
    assert!(challenge.as_str().unwrap().len() >= 22);
    assert_eq!(
        data,
        json!({ "timeout": 60000, "rpId": RP_ID, "allowCredentials": [], "userVerification": "preferred", "hints": [] })
    );
}

#[test]
fn users_and_aliases_are_offered_their_credentials() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        without_decoys(server);
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "123");
        server
            .backend(&app)
            .post("/alias", &json!({ "userId": "123", "aliases": ["fry"] }))
            .expect_empty(204);
        let id = passgate_api::encoding::base64url(&authenticator.credential_ids()[0]);
        let offered = |more: Value| {
            let data = data(server, &app, more);
            let ids: Vec<Value> = data["allowCredentials"]
                .as_array()
                .unwrap()
                .iter()
                .map(|offered| offered["id"].clone())
                .collect();
            ids
        };
        for known in [
            json!({ "userId": "123" }),
            json!({ "userId": 123 }),
            json!({ "alias": "fry" }),
            json!({ "userId": "", "alias": "fry" }),
            json!({ "userId": "123", "alias": "nobody" }),
        ] {
            assert_eq!(offered(known.clone()), [json!(id)], "{known}");
        }
        for unknown in [
            json!({}),
            json!({ "userId": "nobody" }),
            json!({ "alias": "FRY" }),
            json!({ "alias": "" }),
            json!({ "userId": null, "alias": null }),
            json!({ "userId": " ", "alias": "a".repeat(250) }),
        ] {
            assert_eq!(offered(unknown.clone()), [] as [Value; 0], "{unknown}");
        }
    });
}

#[test]
fn the_purpose_decides_and_an_unknown_one_does_not_matter() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let configuration = json!({
        "purpose": "payment", "userVerificationRequirement": "required", "timeToLive": "00:03:00",
        "hints": ["security-key"], "performedBy": "me",
    });
    server
        .backend(&app)
        .post("/auth-configs/add", &configuration)
        .expect_empty(201);
    let payment = data(&server, &app, json!({ "purpose": "payment" }));
    assert_eq!(
        (&payment["userVerification"], &payment["hints"]),
        (&json!("required"), &json!(["security-key"]))
    );
    for purpose in [
        json!(null),
        json!(""),
        json!("sign-in"),
        json!("unknown"),
        json!("no word!"),
    ] {
        let plain = data(&server, &app, json!({ "purpose": purpose }));
        assert_eq!(
            (&plain["userVerification"], &plain["hints"]),
            (&json!("preferred"), &json!([])),
            "{purpose}"
        );
    }
}

#[test]
fn the_page_must_suit() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut browser = server.browser(&app);
    browser
        .post("/signin/begin", &json!({ "RPID": RP_ID }))
        .refusal(400, None, "Origin is required.");
    browser
        .post("/signin/begin", &json!({ "Origin": ORIGIN }))
        .refusal(400, None, "RPID is required.");
    let problem = browser
        .post(
            "/signin/begin",
            &json!({ "RPID": RP_ID, "Origin": "https://evil.example" }),
        )
        .problem(400);
    assert_eq!(problem["errorCode"], "origin_not_allowed");
}

/// An authenticator keeps passkeys by RP ID: ids of another one cannot be used, and would only tell that they exist.
#[test]
fn credentials_of_another_rp_id_are_not_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    without_decoys(&server);
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "123");
    let elsewhere =
        json!({ "RPID": "login.example.com", "Origin": "https://login.example.com", "userId": "123" });
    for (request, offered) in [(json!({ "userId": "123" }), 1), (elsewhere, 0)] {
        let data = data(&server, &app, request);
        assert_eq!(
            data["allowCredentials"].as_array().unwrap().len(),
            offered,
            "{data}"
        );
    }
    let token = server.register_token(&app, &json!({ "userId": "123", "username": "123" }));
    for (rp_id, origin, excluded) in [
        (RP_ID, ORIGIN, 1),
        ("login.example.com", "https://login.example.com", 0),
    ] {
        let begun = server
            .browser(&app)
            .post(
                "/register/begin",
                &json!({ "token": token, "RPID": rp_id, "Origin": origin }),
            )
            .expect(200);
        let listed = begun["data"]["excludeCredentials"].as_array().unwrap();
        assert_eq!(listed.len(), excluded, "{begun}");
    }
}

/// What browsers refuse, *begin* refuses.
#[test]
fn an_rp_id_that_no_browser_takes_is_refused() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for (origin, rp_id) in [
        ("http://app.localhost:3000", "localhost"),
        ("https://bucket.s3.amazonaws.com", "amazonaws.com"),
    ] {
        let problem = server
            .browser(&app)
            .post("/signin/begin", &json!({ "RPID": rp_id, "Origin": origin }))
            .problem(400);
        assert_eq!(problem["errorCode"], "origin_not_allowed", "{problem}");
        let found = server
            .backend(&app)
            .post("/doctor/origin", &json!({ "origin": origin, "rpId": rp_id }))
            .expect(200);
        assert_eq!(found["accepted"], false, "{found}");
    }
    data(
        &server,
        &app,
        json!({ "RPID": "app.localhost", "Origin": "http://app.localhost:3000" }),
    );
}
