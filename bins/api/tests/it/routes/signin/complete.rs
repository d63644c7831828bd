//! `POST /signin/complete`.

use passgate_testkit::{Alteration, SoftAuthenticator};
use serde_json::{Value, json};

use crate::support::{ORIGIN, RP_ID, Response, TestApp, TestServer};

fn begin(server: &TestServer, app: &TestApp, more: Value) -> Value {
    let mut request = json!({ "RPID": RP_ID, "Origin": ORIGIN });
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    server.browser(app).post("/signin/begin", &request).expect(200)
}

fn body(begun: &Value, response: Value) -> Value {
    json!({ "session": begun["session"], "response": response, "RPID": RP_ID, "Origin": ORIGIN })
}

fn complete(server: &TestServer, app: &TestApp, begun: &Value, response: Value) -> Response {
    server
        .browser(app)
        .post("/signin/complete", &body(begun, response))
}

#[test]
fn every_way_to_sign_in() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        server
            .backend(&app)
            .post("/alias", &json!({ "userId": "user-1", "aliases": ["fry"] }))
            .expect_empty(204);
        for (begin, purpose) in [
            (json!({}), "sign-in"),
            (json!({ "userId": "user-1" }), "sign-in"),
            (json!({ "alias": "fry" }), "sign-in"),
            (json!({ "purpose": "step-up" }), "step-up"),
        ] {
            server.wait(60);
            let token = server.sign_in(&app, &mut authenticator, &begin);
            let verified = server
                .backend(&app)
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(verified["userId"], "user-1");
            assert_eq!(verified["purpose"], purpose);
            assert_eq!(verified["type"], "passkey_signin");
            assert_eq!(verified["nickname"], "My phone");
        }
        let listed = server
            .backend(&app)
            .get("/credentials/list?userId=user-1")
            .expect(200);
        assert_eq!(listed["values"][0]["createdAt"], "2025-01-01T00:00:00");
        assert_eq!(listed["values"][0]["lastUsedAt"], "2025-01-01T00:04:00");
    });
}

#[test]
fn every_client_s_shape_is_understood() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    for shape in ["browser", "android", "ios"] {
        let begun = begin(&server, &app, json!({}));
        let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
        let standard = assertion.to_json();
        let response = match shape {
            "browser" => assertion.to_browser_client_json(),
            "android" => standard,
            _ => json!({
                "id": standard["id"], "rawId": standard["rawId"], "type": "public-key", "extensions": {},
                "response": {
                    "authenticatorData": standard["response"]["authenticatorData"],
                    "clientDataJSON": standard["response"]["clientDataJSON"],
                    "signature": standard["response"]["signature"],
                },
            }),
        };
        complete(&server, &app, &begun, response).expect(200);
    }
}

#[test]
fn of_an_origin_with_a_path_the_origin_counts() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    let begun = begin(
        &server,
        &app,
        json!({ "Origin": "https://Example.com/login?next=/" }),
    );
    let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
    let mut request = body(&begun, assertion.to_json());
    request["Origin"] = json!("https://example.com/");
    server
        .browser(&app)
        .post("/signin/complete", &request)
        .expect(200);
}

#[test]
fn what_is_no_response_has_a_title() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let begun = begin(server, &app, json!({}));
        let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
        let complete = |pointer: &str, sent: Value| {
            let mut response = assertion.to_json();
            *response.pointer_mut(pointer).unwrap() = sent;
            complete(server, &app, &begun, response)
        };
        for (pointer, sent, title) in [
            ("/id", json!(""), "AssertionResponse Id is missing"),
            ("/rawId", json!(""), "AssertionResponse RawId is missing"),
            (
                "/type",
                json!("password"),
                "AssertionResponse type must be 'public-key'",
            ),
            ("/type", json!(1), "AssertionResponse type must be 'public-key'"),
            (
                "/response/userHandle",
                json!(""),
                "UserHandle was empty DOMString. It should either be null or have a value.",
            ),
            (
                "/response/clientDataJSON",
                json!(""),
                "Malformed clientDataJson\nClient data is not a JSON object",
            ),
        ] {
            complete(pointer, sent).refusal(400, Some("signin_complete_error"), title);
        }
        // Session and origin come first.
        let mut response = assertion.to_json();
        response["type"] = json!("password");
        let mut request = body(&begun, response);
        request["Origin"] = json!("");
        server
            .browser(&app)
            .post("/signin/complete", &request)
            .refusal(400, None, "Origin is required.");
        // None of this spent the session; the ordinal is as good as the name.
        complete("/type", json!(0)).expect(200);
    });
}

/// Browsers, password managers and security keys answer extensions that nobody asked for, each in its own way.
#[test]
fn outputs_of_extensions_that_nobody_asked_for_are_ignored() {
    let outputs = json!({
        "appid": "yes", "appidExclude": [], "credProps": null, "largeBlob": { "blob": { "0": 1 } }, "prf": true,
        "uvm": [],
    });
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        let token = server.register_token(&app, &json!({ "userId": "user-1", "username": "user-1" }));
        let asked = json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
        let begun = server.browser(&app).post("/register/begin", &asked).expect(200);
        let mut response = authenticator.register(ORIGIN, &begun["data"]).unwrap().to_json();
        response["clientExtensionResults"] = outputs.clone();
        server
            .browser(&app)
            .post("/register/complete", &body(&begun, response))
            .expect(200);
        let begun = begin(server, &app, json!({}));
        let mut response = authenticator
            .authenticate(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        response["clientExtensionResults"] = outputs.clone();
        complete(server, &app, &begun, response).expect(200);
    });
}

#[test]
fn a_slash_behind_the_origin_of_a_web_page_is_let_pass() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    let mut sign_in = |origin: &str| {
        let begun = begin(&server, &app, json!({}));
        let assertion = authenticator
            .authenticate_altered(ORIGIN, &begun["data"], &[Alteration::Origin(origin.to_owned())])
            .unwrap();
        complete(&server, &app, &begun, assertion.to_json())
    };
    sign_in("https://example.com/").expect(200);
    for (sent, difference) in [
        ("https://example.com//", "\"//\" behind it"),
        ("https://example.com/login", "\"/login\" behind it"),
        ("https://example.com:8443", "port 8443"),
        ("http://example.com", "scheme http"),
        ("https://www.example.com", "host www.example.com"),
    ] {
        let problem = sign_in(sent).problem(400);
        assert_eq!(
            problem["detail"],
            format!(
                "Origin \"{sent}\" is not one of this ceremony: compared with https://example.com it has {difference}"
            )
        );
    }
}

/// Safari sends an empty text where a security key returned no handle.
#[test]
fn an_empty_user_handle_is_none_where_the_user_was_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    let empty = [Alteration::UserHandle(Some(Vec::new()))];
    let mut sign_in = |request: Value| {
        let begun = begin(&server, &app, request);
        let assertion = authenticator
            .authenticate_altered(ORIGIN, &begun["data"], &empty)
            .unwrap();
        complete(&server, &app, &begun, assertion.to_json())
    };
    sign_in(json!({ "userId": "user-1" })).expect(200);
    sign_in(json!({})).refusal(
        400,
        Some("signin_complete_error"),
        "UserHandle was empty DOMString. It should either be null or have a value.",
    );
}

#[test]
fn a_user_handle_as_plain_text_is_refused_with_the_remedy() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    // The text of the one is base64url by chance.
    for user in ["user-1", "someuser"] {
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, user);
        let begun = begin(&server, &app, json!({}));
        let mut response = authenticator
            .authenticate(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        response["response"]["userHandle"] = json!(user);
        complete(&server, &app, &begun, response).refusal(
            400,
            Some("signin_complete_error"),
            "User is not owner of the public key identified by the credential id\nUser handle is not base64url; it \
             has to be the bytes that the authenticator returned, encoded",
        );
    }
}

/// Older clients write `null` where they have nothing to say, and a page may frame a page that frames it.
#[test]
fn client_data_may_say_null_and_name_the_page_itself_as_the_topmost_one() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    let mut sign_in = |members: &str| {
        let begun = begin(&server, &app, json!({}));
        let challenge = begun["data"]["challenge"].as_str().unwrap();
        let client_data =
            format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{ORIGIN}",{members}}}"#);
        let altered = [Alteration::ClientData(client_data.into_bytes())];
        let assertion = authenticator
            .authenticate_altered(ORIGIN, &begun["data"], &altered)
            .unwrap();
        complete(&server, &app, &begun, assertion.to_json())
    };
    sign_in(r#""crossOrigin":null,"topOrigin":null"#).expect(200);
    sign_in(&format!(r#""crossOrigin":true,"topOrigin":"{ORIGIN}""#)).expect(200);
    let framed = "The page is in a frame of another origin. To allow that, name the origin of the page around it in \
                  the application's allowedTopOrigins.";
    for members in [
        r#""crossOrigin":true"#,
        r#""crossOrigin":true,"topOrigin":"https://evil.example""#,
    ] {
        sign_in(members).refusal(400, Some("signin_complete_error"), framed);
    }
    sign_in(r#""crossOrigin":false,"topOrigin":7"#).refusal(
        400,
        Some("signin_complete_error"),
        "Malformed clientDataJson\nClient data member \"topOrigin\" has the wrong type",
    );
}

#[test]
fn an_unknown_credential_is_named() {
    let server = TestServer::start();
    let (app, other) = (server.app("demoapp"), server.app("otherapp"));
    let mut authenticator = SoftAuthenticator::new();
    server.register(&other, &mut authenticator, "user-1");
    let begun = begin(&server, &app, json!({}));
    let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
    let problem = complete(&server, &app, &begun, assertion.to_json()).problem(400);
    let expected = json!({
        "type": "https://docs.passwordless.dev/guide/errors.html#unknown_credential",
        "title": "We don't recognize the passkey you sent us.",
        "status": 400,
        "credentialId": assertion.id,
        "errorCode": "unknown_credential",
    });
    assert_eq!(problem, expected);
    let names: Vec<&String> = problem.as_object().unwrap().keys().collect();
    assert_eq!(names, ["type", "title", "status", "credentialId", "errorCode"]);
}

#[test]
fn broken_responses_are_refused_with_their_title() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut authenticator = SoftAuthenticator::new();
    server.register(&app, &mut authenticator, "user-1");
    let strict = json!({
        "purpose": "strict", "userVerificationRequirement": "required", "timeToLive": 60, "performedBy": "me",
    });
    server
        .backend(&app)
        .post("/auth-configs/add", &strict)
        .expect_empty(201);
    for (alterations, title) in [
        (
            vec![Alteration::Challenge(vec![7; 32])],
            "Authenticator response challenge does not match original challenge",
        ),
        (
            vec![Alteration::CeremonyType("webauthn.create".into())],
            "AssertionResponse type must be 'webauthn.get'",
        ),
        (
            vec![Alteration::ClientData(b"[]".to_vec())],
            "Malformed clientDataJson\nClient data is not a JSON object",
        ),
        (
            vec![Alteration::Origin("https://evil.example".into())],
            "Fully qualified origin https://evil.example of https://evil.example not equal to fully qualified original origin https://example.com (1)\nOrigin \"https://evil.example\" is not one of this ceremony: compared with https://example.com it has host evil.example",
        ),
        (
            vec![Alteration::RpId("evil.example".into())],
            "RPID hash does not match",
        ),
        (
            vec![Alteration::UserPresent(false)],
            "User Present flag not set in authenticator data",
        ),
        (
            vec![Alteration::UserVerified(false)],
            "User Verified flag not set in authenticator data and user verification was required",
        ),
        (vec![Alteration::CorruptSignature], "Signature does not match"),
        (vec![Alteration::ForeignKey], "Signature does not match"),
        (
            vec![Alteration::CredentialType("password".into())],
            "AssertionResponse type must be 'public-key'",
        ),
        (
            vec![Alteration::UserHandle(Some(b"user-2".to_vec()))],
            "User is not owner of the public key identified by the credential id",
        ),
        (
            vec![Alteration::UserHandle(Some(Vec::new()))],
            "UserHandle was empty DOMString. It should either be null or have a value.",
        ),
    ] {
        let begun = begin(&server, &app, json!({ "purpose": "strict" }));
        let assertion = authenticator
            .authenticate_altered(ORIGIN, &begun["data"], &alterations)
            .unwrap();
        let response = complete(&server, &app, &begun, assertion.to_json());
        response.refusal(400, Some("signin_complete_error"), title);
    }
}

#[test]
fn a_credential_that_was_not_offered_is_refused() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let (mut first, mut second) = (SoftAuthenticator::new(), SoftAuthenticator::new());
    server.register(&app, &mut first, "user-1");
    server.register(&app, &mut second, "user-2");
    let begun = begin(&server, &app, json!({ "userId": "user-1" }));
    let mut options = begun["data"].clone();
    options["allowCredentials"] = json!([]);
    let assertion = second
        .authenticate(ORIGIN, &options)
        .unwrap()
        .to_browser_client_json();
    complete(&server, &app, &begun, assertion).refusal(
        400,
        Some("signin_complete_error"),
        "Credential ID not in allowed credentials",
    );
}

#[test]
fn a_sign_count_must_grow() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let strict = json!({ "policy": { "signCountRegression": "refuse" } });
        server
            .operator()
            .post("/admin/apps/demoapp/features", &strict)
            .expect_empty(204);
        let mut authenticator = SoftAuthenticator::new().with_sign_count();
        server.register(&app, &mut authenticator, "user-1");
        server.sign_in(&app, &mut authenticator, &json!({}));
        let id = authenticator.credential_ids()[0].clone();
        authenticator.set_sign_count(&id, 0);
        let begun = begin(server, &app, json!({}));
        let assertion = authenticator
            .authenticate(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        complete(server, &app, &begun, assertion).refusal(
            400,
            Some("signin_complete_error"),
            "SignCount must be greater than the current SignatureCounter",
        );
    });
}

#[test]
fn a_session_is_spent_once_and_expires() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let mut browser = server.browser(&app);
        let begun = begin(server, &app, json!({}));
        let assertion = authenticator
            .authenticate(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        browser
            .post("/signin/complete", &body(&begun, assertion.clone()))
            .expect(200);
        browser
            .post("/signin/complete", &body(&begun, assertion))
            .refusal(
                400,
                Some("session_already_used"),
                "The session was already used. Please begin again.",
            );
        let begun = begin(server, &app, json!({}));
        let assertion = authenticator
            .authenticate(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        server.wait(24 * 3_600 + 60);
        browser
            .post("/signin/complete", &body(&begun, assertion))
            .refusal(403, Some("expired_token"), "The token expired 1 minute ago.");
    });
}

#[test]
fn what_is_missing_is_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut browser = server.browser(&app);
    let response = json!({ "id": "AA", "rawId": "AA", "response": {} });
    for (body, member) in [
        (json!({}), "response"),
        (json!({ "response": null }), "response"),
        (json!({ "response": { "rawId": "AA" } }), "response.id"),
        (
            json!({ "response": response }),
            "response.response.clientDataJSON",
        ),
    ] {
        let detail = browser
            .post("/signin/complete", &body)
            .unbindable("SignInComplete");
        assert_eq!(detail, format!("The member '{member}' is required."));
    }
    let wrong = json!({ "response": { "id": "AA", "rawId": "not base64 at all!", "response": {} } });
    let detail = browser
        .post("/signin/complete", &wrong)
        .unbindable("SignInComplete");
    assert_eq!(detail, "The member 'response.rawId' must be base64url.");
}
