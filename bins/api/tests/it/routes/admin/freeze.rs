//! `POST /admin/apps/{app}/freeze` and `/unfreeze`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_frozen_application_has_no_valid_key() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut operator = server.operator();
        let locked = &app.secret_key[app.secret_key.len() - 4..];
        operator
            .post_nothing("/admin/apps/demoapp/freeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").problem(401);
        operator
            .post_nothing("/admin/apps/demoapp/unfreeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").expect(200);
        // A key that was locked by itself stays locked.
        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{locked}/lock"))
            .expect_empty(204);
        operator
            .post_nothing("/admin/apps/demoapp/freeze")
            .expect_empty(204);
        operator
            .post_nothing("/admin/apps/demoapp/unfreeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").problem(401);
        for unknown in ["nobody", "Nobody", "0"] {
            operator
                .post_nothing(&format!("/admin/apps/{unknown}/freeze"))
                .expect_empty(204);
            operator
                .post_nothing(&format!("/admin/apps/{unknown}/unfreeze"))
                .expect_empty(204);
        }
    });
}

#[test]
fn no_key_works_while_the_application_is_frozen_whatever_is_done_with_it() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        server.register(&app, &mut SoftAuthenticator::new(), "u");
        server.wait(3 * 24 * 3600);
        let mut operator = server.operator();
        let id = app.secret_key[app.secret_key.len() - 4..].to_owned();
        let mut refusals = 0;
        for (freeze, thaw) in [("freeze", "unfreeze"), ("mark-delete", "cancel-delete")] {
            let path = |step: &str| format!("/admin/apps/demoapp/{step}");
            assert!(operator.post(&path(freeze), &json!({})).status < 300);
            operator
                .post_nothing(&path(&format!("api-keys/{id}/unlock")))
                .expect_empty(204);
            let created = operator
                .post(&path("secret-keys"), &json!({ "scopes": [0] }))
                .expect(200);
            let created = created["apiKey"].as_str().unwrap();
            let mut keys =
                [&app.secret_key, created].map(|key| server.anybody().with_header("ApiSecret", key));
            for key in &mut keys {
                // Twice: from the database, and from what is in memory by then.
                for _ in 0..2 {
                    assert_eq!(
                        key.get("/users/count").problem(401)["detail"],
                        "The value of your 'ApiSecret' is not valid."
                    );
                }
            }
            let listed = operator.get(&path("api-keys")).expect(200);
            for key in listed.as_array().unwrap() {
                assert_eq!(key["isLocked"], true, "{key}");
            }
            assert!(operator.post_nothing(&path(thaw)).status < 300);
            for key in &mut keys {
                key.get("/users/count").expect(200);
            }
            refusals += 4;
            let events = keys[0].get("/events?pageNumber=1").expect(200).to_string();
            assert_eq!(
                events.matches("ApiAuthDisabledSecretKeyUsed").count(),
                refusals,
                "{events}"
            );
            let listed = operator.get(&path("api-keys")).expect(200);
            for key in listed.as_array().unwrap() {
                assert_eq!(key["isLocked"], false, "{key}");
            }
            operator
                .delete(&path(&format!("api-keys/{}", &created[created.len() - 4..])))
                .expect_empty(204);
        }
    });
}
