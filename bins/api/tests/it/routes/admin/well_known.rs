//! `GET` and `POST /admin/apps/{app}/well-known`.

use serde_json::{Value, json};

use crate::support::TestServer;

const PATH: &str = "/admin/apps/demoapp/well-known";
const FINGERPRINT: &str =
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";
const ORIGIN: &str = "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8";

fn nothing() -> Value {
    json!({ "relatedOrigins": [], "passkeyEndpoints": null, "appleApps": [], "androidApps": [] })
}

#[test]
fn all_of_it_is_replaced_at_once() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({ "eventLoggingIsEnabled": true }));
        server.app("other");
        let mut operator = server.operator();
        assert_eq!(operator.get(PATH).expect(200), nothing());
        let all = json!({
            "passkeyEndpoints": {
                "enroll": "https://example.com/passkeys/new", "manage": "https://example.com/passkeys",
                "prfUsageDetails": "HTTPS://Example.com/prf",
            },
            "appleApps": ["ABCDE12345.com.example.app", "ABCDE12345.com.example.app"],
            "androidApps": [{
                "packageName": "com.example.app",
                "sha256CertFingerprints": [FINGERPRINT, FINGERPRINT.replace(':', "").to_lowercase()],
            }],
        });
        server.wait(1);
        operator.post(PATH, &all).expect_empty(204);
        let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
        assert_eq!(events["events"][0]["eventType"], "WellKnownChanged");
        let shown = json!({
            "relatedOrigins": [],
            "passkeyEndpoints": {
                "enroll": "https://example.com/passkeys/new", "manage": "https://example.com/passkeys",
                "prfUsageDetails": "https://example.com/prf",
            },
            "appleApps": ["ABCDE12345.com.example.app"],
            "androidApps": [{
                "packageName": "com.example.app", "sha256CertFingerprints": [FINGERPRINT], "origins": [ORIGIN],
            }],
        });
        assert_eq!(operator.get(PATH).expect(200), shown);
        assert_eq!(
            operator.get("/admin/apps/other/well-known").expect(200),
            nothing()
        );

        // What is shown can be sent again, and the origin it names is one that the application can allow.
        operator.post(PATH, &shown).expect_empty(204);
        assert_eq!(operator.get(PATH).expect(200), shown);
        let policy = json!({ "policy": { "allowedOrigins": [ORIGIN, "https://example.de"] } });
        operator
            .post("/admin/apps/demoapp/features", &policy)
            .expect_empty(204);
        assert_eq!(
            operator.get(PATH).expect(200)["relatedOrigins"],
            json!(["https://example.de"])
        );

        operator
            .post(PATH, &json!({ "passkeyEndpoints": {} }))
            .expect_empty(204);
        assert_eq!(
            operator.get(PATH).expect(200),
            json!({
                "relatedOrigins": ["https://example.de"], "passkeyEndpoints": {}, "appleApps": [], "androidApps": [],
            })
        );
        operator
            .post(PATH, &json!({ "passkeyEndpoints": null }))
            .expect_empty(204);
        assert_eq!(operator.get(PATH).expect(200)["passkeyEndpoints"], json!(null));
    });
}

#[test]
fn what_is_wrong_is_named_all_at_once() {
    let server = TestServer::start();
    server.app("demoapp");
    let mut operator = server.operator();
    let wrong = json!({
        "passkeyEndpoints": {
            "enroll": "http://example.com/", "manage": "passkeys", "prfUsageDetails": "https://a:b@example.com/",
        },
        "appleApps": ["com.example.app", "ABCDE12345.", null],
        "androidApps": [
            { "packageName": "app", "sha256CertFingerprints": ["AA:BB", FINGERPRINT] },
            { "packageName": "com.example.app" },
            { "packageName": "com.example.other", "sha256CertFingerprints": vec![FINGERPRINT; 21] },
        ],
    });
    let no_fingerprint =
        "it is not a SHA-256 fingerprint: 32 bytes in hexadecimal, as keytool -list -v prints them";
    let no_team = "it does not begin with a team id of ten capital letters and digits and a dot";
    assert_eq!(
        operator.post(PATH, &wrong).invalid(),
        json!({
            "passkeyEndpoints.enroll": [
                "The PasskeyEndpoints.enroll field is not valid: it does not begin with https://."
            ],
            "passkeyEndpoints.manage": [
                "The PasskeyEndpoints.manage field is not valid: it is not an absolute URL, such as \
                 https://example.com/account/passkeys."
            ],
            "passkeyEndpoints.prfUsageDetails": [
                "The PasskeyEndpoints.prfUsageDetails field is not valid: it names a user or a password."
            ],
            "appleApps": [
                format!("'com.example.app' is not valid: {no_team}."),
                "'ABCDE12345.' is not valid: no bundle id of letters, digits, hyphens and dots follows the team id.",
                format!("'' is not valid: {no_team}."),
            ],
            "androidApps": [
                "'app' is not valid: it is not the name of an Android app, such as com.example.app.",
                format!("'AA:BB' is not valid: {no_fingerprint}."),
                "'com.example.app' needs one to 20 fingerprints.",
                "'com.example.other' needs one to 20 fingerprints.",
            ],
        })
    );
    let many = json!({
        "appleApps": vec!["ABCDE12345.a"; 101],
        "androidApps": vec![json!({ "packageName": "a.b", "sha256CertFingerprints": [FINGERPRINT] }); 101],
    });
    let too_many = |name: &str| {
        json!([format!(
            "The field {name} must be a string or array type with a maximum length of '100'."
        )])
    };
    assert_eq!(
        operator.post(PATH, &many).invalid(),
        json!({ "appleApps": too_many("AppleApps"), "androidApps": too_many("AndroidApps") })
    );
    for (body, detail) in [
        (
            json!({ "androidApps": ["com.example.app"] }),
            "The member 'androidApps' must be objects, not a string.",
        ),
        (
            json!({ "androidApps": [{ "sha256CertFingerprints": FINGERPRINT }] }),
            "The member 'androidApps.sha256CertFingerprints' must be an array, not a string.",
        ),
        (
            json!({ "passkeyEndpoints": "https://example.com" }),
            "The member 'passkeyEndpoints' must be an object, not a string.",
        ),
    ] {
        assert_eq!(operator.post(PATH, &body).unbindable("ManageWellKnown"), detail);
    }
    assert_eq!(operator.get(PATH).expect(200), nothing());
}

#[test]
fn an_unknown_application_has_none() {
    let server = TestServer::start();
    let mut operator = server.operator();
    for app in ["nobody", "Nobody"] {
        let path = format!("/admin/apps/{app}/well-known");
        let (code, title) = (Some("app_not_found"), "App was not found.");
        operator.get(&path).refusal(400, code, title);
        operator.post(&path, &json!({})).refusal(400, code, title);
    }
}
