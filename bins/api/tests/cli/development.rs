//! `passgate --development`: keys that everybody knows, for as long as it was asked for.

use passgate::development::{APP, MANAGEMENT_KEY, PUBLIC_KEY, SECRET_KEY};
use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::{Place, Said, server::Server, text};

const BROWSER: (&str, &str) = ("ApiKey", PUBLIC_KEY);
const BACKEND: (&str, &str) = ("ApiSecret", SECRET_KEY);

/// The path of the application's features, with the management key of development mode.
fn manage(server: &Server) -> u16 {
    let path = format!("/admin/apps/{APP}/features");
    server.get(&path, &[("ManagementKey", MANAGEMENT_KEY)]).0
}

#[test]
fn the_published_keys_work_while_it_lasts_and_are_locked_afterwards() {
    Place::each(|place| {
        let server = Server::start_with(&place, &["--development"], &[]);
        for part in ["DEVELOPMENT MODE", PUBLIC_KEY, SECRET_KEY, MANAGEMENT_KEY] {
            assert!(server.banner.contains(part), "{part}: {}", server.banner);
        }
        assert!(!place.data().join("management.key").exists());

        let origin = server.url.clone();
        let at = |more: serde_json::Value| {
            let mut body = json!({ "RPID": "localhost", "Origin": origin });
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            body
        };
        let ok = |(status, answer): (u16, serde_json::Value)| {
            assert_eq!(status, 200, "{answer}");
            answer
        };
        let user = json!({ "userId": "alice", "username": "alice" });
        let token = ok(server.post("/register/token", BACKEND, &user));
        let begun = ok(server.post(
            "/register/begin",
            BROWSER,
            &at(json!({ "token": token["token"] })),
        ));
        let mut device = SoftAuthenticator::new();
        let made = device.register(&origin, &begun["data"]).unwrap();
        let completed = at(json!({ "session": begun["session"], "response": made.to_browser_client_json() }));
        ok(server.post("/register/complete", BROWSER, &completed));
        let begun = ok(server.post("/signin/begin", BROWSER, &at(json!({ "userId": "alice" }))));
        let signed = device.authenticate(&origin, &begun["data"]).unwrap();
        let completed =
            at(json!({ "session": begun["session"], "response": signed.to_browser_client_json() }));
        let token = ok(server.post("/signin/complete", BROWSER, &completed));
        let verified = ok(server.post("/signin/verify", BACKEND, &token));
        assert_eq!(text(&verified, "userId"), "alice");
        assert_eq!(manage(&server), 200);
        drop(server);

        let server = Server::start(&place, &[]);
        assert!(!server.banner.contains("DEVELOPMENT"), "{}", server.banner);
        assert_eq!(server.get("/users/count", &[BACKEND]).0, 401);
        assert_eq!(server.post("/signin/begin", BROWSER, &at(json!({}))).0, 401);
        assert_eq!(manage(&server), 401);
        drop(server);

        let server = Server::start(&place, &[("PASSGATE_DEVELOPMENT", "true")]);
        assert_eq!(server.get("/users/count", &[BACKEND]).0, 200);
    });
}

#[test]
fn a_management_key_of_ones_own_is_kept() {
    let place = Place::new();
    let server = Server::start(
        &place,
        &[
            ("PASSGATE_DEVELOPMENT", "true"),
            ("PASSGATE_MANAGEMENT_KEY", "mine"),
        ],
    );
    assert_eq!(manage(&server), 401);
}

#[test]
fn nobody_else_may_reach_it_unless_told_twice() {
    let place = Place::new();
    let check = |more: &[(&str, &str)]| {
        let mut command = place.command(&["config", "check", "--development"]);
        command
            .env("PASSGATE_LISTEN", "192.0.2.1:5701")
            .envs(more.iter().copied());
        Said::from(command.output().unwrap())
    };
    let said = check(&[]).failed_with(2);
    assert!(said.contains("must be a loopback address"), "{said}");
    let said = check(&[("PASSGATE_DEVELOPMENT_EXPOSED", "true")]).succeeded();
    assert!(said.contains("# --development"), "{said}");
    let mut serve = place.command(&["serve", "--development"]);
    let said = Said::from(serve.env("PASSGATE_LISTEN", "0.0.0.0:0").output().unwrap()).failed_with(2);
    assert!(said.contains("must be a loopback address"), "{said}");
    assert!(!place.data().exists());
}

#[test]
fn an_application_of_that_name_with_other_keys_is_left_alone() {
    Place::each(|place| {
        let created = place.create(APP);
        let server = Server::start_with(&place, &["--development"], &[]);
        assert_eq!(server.get("/users/count", &[BACKEND]).0, 401);
        assert_eq!(
            server
                .get("/users/count", &[("ApiSecret", text(&created, "apiSecret1"))])
                .0,
            200
        );
    });
}
