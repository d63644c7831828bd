//! `POST /register/complete`.

use passgate_api::{api::ApiSettings, client::ProxyTrust};
use passgate_testkit::{Alteration, SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

use crate::support::{Connection, ORIGIN, RP_ID, TestApp, TestServer, settings};

fn begin(server: &TestServer, app: &TestApp, request: &Value) -> Value {
    let token = server.register_token(app, request);
    server
        .browser(app)
        .post(
            "/register/begin",
            &json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN }),
        )
        .expect(200)
}

fn user(id: &str) -> Value {
    json!({ "userId": id, "username": id })
}

fn body(begun: &Value, response: Value) -> Value {
    json!({ "session": begun["session"], "response": response, "RPID": RP_ID, "Origin": ORIGIN })
}

#[test]
fn a_passkey_is_stored_and_told() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        let begun = begin(server, &app, &user("user-1"));
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap();
        let mut request = body(&begun, registration.to_browser_client_json());
        request["nickname"] = "My phone".into();
        let mut browser = server.browser(&app).with_header(
            "User-Agent",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        );
        let answer = browser.post("/register/complete", &request).expect(200);
        let token = answer["token"].as_str().unwrap();
        assert!(token.starts_with("verify_"));

        let mut verified = server
            .backend(&app)
            .post("/signin/verify", &json!({ "token": token }))
            .expect(200);
        let token_id = verified.as_object_mut().unwrap().shift_remove("tokenId").unwrap();
        assert_eq!(token_id.as_str().unwrap().len(), 36);
        let raw_id = &registration.raw_id;
        assert_eq!(
            verified,
            json!({
                "userId": "user-1", "timestamp": "2025-01-01T00:00:00Z", "rpId": RP_ID, "origin": ORIGIN,
                "success": true, "device": "Chrome, Windows 10", "country": "", "nickname": "My phone",
                "credentialId": passgate_api::encoding::base64(raw_id), "purpose": null,
                "expiresAt": "2025-01-01T00:02:00Z", "type": "passkey_register",
            })
        );
        let listed = server
            .backend(&app)
            .get("/credentials/list?userId=user-1")
            .expect(200);
        assert_eq!(listed["values"][0]["descriptor"]["id"], registration.id.as_str());
        assert_eq!(listed["values"][0]["nickname"], "My phone");
        assert_eq!(listed["values"][0]["device"], "Chrome, Windows 10");
    });
}

#[test]
fn the_country_is_what_a_trusted_proxy_says() {
    for (trusted, country) in [("127.0.0.1", "SE"), ("10.0.0.0/8", "")] {
        for database in TestDatabase::each() {
            let trust = ProxyTrust {
                trusted: vec![trusted.parse().unwrap()],
                country_header: Some("CF-IPCountry".to_owned()),
            };
            let server = TestServer::with(database, ApiSettings { trust, ..settings() });
            let app = server.app("demoapp");
            let mut authenticator = SoftAuthenticator::new();
            let begun = begin(&server, &app, &user("user-1"));
            let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap();
            server
                .browser(&app)
                .with_header("CF-IPCountry", "se")
                .post(
                    "/register/complete",
                    &body(&begun, registration.to_browser_client_json()),
                )
                .expect(200);
            let listed = server
                .backend(&app)
                .get("/credentials/list?userId=user-1")
                .expect(200);
            let credential = &listed["values"][0];
            assert_eq!(credential["country"], country, "{trusted}");
            assert_eq!(credential["device"], "Other, Other ");
        }
    }
}

#[test]
fn every_client_s_shape_is_understood() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for (number, shape) in ["browser", "standard", "ios", "shouting"].into_iter().enumerate() {
        let mut authenticator = SoftAuthenticator::new();
        let begun = begin(&server, &app, &user(&format!("user-{number}")));
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap();
        let standard = registration.to_json();
        let response = match shape {
            "browser" => registration.to_browser_client_json(),
            "standard" => standard,
            "ios" => json!({
                "id": standard["id"], "rawId": standard["rawId"], "type": "public-key", "extensions": {},
                "response": {
                    "attestationObject": standard["response"]["attestationObject"],
                    "clientDataJSON": standard["response"]["clientDataJSON"],
                },
            }),
            _ => json!({
                "ID": standard["id"], "RAWID": standard["rawId"], "RESPONSE": {
                    "ATTESTATIONOBJECT": standard["response"]["attestationObject"],
                    "CLIENTDATAJSON": standard["response"]["clientDataJSON"],
                    "TRANSPORTS": ["internal", 7, "something-new"],
                },
            }),
        };
        let request =
            json!({ "SESSION": begun["session"], "Response": response, "rpId": RP_ID, "origin": ORIGIN });
        server
            .browser(&app)
            .post("/register/complete", &request)
            .expect(200);
    }
}

#[test]
fn named_values_may_be_ordinals() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        for (number, (kind, transports, stored)) in [
            (json!(0), json!([5, 4]), json!(["internal", "hybrid"])),
            (json!("0"), json!([2, 6, -1]), json!(["ble"])),
            (
                json!("Public-Key"),
                json!(["Smart-Card", "new"]),
                json!(["smart-card", "new"]),
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("user-{number}");
            let begun = begin(server, &app, &user(&id));
            let mut response = SoftAuthenticator::new()
                .register(ORIGIN, &begun["data"])
                .unwrap()
                .to_json();
            response["type"] = kind;
            response["response"]["transports"] = transports;
            server
                .browser(&app)
                .post("/register/complete", &body(&begun, response))
                .expect(200);
            let listed = server
                .backend(&app)
                .get(&format!("/credentials/list?userId={id}"))
                .expect(200);
            assert_eq!(listed["values"][0]["descriptor"]["transports"], stored);
        }
        let begun = begin(server, &app, &user("u"));
        let mut response = SoftAuthenticator::new()
            .register(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        response["type"] = json!(1);
        server
            .browser(&app)
            .post("/register/complete", &body(&begun, response))
            .refusal(
                400,
                Some("fido2_invalid_registration"),
                "AttestationResponse type must be 'public-key'",
            );
    });
}

#[test]
fn what_is_empty_or_unreadable_has_a_title() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for (pointer, sent, title) in [
        ("/id", "", "AttestationResponse Id is missing"),
        ("/id", " ", "AttestationResponse Id is missing"),
        ("/rawId", "", "AttestationResponse RawId is missing"),
        ("/response/attestationObject", "", "Missing AttestationObject"),
        (
            "/response/attestationObject",
            "_w",
            "Invalid AttestationObject CBOR data",
        ),
        ("/response/attestationObject", "oA", "Malformed AttestationObject"),
        (
            "/response/clientDataJSON",
            "",
            "Malformed clientDataJson\nClient data is not a JSON object",
        ),
    ] {
        let begun = begin(&server, &app, &user("u"));
        let mut response = SoftAuthenticator::new()
            .register(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        *response.pointer_mut(pointer).unwrap() = json!(sent);
        server
            .browser(&app)
            .post("/register/complete", &body(&begun, response))
            .refusal(400, Some("fido2_invalid_registration"), title);
    }
}

#[test]
fn the_address_of_a_page_serves_as_its_origin() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let token = server.register_token(&app, &user("u"));
        let mut browser = server.browser(&app);
        let page = |address: &str, mut request: Value| {
            request["RPID"] = RP_ID.into();
            request["Origin"] = address.into();
            request
        };
        let begun = browser
            .post(
                "/register/begin",
                &page("https://example.com/", json!({ "token": token })),
            )
            .expect(200);
        let registration = SoftAuthenticator::new().register(ORIGIN, &begun["data"]).unwrap();
        let request = json!({ "session": begun["session"], "response": registration.to_json() });
        browser
            .post(
                "/register/complete",
                &page("https://EXAMPLE.com/sign-up?step=2", request),
            )
            .expect(200);
        let listed = server.backend(&app).get("/credentials/list?userId=u").expect(200);
        assert_eq!(listed["values"][0]["origin"], ORIGIN);
    });
}

#[test]
fn a_page_may_use_its_own_host_whatever_the_host() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let begun = |rp_id: &str, origin: &str| {
            let token = server.register_token(&app, &user("u"));
            server.browser(&app).post(
                "/register/begin",
                &json!({ "token": token, "RPID": rp_id, "Origin": origin }),
            )
        };
        let begin = begun("intranet", "https://intranet").expect(200);
        let registration = SoftAuthenticator::new()
            .register_altered(
                ORIGIN,
                &json!({ "rp": { "id": RP_ID, "name": "" }, "user": begin["data"]["user"], "challenge": begin["data"]["challenge"], "pubKeyCredParams": begin["data"]["pubKeyCredParams"] }),
                &[
                    Alteration::RpId("intranet".into()),
                    Alteration::Origin("https://intranet".into()),
                ],
            )
            .unwrap();
        let request = json!({
            "session": begin["session"], "response": registration.to_json(),
            "RPID": "intranet", "Origin": "https://intranet",
        });
        server
            .browser(&app)
            .post("/register/complete", &request)
            .expect(200);
        let listed = server.backend(&app).get("/credentials/list?userId=u").expect(200);
        assert_eq!(listed["values"][0]["rpid"], "intranet");
        begun("intranet", "https://wiki.intranet").refusal(
            400,
            None,
            "RPID 'intranet' is not valid: RP ID is a public suffix.",
        );
    });
}

#[test]
fn what_is_missing_is_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut browser = server.browser(&app);
    let begun = begin(&server, &app, &user("u"));
    let registration = SoftAuthenticator::new()
        .register(ORIGIN, &begun["data"])
        .unwrap()
        .to_browser_client_json();
    let whole = body(&begun, registration);
    let mut without = |path: &[&str]| {
        let mut request = whole.clone();
        let (last, parents) = path.split_last().unwrap();
        let parent = parents.iter().fold(&mut request, |value, name| &mut value[*name]);
        parent.as_object_mut().unwrap().shift_remove(*last);
        browser.post("/register/complete", &request)
    };
    for (path, member) in [
        (&["response"][..], "response"),
        (&["response", "id"], "response.id"),
        (&["response", "rawId"], "response.rawId"),
        (&["response", "response"], "response.response"),
        (
            &["response", "response", "clientDataJson"],
            "response.response.clientDataJSON",
        ),
        (
            &["response", "response", "AttestationObject"],
            "response.response.attestationObject",
        ),
    ] {
        let detail = without(path).unbindable("RegistrationComplete");
        assert_eq!(detail, format!("The member '{member}' is required."));
    }
    without(&["session"]).refusal(
        400,
        Some("missing_token"),
        "This operation requires a token that starts with 'session_' to be passed.",
    );
    without(&["Origin"]).refusal(400, None, "Origin is required.");
    without(&["RPID"]).refusal(400, None, "RPID is required.");
    let mut request = whole.clone();
    request["nickname"] = "n".repeat(65).into();
    let errors = browser.post("/register/complete", &request).invalid();
    assert_eq!(
        errors,
        json!({ "nickname": ["Nickname cannot be longer than 64 characters."] })
    );
    // None of this spent the session.
    browser.post("/register/complete", &whole).expect(200);
}

#[test]
fn broken_responses_are_refused_with_their_title() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let required = json!({ "userId": "u", "username": "u", "userVerification": "required" });
    for (alterations, title) in [
        (
            vec![Alteration::Challenge(vec![7; 32])],
            "Authenticator response challenge does not match original challenge",
        ),
        (
            vec![Alteration::CeremonyType("webauthn.get".into())],
            "AttestationResponse type must be 'webauthn.create'",
        ),
        (
            vec![Alteration::ClientData(b"{".to_vec())],
            "Malformed clientDataJson\nClient data is not a JSON object",
        ),
        (
            vec![Alteration::Origin("https://evil.example/path".into())],
            "Fully qualified origin https://evil.example of https://evil.example/path not equal to fully qualified original origin https://example.com (1)\nOrigin \"https://evil.example/path\" is not one of this ceremony: compared with https://example.com it has host evil.example",
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
        (
            vec![Alteration::TrailingBytes(vec![0])],
            "Leftover bytes decoding AuthenticatorData",
        ),
        (
            vec![Alteration::CredentialIdLength(1024)],
            "CredentialId too many bytes",
        ),
        (
            vec![Alteration::Algorithm(-48)],
            "Credential algorithm does not match policy requirement",
        ),
        (
            vec![Alteration::CredentialType("password".into())],
            "AttestationResponse type must be 'public-key'",
        ),
    ] {
        let begun = begin(&server, &app, &required);
        let registration = SoftAuthenticator::new()
            .register_altered(ORIGIN, &begun["data"], &alterations)
            .unwrap();
        let response = server
            .browser(&app)
            .post("/register/complete", &body(&begun, registration.to_json()));
        response.refusal(400, Some("fido2_invalid_registration"), title);
    }
    assert_eq!(
        server.backend(&app).get("/users/count").expect(200),
        json!({ "count": 0 })
    );
}

/// Whatever a client sends there: the application did not ask.
#[test]
fn an_attestation_that_was_not_asked_for_is_not_judged() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for format in ["homemade", "packed", "tpm"] {
        let begun = begin(&server, &app, &user("u"));
        let registration = SoftAuthenticator::new()
            .register_altered(
                ORIGIN,
                &begun["data"],
                &[Alteration::AttestationFormat(format.into())],
            )
            .unwrap();
        server
            .browser(&app)
            .post("/register/complete", &body(&begun, registration.to_json()))
            .expect(200);
    }
}

#[test]
fn a_session_is_spent_once_expires_and_belongs_to_its_ceremony() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        let begun = begin(server, &app, &user("u"));
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap().to_json();
        let mut browser = server.browser(&app);
        browser
            .post("/register/complete", &body(&begun, registration.clone()))
            .expect(200);
        browser
            .post("/register/complete", &body(&begun, registration))
            .refusal(
                400,
                Some("session_already_used"),
                "The session was already used. Please begin again.",
            );

        let begun = begin(server, &app, &user("v"));
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap().to_json();
        server.wait(3_601);
        browser
            .post("/register/complete", &body(&begun, registration))
            .refusal(403, Some("expired_token"), "The token expired 1 second ago.");

        let sign_in = browser
            .post("/signin/begin", &json!({ "RPID": RP_ID, "Origin": ORIGIN }))
            .expect(200);
        let begun = begin(server, &app, &user("w"));
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap().to_json();
        let problem = browser
            .post("/register/complete", &body(&sign_in, registration))
            .problem(400);
        assert_eq!(problem["errorCode"], "invalid_token");
    });
}

#[test]
fn a_credential_id_registers_once() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let complete = |connection: &mut Connection, user_id: &str| {
            let begun = begin(server, &app, &user(user_id));
            let same = [Alteration::CredentialId(vec![9; 32])];
            let registration = SoftAuthenticator::new()
                .register_altered(ORIGIN, &begun["data"], &same)
                .unwrap();
            connection.post("/register/complete", &body(&begun, registration.to_json()))
        };
        let mut browser = server.browser(&app);
        complete(&mut browser, "first").expect(200);
        for user_id in ["first", "second"] {
            complete(&mut browser, user_id).refusal(
                400,
                Some("fido2_invalid_registration"),
                "CredentialId is not unique to this user",
            );
        }
    });
}

#[test]
fn complete_comes_from_where_begin_came_from() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let begun = begin(&server, &app, &user("u"));
    let registration = SoftAuthenticator::new()
        .register(ORIGIN, &begun["data"])
        .unwrap()
        .to_json();
    let mut request = body(&begun, registration);
    request["Origin"] = "https://login.example.com".into();
    let problem = server
        .browser(&app)
        .post("/register/complete", &request)
        .problem(400);
    assert_eq!(problem["errorCode"], "origin_not_allowed");
}

#[test]
fn aliases_of_the_token_are_set() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        backend
            .post("/alias", &json!({ "userId": "u", "aliases": ["old"] }))
            .expect_empty(204);
        let with = |aliases: Value| json!({ "userId": "u", "username": "u", "aliases": aliases, "aliasHashing": false });
        let complete = |request: Value| {
            let begun = begin(server, &app, &request);
            let registration = SoftAuthenticator::new()
                .register(ORIGIN, &begun["data"])
                .unwrap()
                .to_json();
            server
                .browser(&app)
                .post("/register/complete", &body(&begun, registration))
        };
        complete(with(json!([]))).expect(200);
        assert_eq!(
            backend.get("/alias/list?userId=u").expect(200)["values"][0]["plaintext"],
            json!(null)
        );
        complete(with(json!(["new"]))).expect(200);
        let values = backend.get("/alias/list?userId=u").expect(200)["values"].clone();
        assert_eq!(
            (values.as_array().unwrap().len(), &values[0]["plaintext"]),
            (1, &json!("new"))
        );

        // Taken between the token and completion: the conflict leaves nothing behind.
        let token = json!({ "userId": "v", "username": "v", "aliases": ["wanted"] });
        let begun = begin(server, &app, &token);
        backend
            .post("/alias", &json!({ "userId": "x", "aliases": ["wanted"] }))
            .expect_empty(204);
        let registration = SoftAuthenticator::new()
            .register(ORIGIN, &begun["data"])
            .unwrap()
            .to_json();
        server
            .browser(&app)
            .post("/register/complete", &body(&begun, registration))
            .refusal(
                409,
                Some("alias_conflict"),
                "Alias is already in use by another userid",
            );
        assert_eq!(
            backend.get("/credentials/list?userId=v").expect(200),
            json!({ "values": [] })
        );
    });
}

/// A browser makes a passkey silently after a sign-in with a password; nobody has to be present then, and only then.
#[test]
fn a_conditional_registration_needs_nobody_and_keeps_its_user_verification() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let complete = |more: Value, altered: &[Alteration]| {
            let mut request = user("u");
            request
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let begun = begin(server, &app, &request);
            let response = SoftAuthenticator::new()
                .register_altered(ORIGIN, &begun["data"], altered)
                .unwrap();
            server
                .browser(&app)
                .post("/register/complete", &body(&begun, response.to_json()))
        };
        let (absent, unverified) = (Alteration::UserPresent(false), Alteration::UserVerified(false));
        let conditional = json!({ "mediation": "conditional" });
        complete(conditional.clone(), &[absent.clone(), unverified.clone()]).expect(200);
        complete(conditional, &[]).expect(200);
        let refused = "User Present flag not set in authenticator data";
        for modal in [
            json!({}),
            json!({ "mediation": "optional" }),
            json!({ "mediation": null }),
        ] {
            complete(modal, std::slice::from_ref(&absent)).refusal(
                400,
                Some("fido2_invalid_registration"),
                refused,
            );
        }
        let verified = json!({ "mediation": "conditional", "userVerification": "required" });
        complete(verified.clone(), std::slice::from_ref(&absent)).expect(200);
        complete(verified, &[absent, unverified]).refusal(
            400,
            Some("fido2_invalid_registration"),
            "User Verified flag not set in authenticator data and user verification was required",
        );
    });
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut sent = user("u");
    for unknown in ["silent", "Conditional"] {
        sent["mediation"] = json!(unknown);
        let errors = server.backend(&app).post("/register/token", &sent).invalid();
        assert_eq!(
            errors["mediation"],
            json!(["The field Mediation must match the regular expression '^(conditional|optional)$'."])
        );
    }
}
