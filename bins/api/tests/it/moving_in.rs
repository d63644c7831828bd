//! `passgate import passwordless-api`, against a server that answers that API: this one.

use std::process::Command;

use passgate_testkit::{SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

use crate::support::{MASTER_KEY, TestApp, TestServer};

fn import(from: &TestServer, app: &TestApp, into: &TestDatabase, more: &[&str]) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_passgate"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PASSGATE_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args([
            "import",
            "passwordless-api",
            "--json",
            "--base-url",
            &format!("http://{}/", from.address),
        ])
        .args(more)
        .env("PASSGATE_DATA_DIR", folder.path())
        .env("PASSGATE_DATABASE_URL", into.url())
        .env("PASSGATE_MASTER_KEY", MASTER_KEY)
        .env("PASSWORDLESS_API_SECRET", &app.secret_key)
        .output()
        .unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (
        output.status.code().unwrap(),
        said,
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn an_application_is_read_over_the_api_and_goes_on_where_it_was() {
    for into in TestDatabase::each() {
        let old = TestServer::start();
        let app = old.app("demoapp");
        let mut device = SoftAuthenticator::new();
        old.register(&app, &mut device, "alice");
        let alias = json!({ "userId": "alice", "aliases": ["alice@example.com"], "hashing": false });
        old.backend(&app).post("/alias", &alias).expect_empty(204);

        let public = ["--public-key", app.public_key.as_str()];
        let (code, rehearsed, said) = import(&old, &app, &into, &[&public[..], &["--dry-run"]].concat());
        assert_eq!(
            (code, &rehearsed["applied"], &rehearsed["new"]),
            (0, &json!(false), &json!(5)),
            "{said}"
        );
        let (code, imported, said) = import(&old, &app, &into, &public);
        assert_eq!(
            (code, &imported["applied"], &imported["new"]),
            (0, &json!(true), &json!(5)),
            "{said}"
        );
        let (_, again, _) = import(&old, &app, &into, &public);
        assert_eq!((&again["new"], &again["refused"]), (&json!(0), &json!(0)));

        let new = TestServer::on(into);
        let token = new.sign_in(&app, &mut device, &json!({ "alias": "alice@example.com" }));
        // An imported application keeps tokens that verify again.
        for _ in 0..2 {
            let verified = new
                .backend(&app)
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(verified["userId"], "alice");
        }
    }
}

#[test]
fn a_wrong_secret_and_another_applications_public_key_import_nothing() {
    let old = TestServer::start();
    let (app, other) = (old.app("demoapp"), old.app("other"));
    let into = TestDatabase::sqlite();
    let wrong = TestApp {
        secret_key: format!("{}0000", &app.secret_key[..app.secret_key.len() - 4]),
        ..old.app("third")
    };
    let (code, _, said) = import(&old, &wrong, &into, &[]);
    assert!(code == 1 && said.contains("401"), "{code} {said}");
    let (code, _, said) = import(&old, &app, &into, &["--public-key", &other.public_key]);
    assert!(code == 1 && said.contains("public key"), "{code} {said}");
}
