//! The .NET client: names its version, leaves out what is null, reads member names case by case.

use std::collections::BTreeMap;

use passgate_testkit::SoftAuthenticator;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    app, read, read_problem, sending,
    shapes::{Base64, Base64Url, DotnetTime, Guid},
};
use crate::support::{Connection, MANAGEMENT_KEY, ORIGIN, RP_ID, Response, TestApp, TestServer};

#[derive(Debug, PartialEq, Deserialize)]
struct Token {
    token: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifiedUser {
    user_id: String,
    credential_id: Base64,
    success: bool,
    timestamp: DotnetTime,
    rp_id: Option<String>,
    origin: String,
    device: String,
    country: String,
    nickname: Option<String>,
    expires_at: DotnetTime,
    token_id: Guid,
    r#type: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Descriptor {
    r#type: String,
    id: Base64Url,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    descriptor: Descriptor,
    public_key: Base64,
    user_handle: Base64,
    signature_counter: u32,
    attestation_fmt: String,
    created_at: DotnetTime,
    aa_guid: Guid,
    last_used_at: DotnetTime,
    rpid: String,
    origin: String,
    country: String,
    device: String,
    nickname: Option<String>,
    user_id: String,
    backup_state: Option<bool>,
    is_backup_eligible: Option<bool>,
    is_discoverable: Option<bool>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AliasPointer {
    user_id: String,
    alias: Base64,
    plaintext: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserSummary {
    user_id: String,
    alias_count: i32,
    aliases: Vec<Option<String>>,
    credentials_count: i32,
    last_used_at: Option<DotnetTime>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Count {
    count: i32,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Values<T> {
    values: Vec<T>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    id: Guid,
    performed_at: DotnetTime,
    message: String,
    performed_by: String,
    tenant_id: String,
    event_type: String,
    severity: String,
    subject: String,
    api_key_id: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    tenant_id: String,
    events: Vec<Event>,
    total_event_count: i32,
}

/// What its exception carries; members it does not know are its extensions.
#[derive(Debug, PartialEq, Deserialize)]
struct ProblemDetails {
    r#type: String,
    title: String,
    status: i32,
    detail: Option<String>,
    instance: Option<String>,
    #[serde(flatten)]
    extensions: BTreeMap<String, Value>,
}

/// Its paths are relative to a base address that may end in a path. It names no user agent.
struct Client(Connection);

impl Client {
    fn new(server: &TestServer, app: &TestApp) -> Self {
        Self(sending(
            server,
            &[("ApiSecret", &app.secret_key), ("Client-Version", ".NET-2.1.0")],
        ))
    }

    fn get(&mut self, path: &str) -> Response {
        self.0.get(&format!("/api/{path}"))
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.0.send(
            "POST",
            &format!("/api/{path}"),
            Some("application/json; charset=utf-8"),
            body.to_string().as_bytes(),
        )
    }
}

fn refused(response: &Response, status: u16) -> ProblemDetails {
    let problem: ProblemDetails = read_problem(response, status);
    assert_eq!(problem.status, i32::from(status));
    assert_eq!(problem.instance, None);
    problem
}

/// A device registers with the token, then signs in; both sign-in tokens.
fn ceremonies(
    server: &TestServer,
    app: &TestApp,
    device: &mut SoftAuthenticator,
    register: &str,
) -> [String; 2] {
    let mut browser = server.browser(app);
    let page = |more: Value| {
        let mut request = json!({ "RPID": RP_ID, "Origin": ORIGIN });
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        request
    };
    let begun = browser
        .post("/register/begin", &page(json!({ "token": register })))
        .expect(200);
    let made = device.register(ORIGIN, &begun["data"]).unwrap();
    let completed = browser.post(
        "/register/complete",
        &page(json!({ "session": begun["session"], "response": made.to_browser_client_json() })),
    );
    let registered: Token = read(&completed);
    let signed_in = server.sign_in(app, device, &json!({}));
    [registered.token, signed_in]
}

#[test]
fn registration_tokens_and_sign_ins() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        let minimal = json!({ "userId": "ada", "username": "ada@example.com", "aliases": [], "hints": [] });
        let whole = json!({
            "userId": "ada", "username": "ada@example.com", "displayName": "Ada", "attestation": "none",
            "authenticatorType": "any", "discoverable": true, "userVerification": "Preferred",
            "expiresAt": "2025-01-01T00:05:00.1234567Z", "aliases": ["ada@example.com"], "aliasHashing": true,
            "hints": ["client-device", "hybrid"],
        });
        for (request, nickname) in [(minimal, None::<&str>), (whole, None)] {
            let Token { token } = read(&client.post("register/token", &request));
            let mut device = SoftAuthenticator::new();
            let tokens = ceremonies(server, &app, &mut device, &token);
            for (token, kind) in tokens.iter().zip(["passkey_register", "passkey_signin"]) {
                let user: VerifiedUser = read(&client.post("signin/verify", &json!({ "token": token })));
                assert_eq!((user.user_id.as_str(), user.success), ("ada", true));
                assert_eq!(
                    (user.rp_id.as_deref(), user.origin.as_str()),
                    (Some(RP_ID), ORIGIN)
                );
                assert_eq!((user.r#type.as_str(), user.nickname.as_deref()), (kind, nickname));
                assert_eq!(
                    (user.device.as_str(), user.country.as_str()),
                    ("Other, Other ", "")
                );
                assert_eq!(user.credential_id.0, device.credential_ids()[0]);
                assert_eq!((user.expires_at.0 - user.timestamp.0).num_seconds(), 120);
                assert!(!user.token_id.0.is_nil());
            }
        }
        let unset = json!({
            "userId": "bob", "username": "bob", "expiresAt": "0001-01-01T00:00:00", "aliases": [], "hints": [],
        });
        let Token { token } = read(&client.post("register/token", &unset));
        ceremonies(server, &app, &mut SoftAuthenticator::new(), &token);

        let invalid = refused(
            &client.post(
                "register/token",
                &json!({ "userId": "", "username": "", "aliases": [], "hints": [] }),
            ),
            400,
        );
        assert_eq!(invalid.title, "One or more validation errors occurred.");
        assert_eq!(
            invalid.extensions["errors"],
            json!({ "userId": ["The UserId field is required."], "username": ["The Username field is required."] })
        );
    });
}

#[test]
fn tokens_it_is_tested_to_have_refused() {
    TestServer::each(|server| {
        let app = app(server);
        let other = server.app("otherapp");
        let mut client = Client::new(server, &app);
        let foreign: Token =
            read(&Client::new(server, &other).post("signin/generate-token", &json!({ "userId": "ada" })));
        for (token, code) in [
            ("invalid", "invalid_token"),
            (
                "verify_something_that_looks_like_a_token_but_is_not",
                "invalid_token_format",
            ),
            ("verify_something that cannot be decoded", "invalid_token_format"),
            (&foreign.token, "invalid_token"),
        ] {
            let problem = refused(&client.post("signin/verify", &json!({ "token": token })), 400);
            assert_eq!(problem.extensions["errorCode"], code, "{token}");
            assert_eq!(
                problem.r#type,
                format!("https://docs.passwordless.dev/guide/errors.html#{code}")
            );
        }
    });
}

#[test]
fn generated_tokens_and_magic_links() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        for (request, seconds) in [
            (json!({ "userId": "ada" }), 120),
            (json!({ "userId": "ada", "timeToLive": 60 }), 60),
        ] {
            let Token { token } = read(&client.post("signin/generate-token", &request));
            let user: VerifiedUser = read(&client.post("signin/verify", &json!({ "token": token })));
            assert_eq!(
                (user.user_id.as_str(), user.r#type.as_str()),
                ("ada", "generated_signin")
            );
            assert_eq!((user.expires_at.0 - user.timestamp.0).num_seconds(), seconds);
            assert_eq!((user.credential_id.0, user.rp_id), (Vec::new(), None));
        }
        let invalid = refused(
            &client.post(
                "signin/generate-token",
                &json!({ "userId": "ada", "timeToLive": 604_801 }),
            ),
            400,
        );
        assert!(invalid.extensions["errors"]["timeToLiveSeconds"].is_array());

        let mut link = json!({
            "emailAddress": "admin@example.com", "urlTemplate": "https://example.com/in?token=$TOKEN", "userId": "ada",
        });
        client.post("magic-links/send", &link).expect_empty(204);
        link["timeToLive"] = json!(300);
        client.post("magic-links/send", &link).expect_empty(204);
        let text = server.outbox.take().remove(1).text;
        let token = text
            .split("token=")
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap();
        let user: VerifiedUser = read(&client.post("signin/verify", &json!({ "token": token })));
        assert_eq!(user.r#type, "magic_link");
        assert_eq!((user.expires_at.0 - user.timestamp.0).num_seconds(), 300);
        link["emailAddress"] = json!("somebody@example.com");
        let problem = refused(&client.post("magic-links/send", &link), 403);
        assert_eq!(
            problem.extensions["errorCode"],
            "magic_link_email_admin_address_only"
        );
    });
}

#[test]
fn credentials_aliases_and_users() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        let mut device = SoftAuthenticator::new().with_sign_count();
        server.register(&app, &mut device, "ada");
        server.sign_in(&app, &mut device, &json!({}));
        let Values { values } = read::<Values<Credential>>(&client.get("credentials/list?userid=ada"));
        let credential = &values[0];
        assert_eq!(credential.descriptor.id.0, device.credential_ids()[0]);
        assert_eq!(credential.descriptor.r#type, "public-key");
        assert_eq!(
            (credential.user_handle.0.as_slice(), credential.user_id.as_str()),
            (&b"ada"[..], "ada")
        );
        assert!(passgate_webauthn::CosePublicKey::parse(&credential.public_key.0).is_ok());
        assert_eq!(
            (credential.rpid.as_str(), credential.origin.as_str()),
            (RP_ID, ORIGIN)
        );
        assert_eq!(
            (credential.signature_counter, credential.attestation_fmt.as_str()),
            (1, "none")
        );
        assert_eq!(
            (credential.aa_guid.0.is_nil(), credential.nickname.as_deref()),
            (true, Some("My phone"))
        );
        assert_eq!(credential.is_discoverable, Some(true));

        for (hashing, plaintext) in [(false, Some("queen".to_owned())), (true, None)] {
            let request = json!({ "userId": "ada", "aliases": ["queen"], "hashing": hashing });
            client.post("alias", &request).expect_empty(204);
            let Values { values } = read::<Values<AliasPointer>>(&client.get("alias/list?userid=ada"));
            assert_eq!((values[0].alias.0.len(), &values[0].plaintext), (32, &plaintext));
            assert_eq!(values[0].user_id, "ada");
        }
        let taken = json!({ "userId": "bob", "aliases": ["queen"], "hashing": true });
        let conflict = refused(&client.post("alias", &taken), 409);
        assert_eq!(conflict.extensions["errorCode"], "alias_conflict");
        let only_alias = json!({ "userId": "bob", "aliases": ["b"], "hashing": false });
        client.post("alias", &only_alias).expect_empty(204);

        assert_eq!(read::<Count>(&client.get("users/count")), Count { count: 1 });
        let Values { mut values } = read::<Values<UserSummary>>(&client.get("users/list"));
        values.sort_by(|one, other| one.user_id.cmp(&other.user_id));
        assert_eq!((values[0].alias_count, values[0].credentials_count), (1, 1));
        assert_eq!(
            (&values[0].aliases, values[0].last_used_at.is_some()),
            (&vec![None], true)
        );
        assert_eq!(values[1].aliases, [Some("b".to_owned())]);
        assert_eq!((values[1].credentials_count, &values[1].last_used_at), (0, &None));

        let id = passgate_api::encoding::base64url(&device.credential_ids()[0]);
        client
            .post("credentials/delete", &json!({ "credentialId": id }))
            .expect_empty(204);
        refused(
            &client.post("credentials/delete", &json!({ "credentialId": "" })),
            400,
        );
        client
            .post("users/delete", &json!({ "userId": "bob" }))
            .expect_empty(200);
        assert!(
            read::<Values<UserSummary>>(&client.get("users/list"))
                .values
                .iter()
                .all(|user| user.user_id != "bob")
        );
        refused(&client.post("users/delete", &json!({ "userId": "" })), 400);
        let nameless = refused(&client.get("credentials/list?userid="), 400);
        assert!(nameless.extensions["errors"]["userId"].is_array());
        refused(&client.get("alias/list?userid="), 400);
    });
}

#[test]
fn events_with_and_without_a_number_of_results() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        server.wait(1);
        client
            .post("users/delete", &json!({ "userId": "ada" }))
            .expect_empty(200);
        for number in ["", "1", "1000"] {
            let events: Events = read(&client.get(&format!("events?pageNumber=1&numberOfResults={number}")));
            assert_eq!(
                (events.tenant_id.as_str(), events.total_event_count),
                ("demoapp", 2)
            );
            let event = &events.events[0];
            assert_eq!(
                (
                    event.event_type.as_str(),
                    event.severity.as_str(),
                    event.subject.as_str()
                ),
                ("ApiUserDeleted", "Informational", "ada")
            );
            assert_eq!((event.tenant_id.as_str(), event.api_key_id.len()), ("demoapp", 4));
        }
        let errors =
            refused(&client.get("events?pageNumber=0&numberOfResults="), 400).extensions["errors"].clone();
        assert!(errors["pageNumber"].is_array(), "{errors}");
    });
}

#[test]
fn a_wrong_secret_is_an_exception_with_its_detail() {
    TestServer::each(|server| {
        let app = app(server);
        let stranger = TestApp {
            secret_key: "demoapp:secret:00000000000040008000000000000000".to_owned(),
            ..app
        };
        let problem = refused(&Client::new(server, &stranger).get("users/list"), 401);
        assert_eq!(
            problem.r#type,
            "https://docs.passwordless.dev/guide/errors.html#ApiSecret"
        );
        assert_eq!(problem.title, "A valid 'ApiSecret' header is required.");
        assert_eq!(
            problem.detail.as_deref(),
            Some("The value of your 'ApiSecret' is not valid.")
        );
    });
}

/// Its test suite makes applications like this, once both of these answer 200.
#[test]
fn its_test_suite_finds_a_ready_server_and_makes_applications() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Keys {
        api_key1: String,
        api_key2: String,
        api_secret1: String,
        api_secret2: String,
    }

    TestServer::each(|server| {
        for path in ["/health/http", "/health/storage"] {
            assert_eq!(server.anybody().get(path).status, 200);
        }
        let keys: Keys = read(&sending(server, &[("ManagementKey", MANAGEMENT_KEY)]).post(
            "/admin/apps/app0123456789abcdef/create",
            &json!({
                "adminEmail": "test@passwordless.dev", "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 7,
                "magicLinkEmailMonthlyQuota": 100,
            }),
        ));
        for (key, kind) in [
            (&keys.api_key1, "public"),
            (&keys.api_key2, "public"),
            (&keys.api_secret1, "secret"),
            (&keys.api_secret2, "secret"),
        ] {
            let hex = key.strip_prefix(&format!("app0123456789abcdef:{kind}:")).unwrap();
            assert_eq!(hex.len(), 32);
        }
    });
}
