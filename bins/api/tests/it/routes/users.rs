//! `/users`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn users_own_credentials_or_aliases() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        assert_eq!(backend.get("/users/list").expect(200), json!({ "values": [] }));
        assert_eq!(backend.get("/users/count").expect(200), json!({ "count": 0 }));
        server.register(&app, &mut SoftAuthenticator::new(), "both");
        server.wait(1);
        server.register(&app, &mut SoftAuthenticator::new(), "both");
        backend
            .post(
                "/alias",
                &json!({ "userId": "both", "aliases": ["clear"], "hashing": false }),
            )
            .expect_empty(204);
        backend
            .post(
                "/alias",
                &json!({ "userId": "alias-only", "aliases": ["hidden"] }),
            )
            .expect_empty(204);
        let listed = backend.get("/users/list").expect(200);
        let mut users = listed["values"].as_array().unwrap().clone();
        users.sort_by_key(|user| user["userId"].as_str().unwrap().to_owned());
        assert_eq!(
            json!(users),
            json!([
                { "userId": "alias-only", "aliasCount": 1, "aliases": [null], "credentialsCount": 0, "lastUsedAt": null },
                { "userId": "both", "aliasCount": 1, "aliases": ["clear"], "credentialsCount": 2, "lastUsedAt": "2025-01-01T00:00:01" },
            ])
        );
        assert_eq!(backend.get("/users/count").expect(200), json!({ "count": 1 }));
    });
}

#[test]
fn a_deleted_user_leaves_nothing() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        server.register(&app, &mut SoftAuthenticator::new(), "u");
        backend
            .post("/alias", &json!({ "userId": "u", "aliases": ["a"] }))
            .expect_empty(204);
        for user in ["u", "nobody"] {
            backend
                .post("/users/delete", &json!({ "userId": user }))
                .expect_empty(200);
        }
        assert_eq!(backend.get("/users/list").expect(200), json!({ "values": [] }));
        for body in [json!({}), json!({ "userId": " " })] {
            let errors = backend.post("/users/delete", &body).invalid();
            assert_eq!(errors, json!({ "userId": ["The UserId field is required."] }));
        }
    });
}
