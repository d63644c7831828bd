//! `/apps`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn features_are_patched() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut backend = server.backend(&app);
        let features = || server.operator().get("/admin/apps/demoapp/features").expect(200);
        backend
            .post("/apps/features", &json!({ "eventLoggingRetentionPeriod": "30" }))
            .expect_empty(204);
        assert_eq!(features()["eventLoggingRetentionPeriod"], 30);
        backend
            .post("/apps/features", &json!({ "auditLoggingRetentionPeriod": 14 }))
            .expect_empty(204);
        assert_eq!(features()["eventLoggingRetentionPeriod"], 14);
        backend.post("/apps/features", &json!({})).expect_empty(204);
        server.wait(1);
        backend
            .post(
                "/apps/features",
                &json!({ "enableMagicLinks": false, "performedBy": "Fry" }),
            )
            .expect_empty(204);
        let now = features();
        assert_eq!(
            (&now["eventLoggingRetentionPeriod"], &now["isMagicLinksEnabled"]),
            (&json!(14), &json!(false))
        );
        let events = backend.get("/events?pageNumber=1").expect(200);
        assert_eq!(events["events"][0]["eventType"], "AdminMagicLinksDisabled");
        assert_eq!(events["events"][0]["performedBy"], "Fry");
        assert_eq!(events["events"][0]["apiKeyId"], "");
        for period in [-1, 91] {
            let errors = backend
                .post(
                    "/apps/features",
                    &json!({ "eventLoggingRetentionPeriod": period }),
                )
                .invalid();
            assert_eq!(
                errors,
                json!({ "eventLoggingRetentionPeriod": ["The field EventLoggingRetentionPeriod must be between 0 and 90."] })
            );
        }
    });
}
