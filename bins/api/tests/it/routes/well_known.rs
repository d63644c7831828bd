//! `/.well-known/…` and `/apps/{app}/.well-known/…`.

use passgate_api::api::ApiSettings;
use passgate_core::application::AppId;
use passgate_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::support::{Response, TestServer, settings};

const FINGERPRINT: &str =
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";
const NAMES: [&str; 4] = [
    "webauthn",
    "passkey-endpoints",
    "apple-app-site-association",
    "assetlinks.json",
];

/// Lets the application publish all of them, and returns what they are to be.
fn publish(server: &TestServer, app: &str) -> [Value; 4] {
    let mut operator = server.operator();
    let policy = json!({ "policy": { "allowedOrigins": [
        "https://example.com", "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8",
        "https://example.de",
    ] } });
    operator
        .post(&format!("/admin/apps/{app}/features"), &policy)
        .expect_empty(204);
    let published = json!({
        "passkeyEndpoints": { "manage": "https://example.com/passkeys" },
        "appleApps": ["ABCDE12345.com.example.app"],
        "androidApps": [{ "packageName": "com.example.app", "sha256CertFingerprints": [FINGERPRINT] }],
    });
    operator
        .post(&format!("/admin/apps/{app}/well-known"), &published)
        .expect_empty(204);
    [
        json!({ "origins": ["https://example.com", "https://example.de"] }),
        json!({ "manage": "https://example.com/passkeys" }),
        json!({ "webcredentials": { "apps": ["ABCDE12345.com.example.app"] } }),
        json!([{
            "relation": ["delegate_permission/common.get_login_creds", "delegate_permission/common.handle_all_urls"],
            "target": {
                "namespace": "android_app", "package_name": "com.example.app",
                "sha256_cert_fingerprints": [FINGERPRINT],
            },
        }]),
    ]
}

/// The document of an answer that anybody may keep for a while and any page may read.
#[track_caller]
fn document(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", response.text());
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "public, max-age=300"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(response.header(name), Some(value));
    }
    serde_json::from_slice(&response.body).unwrap()
}

#[track_caller]
fn not_published(response: &Response, name: &str) {
    response.refusal(
        404,
        Some("document_not_published"),
        &format!("The document '{name}' is not published here."),
    );
}

#[test]
fn an_application_publishes_what_it_says() {
    TestServer::each(|server| {
        server.app("demoapp");
        server.app("other");
        let mut anybody = server.anybody();
        for name in NAMES {
            not_published(&anybody.get(&format!("/apps/demoapp/.well-known/{name}")), name);
        }
        for (name, expected) in NAMES.iter().zip(publish(server, "demoapp")) {
            for path in [
                format!("/apps/demoapp/.well-known/{name}"),
                format!("/api/APPS/demoapp/.Well-Known/{name}/"),
            ] {
                assert_eq!(document(&anybody.get(&path)), expected);
            }
            let head = anybody.head(&format!("/apps/demoapp/.well-known/{name}"));
            assert_eq!(
                (head.status, head.header("content-type")),
                (200, Some("application/json"))
            );
            not_published(&anybody.get(&format!("/apps/other/.well-known/{name}")), name);
            // At the root only if the configuration says whose they are.
            not_published(&anybody.get(&format!("/.well-known/{name}")), name);
        }

        // An application that is frozen has users with passkeys all the same.
        let mut operator = server.operator();
        operator
            .post_nothing("/admin/apps/demoapp/freeze")
            .expect_empty(204);
        document(&anybody.get("/apps/demoapp/.well-known/assetlinks.json"));

        // Deleted and made anew, it has nothing of the old one.
        let deleted = operator
            .post("/admin/apps/demoapp/mark-delete", &json!({}))
            .expect(200);
        assert_eq!(deleted["isDeleted"], true);
        for app in ["demoapp", "Demo", "nobody"] {
            for name in NAMES {
                anybody.get(&format!("/apps/{app}/.well-known/{name}")).refusal(
                    404,
                    Some("app_not_found"),
                    "App was not found.",
                );
            }
        }
        server.app("demoapp");
        for name in NAMES {
            not_published(&anybody.get(&format!("/apps/demoapp/.well-known/{name}")), name);
        }
    });
}

#[test]
fn one_application_can_have_the_root() {
    let server = TestServer::with(
        TestDatabase::sqlite(),
        ApiSettings {
            well_known_app: Some(AppId::parse("demoapp").unwrap()),
            ..settings()
        },
    );
    let mut anybody = server.anybody();
    anybody
        .get("/.well-known/webauthn")
        .refusal(404, Some("app_not_found"), "App was not found.");
    server.app("demoapp");
    not_published(&anybody.get("/.well-known/webauthn"), "webauthn");
    for (name, expected) in NAMES.iter().zip(publish(&server, "demoapp")) {
        assert_eq!(document(&anybody.get(&format!("/.well-known/{name}"))), expected);
    }
}

#[test]
fn passkey_endpoints_without_pages_say_that_there_are_passkeys() {
    let server = TestServer::start();
    server.app("demoapp");
    server
        .operator()
        .post(
            "/admin/apps/demoapp/well-known",
            &json!({ "passkeyEndpoints": {} }),
        )
        .expect_empty(204);
    let response = server
        .anybody()
        .get("/apps/demoapp/.well-known/passkey-endpoints");
    assert_eq!(document(&response), json!({}));
}
