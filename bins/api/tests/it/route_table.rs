//! Every endpoint of the route table, walked: a new endpoint is tested here without being named.

use passgate_api::{auth::KeyKind, endpoint::Endpoint, routes::table};
use passgate_core::api_key::Scope;
use serde_json::json;

use crate::support::{BODY_LIMIT, Connection, Response, TestApp, TestServer};

/// A server with two applications.
struct World {
    server: TestServer,
    app: TestApp,
    other: TestApp,
}

impl World {
    fn new() -> Self {
        let server = TestServer::start();
        let (app, other) = (server.app("first"), server.app("second"));
        Self { server, app, other }
    }

    /// A connection with the key that an endpoint asks for.
    fn entitled(&self, endpoint: &Endpoint) -> Connection {
        match endpoint.key {
            KeyKind::None => self.server.anybody(),
            KeyKind::Public => self.server.browser(&self.app),
            KeyKind::Secret => self.server.backend(&self.app),
            KeyKind::Management => self.server.operator(),
        }
    }

    /// A new key of the kind with these scopes.
    fn key(&self, endpoint: &Endpoint, scopes: &[&str]) -> String {
        let kind = if endpoint.key == KeyKind::Public {
            "public"
        } else {
            "secret"
        };
        let path = format!("/admin/apps/{}/{kind}-keys", self.app.name);
        let created = self
            .server
            .operator()
            .post(&path, &json!({ "scopes": scopes }))
            .expect(200);
        created["apiKey"].as_str().unwrap().to_owned()
    }
}

/// The path of an endpoint, naming an application and a key that do not exist.
fn path(endpoint: &Endpoint) -> String {
    endpoint
        .path
        .replace("{app}", "nobody")
        .replace("{id}", "0000")
        .replace("{file}", "0000")
        .replace("{link}", "link_0")
        .replace("{token}", "0")
}

fn endpoints_with_keys() -> impl Iterator<Item = Endpoint> {
    table()
        .into_iter()
        .filter(|endpoint| endpoint.key != KeyKind::None)
}

fn send(connection: &mut Connection, endpoint: &Endpoint, path: &str, body: &str) -> Response {
    let content_type = (!body.is_empty()).then_some("application/json");
    connection.send(endpoint.method.as_str(), path, content_type, body.as_bytes())
}

/// A refused key, whatever else is wrong with the request.
#[track_caller]
fn refused(response: &Response, endpoint: &Endpoint, detail: Option<String>) {
    let header = endpoint.key.header().unwrap();
    let mut expected = json!({
        "type": format!("https://docs.passwordless.dev/guide/errors.html#{header}"),
        "title": format!("A valid '{header}' header is required."),
        "status": 401,
    });
    if let Some(detail) = detail {
        expected["detail"] = detail.into();
    }
    assert_eq!(
        response.problem(401),
        expected,
        "{} {}",
        endpoint.method,
        endpoint.path
    );
    assert_eq!(response.header("www-authenticate"), Some(header));
}

#[test]
fn every_endpoint_is_documented() {
    let page = include_str!("../../../../docs/api.md");
    for endpoint in table() {
        let row = format!(
            "| {} | `{}` | {} |",
            endpoint.method,
            endpoint.path,
            documented_key(&endpoint)
        );
        assert!(
            page.contains(&row),
            "docs/api.md has no row {row} {} |",
            endpoint.doc.summary
        );
    }
}

fn documented_key(endpoint: &Endpoint) -> String {
    match (endpoint.key.header(), endpoint.scope) {
        (None, _) => "–".to_owned(),
        (Some(header), None) => format!("`{header}`"),
        (Some(header), Some(scope)) => format!("`{header}`, `{}`", scope.as_str()),
    }
}

#[test]
fn without_a_key_nothing_else_is_looked_at() {
    let world = World::new();
    for endpoint in endpoints_with_keys() {
        let header = endpoint.key.header().unwrap();
        let detail =
            (endpoint.key != KeyKind::Management).then(|| format!("A valid '{header}' header is required."));
        for body in ["", "{}", "not json"] {
            let response = send(&mut world.server.anybody(), &endpoint, &path(&endpoint), body);
            refused(&response, &endpoint, detail.clone());
        }
        let too_large = " ".repeat(BODY_LIMIT + 1);
        refused(
            &send(
                &mut world.server.anybody(),
                &endpoint,
                &path(&endpoint),
                &too_large,
            ),
            &endpoint,
            detail,
        );
    }
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let world = World::new();
    for endpoint in endpoints_with_keys() {
        let header = endpoint.key.header().unwrap();
        let (wrong, detail) = match endpoint.key {
            KeyKind::Public => (
                &world.app.secret_key,
                Some("Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.".to_owned()),
            ),
            KeyKind::Secret => (
                &world.app.public_key,
                Some(
                    "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.".to_owned(),
                ),
            ),
            KeyKind::Management | KeyKind::None => (&world.app.secret_key, None),
        };
        let mut connection = world.server.anybody().with_header(header, wrong);
        refused(
            &send(&mut connection, &endpoint, &path(&endpoint), "{}"),
            &endpoint,
            detail,
        );
    }
}

#[test]
fn a_key_in_the_header_of_the_other_kind_is_refused() {
    let world = World::new();
    for endpoint in endpoints_with_keys() {
        let (header, key, detail) = match endpoint.key {
            KeyKind::Public => (
                "ApiSecret",
                &world.app.secret_key,
                "A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied.",
            ),
            KeyKind::Secret => (
                "ApiKey",
                &world.app.public_key,
                "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied.",
            ),
            KeyKind::Management | KeyKind::None => continue,
        };
        let mut connection = world.server.anybody().with_header(header, key);
        refused(
            &send(&mut connection, &endpoint, &path(&endpoint), "{}"),
            &endpoint,
            Some(detail.to_owned()),
        );
    }
}

#[test]
fn a_locked_key_is_refused_like_an_unknown_one() {
    let world = World::new();
    for endpoint in endpoints_with_keys().filter(|endpoint| endpoint.key != KeyKind::Management) {
        let header = endpoint.key.header().unwrap();
        let scopes: &[&str] = if endpoint.key == KeyKind::Public {
            &["register", "login"]
        } else {
            &["token_register", "token_verify"]
        };
        let key = world.key(&endpoint, scopes);
        let lock = format!(
            "/admin/apps/{}/api-keys/{}/lock",
            world.app.name,
            &key[key.len() - 4..]
        );
        world.server.operator().post_nothing(&lock).expect_empty(204);
        let unknown = format!("{}0000", &key[..key.len() - 4]);
        for key in [key, unknown] {
            let mut connection = world.server.anybody().with_header(header, &key);
            let response = send(&mut connection, &endpoint, &path(&endpoint), "{}");
            refused(
                &response,
                &endpoint,
                Some(format!("The value of your '{header}' is not valid.")),
            );
        }
    }
}

#[test]
fn a_scope_is_asked_for_before_the_body_is_read() {
    let world = World::new();
    for endpoint in endpoints_with_keys() {
        let Some(scope) = endpoint.scope else { continue };
        let others: Vec<&str> = Scope::all_of(scope.kind())
            .into_iter()
            .filter(|other| *other != scope)
            .map(Scope::as_str)
            .collect();
        let key = world.key(&endpoint, &others);
        let mut connection = world
            .server
            .anybody()
            .with_header(endpoint.key.header().unwrap(), &key);
        let problem = send(&mut connection, &endpoint, &path(&endpoint), "not json").problem(403);
        let expected = json!({
            "type": "https://docs.passwordless.dev/guide/errors.html#forbidden",
            "title": "You are forbidden from accessing this resource.",
            "status": 403,
            "detail": format!(
                "You are unable to access this resource because you do not have the required permissions. Required scopes: {}",
                scope.as_str()
            ),
        });
        assert_eq!(problem, expected, "{}", endpoint.path);
    }
}

#[test]
fn a_body_must_be_there_be_json_and_be_small() {
    let world = World::new();
    for endpoint in table().into_iter().filter(|endpoint| endpoint.body.is_some()) {
        let mut connection = world.entitled(&endpoint);
        let mut send = |content_type: Option<&str>, body: &str| {
            connection.send(
                endpoint.method.as_str(),
                &path(&endpoint),
                content_type,
                body.as_bytes(),
            )
        };
        let title =
            |response: &Response, status: u16| response.problem(status)["title"].as_str().unwrap().to_owned();

        let json = Some("application/json");
        for (content_type, body) in [
            (json, ""),
            (None, ""),
            (json, "{"),
            (json, "{\"a\":1,}"),
            (json, "{/**/}"),
            (json, "null"),
            (json, "[]"),
            (json, "1"),
        ] {
            let title = title(&send(content_type, body), 400);
            assert!(
                title.starts_with("Failed to read parameter \""),
                "{} {body}: {title}",
                endpoint.path
            );
            assert!(
                title.ends_with(" request\" from the request body as JSON."),
                "{} {body}: {title}",
                endpoint.path
            );
        }
        for (content_type, shown) in [(Some("text/plain"), "text/plain"), (None, "")] {
            let title = title(&send(content_type, "{}"), 415);
            assert_eq!(
                title,
                format!("Expected a supported JSON media type but got \"{shown}\".")
            );
        }
        let fits = format!("{{{}", " ".repeat(BODY_LIMIT - 1));
        assert!(
            title(&send(json, &fits), 400).starts_with("Failed to read parameter"),
            "{}",
            endpoint.path
        );
        let title = title(&send(json, &format!("{fits} ")), 413);
        assert_eq!(
            title,
            format!("Request body too large. The limit is {BODY_LIMIT} bytes.")
        );
    }
}

#[test]
fn a_wrong_method_is_answered_with_the_right_ones() {
    let world = World::new();
    for endpoint in table() {
        let allowed: Vec<String> = table()
            .into_iter()
            .filter(|other| other.path == endpoint.path)
            .flat_map(|other| {
                let head = other.answers_head().then(|| "HEAD".to_owned());
                [other.method.to_string()].into_iter().chain(head)
            })
            .collect();
        let mut connection = world.entitled(&endpoint);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"]
            .into_iter()
            .filter(|method| !allowed.contains(&(*method).to_owned()))
        {
            let response = connection.send(method, &path(&endpoint), Some("application/json"), b"{}");
            response.expect_empty(405);
            assert_eq!(
                response.header("allow"),
                Some(allowed.join(", ").as_str()),
                "{method} {}",
                endpoint.path
            );
            assert_eq!(response.header("content-type"), None);
        }
    }
}

#[test]
fn head_is_get_without_a_body_where_anybody_may_look() {
    let world = World::new();
    for endpoint in table().into_iter().filter(|endpoint| endpoint.method == "GET") {
        let mut connection = world.entitled(&endpoint);
        let path = path(&endpoint);
        let got = connection.get(&path);
        let headed = connection.head(&path);
        if !endpoint.answers_head() {
            assert_eq!(headed.status, 405, "{path}");
            continue;
        }
        assert_eq!(headed.status, got.status, "{path}");
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(headed.header(name), got.header(name), "{path}");
        }
        // Nothing of a body stands before the next answer.
        assert_eq!(connection.get("/health/http").text(), "Healthy");
    }
}

#[test]
fn case_one_trailing_slash_and_the_prefix_do_not_matter() {
    let world = World::new();
    for endpoint in table() {
        let path = path(&endpoint);
        let mut connection = world.entitled(&endpoint);
        let mut status = |path: &str| send(&mut connection, &endpoint, path, "").status;
        // Links that open nothing are not found, whatever their spelling.
        if path.contains("link_0") || path.ends_with("/abort/0") {
            continue;
        }
        let expected = status(&path);
        // Nor are files and documents that nobody made.
        let may_be_missing = path.contains("0000") || path.contains("/.well-known/");
        assert_ne!(expected, 404 * u16::from(!may_be_missing), "{path}");
        let upper = path.to_ascii_uppercase().replace("NOBODY", "nobody");
        for spelling in [
            upper.clone(),
            format!("{path}/"),
            format!("/api{path}"),
            format!("/API{upper}"),
        ] {
            if spelling == "//" {
                continue;
            }
            assert_eq!(status(&spelling), expected, "{} {spelling}", endpoint.method);
        }
    }
}

#[test]
fn an_unknown_path_is_not_found_whatever_the_keys() {
    let world = World::new();
    for path in [
        "/unknown",
        "/register",
        "/register/token/now",
        "/admin/apps",
        "/api/unknown",
        "/register/token//",
    ] {
        for (method, body) in [("GET", ""), ("POST", "{}"), ("DELETE", "")] {
            for connection in [
                &mut world.server.anybody(),
                &mut world.server.backend(&world.other),
            ] {
                let response = connection.send(method, path, Some("application/json"), body.as_bytes());
                response.expect_empty(404);
                assert_eq!(response.header("content-type"), None);
                assert_eq!(response.header("www-authenticate"), None);
            }
        }
    }
}

#[test]
fn the_key_decides_the_application() {
    let world = World::new();
    let mut first = world.server.backend(&world.app);
    first
        .post("/alias", &json!({ "userId": "u", "aliases": ["a"] }))
        .expect_empty(204);
    let values =
        |connection: &mut Connection| connection.get("/alias/list?userId=u").expect(200)["values"].clone();
    assert_eq!(values(&mut first)[0]["tenant"], "first");
    assert_eq!(values(&mut world.server.backend(&world.other)), json!([]));
    // Another key beside the right one changes nothing.
    let mut both = world
        .server
        .backend(&world.other)
        .with_header("ApiKey", &world.app.public_key);
    assert_eq!(values(&mut both), json!([]));
}
