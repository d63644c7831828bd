//! `/alias`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn the_whole_set_is_replaced() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let set = json!({ "userId": 1, "aliases": ["a@example.com", 42, "a@example.com"], "hashing": false });
        backend.post("/alias", &set).expect_empty(204);
        let listed = backend.get("/alias/list?userid=1").expect(200);
        let values = listed["values"].as_array().unwrap();
        assert_eq!(values.len(), 2);
        for value in values {
            assert_eq!(value["userId"], "1");
            assert_eq!(value["tenant"], "demoapp");
            assert_eq!(
                value["alias"].as_str().unwrap().len(),
                44,
                "standard base64 of 32 bytes"
            );
            assert!(value["plaintext"] == "a@example.com" || value["plaintext"] == "42");
        }
        backend
            .post("/alias", &json!({ "userId": "1", "aliases": ["b"] }))
            .expect_empty(204);
        let listed = backend.get("/alias/list?userId=1").expect(200);
        assert_eq!(listed["values"].as_array().unwrap().len(), 1);
        assert_eq!(listed["values"][0]["plaintext"], json!(null));
        backend
            .post("/alias", &json!({ "userId": "1", "aliases": [] }))
            .expect_empty(204);
        assert_eq!(
            backend.get("/alias/list?userId=1").expect(200),
            json!({ "values": [] })
        );
    });
}

#[test]
fn an_alias_has_one_owner() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        backend
            .post("/alias", &json!({ "userId": "first", "aliases": ["a"] }))
            .expect_empty(204);
        backend
            .post("/alias", &json!({ "userId": "second", "aliases": ["b"] }))
            .expect_empty(204);
        backend
            .post("/alias", &json!({ "userId": "second", "aliases": ["c", "a"] }))
            .refusal(
                409,
                Some("alias_conflict"),
                "Alias is already in use by another userid",
            );
        let kept = backend.get("/alias/list?userId=second").expect(200);
        assert_eq!(kept["values"].as_array().unwrap().len(), 1, "nothing changed");
        backend
            .post("/alias", &json!({ "userId": "second", "aliases": ["A"] }))
            .expect_empty(204);
    });
}

#[test]
fn what_is_wrong_is_listed() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let missing =
        json!({ "userId": ["The UserId field is required."], "aliases": ["The Aliases field is required."] });
    for body in [json!({}), json!({ "userId": "", "aliases": null })] {
        assert_eq!(backend.post("/alias", &body).invalid(), missing);
    }
    let body = json!({ "userId": "u", "aliases": ["", "a".repeat(251)] });
    assert_eq!(
        backend.post("/alias", &body).invalid(),
        json!({ "aliases": [
            "The field Aliases must be a collection that contains strings with a maximum length of '250'.",
            "The field Aliases must be a collection where every item is required.",
        ] })
    );
    backend
        .get("/alias/list?userId=")
        .refusal(400, None, "UserId is empty");
    assert_eq!(
        backend.get("/alias/list").problem(400)["title"],
        "Required parameter \"string userId\" was not provided from query string."
    );
}
