//! What loosely typed clients send: numbers for texts, other cases, slashes at the end.

use passgate_testkit::SoftAuthenticator;
use serde_json::{Value, json};

use super::{app, sending};
use crate::support::{ORIGIN, RP_ID, TestServer};

#[test]
fn a_number_is_a_user_id_everywhere() {
    TestServer::each(|server| {
        let app = app(server);
        let mut backend = server.backend(&app);
        let mut device = SoftAuthenticator::new();
        let request = json!({ "userId": 123, "username": 456, "displayName": 7.5, "aliases": [789, true, "text"], "aliasHashing": false });
        let token = server.register_token(&app, &request);
        let mut browser = server.browser(&app);
        let begin = json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
        let begun = browser.post("/register/begin", &begin).expect(200);
        assert_eq!(
            begun["data"]["user"],
            json!({ "name": "456", "id": "MTIz", "displayName": "7.5" })
        );
        let made = device.register(ORIGIN, &begun["data"]).unwrap();
        let complete = json!({
            "session": begun["session"], "response": made.to_json(), "nickname": 42, "RPID": RP_ID, "Origin": ORIGIN,
        });
        browser.post("/register/complete", &complete).expect(200);

        for who in [
            json!({ "userId": 123 }),
            json!({ "userId": "123" }),
            json!({ "alias": 789 }),
            json!({ "alias": true }),
            json!({ "alias": "True" }),
        ] {
            let token = server.sign_in(&app, &mut device, &who);
            let verified = backend
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(
                (&verified["userId"], &verified["nickname"]),
                (&json!("123"), &json!("42")),
                "{who}"
            );
        }
        let plaintexts = |values: &Value| {
            let mut texts: Vec<String> = values["values"]
                .as_array()
                .unwrap()
                .iter()
                .map(|alias| alias["plaintext"].as_str().unwrap().to_owned())
                .collect();
            texts.sort();
            texts
        };
        let listed = backend.get("/alias/list?userId=123").expect(200);
        assert_eq!(plaintexts(&listed), ["789", "True", "text"]);
        backend
            .post(
                "/alias",
                &json!({ "userId": 123, "aliases": [1e20], "hashing": false }),
            )
            .expect_empty(204);
        let listed = backend.get("/alias/list?userId=123").expect(200);
        assert_eq!(plaintexts(&listed), ["1E+20"]);

        let listed = backend
            .post("/credentials/list", &json!({ "userId": 123 }))
            .expect(200);
        assert_eq!(listed["values"][0]["userId"], "123");
        let generated = backend
            .post(
                "/signin/generate-token",
                &json!({ "userId": 123, "timeToLive": "30" }),
            )
            .expect(200);
        let verified = backend
            .post("/signin/verify", &json!({ "token": generated["token"] }))
            .expect(200);
        assert_eq!(verified["userId"], "123");
        let link = json!({
            "userId": 123, "emailAddress": "admin@example.com", "urlTemplate": "https://example.com/?t=$TOKEN",
        });
        backend.post("/magic-links/send", &link).expect_empty(204);
        backend
            .post("/users/delete", &json!({ "userId": 123 }))
            .expect_empty(200);
        assert_eq!(backend.get("/users/list").expect(200), json!({ "values": [] }));
    });
}

#[test]
fn query_names_have_no_case() {
    TestServer::each(|server| {
        let app = app(server);
        server.register(&app, &mut SoftAuthenticator::new(), "user 1/ä");
        let mut backend = server.backend(&app);
        let alias = json!({ "userId": "user 1/ä", "aliases": ["a"] });
        backend.post("/alias", &alias).expect_empty(204);
        for path in ["/credentials/list", "/alias/list"] {
            for name in ["userid", "userId", "UserId", "USERID"] {
                for value in ["user%201%2F%C3%A4", "user+1/%C3%A4"] {
                    let listed = backend.get(&format!("{path}?{name}={value}")).expect(200);
                    assert_eq!(listed["values"][0]["userId"], "user 1/ä", "{path}?{name}={value}");
                }
            }
        }
    });
}

#[test]
fn paths_have_no_case_and_may_end_in_a_slash() {
    TestServer::each(|server| {
        let app = app(server);
        let mut device = SoftAuthenticator::new();
        server.register(&app, &mut device, "user-1");
        let mut backend = server.backend(&app);
        for path in [
            "/users/count",
            "/users/count/",
            "/Users/Count",
            "/USERS/COUNT/",
            "/api/users/count",
            "/api/users/count/",
            "/API/Users/Count/",
        ] {
            assert_eq!(backend.get(path).expect(200), json!({ "count": 1 }), "{path}");
        }
        let purpose = json!({ "purpose": "pay", "timeToLive": "00:01:00", "performedBy": "me" });
        backend.post("/auth-configs/add/", &purpose).expect_empty(201);
        backend.post("/auth-configs/", &purpose).expect_empty(204);
        backend.post("/Auth-Configs", &purpose).expect_empty(204);
        let mut browser = sending(server, &[("apikey", &app.public_key)]);
        let begun = browser
            .post(
                "/SignIn/Begin/",
                &json!({ "ORIGIN": ORIGIN, "rpid": RP_ID, "USERID": "user-1" }),
            )
            .expect(200);
        let signed = device.authenticate(ORIGIN, &begun["data"]).unwrap();
        let request = json!({
            "Session": begun["session"], "Response": signed.to_browser_client_json(), "Rpid": RP_ID, "Origin": ORIGIN,
        });
        let token = browser.post("/api/signin/COMPLETE", &request).expect(200)["token"].clone();
        let verified = backend
            .post("/signin/verify/", &json!({ "Token": token }))
            .expect(200);
        assert_eq!(verified["userId"], "user-1");
        // What stands for an application's name is part of its name.
        let operator = |path: &str| server.operator().get(path).expect(200);
        let features = operator("/admin/apps/demoapp/features");
        assert_eq!(operator("/Admin/APPS/demoapp/Features/"), features);
    });
}
