//! A first start, its banner, and who may see the playground.

use crate::{Place, Said, server::Server, text};

#[test]
fn a_first_start_says_where_everything_is() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    assert!(server.url.starts_with("http://localhost:"));
    for part in [
        "Passgate ",
        "Playground",
        "passgate.db",
        "master.key",
        "management.key",
        "Stop with Ctrl+C",
    ] {
        assert!(server.banner.contains(part), "{part}: {}", server.banner);
    }
    drop(server);
    let second = Server::start(&place, &[]);
    assert!(!second.banner.contains("New key"), "{}", second.banner);
}

#[test]
fn the_page_makes_an_application_whose_keys_work() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    let (status, media_type, page) = server.get("/", &[]);
    assert_eq!((status, media_type.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.contains("<title>Passgate playground</title>"));
    for (path, expected) in [
        ("/playground/app.js", "text/javascript; charset=utf-8"),
        ("/playground/style.css", "text/css; charset=utf-8"),
        ("/playground/logo.svg", "image/svg+xml"),
    ] {
        let (status, media_type, _) = server.get(path, &[]);
        assert_eq!((status, media_type.as_str()), (200, expected), "{path}");
    }
    assert_eq!(server.get("/playground/../Cargo.toml", &[]).0, 404);

    let origin = server.url.clone();
    let (status, created) =
        server.ask_for_application(&[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")]);
    assert_eq!(status, 200, "{created}");
    let (status, _, count) = server.get("/users/count", &[("ApiSecret", text(&created, "apiSecret"))]);
    assert_eq!((status, count.as_str()), (200, "{\"count\":0}"));
    assert_eq!(
        place.json(&["app", "list"])["applications"][0]["appId"],
        created["appId"]
    );
}

#[test]
fn nobody_else_gets_keys() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    let own = server.url.clone();
    let rebound = own.replace("localhost", "rebound.example");
    let (_, rebound_host) = rebound.split_once("://").unwrap();
    for headers in [
        vec![],
        vec![("Origin", "https://evil.example")],
        vec![("Origin", "http://localhost:3000")],
        vec![("Origin", "null")],
        vec![("Origin", own.as_str()), ("Sec-Fetch-Site", "cross-site")],
    ] {
        let (status, refused) = server.ask_for_application(&headers);
        assert_eq!(
            (status, refused["errorCode"].as_str()),
            (403, Some("playground_only")),
            "{headers:?}"
        );
    }
    // A name that was rebound to this machine, and a proxy in between: no playground at all.
    assert_eq!(
        server
            .ask_for_application(&[("Origin", &rebound), ("Host", rebound_host)])
            .0,
        404
    );
    assert_eq!(
        server
            .ask_for_application(&[("Origin", &own), ("X-Forwarded-For", "203.0.113.7")])
            .0,
        404
    );
    let (status, media_type, _) = server.get("/", &[("X-Forwarded-For", "203.0.113.7")]);
    assert_eq!((status, media_type.as_str()), (200, "text/plain; charset=utf-8"));
    assert_eq!(
        place.json(&["app", "list"])["applications"],
        serde_json::json!([])
    );
}

#[test]
fn switched_off_there_is_no_such_page() {
    let place = Place::new();
    let server = Server::start(&place, &[("PASSGATE_PLAYGROUND", "false")]);
    assert!(!server.banner.contains("Playground"), "{}", server.banner);
    let (status, media_type, _) = server.get("/", &[]);
    assert_eq!((status, media_type.as_str()), (200, "text/plain; charset=utf-8"));
    assert_eq!(server.get("/playground", &[]).0, 404);
    assert_eq!(server.get("/playground/app.js", &[]).0, 404);
    assert_eq!(server.ask_for_application(&[("Origin", &server.url)]).0, 404);
}

#[test]
fn a_running_server_keeps_a_restore_away_and_sees_changes() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    let created = place.create("demoapp");
    let secret = text(&created, "apiSecret1");
    assert_eq!(server.get("/users/count", &[("ApiSecret", secret)]).0, 200);
    place.run(&["backup", "backup.db"]).succeeded();
    let said = Said::from(
        place
            .command(&["restore", "backup.db", "--force"])
            .output()
            .unwrap(),
    )
    .failed_with(4);
    assert!(said.contains("in use"), "{said}");
    drop(server);
    place.run(&["restore", "backup.db", "--force"]).succeeded();
}

#[test]
fn demo_applications_are_limited() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    let origin = server.url.clone();
    let ask = || server.ask_for_application(&[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")]);
    for number in 0..20 {
        assert_eq!(ask().0, 200, "{number}");
    }
    let (status, refused) = ask();
    assert_eq!(
        (status, text(&refused, "errorCode")),
        (429, "rate_limit_exceeded")
    );
    assert_eq!(
        place.json(&["app", "list"])["applications"]
            .as_array()
            .unwrap()
            .len(),
        20
    );
}
