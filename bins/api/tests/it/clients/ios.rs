//! The iOS client: answers without user handle and transports, extensions under another name, members that must be there.

use passgate_testkit::SoftAuthenticator;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{app, read, read_problem, sending, shapes::Base64Url};
use crate::support::{Connection, TestApp, TestServer};

const RP_ID: &str = "example.com";
const ORIGIN: &str = "https://example.com";

#[derive(Debug, PartialEq, Deserialize)]
struct Begun<O> {
    session: String,
    data: O,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Token {
    token: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct CreationOptions {
    user: User,
    challenge: Base64Url,
}

#[derive(Debug, PartialEq, Deserialize)]
struct User {
    id: String,
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestOptions {
    challenge: Base64Url,
    /// It declares the ids as numbers, and so reads empty lists only.
    allow_credentials: Vec<NumberedDescriptor>,
    user_verification: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct NumberedDescriptor {
    id: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct ProblemDetails {
    r#type: String,
    title: String,
    status: i32,
    detail: Option<String>,
}

fn client(server: &TestServer, app: &TestApp) -> Connection {
    sending(
        server,
        &[
            ("Apikey", &app.public_key),
            ("User-Agent", "Example/1 CFNetwork/1494.0.7 Darwin/23.4.0"),
        ],
    )
}

fn page(mut request: Value) -> Value {
    request["rpId"] = json!(RP_ID);
    request["origin"] = json!(ORIGIN);
    request
}

/// Registers; the handle of the passkey is the text it was sent, and not the bytes that text stands for.
fn register(
    server: &TestServer,
    app: &TestApp,
    device: &mut SoftAuthenticator,
    nickname: Option<&str>,
) -> String {
    let mut ios = client(server, app);
    let token = server.register_token(app, &json!({ "userId": "user-1", "username": "ada@example.com" }));
    let answer = ios.post("/register/begin", &page(json!({ "token": token })));
    let begun: Begun<CreationOptions> = read(&answer);
    assert_eq!(
        (begun.data.user.id.as_str(), begun.data.user.name.as_str()),
        ("dXNlci0x", "ada@example.com")
    );
    let mut options = answer.expect(200)["data"].clone();
    options["user"]["id"] = json!(passgate_api::encoding::base64url(begun.data.user.id.as_bytes()));
    let made = device.register(ORIGIN, &options).unwrap().to_json();
    let mut request = page(json!({
        "session": begun.session,
        "response": {
            "id": made["id"], "rawId": made["rawId"], "type": "public-key", "extensions": {},
            "response": {
                "attestationObject": made["response"]["attestationObject"],
                "clientDataJSON": made["response"]["clientDataJSON"],
            },
        },
    }));
    if let Some(nickname) = nickname {
        request["nickname"] = json!(nickname);
    }
    read::<Token>(&ios.post("/register/complete", &request)).token
}

#[test]
fn an_app_registers_and_signs_in() {
    TestServer::each(|server| {
        let app = app(server);
        let mut device = SoftAuthenticator::new();
        let registered = register(server, &app, &mut device, Some("My phone"));

        let mut ios = client(server, &app);
        let answer = ios.post("/signin/begin", &page(json!({})));
        let begun: Begun<RequestOptions> = read(&answer);
        assert_eq!(
            (
                begun.data.allow_credentials.len(),
                begun.data.user_verification.as_str()
            ),
            (0, "preferred")
        );
        let signed = device
            .authenticate(ORIGIN, &answer.expect(200)["data"])
            .unwrap()
            .to_json();
        let request = page(json!({
            "session": begun.session,
            "response": {
                "id": signed["id"], "rawId": signed["rawId"], "type": "public-key", "extensions": {},
                "response": {
                    "authenticatorData": signed["response"]["authenticatorData"],
                    "clientDataJSON": signed["response"]["clientDataJSON"],
                    "signature": signed["response"]["signature"],
                },
            },
        }));
        let signed_in = read::<Token>(&ios.post("/signin/complete", &request)).token;
        for token in [registered, signed_in] {
            let verified = server
                .backend(&app)
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(
                (&verified["userId"], &verified["nickname"]),
                (&json!("user-1"), &json!("My phone"))
            );
        }
        let listed = server
            .backend(&app)
            .get("/credentials/list?userId=user-1")
            .expect(200);
        assert_eq!(listed["values"][0]["descriptor"].get("transports"), None);
        assert_eq!(listed["values"][0]["isDiscoverable"], json!(null));
    });
}

#[test]
fn a_user_or_an_alias_may_be_named_and_may_be_unknown() {
    TestServer::each(|server| {
        let app = app(server);
        // It reads empty lists only, so that decoys are nothing for it.
        let policy = json!({ "policy": { "decoyCredentials": false } });
        let features = format!("/admin/apps/{}/features", app.name);
        server.operator().post(&features, &policy).expect_empty(204);
        register(server, &app, &mut SoftAuthenticator::new(), None);
        let mut ios = client(server, &app);
        for who in [
            json!({ "userId": "nobody" }),
            json!({ "alias": "nobody" }),
            json!({ "userId": null, "alias": null }),
        ] {
            let begun: Begun<RequestOptions> = read(&ios.post("/signin/begin", &page(who)));
            assert_eq!(begun.data.allow_credentials, []);
        }
    });
}

/// The same passkey in a browser or on Android, where the handle is told.
#[test]
fn its_passkeys_sign_in_elsewhere_with_the_handle_it_gave_them() {
    TestServer::each(|server| {
        let app = app(server);
        let mut device = SoftAuthenticator::new();
        register(server, &app, &mut device, None);
        let mut browser = server.browser(&app);
        let begun = browser.post("/signin/begin", &page(json!({}))).expect(200);
        let signed = device.authenticate(ORIGIN, &begun["data"]).unwrap();
        assert_eq!(signed.user_handle.as_deref(), Some(&b"dXNlci0x"[..]));
        let request = page(json!({ "session": begun["session"], "response": signed.to_json() }));
        let completed = browser.post("/signin/complete", &request).expect(200);
        let verified = server
            .backend(&app)
            .post("/signin/verify", &json!({ "token": completed["token"] }))
            .expect(200);
        assert_eq!(verified["userId"], "user-1");
    });
}

#[test]
fn problems_of_every_kind_have_what_it_asks_for() {
    TestServer::each(|server| {
        let app = app(server);
        let mut ios = client(server, &app);
        let long = json!({
            "session": "session_x", "nickname": "n".repeat(65),
            "response": { "id": "AA", "rawId": "AA", "response": { "clientDataJSON": "AA", "attestationObject": "AA" } },
        });
        for (path, body, title) in [
            (
                "/register/begin",
                page(json!({})),
                "This operation requires a token that starts with 'register_' to be passed.",
            ),
            (
                "/register/complete",
                page(long),
                "One or more validation errors occurred.",
            ),
            (
                "/signin/complete",
                page(json!({ "session": "session_x" })),
                "Failed to read parameter \"SignInComplete request\" from the request body as JSON.",
            ),
            ("/signin/begin", json!({ "rpId": RP_ID }), "Origin is required."),
        ] {
            let problem: ProblemDetails = read_problem(&ios.post(path, &body), 400);
            assert_eq!((problem.title.as_str(), problem.status), (title, 400));
        }
        let drill: ProblemDetails = read_problem(&ios.get("/health/throw/exception"), 500);
        assert_eq!(drill.detail.as_deref(), Some("The api has encountered an error"));
    });
}
