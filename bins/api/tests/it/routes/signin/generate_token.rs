//! `POST /signin/generate-token`.

use serde_json::json;

use crate::support::{TestServer, token};

#[test]
fn a_backend_makes_a_token() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let generated = token(
            backend
                .post(
                    "/signin/generate-token",
                    &json!({ "userId": 7, "timeToLive": "600" }),
                )
                .expect(200),
        );
        let mut verified = backend
            .post("/signin/verify", &json!({ "token": generated }))
            .expect(200);
        verified.as_object_mut().unwrap().shift_remove("tokenId");
        assert_eq!(
            verified,
            json!({
                "userId": "7", "timestamp": "2025-01-01T00:00:00Z", "rpId": null, "origin": "", "success": true,
                "device": "", "country": "", "nickname": null, "credentialId": "", "purpose": "sign-in",
                "expiresAt": "2025-01-01T00:10:00Z", "type": "generated_signin",
            })
        );
    });
}

#[test]
fn what_is_wrong_is_told() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let detail = backend
        .post("/signin/generate-token", &json!({}))
        .unbindable("SigninGenerateToken");
    assert_eq!(detail, "The member 'userId' is required.");
    for time_to_live in [0, -1, 604_801] {
        let errors = backend
            .post(
                "/signin/generate-token",
                &json!({ "userId": " ", "timeToLive": time_to_live }),
            )
            .invalid();
        assert_eq!(
            errors,
            json!({
                "userId": ["The UserId field is required."],
                "timeToLiveSeconds": ["The field TimeToLiveSeconds must be between 1 and 604800."],
            })
        );
    }
    backend
        .post(
            "/apps/features",
            &json!({ "enableManuallyGeneratedAuthenticationTokens": false }),
        )
        .expect_empty(204);
    backend
        .post("/signin/generate-token", &json!({ "userId": "u" }))
        .refusal(
            403,
            None,
            "The 'POST /signin/generate-token' endpoint is disabled",
        );
    // What is wrong with the body comes first.
    backend
        .post("/signin/generate-token", &json!({ "userId": "" }))
        .invalid();
}
