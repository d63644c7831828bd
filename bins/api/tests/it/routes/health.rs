//! `/health` and `/`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn the_process_is_up() {
    let server = TestServer::start();
    let response = server.anybody().get("/health/http");
    assert_eq!((response.status, response.text()), (200, "Healthy"));
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[test]
fn reports_are_indented_and_never_cached() {
    TestServer::each(|server| {
        for (path, check) in [
            ("/health/storage", "db"),
            ("/health/version", "version"),
            ("/health/mail", ""),
            ("/health/metadata", ""),
        ] {
            let response = server.anybody().get(path);
            let report = response.expect(200);
            assert_eq!(report["status"], "Healthy");
            assert!(report["elapsedMilliseconds"].is_number());
            assert!(
                response.text().starts_with("{\n  \"status\": \"Healthy\""),
                "{}",
                response.text()
            );
            let results = report["results"].as_object().unwrap();
            if check.is_empty() {
                assert!(results.is_empty());
            } else {
                assert_eq!(results[check]["status"], "Healthy");
                assert!(results[check]["elapsedMilliseconds"].is_number());
            }
            assert_eq!(response.header("cache-control"), Some("no-store, no-cache"));
            assert_eq!(response.header("pragma"), Some("no-cache"));
            assert_eq!(response.header("expires"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        }
        let version = server.anybody().get("/health/version").expect(200);
        assert_eq!(
            version["results"]["version"]["data"],
            json!({ "version": env!("CARGO_PKG_VERSION") })
        );
    });
}

#[test]
fn drills_fail_as_asked() {
    let server = TestServer::start();
    server
        .anybody()
        .get("/health/throw/api")
        .refusal(400, Some("test_error"), "Testing error response");
    let problem = server.anybody().get("/health/throw/exception").problem(500);
    let expected = json!({
        "type": "https://tools.ietf.org/html/rfc9110#section-15.6.1",
        "title": "An error occurred while processing your request.",
        "status": 500,
        "detail": "The api has encountered an error",
    });
    assert_eq!(problem, expected);
}

#[test]
fn the_root_is_for_people() {
    let server = TestServer::start();
    let response = server.anybody().get("/");
    assert_eq!(response.status, 200);
    assert!(
        response.text().starts_with("This is Passgate"),
        "{}",
        response.text()
    );
}
