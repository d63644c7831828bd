//! `POST /signin/verify`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::{TestServer, token};

#[test]
fn a_token_verifies_once() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let token = server.sign_in(&app, &mut authenticator, &json!({}));
        let mut backend = server.backend(&app);
        let answer = backend.post(
            "/signin/verify",
            &json!({ "token": token, "RPID": "x", "Origin": "y" }),
        );
        let names: Vec<String> = answer.expect(200).as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            names,
            [
                "userId",
                "timestamp",
                "rpId",
                "origin",
                "success",
                "device",
                "country",
                "nickname",
                "credentialId",
                "purpose",
                "expiresAt",
                "tokenId",
                "type"
            ]
        );
        backend
            .post("/signin/verify", &json!({ "token": token }))
            .refusal(400, Some("token_already_used"), "The token was already used.");
    });
}

#[test]
fn tokens_that_do_not_verify() {
    let server = TestServer::start();
    let (app, other) = (server.app("demoapp"), server.app("otherapp"));
    let mut backend = server.backend(&app);
    backend.post("/signin/verify", &json!({})).refusal(
        400,
        Some("missing_token"),
        "This operation requires a token that starts with 'verify_' to be passed.",
    );
    let problem = backend
        .post("/signin/verify", &json!({ "token": "invalid" }))
        .problem(400);
    assert_eq!(problem["errorCode"], "invalid_token");
    let problem = backend
        .post("/signin/verify", &json!({ "token": "verify_something" }))
        .problem(400);
    assert_eq!(problem["errorCode"], "invalid_token_format");

    let generated = token(
        backend
            .post("/signin/generate-token", &json!({ "userId": "u" }))
            .expect(200),
    );
    let problem = server
        .backend(&other)
        .post("/signin/verify", &json!({ "token": generated }))
        .problem(400);
    assert_eq!(problem["errorCode"], "invalid_token");
    server.wait(120);
    backend
        .post("/signin/verify", &json!({ "token": generated }))
        .expect(200);
    let generated = token(
        backend
            .post("/signin/generate-token", &json!({ "userId": "u" }))
            .expect(200),
    );
    server.wait(120 + 3 * 3600);
    backend
        .post("/signin/verify", &json!({ "token": generated }))
        .refusal(403, Some("expired_token"), "The token expired 3 hours ago.");
}
