//! What settings and deployments do, seen from outside: two servers on one database, and a log without secrets.

use std::fs;

use passgate_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::server::{MASTER_KEY, Server};

#[test]
fn two_servers_on_one_database_are_one_service_on_sqlite() {
    are_one_service(&TestDatabase::sqlite());
}

#[test]
fn two_servers_on_one_database_are_one_service_on_postgres() {
    if let Some(database) = TestDatabase::postgres() {
        are_one_service(&database);
    }
}

fn are_one_service(database: &TestDatabase) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Server::start(here.path(), database.url());
    let other = Server::start(there.path(), database.url());
    let app = one.create_app("shop");
    let elsewhere = other.reopen(&app);

    let (status, made) = app
        .backend("/signin/generate-token", &json!({ "userId": "user-1" }))
        .unwrap();
    assert_eq!(status, 200, "{made}");
    let token = json!({ "token": made["token"] });
    let (status, verified) = elsewhere.backend("/signin/verify", &token).unwrap();
    assert_eq!((status, &verified["userId"]), (200, &json!("user-1")));
    for app in [&app, &elsewhere] {
        let (status, refused) = app.backend("/signin/verify", &token).unwrap();
        assert_eq!(
            (status, &refused["errorCode"]),
            (400, &json!("token_already_used"))
        );
    }

    let aliases = json!({ "userId": "user-1", "aliases": ["fry"], "hashing": false });
    assert_eq!(elsewhere.backend("/alias", &aliases).unwrap().0, 204);
    assert_eq!(app.list("/alias/list?userId=user-1")[0]["plaintext"], "fry");
    one.stop();
    other.stop();
}

#[test]
fn the_log_is_json_and_holds_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::sqlite();
    let server = Server::start(home.path(), database.url());
    let app = server.create_app("shop");
    let mut secrets = vec![MASTER_KEY.to_owned(), app.secret_key().to_owned()];
    let mut answered = |path: &str, body: Value, status: u16| {
        let (answered, answer) = app.backend(path, &body).unwrap();
        assert_eq!(answered, status, "{path}: {answer}");
        let token = answer["token"].as_str().unwrap_or_default().to_owned();
        secrets.extend((!token.is_empty()).then(|| token.clone()));
        token
    };
    answered(
        "/register/token",
        json!({ "userId": "user-1", "username": "fry" }),
        200,
    );
    let token = answered("/signin/generate-token", json!({ "userId": "user-1" }), 200);
    answered("/signin/verify", json!({ "token": token }), 200);
    answered("/signin/verify", json!({ "token": token }), 400);
    answered("/signin/verify", json!({ "token": "verify_nonsense" }), 400);
    let log = home.path().join("server.log");
    server.stop();

    let log = fs::read_to_string(log).unwrap();
    let served = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .filter(|line| line["message"] == "served")
        .count();
    assert!(served >= 6, "{log}");
    for secret in secrets {
        // Its middle is enough: nothing of it may be there.
        let middle = &secret[secret.len() / 3..secret.len() * 2 / 3];
        assert!(!log.contains(middle), "the log holds {secret}:\n{log}");
    }
}
