//! `GET /events`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_page_of_events_newest_first() {
    TestServer::each(|server| {
        let app = server.app_with(
            "demoapp",
            &json!({ "eventLoggingIsEnabled": true, "adminEmail": "fry@example.com" }),
        );
        let mut backend = server.backend(&app);
        for user in ["a", "b", "c"] {
            server.wait(1);
            backend
                .post("/users/delete", &json!({ "userId": user }))
                .expect_empty(200);
        }
        let page = backend.get("/events?pageNumber=1&numberOfResults=").expect(200);
        assert_eq!(
            (&page["tenantId"], &page["totalEventCount"]),
            (&json!("demoapp"), &json!(4))
        );
        let mut event = page["events"][0].clone();
        event.as_object_mut().unwrap().shift_remove("id");
        assert_eq!(
            event,
            json!({
                "performedAt": "2025-01-01T00:00:03", "message": "Deleted user c", "performedBy": "System",
                "tenantId": "demoapp", "eventType": "ApiUserDeleted", "severity": "Informational", "subject": "c",
                "apiKeyId": app.secret_key[app.secret_key.len() - 4..], "reason": null, "ip": null, "userAgent": null,
            })
        );
        let subjects = |query: &str| {
            let page = server.backend(&app).get(&format!("/events?{query}")).expect(200);
            let subjects: Vec<String> = page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["subject"].as_str().unwrap().to_owned())
                .collect();
            subjects
        };
        assert_eq!(subjects("pageNumber=1&numberOfResults=2"), ["c", "b"]);
        assert_eq!(subjects("PAGENUMBER=2&NumberOfResults=2"), ["a", "demoapp"]);
        assert_eq!(subjects("pageNumber=3&numberOfResults=2"), [] as [String; 0]);
        let first = backend.get("/events?pageNumber=4&numberOfResults=1").expect(200)["events"][0].clone();
        assert_eq!(
            (&first["eventType"], &first["performedBy"]),
            (&json!("ApiManagementAppCreated"), &json!("fry@example.com"))
        );
    });
}

#[test]
fn without_event_log_it_is_forbidden() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let problem = server.backend(&app).get("/events?pageNumber=1").problem(403);
    let expected = json!({
        "type": "https://docs.passwordless.dev/guide/errors.html#forbidden",
        "title": "You are forbidden from accessing this resource.",
        "status": 403,
    });
    assert_eq!(problem, expected);
}

#[test]
fn what_is_wrong_is_told() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for query in ["", "?pageNumber="] {
        assert_eq!(
            backend.get(&format!("/events{query}")).problem(400)["title"],
            "Required parameter \"int PageNumber\" was not provided from query string."
        );
    }
    assert_eq!(
        backend.get("/events?pageNumber=two").problem(400)["title"],
        "Failed to bind parameter \"int PageNumber\" from \"two\"."
    );
    assert_eq!(
        backend.get("/events?pageNumber=0&numberOfResults=1001").invalid(),
        json!({
            "pageNumber": ["The field PageNumber must be between 1 and 2147483647."],
            "numberOfResults": ["The field NumberOfResults must be between 1 and 1000."],
        })
    );
}
