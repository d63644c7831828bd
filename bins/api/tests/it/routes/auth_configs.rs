//! `/auth-configs`.

use passgate_testkit::SoftAuthenticator;
use serde_json::{Value, json};

use crate::support::TestServer;

fn preset(purpose: &str) -> Value {
    json!({
        "purpose": purpose, "userVerificationRequirement": "preferred", "timeToLive": 120, "hints": "",
        "createdBy": "System", "createdOn": null, "editedBy": null, "editedOn": null, "lastUsedOn": null,
    })
}

#[test]
fn a_purpose_comes_changes_and_goes() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let list = |query: &str| {
            server
                .backend(&app)
                .get(&format!("/auth-configs/list{query}"))
                .expect(200)["configurations"]
                .clone()
        };
        assert_eq!(list(""), json!([preset("step-up"), preset("sign-in")]));
        assert_eq!(list("?purpose=sign-in"), json!([preset("sign-in")]));
        assert_eq!(list("?Purpose=unknown"), json!([]));

        let add = json!({
            "purpose": "payment", "userVerificationRequirement": 0, "timeToLive": "00:03:00",
            "hints": ["security-key", "client-device"], "performedBy": "me",
        });
        backend.post("/auth-configs/add", &add).expect_empty(201);
        let mut expected = json!({
            "purpose": "payment", "userVerificationRequirement": "required", "timeToLive": 180,
            "hints": "SecurityKey, ClientDevice", "createdBy": "me", "createdOn": "2025-01-01T00:00:00+00:00",
            "editedBy": null, "editedOn": null, "lastUsedOn": null,
        });
        assert_eq!(list("?purpose=payment"), json!([expected]));
        for taken in ["payment", "sign-in"] {
            let mut again = add.clone();
            again["purpose"] = taken.into();
            let title = format!("The configuration {taken} already exists.");
            backend
                .post("/auth-configs/add", &again)
                .refusal(400, None, &title);
        }

        server.wait(60);
        let update = json!({ "purpose": "payment", "timeToLive": 90, "performedBy": "you" });
        backend.post("/auth-configs/", &update).expect_empty(204);
        expected["userVerificationRequirement"] = "preferred".into();
        expected["timeToLive"] = 90.into();
        expected["hints"] = "".into();
        expected["editedBy"] = "you".into();
        expected["editedOn"] = "2025-01-01T00:01:00+00:00".into();
        assert_eq!(list("?purpose=payment"), json!([expected]));
        let unknown = json!({ "purpose": "unknown", "performedBy": "you" });
        backend.post("/auth-configs", &unknown).refusal(
            404,
            None,
            "The configuration unknown does not exist.",
        );

        backend
            .post(
                "/auth-configs/delete",
                &json!({ "purpose": "payment", "performedBy": "me" }),
            )
            .expect_empty(204);
        backend
            .post(
                "/auth-configs/delete",
                &json!({ "purpose": "payment", "performedBy": "me" }),
            )
            .expect_empty(404);
        backend
            .post(
                "/auth-configs/delete",
                &json!({ "purpose": "step-up", "performedBy": "me" }),
            )
            .refusal(400, None, "The step-up configuration cannot be deleted.");
        assert_eq!(list(""), json!([preset("step-up"), preset("sign-in")]));
    });
}

#[test]
fn what_is_wrong_is_listed() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for path in ["/auth-configs/add", "/auth-configs"] {
        assert_eq!(
            backend
                .post(path, &json!({ "timeToLive": "-00:01:00" }))
                .invalid(),
            json!({
                "purpose": ["The Purpose field is required."],
                "timeToLive": ["The field TimeToLive must be positive."],
                "performedBy": ["The PerformedBy field is required."],
            })
        );
        assert_eq!(
            backend
                .post(path, &json!({ "purpose": "no word!", "performedBy": "me" }))
                .invalid(),
            json!({ "purpose": ["Characters are limited to A-z, 0-9, -, or _."] })
        );
        assert_eq!(
            backend
                .post(path, &json!({ "purpose": "p".repeat(256), "performedBy": "me" }))
                .invalid(),
            json!({ "purpose": ["The field Purpose must be a string or array type with a maximum length of '255'."] })
        );
        for (member, value) in [
            ("timeToLive", json!("soon")),
            ("userVerificationRequirement", json!("maybe")),
            ("hints", json!(["phone"])),
        ] {
            let mut body = json!({ "purpose": "p", "performedBy": "me" });
            body[member] = value;
            let detail = backend
                .post(path, &body)
                .unbindable("SetAuthenticationConfiguration");
            assert!(detail.starts_with(&format!("The member '{member}' ")), "{detail}");
        }
    }
    let detail = backend
        .post("/auth-configs/delete", &json!({ "purpose": "p" }))
        .unbindable("DeleteAuthenticationConfiguration");
    assert_eq!(detail, "The member 'performedBy' is required.");
}

#[test]
fn a_sign_in_follows_its_purpose() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "u");
        let mut backend = server.backend(&app);
        let add = json!({ "purpose": "quick", "timeToLive": "00:00:30", "performedBy": "me" });
        backend.post("/auth-configs/add", &add).expect_empty(201);
        let token = server.sign_in(&app, &mut authenticator, &json!({ "purpose": "quick" }));
        let listed = backend.get("/auth-configs/list?purpose=quick").expect(200);
        assert_eq!(
            listed["configurations"][0]["lastUsedOn"],
            "2025-01-01T00:00:00+00:00"
        );
        server.wait(31);
        backend
            .post("/signin/verify", &json!({ "token": token }))
            .refusal(403, Some("expired_token"), "The token expired 1 second ago.");
    });
}
