//! The Android client: an origin that is a certificate's hash, options handed on as they are, whole platform answers.

use passgate_testkit::{Alteration, SoftAuthenticator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{app, read, read_problem, sending, shapes::Base64Url};
use crate::support::{Connection, TestApp, TestServer};

const RP_ID: &str = "example.com";
const ORIGIN: &str = "android:apk-key-hash:NDRGOTc2RDU0MzhDRTgyNkQzMDdFNEIzQ0NDOTgyMTM";

#[derive(Debug, PartialEq, Deserialize)]
struct Begun {
    session: String,
    data: Value,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Token {
    token: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct ProblemDetails {
    r#type: String,
    title: String,
    status: i32,
    detail: Option<String>,
    instance: Option<String>,
}

/// What the platform asks of the options for a new passkey.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreationOptions {
    rp: RelyingParty,
    user: User,
    challenge: Base64Url,
    pub_key_cred_params: Vec<Parameter>,
    exclude_credentials: Vec<Descriptor>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestOptions {
    challenge: Base64Url,
    rp_id: String,
    allow_credentials: Vec<Descriptor>,
    user_verification: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct RelyingParty {
    id: String,
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Base64Url,
    name: String,
    display_name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Parameter {
    r#type: String,
    alg: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Descriptor {
    r#type: String,
    id: Base64Url,
}

fn client(server: &TestServer, app: &TestApp) -> Connection {
    // Keys of another form are refused on the device.
    let parts: Vec<&str> = app.public_key.split(':').collect();
    assert_eq!((parts.len(), parts[2].len()), (3, 32));
    sending(
        server,
        &[
            ("Apikey", &app.public_key),
            ("Client-Version", "android-1.1.0"),
            ("User-Agent", "okhttp/4.11.0"),
        ],
    )
}

/// The credential manager takes the options as text, and refuses those that hold a null.
fn without_nulls(options: &Value) -> bool {
    match options {
        Value::Null => false,
        Value::Array(items) => items.iter().all(without_nulls),
        Value::Object(members) => members.values().all(without_nulls),
        _ => true,
    }
}

/// The platform signs this besides what browsers do.
fn package() -> Alteration {
    Alteration::ClientDataMember("androidPackageName", json!("com.example.app"))
}

fn register(server: &TestServer, app: &TestApp, device: &mut SoftAuthenticator, user_id: &str) -> String {
    let mut android = client(server, app);
    let token = server.register_token(app, &json!({ "userId": user_id, "username": "ada@example.com" }));
    let begun: Begun = read(&android.post(
        "/register/begin",
        &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
    ));
    assert!(without_nulls(&begun.data), "{}", begun.data);
    let options: CreationOptions = serde_json::from_value(begun.data.clone()).unwrap();
    assert_eq!(options.user.id.0, user_id.as_bytes());
    assert_eq!(
        (options.rp.id.as_str(), options.user.display_name.as_str()),
        (RP_ID, "ada@example.com")
    );
    let made = device
        .register_altered(ORIGIN, &begun.data, &[package()])
        .unwrap();
    let mut response = made.to_json();
    // `toJSON()` has more than anybody needs to know.
    response["response"]["publicKeyAlgorithm"] = json!(-7);
    response["response"]["publicKey"] = json!("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE");
    response["response"]["userHandle"] = json!(passgate_api::encoding::base64url(user_id.as_bytes()));
    let completed: Token = read(&android.post(
        "/register/complete",
        &json!({
            "session": begun.session, "response": response, "nickname": "My phone", "origin": ORIGIN, "rpId": RP_ID,
        }),
    ));
    completed.token
}

fn sign_in(server: &TestServer, app: &TestApp, device: &mut SoftAuthenticator, alias: &str) -> String {
    let mut android = client(server, app);
    let begun: Begun = read(&android.post(
        "/signin/begin",
        &json!({ "alias": alias, "RPID": RP_ID, "Origin": ORIGIN }),
    ));
    assert!(without_nulls(&begun.data), "{}", begun.data);
    let options: RequestOptions = serde_json::from_value(begun.data.clone()).unwrap();
    assert_eq!(options.allow_credentials.len(), usize::from(!alias.is_empty()));
    assert_eq!(
        (options.rp_id.as_str(), options.user_verification.as_str()),
        (RP_ID, "preferred")
    );
    let signed = device
        .authenticate_altered(ORIGIN, &begun.data, &[package()])
        .unwrap();
    assert!(signed.user_handle.is_some());
    let completed: Token = read(&android.post(
        "/signin/complete",
        &json!({ "session": begun.session, "response": signed.to_json(), "origin": ORIGIN, "rpId": RP_ID }),
    ));
    completed.token
}

#[test]
fn an_app_registers_and_signs_in() {
    TestServer::each(|server| {
        let app = app(server);
        let mut device = SoftAuthenticator::new();
        let registered = register(server, &app, &mut device, "user-1");
        let alias = json!({ "userId": "user-1", "aliases": ["ada"] });
        server.backend(&app).post("/alias", &alias).expect_empty(204);
        // It sends an empty alias when it means any passkey.
        let anybody = sign_in(server, &app, &mut device, "");
        let ada = sign_in(server, &app, &mut device, "ada");
        for token in [registered, anybody, ada] {
            let verified = server
                .backend(&app)
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(
                (&verified["userId"], &verified["origin"]),
                (&json!("user-1"), &json!(ORIGIN))
            );
            assert_eq!(
                (&verified["rpId"], &verified["nickname"]),
                (&json!(RP_ID), &json!("My phone"))
            );
        }
    });
}

#[test]
fn an_app_that_is_not_listed_is_refused_where_origins_are() {
    TestServer::each(|server| {
        let app = app(server);
        let policy = json!({ "policy": { "allowedOrigins": ["https://example.com", ORIGIN] } });
        server
            .operator()
            .post("/admin/apps/demoapp/features", &policy)
            .expect_empty(204);
        register(server, &app, &mut SoftAuthenticator::new(), "user-1");
        let other = ORIGIN.replace("NDRG", "AAAA");
        let request = json!({ "alias": "", "RPID": RP_ID, "Origin": other });
        let refused: ProblemDetails =
            read_problem(&client(server, &app).post("/signin/begin", &request), 400);
        assert_eq!(
            refused.title,
            format!(
                "Origin '{other}' is not allowed with RPID 'example.com'. Allowed origins: https://example.com, {ORIGIN}. Allowed RPIDs: any that suits."
            )
        );
    });
}

#[test]
fn problems_are_read() {
    TestServer::each(|server| {
        let app = app(server);
        let mut android = client(server, &app);
        let begin = json!({ "token": "verify_x", "RPID": RP_ID, "Origin": ORIGIN });
        let problem: ProblemDetails = read_problem(&android.post("/register/begin", &begin), 400);
        assert_eq!(
            problem.r#type,
            "https://docs.passwordless.dev/guide/errors.html#invalid_token"
        );
        assert_eq!((problem.status, problem.instance), (400, None));
        let unreadable: ProblemDetails = read_problem(
            &android.post("/signin/complete", &json!({ "session": "session_x" })),
            400,
        );
        assert_eq!(
            unreadable.detail.as_deref(),
            Some("The member 'response' is required.")
        );
        let mut stranger = android.with_header("Apikey", "demoapp:public:00000000000040008000000000000000");
        let problem: ProblemDetails = read_problem(&stranger.post("/signin/begin", &json!({})), 401);
        assert_eq!(
            problem.detail.as_deref(),
            Some("The value of your 'ApiKey' is not valid.")
        );
    });
}
