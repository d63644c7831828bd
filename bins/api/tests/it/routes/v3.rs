//! `/v3`.

use passgate_testkit::SoftAuthenticator;
use serde_json::{Value, json};

use crate::support::{ORIGIN, RP_ID, TestApp, TestServer};

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The token for a registration, bare.
fn register_token(server: &TestServer, app: &TestApp, request: &Value) -> String {
    let token = text(
        &server
            .backend(app)
            .post("/v3/register/token", request)
            .expect(200),
    );
    assert!(!token.starts_with("register_"), "{token}");
    token
}

fn begin_registration(server: &TestServer, app: &TestApp, token: &str) -> Value {
    let begun = server
        .browser(app)
        .post(
            "/v3/register/begin",
            &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
        )
        .expect(200);
    assert_eq!(members(&begun), ["data", "sessionId"]);
    assert_eq!(
        (&begun["data"]["status"], &begun["data"]["errorMessage"]),
        (&json!("ok"), &json!(""))
    );
    assert!(!text(&begun["sessionId"]).starts_with("session_"));
    begun
}

/// Registers, and returns the bare sign-in token.
fn register(
    server: &TestServer,
    app: &TestApp,
    authenticator: &mut SoftAuthenticator,
    request: &Value,
) -> String {
    let token = register_token(server, app, request);
    let begun = begin_registration(server, app, &token);
    let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap();
    let completed = server
        .browser(app)
        .post(
            "/v3/register/complete",
            &json!({
                "session": begun["sessionId"], "response": registration.to_browser_client_json(),
                "nickname": "Home laptop", "RPID": RP_ID, "Origin": ORIGIN,
            }),
        )
        .expect(200);
    assert_eq!(members(&completed), ["data"]);
    text(&completed["data"])
}

fn begin_sign_in(server: &TestServer, app: &TestApp, who: &Value) -> Value {
    let mut request = json!({ "RPID": RP_ID, "Origin": ORIGIN });
    request
        .as_object_mut()
        .unwrap()
        .extend(who.as_object().unwrap().clone());
    server.browser(app).post("/v3/signin/begin", &request).expect(200)
}

fn request(user: &str, username: &str) -> Value {
    json!({ "userId": user, "username": username, "displayname": "Philip J Fry" })
}

#[test]
fn a_user_registers_and_signs_in_with_the_username() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        let registered = register(
            server,
            &app,
            &mut authenticator,
            &request("107fb578", "pjfry@example.com"),
        );
        assert!(!registered.starts_with("verify_"));
        let verified = server
            .backend(&app)
            .post("/v3/signin/verify", &json!({ "token": registered }))
            .expect(200);
        assert_eq!(verified["username"], "107fb578");

        for who in [
            json!({ "username": "pjfry@example.com" }),
            json!({ "userId": "107fb578" }),
            json!({ "alias": "pjfry@example.com", "username": "nobody" }),
            json!({}),
        ] {
            let begun = begin_sign_in(server, &app, &who);
            assert_eq!(members(&begun), ["data", "sessionId"]);
            assert_eq!(begun["data"]["status"], "ok");
            let offered = begun["data"]["allowCredentials"].as_array().unwrap().len();
            assert_eq!(offered, usize::from(who != json!({})), "{who}");
            let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
            let completed = server
                .browser(&app)
                .post(
                    "/v3/signin/complete",
                    &json!({
                        "sessionId": begun["sessionId"], "response": assertion.to_browser_client_json(),
                        "RPID": RP_ID, "Origin": ORIGIN,
                    }),
                )
                .expect(200);
            assert_eq!(members(&completed), ["data"]);
            let verified = server
                .backend(&app)
                .post("/v3/signin/verify", &json!({ "token": completed["data"] }))
                .expect(200);
            assert_eq!(
                members(&verified),
                [
                    "success",
                    "username",
                    "timestamp",
                    "rpid",
                    "origin",
                    "device",
                    "country",
                    "nickname",
                    "credentialId",
                    "expiresAt",
                ]
            );
            assert_eq!(verified["success"], true);
            assert_eq!(
                (&verified["username"], &verified["rpid"]),
                (&json!("107fb578"), &json!(RP_ID))
            );
            assert_eq!(verified["nickname"], "Home laptop");
        }
    });
}

#[test]
fn former_names_and_defaults_are_understood() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "allowAttestation": true }));
    let options = |more: Value| {
        let mut request = request("user-1", "fry");
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        begin_registration(&server, &app, &register_token(&server, &app, &request))["data"].clone()
    };
    let plain = options(json!({}));
    assert_eq!(
        plain["authenticatorSelection"]["authenticatorAttachment"],
        "platform"
    );
    assert_eq!(plain["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(plain["authenticatorSelection"]["requireResidentKey"], false);
    let elsewhere = options(json!({ "discoverable": false }));
    assert_eq!(elsewhere["authenticatorSelection"]["residentKey"], "discouraged");
    assert_eq!(plain["attestation"], "none");
    assert_eq!(plain["user"]["displayName"], "Philip J Fry");
    let chosen =
        options(json!({ "authType": "cross-platform", "attType": "direct", "userVerification": "Optional" }));
    assert_eq!(
        chosen["authenticatorSelection"]["authenticatorAttachment"],
        "cross-platform"
    );
    assert_eq!(
        chosen["authenticatorSelection"]["userVerification"],
        "discouraged"
    );
    assert_eq!(chosen["attestation"], "direct");

    // The current generation knows two of the names, and not the word.
    let token = server.register_token(
        &app,
        &json!({ "userId": "u", "username": "u", "authType": "platform", "attType": "indirect" }),
    );
    let begun = server
        .browser(&app)
        .post(
            "/register/begin",
            &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
        )
        .expect(200);
    assert_eq!(
        begun["data"]["authenticatorSelection"]["authenticatorAttachment"],
        "platform"
    );
    assert_eq!(begun["data"]["attestation"], "indirect");
    let optional = server.register_token(
        &app,
        &json!({ "userId": "u", "username": "u", "userVerification": "optional" }),
    );
    server
        .browser(&app)
        .post(
            "/register/begin",
            &json!({ "token": optional, "RPID": RP_ID, "Origin": ORIGIN }),
        )
        .refusal(
            400,
            Some("invalid_argument"),
            "User verification 'optional' is not supported: use preferred, required or discouraged.",
        );
}

#[test]
fn a_username_joins_the_aliases_and_takes_none_away() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let policy = json!({ "policy": { "decoyCredentials": false } });
        server
            .operator()
            .post("/admin/apps/demoapp/features", &policy)
            .expect_empty(204);
        let mut backend = server.backend(&app);
        let known = |alias: &str| {
            let begun = begin_sign_in(server, &app, &json!({ "username": alias }));
            begun["data"]["allowCredentials"].as_array().unwrap().len()
        };
        let mut authenticator = SoftAuthenticator::new();
        let mut named = request("user-1", "fry");
        named["aliases"] = json!(["philip"]);
        register(server, &app, &mut authenticator, &named);
        assert_eq!((known("fry"), known("philip"), known("leela")), (1, 1, 0));

        // Without aliases, those there are stay; and nothing changes before registration completes.
        register_token(server, &app, &request("user-1", "orange-joe"));
        assert_eq!((known("fry"), known("philip"), known("orange-joe")), (1, 1, 0));
        let mut second = SoftAuthenticator::new();
        register(server, &app, &mut second, &request("user-1", "orange-joe"));
        assert_eq!((known("fry"), known("philip"), known("orange-joe")), (2, 2, 2));
        let listed = backend.get("/alias/list?userId=user-1").expect(200);
        assert_eq!(listed["values"].as_array().unwrap().len(), 3);

        backend
            .post("/v3/alias", &json!({ "userId": "user-2", "aliases": ["leela"] }))
            .expect_empty(200);
        for mut taken in [request("user-3", "fry"), request("user-2", "fry")] {
            for aliases in [json!([]), json!(["turanga"])] {
                taken["aliases"] = aliases;
                backend.post("/v3/register/token", &taken).refusal(
                    409,
                    Some("alias_conflict"),
                    "Alias is already in use by another userid",
                );
            }
        }
        let limit = "The field Username must be a string or array type with a maximum length of '250'.";
        let errors = backend
            .post("/v3/register/token", &request("user-1", &"x".repeat(251)))
            .invalid();
        assert_eq!(errors, json!({ "username": [limit] }));
        let errors = backend.post("/v3/register/token", &json!({})).invalid();
        assert_eq!(
            errors,
            json!({ "userId": ["The UserId field is required."], "username": ["The Username field is required."] })
        );
    });
}

#[test]
fn credentials_are_a_bare_list() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        register(
            server,
            &app,
            &mut SoftAuthenticator::new(),
            &request("user-1", "fry"),
        );
        let listed = backend.get("/v3/credentials/list?userId=user-1").expect(200);
        assert_eq!(
            backend
                .post("/v3/credentials/list", &json!({ "userId": "user-1" }))
                .expect(200),
            listed
        );
        assert_eq!(
            members(&listed[0]),
            [
                "descriptor",
                "publicKey",
                "userHandle",
                "signatureCounter",
                "credType",
                "createdAt",
                "aaGuid",
                "lastUsedAt",
                "rpid",
                "origin",
                "country",
                "device",
                "nickname",
                "userId",
            ]
        );
        assert_eq!(listed[0]["credType"], "none");
        backend.get("/v3/credentials/list").problem(400);
        backend
            .post(
                "/v3/credentials/delete",
                &json!({ "credentialId": listed[0]["descriptor"]["id"] }),
            )
            .expect_empty(200);
        assert_eq!(
            backend.get("/v3/credentials/list?userId=user-1").expect(200),
            json!([])
        );
        backend.post("/v3/credentials/delete", &json!({})).refusal(
            400,
            None,
            "credentialId must not be null or empty",
        );
        let errors = backend.post("/v3/alias", &json!({})).invalid();
        assert_eq!(
            errors,
            json!({ "userId": ["The UserId field is required."], "aliases": ["The Aliases field is required."] })
        );
    });
}

#[test]
fn wrong_tokens_are_refused_like_today() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut browser = server.browser(&app);
    let begin = |token: Value| json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
    let invalid = "The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.";
    browser.post("/v3/register/begin", &begin(json!(null))).refusal(
        400,
        Some("missing_token"),
        "This operation requires a token that starts with 'register_' to be passed.",
    );
    browser.post("/v3/register/begin", &begin(json!("!"))).refusal(
        400,
        Some("invalid_token_format"),
        "The token you supplied was not formatted correctly. It should be valid base64url.",
    );
    let token = register_token(&server, &app, &request("user-1", "fry"));
    // One kind never opens as another.
    server
        .backend(&app)
        .post("/v3/signin/verify", &json!({ "token": token }))
        .refusal(400, Some("invalid_token"), invalid);
    // Today's spelling of the token is understood.
    browser
        .post("/v3/register/begin", &begin(json!(format!("register_{token}"))))
        .expect(200);
    server.wait(121);
    browser.post("/v3/register/begin", &begin(json!(token))).refusal(
        403,
        Some("expired_token"),
        "The token expired 1 second ago.",
    );
}

#[test]
fn a_username_that_is_refused_leaves_no_record_of_a_token() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut backend = server.backend(&app);
        backend
            .post("/v3/alias", &json!({ "userId": "user-2", "aliases": ["leela"] }))
            .expect_empty(200);
        let ten: Vec<String> = (0..10).map(|number| format!("alias-{number}")).collect();
        backend
            .post("/v3/alias", &json!({ "userId": "user-3", "aliases": ten }))
            .expect_empty(200);
        // Taken, also where the user has aliases already.
        for user in ["user-1", "user-3"] {
            backend
                .post("/v3/register/token", &request(user, "leela"))
                .refusal(
                    409,
                    Some("alias_conflict"),
                    "Alias is already in use by another userid",
                );
        }
        // An eleventh alias, beside those that are named and those that are there.
        let mut named = request("user-1", "fry");
        named["aliases"] = json!(
            (0..10)
                .map(|number| format!("other-{number}"))
                .collect::<Vec<_>>()
        );
        for eleventh in [named, request("user-3", "bender")] {
            backend.post("/v3/register/token", &eleventh).refusal(
                400,
                Some("too_many_aliases"),
                "A user has at most 10 aliases, the username included.",
            );
        }
        let events = backend.get("/events?pageNumber=1").expect(200).to_string();
        assert!(!events.contains("ApiAuthUserRegistered"), "{events}");
        // One of the ten is no eleventh.
        register_token(server, &app, &request("user-3", "alias-7"));
    });
}

#[test]
fn a_verdict_names_the_username_where_it_is_known_in_clear() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        let mut clear = request("user-1", "fry");
        clear["aliasHashing"] = json!(false);
        clear["aliases"] = json!(["philip"]);
        let registered = register(server, &app, &mut authenticator, &clear);
        let verify = |token: &Value| {
            let verified = server
                .backend(&app)
                .post("/v3/signin/verify", &json!({ "token": token }))
                .expect(200);
            text(&verified["username"])
        };
        assert_eq!(verify(&json!(registered)), "fry");
        let mut sign_in = |who: &Value| {
            let begun = begin_sign_in(server, &app, who);
            let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
            let completed = server
                .browser(&app)
                .post(
                    "/v3/signin/complete",
                    &json!({
                        "session": begun["sessionId"], "response": assertion.to_browser_client_json(),
                        "RPID": RP_ID, "Origin": ORIGIN,
                    }),
                )
                .expect(200);
            completed["data"].clone()
        };
        // However the user signs in.
        for who in [
            json!({ "username": "fry" }),
            json!({ "username": "philip" }),
            json!({}),
        ] {
            assert_eq!(verify(&sign_in(&who)), "fry", "{who}");
        }
        let set = |aliases: Value, hashing: bool| {
            server
                .backend(&app)
                .post(
                    "/v3/alias",
                    &json!({ "userId": "user-1", "aliases": aliases, "hashing": hashing }),
                )
                .expect_empty(200);
        };
        // It stays the username while it is among the aliases, in clear.
        set(json!(["fry", "delivery boy"]), false);
        assert_eq!(verify(&sign_in(&json!({}))), "fry");
        set(json!(["fry"]), true);
        assert_eq!(verify(&sign_in(&json!({}))), "user-1");
        set(json!(["philip"]), false);
        assert_eq!(verify(&sign_in(&json!({}))), "user-1");
        // Whoever sets other aliases has not forbidden the user to sign in.
        assert_eq!(verify(&sign_in(&json!({ "username": "fry" }))), "user-1");
        set(json!([]), false);
        assert_eq!(verify(&sign_in(&json!({ "username": "fry" }))), "user-1");
    });
}
