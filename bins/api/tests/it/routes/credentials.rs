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
