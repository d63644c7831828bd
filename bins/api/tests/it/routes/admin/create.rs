//! `POST /admin/apps/{app}/create`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn four_keys_are_made_that_work() {
    TestServer::each(|server| {
        let created = server
            .operator()
            .post("/admin/apps/demoapp/create", &json!({ "adminEmail": "a@b" }))
            .expect(200);
        let names: Vec<&String> = created.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            ["message", "apiKey1", "apiKey2", "apiSecret1", "apiSecret2"]
        );
        assert_eq!(
            created["message"],
            "Store keys safely. They will only be shown to you once."
        );
        for (name, kind) in [
            ("apiKey1", "public"),
            ("apiKey2", "public"),
            ("apiSecret1", "secret"),
            ("apiSecret2", "secret"),
        ] {
            let key = created[name].as_str().unwrap();
            let parts: Vec<&str> = key.split(':').collect();
            assert_eq!((parts[0], parts[1], parts[2].len()), ("demoapp", kind, 32));
            assert!(
                parts[2]
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                "{key}"
            );
            assert_eq!(&parts[2][12..13], "4", "a version 4 UUID");
            if kind == "secret" {
                server
                    .anybody()
                    .with_header("ApiSecret", key)
                    .get("/users/count")
                    .expect(200);
            }
        }
        server
            .operator()
            .post("/admin/apps/demoapp/create", &json!({}))
            .refusal(409, None, "accountName 'demoapp' is not available");
    });
}

#[test]
fn features_are_set_at_creation() {
    let server = TestServer::start();
    server.app("plain");
    let plain = json!({
        "eventLoggingIsEnabled": false, "eventLoggingRetentionPeriod": 365, "developerLoggingEndsAt": null,
        "maxUsers": null, "allowAttestation": false, "isGenerateSignInTokenEndpointEnabled": true,
        "isMagicLinksEnabled": true,
    });
    let mut shown = server.operator().get("/admin/apps/plain/features").expect(200);
    shown.as_object_mut().unwrap().shift_remove("policy");
    assert_eq!(shown, plain);
    let features = json!({
        "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 400, "magicLinkEmailMonthlyQuota": 100,
        "maxUsers": "10000", "allowAttestation": true,
    });
    server.app_with("rich", &features);
    let rich = server.operator().get("/admin/apps/rich/features").expect(200);
    assert_eq!(
        (&rich["maxUsers"], &rich["eventLoggingRetentionPeriod"]),
        (&json!(10_000), &json!(400))
    );
    assert_eq!(
        (&rich["eventLoggingIsEnabled"], &rich["allowAttestation"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn what_is_wrong_is_told() {
    let server = TestServer::start();
    let mut operator = server.operator();
    let rule = "'AppId' must be between 3 and 62 characters, contain only lowercase letters and numbers, and start with a lowercase letter.";
    for app in ["Demo", "demo_app", "1demo"] {
        let errors = operator
            .post(&format!("/admin/apps/{app}/create"), &json!({}))
            .invalid();
        assert_eq!(errors, json!({ "appId": [rule] }));
    }
    let errors = operator
        .post("/admin/apps/a/create", &json!({ "maxUsers": -1 }))
        .invalid();
    let short = "The field AppId must be a string or array type with a minimum length of '3'.";
    assert_eq!(errors["appId"], json!([short, rule]));
    assert_eq!(
        errors["maxUsers"],
        json!(["The field MaxUsers must be between 0 and 9223372036854775807."])
    );
    for address in ["admin", "\"x y\"@b.c", "a@[127.0.0.1]"] {
        let errors = operator
            .post("/admin/apps/demoapp/create", &json!({ "adminEmail": address }))
            .invalid();
        let text = "The AdminEmail field is not a valid e-mail address.";
        assert_eq!(errors, json!({ "adminEmail": [text] }), "{address}");
    }
    let detail = operator
        .post("/admin/apps/demoapp/create", &json!({ "allowAttestation": null }))
        .unbindable("CreateApp");
    assert_eq!(
        detail,
        "The member 'allowAttestation' must be a boolean, not null."
    );
}
