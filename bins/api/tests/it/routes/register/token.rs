//! `POST /register/token`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::{ORIGIN, RP_ID, TestServer};

#[test]
fn answers_with_a_token() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let token = server.register_token(&app, &json!({ "userId": 123, "username": "pjfry@example.com" }));
        assert!(token.starts_with("register_"), "{token}");
        assert!(
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'),
            "{token}"
        );
        let data = server
            .browser(&app)
            .post(
                "/register/begin",
                &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
            )
            .expect(200);
        assert_eq!(data["data"]["user"]["id"], "MTIz", "the number became its text");
    });
}

#[test]
fn everything_that_is_wrong_is_listed() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let mut errors = |body| backend.post("/register/token", &body).invalid();
    assert_eq!(
        errors(json!({})),
        json!({ "userId": ["The UserId field is required."], "username": ["The Username field is required."] })
    );
    assert_eq!(
        errors(json!({ "USERID": " ", "userName": null, "aliases": [null] })),
        json!({
            "userId": ["The UserId field is required."],
            "username": ["The Username field is required."],
            "aliases": ["The field Aliases must be a collection where every item is required."],
        })
    );
    let eleven: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    assert_eq!(
        errors(json!({ "userId": "a".repeat(65), "username": "u", "aliases": eleven })),
        json!({
            "userId": ["The field UserId must be a string or array type with a maximum length of '64'."],
            "aliases": ["The field Aliases must be a string or array type with a maximum length of '10'."],
        })
    );
    assert_eq!(
        errors(json!({ "userId": "u", "username": "u", "aliases": ["a".repeat(251)] })),
        json!({ "aliases": ["The field Aliases must be a collection that contains strings with a maximum length of '250'."] })
    );
    assert_eq!(
        errors(json!({ "userId": "å".repeat(33), "username": "u" })),
        json!({
            "userId": [
                "The field UserId must have at most 64 bytes of UTF-8, and has 66: letters beyond plain ASCII have several."
            ],
        })
    );
    let same = vec!["a"; 11];
    backend
        .post(
            "/register/token",
            &json!({ "userId": "u", "username": "u", "aliases": same }),
        )
        .expect(200);
}

#[test]
fn what_does_not_bind_is_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for (member, value, detail) in [
        (
            "discoverable",
            json!("true"),
            "The member 'discoverable' must be a boolean, not a string.",
        ),
        (
            "discoverable",
            json!(null),
            "The member 'discoverable' must be a boolean, not null.",
        ),
        (
            "aliasHashing",
            json!(1),
            "The member 'aliasHashing' must be a boolean, not a number.",
        ),
        (
            "aliases",
            json!("a"),
            "The member 'aliases' must be an array, not a string.",
        ),
        (
            "hints",
            json!(["phone"]),
            "The member 'hints' must be one of: security-key, client-device, hybrid.",
        ),
        (
            "expiresAt",
            json!("soon"),
            "The member 'expiresAt' must be an ISO 8601 date and time.",
        ),
        (
            "userId",
            json!("a\u{0}"),
            "The member 'userId' must not contain the character U+0000.",
        ),
    ] {
        let mut body = json!({ "userId": "u", "username": "u" });
        body[member] = value;
        assert_eq!(
            backend.post("/register/token", &body).unbindable("RegisterToken"),
            detail
        );
    }
}

#[test]
fn attestation_needs_the_feature() {
    let server = TestServer::start();
    let (plain, attesting) = (
        server.app("plain"),
        server.app_with("attesting", &json!({ "allowAttestation": true })),
    );
    let body = |attestation: &str| json!({ "userId": "u", "username": "u", "attestation": attestation });
    for attestation in ["None", "NONE", "none", ""] {
        server
            .backend(&plain)
            .post("/register/token", &body(attestation))
            .expect(200);
    }
    for attestation in ["direct", "indirect"] {
        server
            .backend(&attesting)
            .post("/register/token", &body(attestation))
            .expect(200);
        server
            .backend(&plain)
            .post("/register/token", &body(attestation))
            .refusal(
                400,
                Some("attestation_not_supported_on_plan"),
                "Attestation type not supported on your plan",
            );
    }
    for attestation in ["Direct", "enterprise", "something"] {
        for app in [&plain, &attesting] {
            server
                .backend(app)
                .post("/register/token", &body(attestation))
                .refusal(400, Some("invalid_attestation"), "Attestation type not supported");
        }
    }
    // The previous name of the member.
    let body = json!({ "userId": "u", "username": "u", "attType": "direct" });
    server.backend(&plain).post("/register/token", &body).problem(400);
}

#[test]
fn users_can_be_limited() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "maxUsers": 1 }));
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "first");
        let mut backend = server.backend(&app);
        backend
            .post("/register/token", &json!({ "userId": "first", "username": "u" }))
            .expect(200);
        backend
            .post("/register/token", &json!({ "userId": "second", "username": "u" }))
            .refusal(400, Some("max_users_reached"), "Maximum number of users reached");
    });
}

#[test]
fn an_alias_of_another_user_is_a_conflict() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        backend
            .post(
                "/alias",
                &json!({ "userId": "first", "aliases": ["pjfry@example.com"] }),
            )
            .expect_empty(204);
        let body = |user: &str| json!({ "userId": user, "username": "u", "aliases": ["pjfry@example.com"] });
        backend.post("/register/token", &body("first")).expect(200);
        backend.post("/register/token", &body("second")).refusal(
            409,
            Some("alias_conflict"),
            "Alias is already in use by another userid",
        );
    });
}

#[test]
fn the_event_is_recorded() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
    server.wait(1);
    server.register_token(&app, &json!({ "userId": "user-1", "username": "u" }));
    let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
    let event = &events["events"][0];
    assert_eq!(event["eventType"], "ApiAuthUserRegistered");
    assert_eq!(event["message"], "Created registration token for user-1");
    assert_eq!(event["performedBy"], "user-1");
    assert_eq!(event["subject"], "demoapp");
    assert_eq!(event["apiKeyId"], app.secret_key[app.secret_key.len() - 4..]);
}
