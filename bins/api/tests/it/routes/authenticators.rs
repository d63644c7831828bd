//! `/authenticators`.

use serde_json::json;

use crate::support::TestServer;

const MODEL: &str = "973446ca-e21c-9a9b-99f5-9b985a67af0f";

#[test]
fn attestation_must_be_among_the_features() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let title = "Attestation is not supported on your plan.";
    let code = Some("attestation_not_supported_on_plan");
    backend
        .get("/authenticators/list?isAllowed=true")
        .refusal(403, code, title);
    backend
        .post(
            "/authenticators/add",
            &json!({ "aaGuids": [MODEL], "isAllowed": true }),
        )
        .refusal(403, code, title);
    backend
        .post("/authenticators/remove", &json!({ "aaGuids": [MODEL] }))
        .refusal(403, code, title);
}

#[test]
fn without_metadata_no_model_can_be_added() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "allowAttestation": true }));
        let mut backend = server.backend(&app);
        for query in ["isAllowed=true", "IsAllowed=True", "ISALLOWED=false"] {
            assert_eq!(
                backend.get(&format!("/authenticators/list?{query}")).expect(200),
                json!([])
            );
        }
        backend
            .post(
                "/authenticators/add",
                &json!({ "aaGuids": [MODEL], "isAllowed": true }),
            )
            .refusal(
                400,
                None,
                "One or more authenticators do not exist in the FIDO2 MDS.",
            );
        backend
            .post("/authenticators/remove", &json!({ "aaGuids": [MODEL] }))
            .expect_empty(204);
    });
}

#[test]
fn what_is_wrong_is_told() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "allowAttestation": true }));
    let mut backend = server.backend(&app);
    assert_eq!(
        backend.get("/authenticators/list").problem(400)["title"],
        "Required parameter \"bool IsAllowed\" was not provided from query string."
    );
    assert_eq!(
        backend.get("/authenticators/list?isAllowed=maybe").problem(400)["title"],
        "Failed to bind parameter \"bool IsAllowed\" from \"maybe\"."
    );
    for path in ["/authenticators/add", "/authenticators/remove"] {
        assert_eq!(
            backend.post(path, &json!({})).invalid(),
            json!({ "aaGuids": ["The AaGuids field is required."] })
        );
        assert_eq!(
            backend.post(path, &json!({ "aaGuids": [] })).invalid(),
            json!({ "aaGuids": ["The field AaGuids must be a string or array type with a minimum length of '1'."] })
        );
        backend
            .post(path, &json!({ "aaGuids": ["not-a-guid"] }))
            .problem(400);
    }
}
