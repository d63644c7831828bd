//! `GET /events/export`.

use serde_json::{Value, json};

use crate::support::{Connection, Response, TestApp, TestServer};

const CSV: &str = "text/csv; charset=utf-8; header=present";
const HEADING: &str =
    "id,performedAt,eventType,severity,message,performedBy,subject,apiKeyId,reason,ip,userAgent";

fn with_events(server: &TestServer, users: &[&str]) -> (TestApp, Connection) {
    let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
    let mut backend = server.backend(&app);
    for user in users {
        server.wait(1);
        backend
            .post("/users/delete", &json!({ "userId": user }))
            .expect_empty(200);
    }
    (app, backend)
}

fn lines(response: &Response) -> Vec<Value> {
    assert_eq!(
        (response.status, response.header("content-type")),
        (200, Some("application/x-ndjson"))
    );
    let text = response.text();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn json_lines_are_the_events_of_the_list_oldest_first() {
    TestServer::each(|server| {
        let (_, mut backend) = with_events(server, &["a", "b", "c"]);
        let listed = backend.get("/events?pageNumber=1").expect(200)["events"].clone();
        let exported = backend.get("/events/export");
        assert_eq!(
            exported.header("content-disposition"),
            Some("attachment; filename=\"demoapp-events.jsonl\"")
        );
        let mut newest_first = lines(&exported);
        newest_first.reverse();
        assert_eq!(json!(newest_first), listed);
        let filtered = lines(&backend.get("/events/export?format=JSONL&type=ApiUserDeleted&subject=b"));
        assert_eq!(filtered.len(), 1);
        assert_eq!(filtered[0]["message"], "Deleted user b");
        assert_eq!(
            lines(&backend.get("/events/export?subject=nobody")),
            [] as [Value; 0]
        );
    });
}

#[test]
fn csv_has_a_heading_and_quotes_what_it_must() {
    TestServer::each(|server| {
        let (app, mut backend) = with_events(server, &["a,\"b\"", "=1+1"]);
        let exported = backend.get("/events/export?format=csv&type=ApiUserDeleted");
        assert_eq!(
            (exported.status, exported.header("content-type")),
            (200, Some(CSV))
        );
        assert_eq!(
            exported.header("content-disposition"),
            Some("attachment; filename=\"demoapp-events.csv\"")
        );
        // The ids are random; everything after them is not.
        let rows: Vec<&str> = exported.text().split("\r\n").collect();
        let key = &app.secret_key[app.secret_key.len() - 4..];
        assert_eq!(rows[0], HEADING);
        assert_eq!(
            rows[1][36..],
            format!(
                ",2025-01-01T00:00:01,ApiUserDeleted,Informational,\"Deleted user a,\"\"b\"\"\",System,\"a,\"\"b\"\"\",{key},,,"
            )
        );
        assert_eq!(
            rows[2][36..],
            format!(
                ",2025-01-01T00:00:02,ApiUserDeleted,Informational,Deleted user =1+1,System,'=1+1,{key},,,"
            )
        );
        assert_eq!(rows[3..], [""]);
        let empty = backend.get("/events/export?format=csv&subject=nobody");
        assert_eq!(empty.text(), format!("{HEADING}\r\n"));
    });
}

#[test]
fn an_export_of_many_parts_is_whole() {
    let server = TestServer::start();
    let (_, mut backend) = with_events(&server, &[]);
    for n in 0..510 {
        backend
            .post("/users/delete", &json!({ "userId": n.to_string() }))
            .expect_empty(200);
    }
    let exported = lines(&backend.get("/events/export?type=ApiUserDeleted"));
    let mut subjects: Vec<usize> = exported
        .iter()
        .map(|event| event["subject"].as_str().unwrap().parse().unwrap())
        .collect();
    subjects.sort_unstable();
    assert_eq!(subjects, (0..510).collect::<Vec<_>>());
    // The connection is fit for the next request.
    backend.get("/users/count").expect(200);
}

#[test]
fn what_is_wrong_is_told_before_anything_is_sent() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let problem = backend.get("/events/export?format=csv").problem(403);
    let expected = json!({
        "type": "https://docs.passwordless.dev/guide/errors.html#forbidden",
        "title": "You are forbidden from accessing this resource.",
        "status": 403,
    });
    assert_eq!(problem, expected);
    for (query, title) in [
        (
            "format=xml",
            "Failed to bind parameter \"ExportFormat Format\" from \"xml\".",
        ),
        (
            "type=Nonsense",
            "Failed to bind parameter \"EventType Type\" from \"Nonsense\".",
        ),
    ] {
        assert_eq!(
            backend.get(&format!("/events/export?{query}")).problem(400)["title"],
            title
        );
    }
}
