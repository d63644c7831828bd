//! A database that an earlier server left, with what it had given out: keys, tokens, sessions on their way and passkeys.
//!
//! `upgrade/*.sql` are databases of the first migrations (20261121), `upgrade/*.json` what clients held at that moment,
//! throw-away private keys of their authenticators among it. They are never made anew: they are what upgrades start from.

use passgate_core::time::Timestamp;
use passgate_testkit::{HeldPasskey, SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

use crate::support::{Connection, ORIGIN, RP_ID, TestApp, TestServer, token};

/// What clients of the earlier server held.
struct Held {
    app: TestApp,
    json: Value,
}

impl Held {
    fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap()
    }

    fn device(&self, name: &str) -> SoftAuthenticator {
        let passkeys: Vec<HeldPasskey> = serde_json::from_value(self.json[name].clone()).unwrap();
        let mut device = SoftAuthenticator::new();
        for passkey in &passkeys {
            device.hold(passkey);
        }
        device
    }
}

/// Today's server on each of those databases, at the time they were left.
fn each(test: impl Fn(&TestServer, &Held)) {
    for database in TestDatabase::each() {
        let (sql, json) = if database.is_postgres() {
            (
                include_str!("upgrade/postgres.sql"),
                include_str!("upgrade/postgres.json"),
            )
        } else {
            (
                include_str!("upgrade/sqlite.sql"),
                include_str!("upgrade/sqlite.json"),
            )
        };
        database.run(sql);
        let json: Value = serde_json::from_str(json).unwrap();
        let server = TestServer::later(database, 2);
        server
            .clock
            .set(Timestamp::from_micros(json["now_micros"].as_i64().unwrap()));
        let app = TestApp {
            name: "demoapp".to_owned(),
            public_key: json["publicKey"].as_str().unwrap().to_owned(),
            secret_key: json["secretKey"].as_str().unwrap().to_owned(),
        };
        test(&server, &Held { app, json });
    }
}

fn verify(backend: &mut Connection, token: &str) -> Value {
    backend
        .post("/signin/verify", &json!({ "token": token }))
        .expect(200)
}

fn complete(server: &TestServer, held: &Held, begun: &Value, response: &Value, path: &str) -> String {
    let completed = server.browser(&held.app).post(
        path,
        &json!({ "session": begun["session"], "response": response, "RPID": RP_ID, "Origin": ORIGIN }),
    );
    token(completed.expect(200))
}

#[test]
fn tokens_of_the_earlier_server_are_what_they_were() {
    each(|server, held| {
        let mut backend = server.backend(&held.app);
        let verified = verify(&mut backend, held.text("unspentToken"));
        assert_eq!(
            (&verified["userId"], &verified["type"]),
            (&json!("alice"), &json!("passkey_signin"))
        );
        let verified = verify(&mut backend, held.text("magicLinkToken"));
        assert_eq!(
            (&verified["userId"], &verified["type"]),
            (&json!("alice"), &json!("magic_link"))
        );
        for spent in ["spentToken", "unspentToken"] {
            backend
                .post("/signin/verify", &json!({ "token": held.text(spent) }))
                .refusal(400, Some("token_already_used"), "The token was already used.");
        }
    });
}

#[test]
fn ceremonies_that_the_earlier_server_began_are_completed() {
    each(|server, held| {
        let mut backend = server.backend(&held.app);
        let begun = &held.json["signInBegun"];
        let assertion = held
            .device("securityKey")
            .authenticate(ORIGIN, &begun["data"])
            .unwrap();
        let signed_in = complete(
            server,
            held,
            begun,
            &assertion.to_browser_client_json(),
            "/signin/complete",
        );
        assert_eq!(verify(&mut backend, &signed_in)["userId"], "bob");

        let begun = &held.json["registrationBegun"];
        let mut device = SoftAuthenticator::new();
        let registration = device.register(ORIGIN, &begun["data"]).unwrap();
        let registered = complete(
            server,
            held,
            begun,
            &registration.to_browser_client_json(),
            "/register/complete",
        );
        assert_eq!(verify(&mut backend, &registered)["userId"], "erin");
        // The aliases travelled in the session, this one in clear.
        let aliases = backend.get("/alias/list?userId=erin").expect(200);
        assert_eq!(aliases["values"][0]["plaintext"], "erin@example.com", "{aliases}");
        let signed_in = server.sign_in(&held.app, &mut device, &json!({ "alias": "erin@example.com" }));
        assert_eq!(verify(&mut backend, &signed_in)["userId"], "erin");

        let begun = server.browser(&held.app).post(
            "/register/begin",
            &json!({ "token": held.text("registerToken"), "RPID": RP_ID, "Origin": ORIGIN }),
        );
        let begun = begun.expect(200);
        let mut device = SoftAuthenticator::new();
        let registration = device.register(ORIGIN, &begun["data"]).unwrap();
        complete(
            server,
            held,
            &begun,
            &registration.to_browser_client_json(),
            "/register/complete",
        );
        let signed_in = server.sign_in(&held.app, &mut device, &json!({ "alias": "dave@example.com" }));
        assert_eq!(verify(&mut backend, &signed_in)["userId"], "dave");
    });
}

#[test]
fn passkeys_purposes_and_aliases_of_the_earlier_server_are_in_use() {
    each(|server, held| {
        let mut backend = server.backend(&held.app);
        let mut phone = held.device("phone");
        for begin in [
            json!({}),
            json!({ "userId": "alice" }),
            json!({ "alias": "alice@example.com" }),
            json!({ "userId": "alice", "purpose": "payment" }),
        ] {
            let signed_in = server.sign_in(&held.app, &mut phone, &begin);
            let verified = verify(&mut backend, &signed_in);
            assert_eq!(verified["userId"], "alice", "{begin}");
            let purpose = begin.get("purpose").cloned().unwrap_or_else(|| json!("sign-in"));
            assert_eq!(verified["purpose"], purpose);
        }

        let listed = backend.get("/credentials/list?userId=carol").expect(200);
        let id = &listed["values"][0]["descriptor"]["id"];
        let mut suspended = held.device("suspended");
        let begun = server
            .browser(&held.app)
            .post("/signin/begin", &json!({ "RPID": RP_ID, "Origin": ORIGIN }))
            .expect(200);
        let assertion = suspended.authenticate(ORIGIN, &begun["data"]).unwrap();
        let refused = server.browser(&held.app).post(
            "/signin/complete",
            &json!({
                "session": begun["session"], "response": assertion.to_browser_client_json(),
                "RPID": RP_ID, "Origin": ORIGIN,
            }),
        );
        assert_eq!(refused.problem(400)["errorCode"], "credential_suspended");
        backend
            .post("/credentials/resume", &json!({ "credentialId": id }))
            .expect_empty(204);
        let signed_in = server.sign_in(&held.app, &mut suspended, &json!({}));
        assert_eq!(verify(&mut backend, &signed_in)["userId"], "carol");

        let users = backend.get("/users/list").expect(200);
        let users: Vec<_> = users["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| &user["userId"])
            .collect();
        assert_eq!(users, ["alice", "bob", "carol"]);
        let events = backend.get("/events?pageNumber=1").expect(200);
        assert!(
            events["totalEventCount"].as_u64().unwrap() > 20,
            "{}",
            events["totalEventCount"]
        );
    });
}
