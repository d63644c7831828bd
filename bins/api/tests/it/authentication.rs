//! Every detail of a 401, and the life of keys.

use serde_json::json;

use crate::support::{MANAGEMENT_KEY, ORIGIN, RP_ID, TestServer};

/// What is sent in which header, and what is said about it.
type Case<'c> = (&'c [(&'c str, &'c str)], Option<&'c str>);

/// The conditions in their order; `H` is the header that is required.
#[test]
fn every_detail_of_a_401() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let (public, secret) = (app.public_key.as_str(), app.secret_key.as_str());
        let longer = format!("{secret}x");
        let secret_cases: &[Case<'_>] = &[
            (
                &[("ApiSecret", "verify_secret")],
                Some("A verify token was supplied instead of your 'ApiSecret'."),
            ),
            (
                &[("ApiSecret", "register_abc")],
                Some("A register token was supplied instead of your 'ApiSecret'."),
            ),
            (
                &[("ApiSecret", public)],
                Some("Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'."),
            ),
            (
                &[("ApiSecret", "something-unknown")],
                Some(
                    "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'something-'.",
                ),
            ),
            (
                &[("ApiSecret", "x")],
                Some("We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'x'."),
            ),
            (
                &[("ApiSecret", "demoapp:secret:00112233445566778899aabbccddeeff")],
                Some("The value of your 'ApiSecret' is not valid."),
            ),
            (
                &[("ApiSecret", "nobody:secret:00112233445566778899aabbccddeeff")],
                Some("The value of your 'ApiSecret' is not valid."),
            ),
            (
                &[("ApiSecret", "secret")],
                Some("The value of your 'ApiSecret' is not valid."),
            ),
            (
                &[("ApiSecret", &longer)],
                Some("The value of your 'ApiSecret' is not valid."),
            ),
            (
                &[("ApiSecret", "secret"), ("ApiKey", public)],
                Some("The value of your 'ApiSecret' is not valid."),
            ),
            (
                &[("ApiKey", public)],
                Some("A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied."),
            ),
            (
                &[("ApiSecret", ""), ("ApiKey", public)],
                Some("A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied."),
            ),
            (&[], Some("A valid 'ApiSecret' header is required.")),
            (
                &[("ApiSecret", "")],
                Some("A valid 'ApiSecret' header is required."),
            ),
            (
                &[("ManagementKey", MANAGEMENT_KEY)],
                Some("A valid 'ApiSecret' header is required."),
            ),
        ];
        let public_cases: &[Case<'_>] = &[
            (
                &[("ApiKey", "verify_public")],
                Some("A verify token was supplied instead of your 'ApiKey'."),
            ),
            (
                &[("ApiKey", "register_abc")],
                Some("A register token was supplied instead of your 'ApiKey'."),
            ),
            (
                &[("ApiKey", secret)],
                Some("Your ApiKey header contained a ApiSecret instead of your 'ApiKey'."),
            ),
            (
                &[("ApiKey", "something-unknown")],
                Some(
                    "We don't recognize the value you supplied for your 'ApiKey'. It started with: 'something-'.",
                ),
            ),
            (
                &[("ApiKey", "demoapp:public:00112233445566778899aabbccddeeff")],
                Some("The value of your 'ApiKey' is not valid."),
            ),
            (
                &[("ApiSecret", secret)],
                Some("A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied."),
            ),
            (&[], Some("A valid 'ApiKey' header is required.")),
            (&[("ApiKey", "")], Some("A valid 'ApiKey' header is required.")),
        ];
        let management_cases: &[Case<'_>] = &[
            (&[("ManagementKey", "wrong")], None),
            (&[("ManagementKey", "")], None),
            (&[("ApiSecret", secret)], None),
            (&[], None),
        ];
        for (required, method, path, cases) in [
            ("ApiSecret", "GET", "/users/count", secret_cases),
            ("ApiKey", "POST", "/signin/begin", public_cases),
            (
                "ManagementKey",
                "GET",
                "/apps/list-pending-deletion",
                management_cases,
            ),
        ] {
            for (headers, detail) in cases {
                let mut connection = server.anybody();
                for (name, value) in *headers {
                    connection = connection.with_header(name, value);
                }
                let response = connection.send(method, path, Some("application/json"), b"{}");
                let mut expected = json!({
                    "type": format!("https://docs.passwordless.dev/guide/errors.html#{required}"),
                    "title": format!("A valid '{required}' header is required."),
                    "status": 401,
                });
                if let Some(detail) = detail {
                    expected["detail"] = json!(detail);
                }
                assert_eq!(response.problem(401), expected, "{headers:?}");
                assert_eq!(response.header("www-authenticate"), Some(required));
            }
        }
    });
}

#[test]
fn header_names_have_no_case() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    for name in ["apisecret", "APISECRET", "ApiSecret"] {
        server
            .anybody()
            .with_header(name, &app.secret_key)
            .get("/users/count")
            .expect(200);
    }
}

#[test]
fn a_key_has_its_scopes_and_lives_until_it_is_locked_or_deleted() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        // Of either kind, with one scope of two: what it may do, and what not.
        for (kind, header, scope, missing, allowed, forbidden) in [
            (
                "secret",
                "ApiSecret",
                "token_register",
                "token_verify",
                "/register/token",
                "/signin/verify",
            ),
            (
                "secret",
                "ApiSecret",
                "token_verify",
                "token_register",
                "/signin/generate-token",
                "/register/token",
            ),
            (
                "public",
                "ApiKey",
                "login",
                "register",
                "/signin/begin",
                "/register/begin",
            ),
            (
                "public",
                "ApiKey",
                "register",
                "login",
                "/register/begin",
                "/signin/complete",
            ),
        ] {
            let mut operator = server.operator();
            let created = operator
                .post(
                    &format!("/admin/apps/demoapp/{kind}-keys"),
                    &json!({ "scopes": [scope] }),
                )
                .expect(200);
            let key = created["apiKey"].as_str().unwrap();
            let shape: Vec<&str> = key.split(':').collect();
            assert_eq!((shape[0], shape[1], shape[2].len()), ("demoapp", kind, 32));
            let request = json!({
                "userId": "u", "username": "u", "RPID": RP_ID, "Origin": ORIGIN,
                "token": server.register_token(&app, &json!({ "userId": "u", "username": "u" })),
            });
            let mut client = server.anybody().with_header(header, key);
            let lifecycle = format!("/admin/apps/demoapp/api-keys/{}", &key[key.len() - 4..]);
            let refused = json!({
                "type": format!("https://docs.passwordless.dev/guide/errors.html#{header}"),
                "title": format!("A valid '{header}' header is required."),
                "status": 401,
                "detail": format!("The value of your '{header}' is not valid."),
            });

            client.post(allowed, &request).expect(200);
            let expected = json!({
                "type": "https://docs.passwordless.dev/guide/errors.html#forbidden",
                "title": "You are forbidden from accessing this resource.",
                "status": 403,
                "detail": format!(
                    "You are unable to access this resource because you do not have the required permissions. Required scopes: {missing}"
                ),
            });
            assert_eq!(client.post(forbidden, &request).problem(403), expected);

            operator
                .post_nothing(&format!("{lifecycle}/lock"))
                .expect_empty(204);
            assert_eq!(client.post(allowed, &request).problem(401), refused);
            operator
                .post_nothing(&format!("{lifecycle}/unlock"))
                .expect_empty(204);
            client.post(allowed, &request).expect(200);
            operator.delete(&lifecycle).expect_empty(204);
            assert_eq!(client.post(allowed, &request).problem(401), refused);
        }
        // The others live on.
        server.backend(&app).get("/users/count").expect(200);
    });
}

#[test]
fn refused_keys_are_events() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let secret = &app.secret_key[..app.secret_key.len() - 4];
        let public = &app.public_key[..app.public_key.len() - 4];
        for (header, start, kind) in [
            ("ApiSecret", secret, "ApiAuthInvalidSecretKeyUsed"),
            ("ApiKey", public, "ApiAuthInvalidPublicKeyUsed"),
        ] {
            // An ending that no key has is no key's id.
            for (end, id) in [("ffff", "ffff"), ("ff-f", ""), ("ff f", "")] {
                server.wait(1);
                let wrong = format!("{start}{end}");
                let mut caller = server.anybody().with_header(header, &wrong);
                let path = if header == "ApiKey" {
                    "/signin/begin"
                } else {
                    "/credentials/list"
                };
                caller.post(path, &json!({})).problem(401);
                let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
                let newest = &events["events"][0];
                assert_eq!(newest["eventType"], kind, "{end}");
                assert_eq!(newest["severity"], "Alert");
                assert_eq!(newest["apiKeyId"], id);
            }
        }
    });
}

#[test]
fn a_refused_key_is_recorded_with_where_it_came_from_if_that_is_allowed() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
    let wrong = format!("{}ffff", &app.secret_key[..app.secret_key.len() - 4]);
    server.wait(1);
    let refuse = || {
        let agent = format!("thief {}", "x".repeat(2000));
        let mut thief = server
            .anybody()
            .with_header("ApiSecret", &wrong)
            .with_header("User-Agent", &agent);
        thief.get("/users/count").problem(401);
        let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
        events["events"][0].clone()
    };
    let newest = refuse();
    assert_eq!(newest["eventType"], "ApiAuthInvalidSecretKeyUsed");
    assert_eq!(newest["severity"], "Alert");
    assert_eq!(newest["apiKeyId"], "ffff");
    assert_eq!(newest["ip"], "127.0.0.1");
    let agent = newest["userAgent"].as_str().unwrap();
    assert_eq!((agent.len(), &agent[..7]), (512, "thief x"));
    let features = json!({ "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 30,
        "policy": { "recordFailedCeremonies": false } });
    let mut operator = server.operator();
    operator
        .post("/admin/apps/demoapp/features", &features)
        .expect_empty(204);
    server.wait(1);
    let newest = refuse();
    assert_eq!(
        (&newest["ip"], &newest["userAgent"]),
        (&json!(null), &json!(null))
    );
}

#[test]
fn a_flood_of_refused_keys_is_a_trickle_of_events() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut backend = server.backend(&app);
        let mut count = || {
            let events = backend.get("/events?pageNumber=1&type=ApiAuthInvalidSecretKeyUsed");
            let events = events.expect(200);
            let newest = events["events"][0]["message"].as_str().unwrap().to_owned();
            (events["totalEventCount"].clone(), newest)
        };
        let refuse = |times| {
            // The name of the application is all that this takes.
            let wrong = "demoapp:secret:00112233445566778899aabbccddeeff";
            let mut thief = server.anybody().with_header("ApiSecret", wrong);
            for _ in 0..times {
                thief.get("/users/count").problem(401);
            }
        };
        refuse(100);
        let (total, alone) = count();
        assert_eq!(total, 60);
        server.wait(10);
        refuse(3);
        let (total, merged) = count();
        assert_eq!(total, 61);
        assert_eq!(
            merged,
            format!("{alone} (and 40 more like this since the last record)")
        );
    });
}
