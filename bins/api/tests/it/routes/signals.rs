//! `/signals`.

use passgate_api::encoding::base64url;
use passgate_core::{application::AppId, credential::Credential, user::UserId};
use passgate_store::{StoreError, credentials};
use passgate_testkit::SoftAuthenticator;
use passgate_webauthn::{CredentialId, RpId, UserHandle};
use serde_json::{Value, json};

use crate::support::{Connection, RP_ID, TestApp, TestServer};

/// Base64url of `alice`.
const ALICE: &str = "YWxpY2U";
/// A handle that Passgate did not make, and its base64url.
const FOREIGN: ([u8; 3], &str) = ([0xfb, 0xff, 0xbf], "-_-_");

/// Registers a passkey of a user, and returns its id.
fn register(server: &TestServer, app: &TestApp, user: &str) -> String {
    let mut authenticator = SoftAuthenticator::new();
    server.register(app, &mut authenticator, user);
    base64url(&authenticator.credential_ids()[0])
}

/// Adds a copy of a passkey that differs as told, as an import might; returns its id.
fn import(server: &TestServer, copied: &str, number: u8, change: impl Fn(&mut Credential)) -> String {
    let app = AppId::parse("demoapp").unwrap();
    let copied = CredentialId::from_base64url(copied).unwrap();
    let stored: Result<CredentialId, StoreError> = server.passgate.store().write(|tx| {
        let mut credential = credentials::find(tx, &app, &copied)?.unwrap();
        credential.id = CredentialId::new([number; 32]).unwrap();
        change(&mut credential);
        credentials::insert(tx, &app, &credential).unwrap();
        Ok(credential.id)
    });
    stored.unwrap().to_base64url()
}

fn accepted(backend: &mut Connection, user: &str) -> Value {
    let path = format!("/signals/all-accepted-credentials?userId={user}&rpId={RP_ID}");
    backend.get(&path).expect(200)
}

/// The list without its order.
fn ids(payload: &Value) -> Vec<&str> {
    let mut ids: Vec<_> = payload["allAcceptedCredentialIds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

#[test]
fn all_accepted_credentials_are_the_users_suspended_ones_too() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let nobody = json!({ "rpId": RP_ID, "userId": ALICE, "allAcceptedCredentialIds": [] });
        assert_eq!(accepted(&mut backend, "alice"), nobody);

        let (first, second) = (register(server, &app, "alice"), register(server, &app, "alice"));
        register(server, &app, "bob");
        let both = accepted(&mut backend, "alice");
        assert_eq!(
            (&both["rpId"], &both["userId"], both.as_object().unwrap().len()),
            (&json!(RP_ID), &json!(ALICE), 3)
        );
        let mut expected = [first.as_str(), second.as_str()];
        expected.sort_unstable();
        assert_eq!(ids(&both), expected);

        backend
            .post("/credentials/suspend", &json!({ "credentialId": first }))
            .expect_empty(204);
        assert_eq!(accepted(&mut backend, "alice"), both);
        backend
            .post("/credentials/delete", &json!({ "credentialId": second }))
            .expect_empty(204);
        assert_eq!(ids(&accepted(&mut backend, "alice")), [first.as_str()]);
        backend
            .post("/users/delete", &json!({ "userId": "alice" }))
            .expect_empty(200);
        assert_eq!(accepted(&mut backend, "alice"), nobody);

        // Another application of the same RP ID has users of its own.
        let other = server.app("otherapp");
        assert_eq!(
            accepted(&mut server.backend(&other), "bob")["allAcceptedCredentialIds"],
            json!([])
        );
    });
}

#[test]
fn the_handle_is_the_one_that_credentials_carry() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let own = register(server, &app, "alice");
        let foreign = import(server, &own, 7, |credential| {
            credential.user_handle = UserHandle::new(FOREIGN.0).ok();
        });
        let details =
            json!({ "userId": "alice", "rpId": RP_ID, "name": "alice@example.com", "displayName": "Alice" });
        let mut named = || {
            backend
                .post("/signals/current-user-details", &details)
                .expect(200)
        };

        // Authenticators know alice under two handles: the payload holds for both.
        let mut backend = server.backend(&app);
        let both = accepted(&mut backend, "alice");
        let mut expected = [own.as_str(), foreign.as_str()];
        expected.sort_unstable();
        assert_eq!(ids(&both), expected);
        assert_eq!(
            (&both["userId"], &both["otherUserIds"]),
            (&json!(ALICE), &json!([FOREIGN.1]))
        );
        assert_eq!(
            named(),
            json!({
                "rpId": RP_ID, "userId": ALICE, "name": "alice@example.com", "displayName": "Alice",
                "otherUserIds": [FOREIGN.1],
            })
        );

        // With the own one gone, the foreign one names her.
        backend
            .post("/credentials/delete", &json!({ "credentialId": own }))
            .expect_empty(204);
        let left = accepted(&mut backend, "alice");
        assert_eq!(
            left,
            json!({
                "rpId": RP_ID, "userId": FOREIGN.1, "allAcceptedCredentialIds": [foreign], "otherUserIds": [ALICE],
            })
        );
        assert_eq!(named()["userId"], FOREIGN.1);
    });
}

#[test]
fn a_passkey_whose_rp_id_was_recorded_wrongly_is_not_lost() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let own = register(server, &app, "alice");
        let elsewhere = import(server, &own, 7, |credential| {
            credential.rp_id = RpId::parse("login.example.com").unwrap();
        });
        let mut expected = [own.as_str(), elsewhere.as_str()];
        expected.sort_unstable();
        let mut backend = server.backend(&app);
        for rp_id in [RP_ID, "Login.Example.com"] {
            let path = format!("/signals/all-accepted-credentials?userid=alice&RPID={rp_id}");
            let payload = backend.get(&path).expect(200);
            assert_eq!(ids(&payload), expected);
            assert_eq!(payload["rpId"], rp_id.to_ascii_lowercase());
        }
    });
}

#[test]
fn whom_no_authenticator_can_know_there_is_nothing_to_say_about() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let long = "a".repeat(65);
        let title = "The user has no passkey, and the userId is longer than a user handle.";
        let path = format!("/signals/all-accepted-credentials?userId={long}&rpId={RP_ID}");
        backend.get(&path).refusal(400, None, title);
        let details = json!({ "userId": long, "rpId": RP_ID, "name": "a" });
        backend
            .post("/signals/current-user-details", &details)
            .refusal(400, None, title);

        let own = register(server, &app, "alice");
        let foreign = import(server, &own, 7, |credential| {
            credential.user_id = UserId::parse(&long).unwrap();
            credential.user_handle = UserHandle::new(FOREIGN.0).ok();
        });
        assert_eq!(
            backend.get(&path).expect(200),
            json!({ "rpId": RP_ID, "userId": FOREIGN.1, "allAcceptedCredentialIds": [foreign] })
        );
    });
}

#[test]
fn current_user_details_name_the_user() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let mut details = |display_name: Value| {
        let body = json!({ "userId": "alice", "rpId": RP_ID, "name": "al", "displayName": display_name });
        backend.post("/signals/current-user-details", &body).expect(200)
    };
    for (sent, shown) in [
        (json!("Alice Ż"), "Alice Ż"),
        (json!(""), ""),
        (json!(null), "al"),
    ] {
        assert_eq!(
            details(sent),
            json!({ "rpId": RP_ID, "userId": ALICE, "name": "al", "displayName": shown })
        );
    }
}

#[test]
fn only_an_unknown_credential_is_called_unknown() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let id = register(server, &app, "alice");
        let mut backend = server.backend(&app);
        let body = json!({ "credentialId": id, "rpId": RP_ID });
        let title = "The credential exists. An authenticator that is told otherwise would drop it.";
        let path = "/signals/unknown-credential";
        backend
            .post(path, &body)
            .refusal(409, Some("credential_known"), title);
        backend
            .post("/credentials/suspend", &json!({ "credentialId": id }))
            .expect_empty(204);
        backend
            .post(path, &body)
            .refusal(409, Some("credential_known"), title);
        backend
            .post("/credentials/delete", &json!({ "credentialId": id }))
            .expect_empty(204);
        assert_eq!(
            backend.post(path, &body).expect(200),
            json!({ "rpId": RP_ID, "credentialId": id })
        );
        // Standard base64 is read, base64url answered.
        assert_eq!(
            backend
                .post(path, &json!({ "credentialId": "+/8=", "rpId": RP_ID }))
                .expect(200)["credentialId"],
            "-_8"
        );
    });
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let path = "/signals/all-accepted-credentials";
    for (query, missing) in [
        ("", "UserId"),
        ("?rpId=example.com", "UserId"),
        ("?userId=a", "RpId"),
    ] {
        assert_eq!(
            backend.get(&format!("{path}{query}")).problem(400)["title"],
            format!("Required parameter \"string {missing}\" was not provided from query string.")
        );
    }
    let required = json!({
        "userId": ["The UserId field is required."], "rpId": ["The RpId field is required."],
    });
    assert_eq!(
        backend.get(&format!("{path}?userId=%20&rpId=")).invalid(),
        required
    );
    let long = "a".repeat(1025);
    assert_eq!(
        backend.get(&format!("{path}?userId={long}&rpId=com")).invalid(),
        json!({
            "userId": ["The field UserId must be a string or array type with a maximum length of '1024'."],
            "rpId": ["The RpId field is not valid: RP ID is a public suffix."],
        })
    );

    let path = "/signals/current-user-details";
    assert_eq!(
        backend.post(path, &json!({ "displayName": "x" })).invalid(),
        json!({
            "userId": ["The UserId field is required."], "rpId": ["The RpId field is required."],
            "name": ["The Name field is required."],
        })
    );
    let detail = backend
        .post(path, &json!({ "name": "a\u{0}b" }))
        .unbindable("SignalCurrentUserDetails");
    assert_eq!(detail, "The member 'name' must not contain the character U+0000.");

    let path = "/signals/unknown-credential";
    backend.post(path, &json!({ "rpId": RP_ID })).refusal(
        400,
        None,
        "credentialId must not be null or empty",
    );
    for (id, problem) in [
        ("a b".to_owned(), "must be base64url"),
        ("A".repeat(1400), "must be at most 1023 bytes"),
    ] {
        let detail = backend
            .post(path, &json!({ "credentialId": id, "rpId": RP_ID }))
            .unbindable("SignalUnknownCredential");
        assert_eq!(detail, format!("The member 'credentialId' {problem}."));
    }
    assert_eq!(
        backend
            .post(
                path,
                &json!({ "credentialId": "AAAA", "rpId": "https://example.com" })
            )
            .invalid(),
        json!({ "rpId": ["The RpId field is not valid: RP ID is not a domain name."] })
    );
}
