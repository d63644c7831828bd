//! The end of an application.

use passgate::Env;
use passgate_core::time::Clock as _;
use passgate_testkit::{SeededEntropy, SoftAuthenticator};
use serde_json::json;

use crate::support::TestServer;

const DAY: u64 = 24 * 3600;

#[test]
fn a_young_application_goes_at_once() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "adminEmail": "admin@example.com" }));
        let mut operator = server.operator();
        assert_eq!(
            operator
                .get("/admin/apps/demoapp/can-delete-immediately")
                .expect(200),
            json!(true)
        );
        let deleted = operator
            .post(
                "/admin/apps/demoapp/mark-delete",
                &json!({ "appId": "demoapp", "deletedBy": "me" }),
            )
            .expect(200);
        assert_eq!(
            deleted,
            json!({
                "message": "The app 'demoapp' was deleted.", "isDeleted": true, "deleteAt": "2025-01-01T00:00:00Z",
                "adminEmails": ["admin@example.com"],
            })
        );
        server.backend(&app).get("/users/count").problem(401);
        assert_eq!(
            operator.get("/admin/apps/demoapp/available").expect(200),
            json!({ "available": true })
        );
    });
}

#[test]
fn an_application_in_use_has_a_month() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        server.register(&app, &mut SoftAuthenticator::new(), "u");
        server.wait(3 * DAY);
        let mut operator = server.operator();
        let mark = json!({ "deletedBy": "admin@example.com" });
        operator.delete("/admin/apps/demoapp").refusal(
            400,
            Some("app_not_pending_deletion"),
            "App was not scheduled for deletion.",
        );
        assert_eq!(
            operator
                .get("/admin/apps/demoapp/can-delete-immediately")
                .expect(200),
            json!(false)
        );
        let marked = operator
            .post("/admin/apps/demoapp/mark-delete", &mark)
            .expect(200);
        assert_eq!(
            marked,
            json!({
                "message": "The app 'demoapp' will be deleted at '02/04/2025 00:00:00'.", "isDeleted": false,
                "deleteAt": "2025-02-04T00:00:00Z", "adminEmails": [],
            })
        );
        server.backend(&app).get("/users/count").problem(401);
        operator.post("/admin/apps/demoapp/mark-delete", &mark).refusal(
            400,
            Some("app_pending_deletion"),
            "App is already pending to be deleted.",
        );
        operator.delete("/admin/apps/demoapp").refusal(
            400,
            Some("app_not_pending_deletion"),
            "App cannot be deleted yet.",
        );
        assert_eq!(operator.get("/apps/list-pending-deletion").expect(200), json!([]));

        assert!(
            operator
                .post_nothing("/admin/apps/demoapp/cancel-delete")
                .expect(200)["message"]
                .is_string()
        );
        server.backend(&app).get("/users/count").expect(200);

        operator
            .post("/admin/apps/demoapp/mark-delete", &mark)
            .expect(200);
        server.wait(31 * DAY);
        assert_eq!(
            operator.get("/apps/list-pending-deletion").expect(200),
            json!(["demoapp"])
        );
        let deleted = operator.delete("/admin/apps/demoapp").expect(200);
        assert_eq!(deleted["isDeleted"], true);
        assert_eq!(operator.get("/apps/list-pending-deletion").expect(200), json!([]));
        operator
            .delete("/admin/apps/demoapp")
            .refusal(400, Some("app_not_found"), "App was not found.");
    });
}

#[test]
fn a_month_is_a_month_also_where_the_application_asked_to_go() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "adminEmail": "admin@example.com" }));
        server.register(&app, &mut SoftAuthenticator::new(), "u");
        server.wait(3 * DAY);
        server
            .backend(&app)
            .post_nothing("/account/delete")
            .expect_empty(200);
        let marked = server
            .operator()
            .post("/admin/apps/demoapp/mark-delete", &json!({ "deletedBy": "me" }))
            .expect(200);
        assert_eq!(marked["deleteAt"], "2025-02-04T00:00:00Z");
        let run_jobs = || {
            let env = Env {
                now: server.clock.now(),
                entropy: &SeededEntropy::new(99),
            };
            server.passgate.advance_account_deletions("node", env).unwrap();
            server.passgate.delete_due_applications("node", env).unwrap();
        };
        let available = || server.operator().get("/admin/apps/demoapp/available").expect(200);
        server.wait(31 * DAY - 1);
        run_jobs();
        assert_eq!(available(), json!({ "available": false }));
        server.wait(1);
        run_jobs();
        assert_eq!(available(), json!({ "available": true }));
    });
}

#[test]
fn whatever_was_is_active_after_a_cancelled_deletion() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        server.register(&app, &mut SoftAuthenticator::new(), "u");
        server.wait(3 * DAY);
        let mut operator = server.operator();
        for steps in [&["freeze"][..], &["mark-delete"], &["freeze", "mark-delete"]] {
            for step in steps {
                let answer = operator.post(&format!("/admin/apps/demoapp/{step}"), &json!({}));
                assert!(answer.status < 300, "{step}");
            }
            server.backend(&app).get("/users/count").problem(401);
            operator
                .post_nothing("/admin/apps/demoapp/cancel-delete")
                .expect(200);
            server.backend(&app).get("/users/count").expect(200);
        }
    });
}

#[test]
fn an_unknown_application_is_not_found_and_may_be_kept() {
    let server = TestServer::start();
    let mut operator = server.operator();
    for app in ["nobody", "Nobody"] {
        let refusal = (400, Some("app_not_found"), "App was not found.");
        let path = |end: &str| format!("/admin/apps/{app}{end}");
        operator
            .get(&path("/can-delete-immediately"))
            .refusal(refusal.0, refusal.1, refusal.2);
        operator
            .post(&path("/mark-delete"), &json!({ "deletedBy": "me" }))
            .refusal(refusal.0, refusal.1, refusal.2);
        operator
            .delete(&path(""))
            .refusal(refusal.0, refusal.1, refusal.2);
        operator.post_nothing(&path("/cancel-delete")).expect(200);
    }
}
