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
        let mut shown = operator.get("/admin/apps/demoapp/features").expect(200);
        shown.as_object_mut().unwrap().shift_remove("policy");
        assert_eq!(shown, expected);
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

#[test]
fn a_policy_changes_where_it_is_named() {
    TestServer::each(|server| {
        server.app("demoapp");
        let mut operator = server.operator();
        let path = "/admin/apps/demoapp/features";
        let mut policy = operator.get(path).expect(200)["policy"].clone();
        let offer = policy
            .as_object_mut()
            .unwrap()
            .shift_remove("algorithms")
            .unwrap();
        assert!(offer.as_array().unwrap().contains(&json!(-7)), "{offer}");
        assert_eq!(
            policy,
            json!({
                "singleUseSignInTokens": true, "singleUseMagicLinks": false, "bindNamedSignIns": true,
                "decoyCredentials": true, "signCountRegression": "refuse-device-bound",
                "backupEligibilityChange": "refuse", "allowedOrigins": [], "allowedRpIds": [], "allowedTopOrigins": [],
                "recordFailedCeremonies": true, "magicLinkOrigins": [], "magicLinkLandingPage": false,
            })
        );
        let changed = json!({
            "singleUseSignInTokens": false, "singleUseMagicLinks": true, "bindNamedSignIns": false, "decoyCredentials": false,
            "backupEligibilityChange": "learn-once",
            "signCountRegression": "warn", "allowedOrigins": ["https://example.com"], "allowedRpIds": ["example.com"],
            "allowedTopOrigins": ["https://shop.example"],
            "algorithms": [-257, -7], "recordFailedCeremonies": false,
            "magicLinkOrigins": ["https://app.example.com"], "magicLinkLandingPage": true,
        });
        operator
            .post(path, &json!({ "policy": changed }))
            .expect_empty(204);
        assert_eq!(operator.get(path).expect(200)["policy"], changed);
        for nothing in [json!({}), json!({ "policy": null }), json!({ "policy": {} })] {
            operator.post(path, &nothing).expect_empty(204);
            assert_eq!(operator.get(path).expect(200)["policy"], changed);
        }
        operator
            .post(path, &json!({ "policy": { "algorithms": [] } }))
            .expect_empty(204);
        assert_eq!(operator.get(path).expect(200)["policy"]["algorithms"], offer);
        for top_origins in [json!(["any"]), json!([])] {
            operator
                .post(path, &json!({ "policy": { "allowedTopOrigins": top_origins } }))
                .expect_empty(204);
            assert_eq!(
                operator.get(path).expect(200)["policy"]["allowedTopOrigins"],
                top_origins
            );
        }
        for (policy, detail) in [
            (
                json!({ "allowedTopOrigins": ["any", "https://shop.example"] }),
                "The member 'policy.allowedTopOrigins' must not hold 'any': ",
            ),
            (
                json!({ "allowedOrigins": ["nonsense"] }),
                "The member 'policy.allowedOrigins' must not hold 'nonsense': ",
            ),
            (
                json!({ "allowedRpIds": ["https://example.com"] }),
                "The member 'policy.allowedRpIds' must not hold ",
            ),
            (
                json!({ "algorithms": [0] }),
                "The member 'policy.algorithms' must not hold '0': it is no algorithm",
            ),
            (
                json!({ "signCountRegression": "ignore" }),
                "The member 'policy.signCountRegression' must be one of: refuse, refuse-device-bound, refuse-unless-zero, warn",
            ),
        ] {
            let said = operator
                .post(path, &json!({ "policy": policy }))
                .unbindable("ManageFeatures");
            assert!(said.starts_with(detail), "{said}");
        }
    });
}

#[test]
fn a_policy_alone_changes_nothing_else() {
    TestServer::each(|server| {
        server.app("demoapp");
        let (mut operator, path) = (server.operator(), "/admin/apps/demoapp/features");
        let all = json!({
            "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 60, "magicLinkEmailMonthlyQuota": 7,
            "maxUsers": 9, "allowAttestation": true,
        });
        operator.post(path, &all).expect_empty(204);
        let mut before = operator.get(path).expect(200);
        operator
            .post(path, &json!({ "policy": { "decoyCredentials": false } }))
            .expect_empty(204);
        before["policy"]["decoyCredentials"] = json!(false);
        assert_eq!(operator.get(path).expect(200), before);
        let features = server
            .passgate
            .find_features(&passgate_core::application::AppId::parse("demoapp").unwrap());
        assert_eq!(features.unwrap().unwrap().magic_link_monthly_quota, 7);
        // With any of the five beside it, all of them are replaced.
        operator
            .post(path, &json!({ "policy": {}, "maxUsers": 3 }))
            .expect_empty(204);
        let replaced = operator.get(path).expect(200);
        assert_eq!(
            (&replaced["maxUsers"], &replaced["allowAttestation"]),
            (&json!(3), &json!(false))
        );
    });
}
