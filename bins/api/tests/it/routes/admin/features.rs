//! `GET` and `POST /admin/apps/{app}/features`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn five_fields_are_replaced_and_the_rest_stays() {
    TestServer::each(|server| {
        let app = server.app_with(
            "demoapp",
            &json!({ "maxUsers": 5, "eventLoggingIsEnabled": true }),
        );
        server
            .backend(&app)
            .post("/apps/features", &json!({ "enableMagicLinks": false }))
            .expect_empty(204);
        let mut operator = server.operator();
        let all = json!({
            "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 90, "magicLinkEmailMonthlyQuota": 7,
            "maxUsers": 9, "allowAttestation": true,
        });
        operator
            .post("/admin/apps/demoapp/features", &all)
            .expect_empty(204);
        let expected = json!({
            "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 90, "developerLoggingEndsAt": null,
            "maxUsers": 9, "allowAttestation": true, "isGenerateSignInTokenEndpointEnabled": true,
            "isMagicLinksEnabled": false,
        });
        assert_eq!(operator.get("/admin/apps/demoapp/features").expect(200), expected);
        operator
            .post("/admin/apps/demoapp/features", &json!({}))
            .expect_empty(204);
        let reset = operator.get("/admin/apps/demoapp/features").expect(200);
        assert_eq!(
            (&reset["maxUsers"], &reset["eventLoggingRetentionPeriod"]),
            (&json!(null), &json!(0))
        );
        assert_eq!(
            (&reset["allowAttestation"], &reset["isMagicLinksEnabled"]),
            (&json!(false), &json!(false))
        );
    });
}

#[test]
fn an_unknown_application_shows_defaults_and_cannot_be_changed() {
    let server = TestServer::start();
    let mut operator = server.operator();
    let shown = operator.get("/admin/apps/nobody/features").expect(200);
    assert_eq!(
        (&shown["eventLoggingIsEnabled"], &shown["isMagicLinksEnabled"]),
        (&json!(false), &json!(true))
    );
    for app in ["nobody", "Nobody"] {
        let path = format!("/admin/apps/{app}/features");
        operator
            .post(&path, &json!({}))
            .refusal(400, Some("app_not_found"), "App was not found.");
    }
    let errors = operator
        .post(
            "/admin/apps/nobody/features",
            &json!({ "eventLoggingRetentionPeriod": 91 }),
        )
        .invalid();
    assert_eq!(
        errors,
        json!({ "eventLoggingRetentionPeriod": ["The field EventLoggingRetentionPeriod must be between 0 and 90."] })
    );
}
