//! What the server acknowledged is there after `kill -9`, and nothing is there by halves.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Sender};
use std::thread;

use passgate_testkit::{SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

use crate::server::{App, NoAnswer, Server};

const CLIENTS: usize = 8;

/// Acknowledged writes to wait for before each kill; the clients go on writing until the connection breaks.
const WRITES_BEFORE_A_KILL: usize = 120;

const RP_ID: &str = "example.com";
const ORIGIN: &str = "https://example.com";

/// A write the server answered with success.
enum Acknowledged {
    Registered { user: String, credential_id: String },
    Aliased { user: String, aliases: usize },
    SignedIn { user: String, sign_count: u64 },
    Verified { token: String },
}

#[test]
fn acknowledged_writes_survive_kill_9_on_sqlite() {
    survives_kill_9(&TestDatabase::sqlite());
}

#[test]
fn acknowledged_writes_survive_kill_9_on_postgres() {
    if let Some(database) = TestDatabase::postgres() {
        survives_kill_9(&database);
    }
}

fn survives_kill_9(database: &TestDatabase) {
    let home = tempfile::tempdir().unwrap();
    let mut server = Server::start(home.path(), database.url());
    let app = server.create_app("shop");
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        let app = server.reopen(&app);
        let (sender, receiver) = mpsc::channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (app, sender) = (app.clone(), sender.clone());
                thread::spawn(move || write_until_it_breaks(&app, &format!("r{round}c{client}"), &sender))
            })
            .collect();
        drop(sender);
        acknowledged.extend(receiver.iter().take(WRITES_BEFORE_A_KILL));
        server.kill();
        acknowledged.extend(receiver);
        for client in clients {
            client.join().unwrap();
        }
        server = Server::start(home.path(), database.url());
        check(&server.reopen(&app), &acknowledged);
    }
    assert!(acknowledged.len() >= 2 * WRITES_BEFORE_A_KILL);
    server.stop();
}

/// Registers users with two aliases each, signs them in, verifies, renames; ends when the server is gone.
fn write_until_it_breaks(app: &App, name: &str, acknowledged: &Sender<Acknowledged>) {
    for number in 0.. {
        if write(app, &format!("{name}u{number}"), acknowledged).is_err() {
            return;
        }
    }
}

fn write(app: &App, user: &str, acknowledged: &Sender<Acknowledged>) -> Result<(), NoAnswer> {
    // The receiver stays until every client has ended.
    let tell = |write| acknowledged.send(write).unwrap();
    let mut device = SoftAuthenticator::new().with_sign_count();

    let aliases = [format!("{user}@example.com"), format!("{user}@example.org")];
    let token = ok(app.backend(
        "/register/token",
        &json!({ "userId": user, "username": user, "aliases": aliases }),
    )?);
    let begun = ok(app.browser(
        "/register/begin",
        &json!({ "token": token["token"], "RPID": RP_ID, "Origin": ORIGIN }),
    )?);
    let made = device.register(ORIGIN, &begun["data"]).unwrap();
    ok(app.browser(
        "/register/complete",
        &json!({ "session": begun["session"], "response": made.to_browser_client_json(), "RPID": RP_ID, "Origin": ORIGIN }),
    )?);
    tell(Acknowledged::Registered {
        user: user.to_owned(),
        credential_id: made.id,
    });

    for sign_count in 1..3 {
        let begun = ok(app.browser(
            "/signin/begin",
            &json!({ "userId": user, "RPID": RP_ID, "Origin": ORIGIN }),
        )?);
        let signed = device.authenticate(ORIGIN, &begun["data"]).unwrap();
        let token = ok(app.browser(
            "/signin/complete",
            &json!({ "session": begun["session"], "response": signed.to_browser_client_json(), "RPID": RP_ID, "Origin": ORIGIN }),
        )?);
        tell(Acknowledged::SignedIn {
            user: user.to_owned(),
            sign_count,
        });
        ok(app.backend("/signin/verify", &token)?);
        tell(Acknowledged::Verified {
            token: token["token"].as_str().unwrap().to_owned(),
        });
    }

    ok(app.backend(
        "/alias",
        &json!({ "userId": user, "aliases": [user, aliases[0], aliases[1]] }),
    )?);
    tell(Acknowledged::Aliased {
        user: user.to_owned(),
        aliases: 3,
    });
    Ok(())
}

fn check(app: &App, acknowledged: &[Acknowledged]) {
    for write in acknowledged {
        match write {
            Acknowledged::Registered { user, credential_id } => {
                let credentials = app.list(&format!("/credentials/list?userId={user}"));
                assert_eq!(credentials.len(), 1, "{user}");
                assert_eq!(credentials[0]["descriptor"]["id"], **credential_id, "{user}");
            }
            Acknowledged::SignedIn { user, sign_count } => {
                let credentials = app.list(&format!("/credentials/list?userId={user}"));
                assert!(
                    credentials[0]["signatureCounter"].as_u64().unwrap() >= *sign_count,
                    "{user}"
                );
            }
            Acknowledged::Verified { token } => {
                let (status, body) = app.backend("/signin/verify", &json!({ "token": token })).unwrap();
                assert_eq!((status, &body["errorCode"]), (400, &json!("token_already_used")));
            }
            Acknowledged::Aliased { user, aliases } => {
                assert_eq!(
                    app.list(&format!("/alias/list?userId={user}")).len(),
                    *aliases,
                    "{user}"
                );
            }
        }
    }

    // Whether acknowledged or not: a registration leaves its credential and its aliases, or neither.
    let users = app.list("/users/list");
    let registered: BTreeSet<_> = acknowledged
        .iter()
        .filter_map(|write| {
            if let Acknowledged::Registered { user, .. } = write {
                Some(user)
            } else {
                None
            }
        })
        .collect();
    assert!(users.len() >= registered.len());
    for user in users {
        assert_eq!(user["credentialsCount"], 1, "{user}");
        assert!([2, 3].contains(&user["aliasCount"].as_u64().unwrap()), "{user}");
    }
}

fn ok((status, body): (u16, Value)) -> Value {
    assert!((200..300).contains(&status), "{status} {body}");
    body
}
