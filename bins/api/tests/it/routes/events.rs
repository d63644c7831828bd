//! `/events`.

mod export;

use serde_json::json;

use crate::support::{ORIGIN, RP_ID, TestServer};

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
fn pages_by_cursor_do_not_overlap_while_events_arrive() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let delete = |user: &str| {
            server
                .backend(&app)
                .post("/users/delete", &json!({ "userId": user }))
                .expect_empty(200);
        };
        // Several of them in the same microsecond: their ids tell them apart.
        for user in ["a", "b", "c", "d", "e"] {
            delete(user);
        }
        let mut seen = Vec::new();
        let mut query = "pageNumber=1&type=ApiUserDeleted&numberOfResults=2".to_owned();
        loop {
            let page = server.backend(&app).get(&format!("/events?{query}")).expect(200);
            let events = page["events"].as_array().unwrap();
            seen.extend(
                events
                    .iter()
                    .map(|event| event["subject"].as_str().unwrap().to_owned()),
            );
            // Whoever pages by number would see some of the old ones twice.
            server.wait(1);
            delete("late");
            let Some(cursor) = page["nextCursor"].as_str() else {
                break;
            };
            query = format!("cursor={cursor}&type=ApiUserDeleted&numberOfResults=2");
        }
        seen.sort();
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
        for cursor in ["x", "AAAA", "!"] {
            let refused = server.backend(&app).get(&format!("/events?cursor={cursor}"));
            assert_eq!(
                refused.problem(400)["title"],
                format!("Failed to bind parameter \"string Cursor\" from \"{cursor}\".")
            );
        }
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

#[test]
fn events_are_filtered_by_type_severity_subject_and_time() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut backend = server.backend(&app);
        for user in ["a", "b"] {
            server.wait(10);
            backend
                .post("/users/delete", &json!({ "userId": user }))
                .expect_empty(200);
            backend
                .post("/alias", &json!({ "userId": user, "aliases": [] }))
                .expect_empty(204);
        }
        server.wait(10);
        server
            .operator()
            .post_nothing("/admin/apps/demoapp/unfreeze")
            .expect_empty(204);
        // Created at :00, users at :10 and :20, unfrozen at :30.
        let found = |query: &str| {
            let page = server
                .backend(&app)
                .get(&format!("/events?pageNumber=1&{query}"))
                .expect(200);
            let events = page["events"].as_array().unwrap();
            assert_eq!(page["totalEventCount"], events.len(), "{query}");
            let pairs = events.iter().map(|event| {
                format!(
                    "{} {}",
                    event["eventType"].as_str().unwrap(),
                    event["subject"].as_str().unwrap()
                )
            });
            let mut pairs: Vec<String> = pairs.collect();
            pairs.sort();
            pairs
        };
        let all = found("");
        assert_eq!(all.len(), 6, "{all:?}");
        assert_eq!(found("type=&severity=&subject=&from=&until="), all);
        assert_eq!(
            found("type=ApiUserDeleted"),
            ["ApiUserDeleted a", "ApiUserDeleted b"]
        );
        assert_eq!(found("TYPE=apiuserdeleted&Subject=a"), ["ApiUserDeleted a"]);
        assert_eq!(
            found(
                "type=ApiUserDeleted,ApiManagementAppCreated&type=ApiUserSetAliases&until=2025-01-01T00:00:20"
            ),
            [
                "ApiManagementAppCreated demoapp",
                "ApiUserDeleted a",
                "ApiUserSetAliases a"
            ]
        );
        assert_eq!(found("severity=alert"), ["ApiManagementAppUnfrozen demoapp"]);
        assert_eq!(found("severity=Warning,Error"), [] as [&str; 0]);
        assert_eq!(found("severity=Alert,Informational"), all);
        assert_eq!(found("performedBy=a"), ["ApiUserSetAliases a"]);
        assert_eq!(
            found("from=2025-01-01T00:00:20Z"),
            [
                "ApiManagementAppUnfrozen demoapp",
                "ApiUserDeleted b",
                "ApiUserSetAliases b"
            ]
        );
        // An unescaped plus sign is understood.
        assert_eq!(
            found("from=2025-01-01T01:00:10+01:00&until=2025-01-01T00:00:20Z"),
            ["ApiUserDeleted a", "ApiUserSetAliases a"]
        );
        for (query, title) in [
            (
                "type=Nonsense",
                "Failed to bind parameter \"EventType Type\" from \"Nonsense\".",
            ),
            (
                "severity=9",
                "Failed to bind parameter \"Severity Severity\" from \"9\".",
            ),
            (
                "from=today",
                "Failed to bind parameter \"DateTime From\" from \"today\".",
            ),
            (
                "until=2025-13-01",
                "Failed to bind parameter \"DateTime Until\" from \"2025-13-01\".",
            ),
        ] {
            let problem = backend.get(&format!("/events?pageNumber=1&{query}")).problem(400);
            assert_eq!(
                problem,
                json!({ "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1", "title": title, "status": 400 })
            );
        }
    });
}

#[test]
fn a_failed_ceremony_leaves_its_reason_and_where_it_came_from_unless_that_is_switched_off() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let fail = || {
            let request = json!({
                "session": "session_AAAA", "RPID": RP_ID, "Origin": ORIGIN,
                "response": {
                    "id": "AAAA", "rawId": "AAAA", "type": "public-key",
                    "response": { "authenticatorData": "AAAA", "clientDataJSON": "AAAA", "signature": "AAAA" },
                },
            });
            let mut browser = server.browser(&app).with_header("User-Agent", "=curl/8");
            let problem = browser.post("/signin/complete", &request).problem(400);
            server.wait(1);
            let query = "/events?pageNumber=1&numberOfResults=1&type=SignInFailed";
            let events = server.backend(&app).get(query).expect(200)["events"].clone();
            assert_eq!(events[0]["reason"], problem["errorCode"]);
            assert_eq!(events[0]["severity"], "Warning");
            assert_eq!(events[0]["apiKeyId"], app.public_key[app.public_key.len() - 4..]);
            (events[0]["ip"].clone(), events[0]["userAgent"].clone())
        };
        assert_eq!(fail(), (json!("127.0.0.1"), json!("=curl/8")));
        let features = json!({ "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 30,
            "policy": { "recordFailedCeremonies": false } });
        server
            .operator()
            .post("/admin/apps/demoapp/features", &features)
            .expect_empty(204);
        assert_eq!(fail(), (json!(null), json!(null)));
    });
}
