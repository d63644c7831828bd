//! `/credentials`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::{ORIGIN, RP_ID, TestServer};

#[test]
fn a_credential_is_listed_with_everything() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let mut backend = server.backend(&app);
        let listed = backend.get("/credentials/list?userid=user-1").expect(200);
        assert_eq!(
            backend
                .post("/credentials/list", &json!({ "UserID": "user-1" }))
                .expect(200),
            listed
        );
        let mut credential = listed["values"][0].clone();
        let public_key = credential
            .as_object_mut()
            .unwrap()
            .shift_remove("publicKey")
            .unwrap();
        let public_key = public_key.as_str().unwrap();
        assert_eq!(public_key.len() % 4, 0, "standard base64 is padded");
        let public_key = passgate_api::encoding::decode(public_key).unwrap();
        assert!(passgate_webauthn::CosePublicKey::parse(&public_key).is_ok());
        assert_eq!(
            credential,
            json!({
                "descriptor": {
                    "type": "public-key", "id": passgate_api::encoding::base64url(&authenticator.credential_ids()[0]),
                    "transports": ["internal", "hybrid"],
                },
                "userHandle": "dXNlci0x", "signatureCounter": 0, "attestationFmt": "none",
                "createdAt": "2025-01-01T00:00:00", "aaGuid": "00000000-0000-0000-0000-000000000000",
                "lastUsedAt": "2025-01-01T00:00:00", "rpid": RP_ID, "origin": ORIGIN, "country": "",
                "device": "Other, Other ", "nickname": "My phone", "userId": "user-1", "backupState": true,
                "isBackupEligible": true, "isDiscoverable": true,
                "authenticatorName": null, "suspendedAt": null,
            })
        );
        assert_eq!(
            backend.get("/credentials/list?userId=nobody").expect(200),
            json!({ "values": [] })
        );
    });
}

#[test]
fn a_user_must_be_named() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    assert_eq!(
        backend.get("/credentials/list").problem(400)["title"],
        "Required parameter \"string UserId\" was not provided from query string."
    );
    let required = json!({ "userId": ["The UserId field is required."] });
    assert_eq!(backend.get("/credentials/list?userId=%20").invalid(), required);
    assert_eq!(backend.post("/credentials/list", &json!({})).invalid(), required);
}

#[test]
fn a_deleted_credential_signs_in_no_more() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let id = passgate_api::encoding::base64url(&authenticator.credential_ids()[0]);
        let mut backend = server.backend(&app);
        server.wait(1);
        backend
            .post("/credentials/delete", &json!({ "credentialId": id }))
            .expect_empty(204);
        assert_eq!(
            backend.get("/credentials/list?userId=user-1").expect(200),
            json!({ "values": [] })
        );
        let events = || server.backend(&app).get("/events?pageNumber=1").expect(200);
        assert_eq!(events()["events"][0]["eventType"], "ApiUserDeleteCredential");
        let count = events()["totalEventCount"].clone();
        // What does not exist is gone, and no event says otherwise.
        for id in [id.as_str(), "AAAA"] {
            backend
                .post("/credentials/delete", &json!({ "credentialId": id }))
                .expect_empty(204);
        }
        assert_eq!(events()["totalEventCount"], count);
    });
}

#[test]
fn an_id_must_be_given() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for body in [
        json!({}),
        json!({ "credentialId": null }),
        json!({ "credentialId": "" }),
    ] {
        backend.post("/credentials/delete", &body).refusal(
            400,
            None,
            "credentialId must not be null or empty",
        );
    }
    let detail = backend
        .post("/credentials/delete", &json!({ "credentialId": "a b" }))
        .unbindable("CredentialsDelete");
    assert_eq!(detail, "The member 'credentialId' must be base64url.");
}

#[test]
fn a_credential_is_renamed_suspended_and_resumed() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let mut authenticator = SoftAuthenticator::new();
        server.register(&app, &mut authenticator, "user-1");
        let id = passgate_api::encoding::base64url(&authenticator.credential_ids()[0]);
        let mut backend = server.backend(&app);
        let listed = || {
            server
                .backend(&app)
                .get("/credentials/list?userId=user-1")
                .expect(200)["values"][0]
                .clone()
        };
        let last_event = || {
            let event = server
                .backend(&app)
                .get("/events?pageNumber=1&numberOfResults=1")
                .expect(200)["events"][0]
                .clone();
            (
                event["eventType"].clone(),
                event["subject"].clone(),
                event["performedBy"].clone(),
            )
        };

        server.wait(1);
        backend
            .post(
                "/credentials/rename",
                &json!({ "credentialId": id, "nickname": "Work laptop" }),
            )
            .expect_empty(204);
        assert_eq!(listed()["nickname"], "Work laptop");
        assert_eq!(
            last_event(),
            (json!("CredentialRenamed"), json!("user-1"), json!("System"))
        );
        backend
            .post(
                "/credentials/rename",
                &json!({ "credentialId": id, "nickname": null }),
            )
            .expect_empty(204);
        assert_eq!(listed()["nickname"], json!(null));

        server.wait(1);
        backend
            .post("/credentials/suspend", &json!({ "credentialId": id }))
            .expect_empty(204);
        assert_eq!(listed()["suspendedAt"], "2025-01-01T00:00:02");
        assert_eq!(last_event().0, "CredentialSuspended");
        let mut browser = server.browser(&app);
        let begun = browser
            .post("/signin/begin", &json!({ "RPID": RP_ID, "Origin": ORIGIN }))
            .expect(200);
        let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
        let complete = json!({
            "session": begun["session"], "response": assertion.to_browser_client_json(), "RPID": RP_ID, "Origin": ORIGIN,
        });
        let refused = browser.post("/signin/complete", &complete).problem(400);
        assert_eq!(
            (&refused["errorCode"], &refused["credentialId"]),
            (&json!("credential_suspended"), &json!(id))
        );

        server.wait(1);
        backend
            .post("/credentials/resume", &json!({ "credentialId": id }))
            .expect_empty(204);
        assert_eq!(last_event().0, "CredentialResumed");
        assert_eq!(listed()["suspendedAt"], json!(null));
        server.sign_in(&app, &mut authenticator, &json!({}));
    });
}

#[test]
fn only_a_credential_of_the_application_can_be_changed() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        let other = server.app("otherapp");
        let mut authenticator = SoftAuthenticator::new();
        server.register(&other, &mut authenticator, "user-1");
        let foreign = passgate_api::encoding::base64url(&authenticator.credential_ids()[0]);
        let mut backend = server.backend(&app);
        let count = |backend: &mut crate::support::Connection| {
            backend.get("/events?pageNumber=1").expect(200)["totalEventCount"].clone()
        };
        let before = count(&mut backend);
        let too_long = "A".repeat(1400);
        for path in [
            "/credentials/rename",
            "/credentials/suspend",
            "/credentials/resume",
        ] {
            for id in [foreign.as_str(), "AAAA", &too_long] {
                backend
                    .post(path, &json!({ "credentialId": id, "nickname": "mine" }))
                    .refusal(404, Some("credential_not_found"), "The credential was not found.");
            }
            for body in [json!({}), json!({ "credentialId": "" })] {
                backend
                    .post(path, &body)
                    .refusal(400, None, "credentialId must not be null or empty");
            }
        }
        assert_eq!(count(&mut backend), before);
        let long = json!({ "credentialId": "AAAA", "nickname": "x".repeat(65) });
        assert_eq!(
            backend.post("/credentials/rename", &long).invalid(),
            json!({ "nickname": ["Nickname cannot be longer than 64 characters."] })
        );
        for (path, parameter) in [
            ("/credentials/rename", "CredentialsRename"),
            ("/credentials/suspend", "CredentialsSuspend"),
            ("/credentials/resume", "CredentialsResume"),
        ] {
            let detail = backend
                .post(path, &json!({ "credentialId": "a b" }))
                .unbindable(parameter);
            assert_eq!(detail, "The member 'credentialId' must be base64url.");
        }
    });
}
