//! Every detail of a 401, and the life of keys.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn every_detail() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let (public, secret) = (app.public_key.as_str(), app.secret_key.as_str());
    let hex = "00112233445566778899aabbccddeeff";
    let secret_cases = [
        (
            "verify_abc",
            "A verify token was supplied instead of your 'ApiSecret'.".to_owned(),
        ),
        (
            "register_abc",
            "A register token was supplied instead of your 'ApiSecret'.".to_owned(),
        ),
        (
            public,
            "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.".to_owned(),
        ),
        (
            "something-unknown",
            "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'something-'."
                .to_owned(),
        ),
        (
            "x",
            "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'x'."
                .to_owned(),
        ),
        (
            &format!("demoapp:secret:{hex}"),
            "The value of your 'ApiSecret' is not valid.".to_owned(),
        ),
        (
            &format!("nobody:secret:{hex}"),
            "The value of your 'ApiSecret' is not valid.".to_owned(),
        ),
        ("secret", "The value of your 'ApiSecret' is not valid.".to_owned()),
        (
            &format!("{secret}x"),
            "The value of your 'ApiSecret' is not valid.".to_owned(),
        ),
        ("", "A valid 'ApiSecret' header is required.".to_owned()),
    ];
    for (value, detail) in secret_cases {
        let response = server
            .anybody()
            .with_header("ApiSecret", value)
            .get("/users/count");
        assert_eq!(response.problem(401)["detail"], detail, "{value}");
        assert_eq!(response.header("www-authenticate"), Some("ApiSecret"));
    }
    let public_cases = [
        (
            "verify_abc",
            "A verify token was supplied instead of your 'ApiKey'.",
        ),
        (
            "register_abc",
            "A register token was supplied instead of your 'ApiKey'.",
        ),
        (
            secret,
            "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.",
        ),
        (
            "something-unknown",
            "We don't recognize the value you supplied for your 'ApiKey'. It started with: 'something-'.",
        ),
        (
            &format!("demoapp:public:{hex}"),
            "The value of your 'ApiKey' is not valid.",
        ),
        ("", "A valid 'ApiKey' header is required."),
    ];
    for (value, detail) in public_cases {
        let response = server
            .anybody()
            .with_header("ApiKey", value)
            .post("/signin/begin", &json!({}));
        assert_eq!(response.problem(401)["detail"], detail, "{value}");
        assert_eq!(response.header("www-authenticate"), Some("ApiKey"));
    }
    let response = server.anybody().with_header("ApiKey", public).get("/users/count");
    assert_eq!(
        response.problem(401)["detail"],
        "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied."
    );
    let response = server
        .anybody()
        .with_header("ManagementKey", "wrong")
        .get("/apps/list-pending-deletion");
    assert_eq!(response.problem(401).get("detail"), None);
    assert_eq!(response.header("www-authenticate"), Some("ManagementKey"));
}

#[test]
fn header_names_have_no_case() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for name in ["apisecret", "APISECRET", "ApiSecret"] {
        server
            .anybody()
            .with_header(name, &app.secret_key)
            .get("/users/count")
            .expect(200);
    }
}

#[test]
fn a_key_lives_until_it_is_locked_or_deleted() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut operator = server.operator();
        let created = operator
            .post("/admin/apps/demoapp/secret-keys", &json!({ "scopes": [0] }))
            .expect(200);
        let key = created["apiKey"].as_str().unwrap();
        let id = &key[key.len() - 4..];
        let mut backend = server.anybody().with_header("ApiSecret", key);
        backend.get("/users/count").expect(200);
        // A partial key has its own scope only.
        backend
            .post("/register/token", &json!({ "userId": "u", "username": "u" }))
            .expect(200);
        backend
            .post("/signin/verify", &json!({ "token": "x" }))
            .problem(403);

        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{id}/lock"))
            .expect_empty(204);
        backend.get("/users/count").problem(401);
        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{id}/unlock"))
            .expect_empty(204);
        backend.get("/users/count").expect(200);
        operator
            .delete(&format!("/admin/apps/demoapp/api-keys/{id}"))
            .expect_empty(204);
        backend.get("/users/count").problem(401);
        server.backend(&app).get("/users/count").expect(200);
    });
}

#[test]
fn refused_keys_are_events() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
    let wrong = format!("{}ffff", &app.secret_key[..app.secret_key.len() - 4]);
    server.wait(1);
    server
        .anybody()
        .with_header("ApiSecret", &wrong)
        .get("/users/count")
        .problem(401);
    let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
    let newest = &events["events"][0];
    assert_eq!(newest["eventType"], "ApiAuthInvalidSecretKeyUsed");
    assert_eq!(newest["severity"], "Alert");
    assert_eq!(newest["apiKeyId"], "ffff");
}
