//! `/admin/apps/{app}/…-keys`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn keys_are_made_with_numbers_or_texts() {
    TestServer::each(|server| {
        server.app("demoapp");
        let mut operator = server.operator();
        let mut made = Vec::new();
        for (kind, scopes) in [
            ("public", json!([0, 1])),
            ("public", json!(["Login"])),
            ("secret", json!([1, 1, "1"])),
            ("secret", json!(["token_register"])),
        ] {
            let created = operator
                .post(
                    &format!("/admin/apps/demoapp/{kind}-keys"),
                    &json!({ "scopes": scopes }),
                )
                .expect(200);
            let key = created["apiKey"].as_str().unwrap().to_owned();
            assert!(key.starts_with(&format!("demoapp:{kind}:")), "{key}");
            made.push(key);
        }
        let listed = operator.get("/admin/apps/demoapp/api-keys").expect(200);
        let find = |key: &str| {
            let id = &key[key.len() - 4..];
            listed
                .as_array()
                .unwrap()
                .iter()
                .find(|listed| listed["id"] == id)
                .unwrap()
                .clone()
        };
        assert_eq!(
            find(&made[0]),
            json!({
                "id": made[0][made[0].len() - 4..], "createdAt": "2025-01-01T00:00:00", "apiKey": made[0], "type": 1,
                "scopes": ["login", "register"], "isLocked": false, "lastLockedAt": null,
            })
        );
        assert_eq!(find(&made[1])["scopes"], json!(["login"]));
        let secret = find(&made[2]);
        let id = &made[2][made[2].len() - 4..];
        assert_eq!(
            secret["apiKey"],
            format!("demoapp:secret:****************************{id}")
        );
        assert_eq!(
            (&secret["type"], &secret["scopes"]),
            (&json!(2), &json!(["token_verify"]))
        );
        assert_eq!(find(&made[3])["scopes"], json!(["token_register"]));
        assert_eq!(listed.as_array().unwrap().len(), 8);
    });
}

#[test]
fn scopes_must_be_scopes_of_the_kind() {
    let server = TestServer::start();
    server.app("demoapp");
    let mut operator = server.operator();
    for kind in ["public", "secret"] {
        let path = format!("/admin/apps/demoapp/{kind}-keys");
        for body in [json!({}), json!({ "scopes": [] }), json!({ "scopes": null })] {
            operator.post(&path, &body).refusal(
                400,
                Some("create_api_key_scopes_required"),
                "Please select at least one scope.",
            );
        }
        let foreign = if kind == "public" { "token_verify" } else { "login" };
        for scopes in [
            json!([2]),
            json!([-1]),
            json!(["everything"]),
            json!([null]),
            json!([foreign]),
            json!([0.5]),
        ] {
            operator
                .post(&path, &json!({ "scopes": scopes }))
                .unbindable("CreateApiKey");
        }
    }
    operator
        .post("/admin/apps/nobody/public-keys", &json!({ "scopes": [0] }))
        .refusal(400, Some("app_not_found"), "App was not found.");
    assert_eq!(operator.get("/admin/apps/nobody/api-keys").expect(200), json!([]));
    assert_eq!(
        operator.get("/admin/apps/No-body/api-keys").expect(200),
        json!([])
    );
}

#[test]
fn a_lock_is_listed_and_an_unknown_key_is_not_found() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let id = &app.public_key[app.public_key.len() - 4..];
        let mut operator = server.operator();
        let state = || {
            let listed = server.operator().get("/admin/apps/demoapp/api-keys").expect(200);
            let key = listed
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["id"] == id)
                .unwrap()
                .clone();
            (key["isLocked"].clone(), key["lastLockedAt"].clone())
        };
        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{id}/lock"))
            .expect_empty(204);
        assert_eq!(state(), (json!(true), json!("2025-01-01T00:00:00")));
        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{id}/unlock"))
            .expect_empty(204);
        assert_eq!(state(), (json!(false), json!("2025-01-01T00:00:00")));
        for path in [
            "demoapp/api-keys/zzzz",
            "nobody/api-keys/0000",
            "demoapp/api-keys/toolong",
        ] {
            let path = format!("/admin/apps/{path}");
            let not_found = (404, Some("api_key_not_found"), "Apikey was not found");
            operator
                .post_nothing(&format!("{path}/lock"))
                .refusal(not_found.0, not_found.1, not_found.2);
            operator
                .post_nothing(&format!("{path}/unlock"))
                .refusal(not_found.0, not_found.1, not_found.2);
            operator
                .delete(&path)
                .refusal(not_found.0, not_found.1, not_found.2);
        }
    });
}
