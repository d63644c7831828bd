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

#[test]
fn nobody_has_an_id_that_is_too_long() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut backend = server.backend(&app);
        let too_long = "x".repeat(1100);
        let refused = json!({
            "userId": ["The field UserId must be a string or array type with a maximum length of '1024'."],
        });
        for path in ["/alias/list", "/credentials/list", "/v3/credentials/list"] {
            let listed = backend.get(&format!("{path}?userId={too_long}"));
            assert_eq!(listed.invalid(), refused, "{path}");
        }
        for path in ["/credentials/list", "/v3/credentials/list", "/users/delete"] {
            let answer = backend.post(path, &json!({ "userId": too_long }));
            assert_eq!(answer.invalid(), refused, "{path}");
        }
        let events = backend.get("/events?pageNumber=1").expect(200).to_string();
        assert!(!events.contains("ApiUserDeleted"), "{events}");

        // What would store it refuses it, in a sentence.
        for (path, mut body) in [
            ("/alias", json!({ "aliases": ["fry"] })),
            ("/signin/generate-token", json!({})),
            (
                "/magic-links/send",
                json!({ "emailAddress": "a@example.com", "urlTemplate": "https://example.com/$TOKEN" }),
            ),
        ] {
            body["userId"] = json!(too_long);
            let problem = backend.post(path, &body).problem(400);
            assert_eq!(
                problem["detail"],
                "The member 'userId' cannot be used: a user id of 1100 bytes is longer than 1024.",
                "{path}: {problem}"
            );
        }
    });
}

#[test]
fn users_come_page_by_page_when_asked_for() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        for user in ["a", "b", "c", "ü", "Z"] {
            let aliases =
                json!({ "userId": user, "aliases": [format!("{user}@Example.com")], "hashing": user == "c" });
            backend.post("/alias", &aliases).expect_empty(204);
        }
        let whole = backend.get("/users/list").expect(200);
        assert_eq!(whole.as_object().unwrap().len(), 1, "the old shape has no cursor");
        let mut all: Vec<String> = ids(&whole);
        let mut seen = Vec::new();
        let mut query = "limit=2".to_owned();
        loop {
            let page = backend.get(&format!("/users/list?{query}")).expect(200);
            let users = ids(&page);
            assert!((1..=2).contains(&users.len()));
            seen.extend(users);
            let Some(cursor) = page["nextCursor"].as_str() else {
                break;
            };
            query = format!("LIMIT=2&cursor={cursor}");
        }
        assert_eq!(seen.len(), 5);
        all.sort();
        seen.sort();
        assert_eq!(seen, all);

        let page = backend.get("/users/list?search=A%40example").expect(200);
        assert_eq!(
            page,
            json!({
                "values": [{ "userId": "a", "aliasCount": 1, "aliases": ["a@Example.com"], "credentialsCount": 0, "lastUsedAt": null }],
                "nextCursor": null,
            })
        );
        // A hashed alias cannot be searched, and percent signs mean themselves.
        for search in ["c%40example", "%25", "_"] {
            let page = backend.get(&format!("/users/list?search={search}")).expect(200);
            assert_eq!(page, json!({ "values": [], "nextCursor": null }), "{search}");
        }
        assert_eq!(
            backend.get("/users/list?limit=&cursor=&search=").expect(200),
            whole
        );
    });
}

fn ids(page: &serde_json::Value) -> Vec<String> {
    let users = page["values"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["userId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_page_of_users_is_asked_for_rightly() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for (query, title) in [
        (
            "limit=two",
            "Failed to bind parameter \"int Limit\" from \"two\".",
        ),
        (
            "cursor=!!",
            "Failed to bind parameter \"string Cursor\" from \"!!\".",
        ),
        (
            "cursor=_w",
            "Failed to bind parameter \"string Cursor\" from \"_w\".",
        ),
    ] {
        assert_eq!(
            backend.get(&format!("/users/list?{query}")).problem(400)["title"],
            title
        );
    }
    for limit in [0, 1001] {
        assert_eq!(
            backend
                .get(&format!("/users/list?limit={limit}&search={}", "x".repeat(251)))
                .invalid(),
            json!({
                "limit": ["The field Limit must be between 1 and 1000."],
                "search": ["The field Search must be a string or array type with a maximum length of '250'."],
            })
        );
    }
}
