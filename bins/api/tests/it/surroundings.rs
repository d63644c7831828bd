//! What surrounds every answer: headers, cross-origin rules, connections that stay, panics that do not.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, middleware::from_fn, web};
use passgate_api::{
    api::{Api, ApiSettings},
    client::ProxyTrust,
    middleware::{Surroundings, surround},
    paths::Paths,
    problem::Problem,
    routes::table,
    server::{self, Listeners, Threads},
    shares::{Share, ShareLimits, Work},
};
use passgate_testkit::{FixedClock, TestDatabase};
use serde_json::json;

use crate::support::{BODY_LIMIT, Connection, MANAGEMENT_KEY, Response, Running, TestServer, api, settings};

#[track_caller]
fn has_the_headers_of_every_response(response: &Response) {
    for (name, value) in [
        ("content-security-policy", "default-src 'self';"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(response.header(name), Some(value), "{response:?}");
    }
    for name in [
        "server",
        "strict-transport-security",
        "access-control-allow-credentials",
        "access-control-expose-headers",
    ] {
        assert_eq!(response.header(name), None, "{response:?}");
    }
}

#[test]
fn every_response_has_the_headers() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let responses = [
        backend.get("/users/count"),
        backend.post("/alias", &json!({ "userId": "u", "aliases": [] })),
        backend.post("/alias", &json!({})),
        backend.post_text("/alias", "{"),
        backend.get("/unknown"),
        backend.get("/alias"),
        backend.get("/health/http"),
        backend.get("/health/throw/exception"),
        server.anybody().get("/users/count"),
        server.operator().get("/admin/apps/demoapp/available"),
    ];
    let statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [200, 204, 400, 400, 404, 405, 200, 500, 401, 200]);
    responses.iter().for_each(has_the_headers_of_every_response);
}

#[test]
fn answers_are_not_kept() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let token = json!({ "userId": "u", "username": "u" });
    for response in [
        server.backend(&app).post("/register/token", &token),
        server.backend(&app).get("/credentials/list?userId=u"),
        server.operator().post("/admin/apps/other/create", &json!({})),
        server.operator().post(
            "/admin/apps/other/secret-keys",
            &json!({ "scopes": ["token_verify"] }),
        ),
        server.anybody().get("/users/count"),
        server.anybody().get("/unknown"),
    ] {
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
    }
    assert_eq!(
        server.anybody().get("/docs").header("cache-control"),
        Some("no-cache")
    );
}

#[test]
fn preflights_are_answered_everywhere() {
    let server = TestServer::start();
    for path in ["/register/begin", "/SIGNIN/complete/", "/unknown", "/"] {
        let mut browser = server
            .anybody()
            .with_header("Origin", "https://shop.example")
            .with_header("Access-Control-Request-Method", "POST")
            .with_header(
                "Access-Control-Request-Headers",
                "apikey,client-version,content-type",
            );
        let response = browser.send("OPTIONS", path, None, b"");
        response.expect_empty(204);
        assert_eq!(response.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(
            response.header("access-control-allow-headers"),
            Some("apikey,client-version,content-type")
        );
        assert_eq!(response.header("access-control-max-age"), Some("7200"));
        has_the_headers_of_every_response(&response);
    }
    // Without the headers of a preflight it is a method like any other.
    let response = server.anybody().send("OPTIONS", "/register/begin", None, b"");
    response.expect_empty(405);
    assert_eq!(response.header("allow"), Some("POST"));
}

#[test]
fn strict_transport_is_for_https_and_real_hosts() {
    let trust = ProxyTrust {
        trusted: vec!["127.0.0.1".parse().unwrap()],
        country_header: None,
    };
    let server = TestServer::with(TestDatabase::sqlite(), ApiSettings { trust, ..settings() });
    let hsts = |forwarded: &str| {
        let mut client = server.anybody().with_header("X-Forwarded-Proto", forwarded);
        client
            .get("/health/http")
            .header("strict-transport-security")
            .map(str::to_owned)
    };
    assert_eq!(hsts("https"), Some("max-age=2592000".to_owned()));
    assert_eq!(hsts("http"), None);
    // Nobody is trusted by default.
    let plain = TestServer::start();
    let response = plain
        .anybody()
        .with_header("X-Forwarded-Proto", "https")
        .get("/health/http");
    assert_eq!(response.header("strict-transport-security"), None);
}

#[test]
fn one_connection_survives_everything() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    // `send` fails on `connection: close`, and a closed socket fails the next request.
    let mut client = server.backend(&app).with_header("ManagementKey", MANAGEMENT_KEY);
    let large = " ".repeat(BODY_LIMIT + 1);
    for _ in 0..3 {
        for (method, path, body) in [
            ("POST", "/signin/verify", "{\"token\":\"verify_x\"}"),
            ("POST", "/unknown", "{}"),
            ("PUT", "/alias", "{}"),
            ("POST", "/register/begin", "{}"),
            ("POST", "/alias", "{"),
            ("POST", "/alias", large.as_str()),
            ("POST", "/unknown", large.as_str()),
            ("POST", "/admin/apps/demoapp/freeze-not", "{}"),
            ("GET", "/users/count", "{}"),
            ("DELETE", "/admin/apps/demoapp/api-keys/0000", "{}"),
            ("OPTIONS", "/alias", "{}"),
            ("GET", "/health/throw/exception", ""),
        ] {
            client.send(method, path, Some("application/json"), body.as_bytes());
        }
    }
    assert_eq!(client.get("/users/count").expect(200), json!({ "count": 0 }));
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let mut settings = settings();
    settings.body_limits.time = Duration::from_millis(50);
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = server.app("demoapp");
    let mut backend = server.backend(&app).with_header("Content-Length", "10");
    // A GET writes no length of its own, so this announces ten bytes and sends none.
    let response = backend.send_once("GET", "/users/count", None, b"");
    assert_eq!(
        response.problem(408)["title"],
        "Reading the request body timed out due to data arriving too slowly."
    );
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn a_refusal_does_not_wait_for_a_slow_body() {
    let mut settings = settings();
    // Longer than any test takes: an answer that waits for the body does not come.
    settings.body_limits.time = Duration::from_secs(3600);
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    for (method, path, status) in [
        ("POST", "/unknown", 404),
        ("PUT", "/alias", 405),
        ("POST", "/alias", 401),
        ("POST", "/admin/apps/demoapp/create", 401),
    ] {
        let response = server.anybody().send_slowly(method, path, 1000, b"{");
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.header("connection"), Some("close"), "{path}");
    }
}

#[test]
fn management_has_a_door_of_its_own_if_asked_for() {
    let database = TestDatabase::sqlite();
    let api = api(&database, settings(), Arc::new(FixedClock::default()));
    let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners = Listeners {
        public: listener(),
        management: Some(listener()),
    };
    let public = listeners.public.local_addr().unwrap();
    let management = listeners.management.as_ref().unwrap().local_addr().unwrap();
    let threads = Threads {
        workers: 1,
        connections: 100,
        operations: 2,
        shutdown_seconds: 1,
    };
    let running = Running::start(move || server::run(api, listeners, &threads).unwrap());
    let operator = |address| Connection::to(address).with_header("ManagementKey", MANAGEMENT_KEY);
    for path in [
        "/admin/apps/demoapp/available",
        "/ADMIN/apps/demoapp/available",
        "/api/admin/apps/demoapp/available",
        "/apps/list-pending-deletion",
        "/mds/attestation-types",
    ] {
        // Nothing tells this from a path that is nobody's, so the OpenAPI document does not know it.
        operator(public)
            .send_slowly("GET", path, 0, b"")
            .expect_empty(404);
        // Without metadata, what is about them is 503.
        let there = operator(management).get(path).status;
        assert_eq!(there, if path.starts_with("/mds/") { 503 } else { 200 }, "{path}");
    }
    for address in [public, management] {
        assert_eq!(operator(address).get("/health/http").text(), "Healthy");
    }
    drop(running);
}

#[test]
fn management_paths_are_not_percent_encoded() {
    let server = TestServer::start();
    let mut operator = server.operator();
    operator.get("/ADMIN/Apps/demoapp/available").expect(200);
    for path in [
        "/%61dmin/apps/demoapp/available",
        "/admin/%61pps/demoapp/available",
        "/apps/list%2Dpending-deletion",
        "/%6Dds/entries",
    ] {
        operator.get(path).expect_empty(404);
    }
}

#[test]
fn guessing_the_management_key_becomes_slow_and_locks_nobody_out() {
    let server = TestServer::start();
    let mut thief = server
        .anybody()
        .with_header("ManagementKey", "a-guess-of-a-thief");
    for _ in 0..70 {
        thief.get("/apps/list-pending-deletion").problem(401);
    }
    server.operator().get("/apps/list-pending-deletion").expect(200);
}

#[test]
fn a_tunnel_is_refused_at_once() {
    let server = TestServer::start();
    let response = server
        .anybody()
        .send_once("CONNECT", "evil.example:443", None, b"");
    response.expect_empty(404);
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn query_names_have_no_case() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for query in ["userId=u", "userid=u", "USERID=u", "x=1&UserId=u&userId=second"] {
        assert_eq!(
            backend.get(&format!("/alias/list?{query}")).expect(200),
            json!({ "values": [] }),
            "{query}"
        );
    }
}

#[test]
fn nul_is_refused_before_a_database_sees_it() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    backend.get("/alias/list?userId=a%00b").problem(400);
    backend.get("/credentials/list?userId=a%00b").problem(400);
    backend
        .post_text("/users/delete", r#"{"userId":"a\u0000b"}"#)
        .problem(400);
    server.operator().get("/admin/apps/a%00b/available").problem(400);
}

#[test]
fn a_panic_is_a_problem_and_the_server_goes_on() {
    async fn breaks() -> &'static str {
        panic!("a bug in a handler")
    }

    async fn breaks_below(api: web::Data<Api>) -> Result<&'static str, Problem> {
        api.operations()
            .run(
                Share::Strangers,
                Work::Light,
                |_, _| -> Result<&'static str, Problem> { panic!("a bug in an operation") },
            )
            .await
    }

    let database = TestDatabase::sqlite();
    let api = web::Data::new(api(&database, settings(), Arc::new(FixedClock::default())));
    let surroundings = Surroundings {
        api: api.clone(),
        paths: web::Data::new(Paths::of(&table())),
        management_door: None,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let running = Running::start(move || {
        HttpServer::new(move || {
            let surroundings = surroundings.clone();
            App::new()
                .wrap(from_fn(move |request, next| {
                    surround(surroundings.clone(), request, next)
                }))
                .app_data(api.clone())
                .route("/breaks", web::get().to(breaks))
                .route("/breaks-below", web::get().to(breaks_below))
                .route("/works", web::get().to(|| async { "fine" }))
        })
        .workers(1)
        .listen(listener)
        .unwrap()
        .run()
    });
    let mut client = Connection::to(address);
    for path in ["/breaks", "/breaks-below", "/breaks"] {
        let response = client.get(path);
        let expected = json!({
            "type": "https://tools.ietf.org/html/rfc9110#section-15.6.1",
            "title": "An error occurred while processing your request.",
            "status": 500,
            "detail": "The api has encountered an error",
        });
        assert_eq!(response.problem(500), expected);
        has_the_headers_of_every_response(&response);
        assert_eq!(client.get("/works").text(), "fine");
    }
    drop(running);
}

#[test]
fn another_protocol_is_not_waited_for() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server
        .backend(&app)
        .with_header("Connection", "Upgrade")
        .with_header("Upgrade", "websocket");
    let answer = backend.send_once("GET", "/users/count", None, b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("connection"), Some("close"));
    // The body is read where there is one.
    let mut backend = server
        .backend(&app)
        .with_header("Connection", "Upgrade")
        .with_header("Upgrade", "h2c");
    let body = json!({ "userId": "u", "aliases": ["a"] }).to_string();
    let answer = backend.send_once("POST", "/alias", Some("application/json"), body.as_bytes());
    assert_eq!(answer.status, 204, "{answer:?}");
}

#[test]
fn no_page_may_be_held_in_a_frame() {
    let server = TestServer::start();
    for path in ["/docs", "/docs/", "/health/http", "/unknown"] {
        let answer = server.anybody().get(path);
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert_eq!(
            policy.contains("frame-ancestors 'none'"),
            path.starts_with("/docs"),
            "{path}: {policy}"
        );
    }
}

#[test]
fn bodies_are_held_against_their_application_and_against_all() {
    let limited = |bytes: usize, bytes_of_one: usize| {
        let shares = ShareLimits {
            bytes,
            bytes_of_one,
            ..ShareLimits::default()
        };
        TestServer::with(TestDatabase::sqlite(), ApiSettings { shares, ..settings() })
    };
    let body = json!({ "userId": "u", "aliases": ["a".repeat(100)] });
    for (bytes, bytes_of_one, status) in [(1000, 1000, 204), (1000, 100, 429), (100, 1000, 503)] {
        let server = limited(bytes, bytes_of_one);
        let app = server.app("demoapp");
        let answer = server.backend(&app).post("/alias", &body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("retry-after").is_some(), status != 204);
    }
}
