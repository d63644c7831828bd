//! The Java client: writes null for what is not set, reads points in time and local times as types that do not mix.

use std::collections::BTreeMap;

use passgate_testkit::SoftAuthenticator;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    app, read, read_problem, sending,
    shapes::{Base64, Base64Url, Guid, Instant, LocalDateTime},
};
use crate::support::{Connection, ORIGIN, Response, TestApp, TestServer};

#[derive(Debug, PartialEq, Deserialize)]
struct Token {
    token: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifiedUser {
    success: bool,
    user_id: String,
    timestamp: Instant,
    origin: String,
    device: String,
    country: String,
    nickname: Option<String>,
    credential_id: Base64,
    expires_at: Instant,
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
    /// It has no unsigned numbers.
    signature_counter: i32,
    attestation_fmt: String,
    created_at: LocalDateTime,
    aa_guid: Guid,
    last_used_at: LocalDateTime,
    /// What it calls the RP ID; the answer says `rpid`, so that it sees none.
    rp_id: Option<String>,
    origin: String,
    country: String,
    device: String,
    nickname: Option<String>,
    user_id: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alias {
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
    last_used_at: Option<LocalDateTime>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Values<T> {
    values: Vec<T>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProblemDetails {
    r#type: String,
    title: String,
    status: i32,
    detail: Option<String>,
    error_code: Option<String>,
    errors: Option<BTreeMap<String, Vec<String>>>,
}

struct Client(Connection);

impl Client {
    fn new(server: &TestServer, app: &TestApp) -> Self {
        Self(sending(
            server,
            &[
                ("ApiSecret", &app.secret_key),
                ("User-Agent", "Apache-HttpClient/5.2.1 (Java/17.0.9)"),
            ],
        ))
    }

    fn get(&mut self, path: &str) -> Response {
        self.0.get(path)
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.0.send(
            "POST",
            path,
            Some("application/json; charset=UTF-8"),
            body.to_string().as_bytes(),
        )
    }
}

#[test]
fn registration_tokens_and_sign_ins() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        let mut request = json!({
            "userId": "ada", "username": "ada@example.com", "displayName": null, "attestation": "none",
            "authenticatorType": "any", "discoverable": true, "userVerification": "preferred", "aliases": null,
            "aliasHashing": true, "expiresAt": null,
        });
        read::<Token>(&client.post("/register/token", &request));
        request["expiresAt"] = json!("2025-01-01T00:10:00.123456789Z");
        request["aliases"] = json!(["ada@example.com"]);
        let Token { token } = read(&client.post("/register/token", &request));
        let mut browser = server.browser(&app);
        let begin = json!({ "token": token, "RPID": "example.com", "Origin": ORIGIN });
        browser.post("/register/begin", &begin).expect(200);

        let mut device = SoftAuthenticator::new();
        let registered = server.register(&app, &mut device, "ada");
        let signed_in = server.sign_in(&app, &mut device, &json!({}));
        for (token, kind) in [(registered, "passkey_register"), (signed_in, "passkey_signin")] {
            let user: VerifiedUser = read(&client.post("/signin/verify", &json!({ "token": token })));
            assert_eq!((user.success, user.user_id.as_str()), (true, "ada"));
            assert_eq!(
                (user.r#type.as_str(), user.nickname.as_deref()),
                (kind, Some("My phone"))
            );
            assert_eq!((user.expires_at.0 - user.timestamp.0).num_seconds(), 120);
            assert_eq!(
                (user.origin.as_str(), &user.credential_id.0),
                (ORIGIN, &device.credential_ids()[0])
            );
        }
        let Token { token } = read(&client.post(
            "/signin/generate-token",
            &json!({ "userId": "ada", "timeToLive": null }),
        ));
        let user: VerifiedUser = read(&client.post("/signin/verify", &json!({ "token": token })));
        assert_eq!(
            (user.r#type.as_str(), user.origin.as_str()),
            ("generated_signin", "")
        );

        let used: ProblemDetails =
            read_problem(&client.post("/signin/verify", &json!({ "token": token })), 400);
        assert_eq!(
            (used.error_code.as_deref(), used.errors),
            (Some("token_already_used"), None)
        );
        let invalid: ProblemDetails = read_problem(
            &client.post("/register/token", &json!({ "userId": null, "username": null })),
            400,
        );
        assert_eq!(invalid.error_code, None);
        assert_eq!(
            invalid.errors.unwrap()["userId"],
            ["The UserId field is required."]
        );
        let invalid: ProblemDetails = read_problem(
            &client.post(
                "/signin/generate-token",
                &json!({ "userId": "ada", "timeToLive": 0 }),
            ),
            400,
        );
        assert_eq!(
            invalid.errors.unwrap()["timeToLiveSeconds"],
            ["The field TimeToLiveSeconds must be between 1 and 604800."]
        );
    });
}

#[test]
fn credentials_aliases_and_users() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        let mut device = SoftAuthenticator::new();
        server.register(&app, &mut device, "ada");
        let Values { values } = read::<Values<Credential>>(&client.get("/credentials/list?userId=ada"));
        let credential = &values[0];
        assert_eq!(credential.descriptor.id.0, device.credential_ids()[0]);
        assert_eq!(
            (credential.rp_id.as_deref(), credential.signature_counter),
            (None, 0)
        );
        assert_eq!(
            credential.created_at.0.and_utc().timestamp_subsec_micros(),
            123_450
        );

        let request = json!({ "userId": "ada", "aliases": ["queen", "ada"], "hashing": false });
        client.post("/alias", &request).expect_empty(204);
        let Values { values } = read::<Values<Alias>>(&client.get("/alias/list?userId=ada"));
        assert!(
            values
                .iter()
                .all(|alias| alias.user_id == "ada" && alias.alias.0.len() == 32)
        );
        assert!(
            values
                .iter()
                .any(|alias| alias.plaintext.as_deref() == Some("queen"))
        );
        let taken = json!({ "userId": "bob", "aliases": ["queen"], "hashing": true });
        let conflict: ProblemDetails = read_problem(&client.post("/alias", &taken), 409);
        assert_eq!(conflict.error_code.as_deref(), Some("alias_conflict"));

        let Values { values } = read::<Values<UserSummary>>(&client.get("/users/list"));
        assert_eq!((values[0].alias_count, values[0].credentials_count), (2, 1));
        assert!(values[0].last_used_at.is_some());

        let id = passgate_api::encoding::base64url(&device.credential_ids()[0]);
        client
            .post("/credentials/delete", &json!({ "credentialId": id }))
            .expect_empty(204);
        let empty: ProblemDetails = read_problem(
            &client.post("/credentials/delete", &json!({ "credentialId": "" })),
            400,
        );
        assert_eq!(
            (empty.error_code, empty.title.as_str()),
            (None, "credentialId must not be null or empty")
        );
        client
            .post("/users/delete", &json!({ "userId": "ada" }))
            .expect_empty(200);
        assert_eq!(read::<Values<UserSummary>>(&client.get("/users/list")).values, []);
        let nameless: ProblemDetails =
            read_problem(&client.post("/users/delete", &json!({ "userId": null })), 400);
        assert_eq!(nameless.errors.unwrap().len(), 1);
    });
}

#[test]
fn features_and_magic_links() {
    TestServer::each(|server| {
        let app = app(server);
        let mut client = Client::new(server, &app);
        client
            .post("/apps/features", &json!({ "auditLoggingRetentionPeriod": 30 }))
            .expect_empty(204);
        let link = |address: &str, seconds: Option<u32>| {
            json!({
                "emailAddress": address, "urlTemplate": "https://example.com?token=$TOKEN", "userId": "ada",
                "timeToLive": seconds,
            })
        };
        for seconds in [None, Some(3600)] {
            client
                .post("/magic-links/send", &link("admin@example.com", seconds))
                .expect_empty(204);
        }
        assert_eq!(server.outbox.take().len(), 2);
        let invalid: ProblemDetails =
            read_problem(&client.post("/magic-links/send", &link("nobody", None)), 400);
        assert_eq!(
            invalid.errors.unwrap()["emailAddress"],
            ["The EmailAddress field is not a valid e-mail address."]
        );
    });
}

#[test]
fn a_wrong_secret_is_an_exception_with_its_detail() {
    TestServer::each(|server| {
        let app = app(server);
        let problem: ProblemDetails = read_problem(
            &sending(server, &[("ApiSecret", &app.public_key)]).get("/users/list"),
            401,
        );
        assert_eq!((problem.status, problem.error_code), (401, None));
        assert_eq!(
            problem.detail.as_deref(),
            Some("Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.")
        );
    });
}
