//! `/authenticators`.

use serde_json::json;

use crate::{metadata::world, support::TestServer};

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
fn models_of_the_metadata_are_on_one_list() {
    for world in world() {
        let server = &world.server;
        let app = server.app_with("demoapp", &json!({ "allowAttestation": true }));
        let mut backend = server.backend(&app);
        let (one, two) = (world.models[0].as_str(), world.models[1].as_str());
        let mut add = |models: &[&str], allowed: bool| {
            backend
                .post(
                    "/authenticators/add",
                    &json!({ "aaGuids": models, "isAllowed": allowed }),
                )
                .expect_empty(204);
        };
        add(&[one], false);
        add(&[one, two], true);
        add(&[two], false);
        let mut listed = |allowed: bool| {
            let listed = backend
                .get(&format!("/authenticators/list?isAllowed={allowed}"))
                .expect(200);
            let listed = listed.as_array().unwrap();
            assert_eq!(listed.len(), 1, "{listed:?}");
            assert_eq!(listed[0]["createdAt"], "2025-01-01T00:00:00");
            listed[0]["aaGuid"].as_str().unwrap().to_owned()
        };
        assert_eq!((listed(true).as_str(), listed(false).as_str()), (one, two));

        // One unknown model keeps the others off the list.
        backend
            .post(
                "/authenticators/add",
                &json!({ "aaGuids": [two, MODEL], "isAllowed": true }),
            )
            .refusal(
                400,
                None,
                "One or more authenticators do not exist in the FIDO2 MDS.",
            );
        assert_eq!(
            backend.get("/authenticators/list?isAllowed=false").expect(200)[0]["aaGuid"],
            two
        );
    }
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
