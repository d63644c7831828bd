//! The database of a Passwordless.dev server, imported by the binary and served by it.
//!
//! Hashes and digests are written as that server stores them: published vectors, and nothing of ours computes them here.

use std::path::Path;
use std::process::Command;

use passgate_testkit::{SoftAuthenticator, TestDatabase, database::run_sqlite_script, official};
use serde_json::{Value, json};

use crate::server::{App, MASTER_KEY, Server};

const RP_ID: &str = "example.com";
const ORIGIN: &str = "https://example.com";

const SECRET: &str = "demoapp:secret:00112233445566778899aabbccddeeff";
const SECRET_HASH: &str = "AAECAwQFBgcICQoLDA0ODw==:LVOr02vNbGxG/bTO2kghKw==";
const PUBLIC: &str = "demoapp:public:2e728aa5986f4ba8b073a5b28a939795";
const OTHER_PUBLIC: &str = "demoapp2:public:2e728aa5986f4ba8b073a5b28a939796";

/// Application, alias, what is stored of it, and whose it is. Each user has a credential whose id is the user's.
const ALIASES: [(&str, &str, &str, &str); 4] = [
    (
        "demoapp",
        "pjfry@example.com",
        "Lb/G/bq97lzVnwGMPitHBSebo/9EPJVefgOg+oxQP6o=",
        "fry",
    ),
    (
        "demoapp",
        "PJFry@example.com",
        "brAn0YMvKGTzDEk7voAEYqHGst6AaresFgK7vNvA5TY=",
        "another fry",
    ),
    (
        "demoapp",
        "żółw",
        "VxpGWJYxXXdqGIF2pGczKukhH+CGmpYX4mMFh9rpakI=",
        "turtle",
    ),
    (
        "demoapp2",
        "pjfry@example.com",
        "OatePOpEqjuW1Z4U+zdigpwtakd323QE45Pu3D3WSd4=",
        "fry elsewhere",
    ),
];

/// How often the passkey was used there.
const USES: u32 = 7;

/// The user that has the passkey.
const OWNER: &str = "turtle";

/// A device with a passkey, its id and its COSE key, without any server having a hand in it.
fn device() -> (SoftAuthenticator, Vec<u8>, Vec<u8>) {
    let mut device = SoftAuthenticator::new().with_sign_count();
    let options = json!({
        "rp": { "id": RP_ID, "name": RP_ID },
        "user": { "id": base64url(OWNER.as_bytes()), "name": OWNER, "displayName": OWNER },
        "challenge": "AAAAAAAAAAAAAAAAAAAAAA",
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred" },
    });
    let made = device.register(ORIGIN, &options).unwrap();
    // 37 bytes, the AAGUID, the length of the id, the id, the key.
    let key = made.authenticator_data[37 + 16 + 2 + made.raw_id.len()..].to_vec();
    device.set_sign_count(&made.raw_id, USES);
    (device, made.raw_id, key)
}

fn base64url(bytes: &[u8]) -> String {
    passgate_api::encoding::base64url(bytes)
}

/// A database as that server leaves it.
fn official_database(file: &Path, id: &[u8], key: &[u8]) {
    let key = hex::encode(key);
    let mut sql = format!(
        r#"{schema}
INSERT INTO "__EFMigrationsHistory" VALUES ('20240722101112_CredentialHints', '8.0.7');
INSERT INTO "AccountInfo" VALUES ('demoapp', '["admin@example.com"]', '2024-05-06 07:08:09.1234567', NULL, 'demoapp'),
    ('demoapp2', '[]', '2024-05-06 07:08:09', NULL, 'demoapp2');
INSERT INTO "AppFeatures" VALUES ('demoapp', 0, NULL, 0, 90, 1, 1, 1000, NULL), ('demoapp2', 0, NULL, 0, 90, 1, 1, 0, NULL);
INSERT INTO "ApiKeys" VALUES
    ('demoapp', 'eeff', '{SECRET_HASH}', '2024-05-06 07:08:09', 0, NULL, NULL, 'token_register,token_verify'),
    ('demoapp', '9795', '{PUBLIC}', '2024-05-06 07:08:09', 0, NULL, NULL, 'register,login'),
    ('demoapp2', '9796', '{OTHER_PUBLIC}', '2024-05-06 07:08:09', 0, NULL, NULL, 'register,login');
"#,
        schema = official::SCHEMA,
    );
    for (app, _, digest, owner) in ALIASES {
        let handle = hex::encode(owner);
        let id = if owner == OWNER {
            hex::encode(id)
        } else {
            handle.clone()
        };
        sql += &format!(
            r#"INSERT INTO "Aliases" VALUES ('{app}', '{digest}', '{owner}', NULL);
INSERT INTO "Credentials" VALUES ('{app}', X'{id}', 0, '["internal"]', X'{key}', X'{handle}', {USES}, 'none',
    '2024-05-06 07:08:09.1234567', '08987058-CADC-4B81-B6E1-30DE50DCBE96', '2024-05-07 00:00:00', '{RP_ID}', '{ORIGIN}', 'US',
    'Chrome, Mac OS X 10', 'laptop', '{owner}', 1, 1, 1);
"#
        );
    }
    run_sqlite_script(file, &sql);
}

fn import(home: &Path, into: &TestDatabase, more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_passgate"))
        .env_clear()
        .env("PASSGATE_DATA_DIR", home.join("data"))
        .env("PASSGATE_DATABASE_URL", into.url())
        .env("PASSGATE_MASTER_KEY", MASTER_KEY)
        .current_dir(home)
        .args(["import", "passwordless-sqlite", "official.db", "--json"])
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn page(mut request: Value) -> Value {
    request["RPID"] = json!(RP_ID);
    request["Origin"] = json!(ORIGIN);
    request
}

/// What the device answers is sent as the official browser client does.
fn sign_in(app: &App, device: &mut SoftAuthenticator) -> (u16, Value) {
    let (status, begun) = app.browser("/signin/begin", &page(json!({}))).unwrap();
    assert_eq!(status, 200, "{begun}");
    let signed = device.authenticate(ORIGIN, &begun["data"]).unwrap();
    let request = page(json!({ "session": begun["session"], "response": signed.to_browser_client_json() }));
    app.browser("/signin/complete", &request).unwrap()
}

#[test]
fn an_official_database_goes_on_where_it_was() {
    for database in TestDatabase::each() {
        let home = tempfile::tempdir().unwrap();
        let (mut device, id, key) = device();
        official_database(&home.path().join("official.db"), &id, &key);
        let rehearsed = import(home.path(), &database, &["--dry-run"]);
        let imported = import(home.path(), &database, &[]);
        for (report, applied) in [(&rehearsed, false), (&imported, true)] {
            assert_eq!(
                (&report["applied"], &report["new"], &report["refused"]),
                (&json!(applied), &json!(13), &json!(0))
            );
        }
        let server = Server::start(home.path(), database.url());
        let app = server.app(PUBLIC, SECRET);

        // The secret authenticates, twice: the first time by the hash it came with, then by a faster digest.
        for _ in 0..2 {
            let (status, listed) = app
                .backend("/credentials/list", &json!({ "userId": OWNER }))
                .unwrap();
            assert_eq!(
                (status, &listed["values"][0]["signatureCounter"]),
                (200, &json!(USES))
            );
            assert_eq!(listed["values"][0]["descriptor"]["id"], base64url(&id));
            assert_eq!(listed["values"][0]["createdAt"], "2024-05-06T07:08:09.123456");
        }
        let wrong = server.app(PUBLIC, &SECRET.replace("0011", "1100"));
        assert_eq!(wrong.backend("/signin/verify", &json!({})).unwrap().0, 401);
        let keys = server.operator("/admin/apps/demoapp/api-keys");
        let masked = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["id"] == "eeff")
            .unwrap();
        assert_eq!(
            masked["apiKey"],
            "demoapp:secret:****************************eeff"
        );

        // Each alias leads to its user, in its application, whatever the case of another's.
        for (name, alias, _, owner) in ALIASES {
            let app = server.app(if name == "demoapp" { PUBLIC } else { OTHER_PUBLIC }, SECRET);
            // Resolved by the digest that came, and again by the one it was replaced with.
            for _ in 0..2 {
                let (status, begun) = app
                    .browser("/signin/begin", &page(json!({ "alias": alias })))
                    .unwrap();
                assert_eq!(status, 200, "{begun}");
                let expected = if owner == OWNER {
                    base64url(&id)
                } else {
                    base64url(owner.as_bytes())
                };
                let offered = begun["data"]["allowCredentials"].as_array().unwrap();
                assert_eq!(offered.len(), 1, "{name} {alias}");
                assert_eq!(offered[0]["id"], expected, "{name} {alias}");
            }
        }

        // The passkey signs in and its count goes on from there.
        let (status, token) = sign_in(&app, &mut device);
        assert_eq!(status, 200, "{token}");
        let (_, verified) = app.backend("/signin/verify", &token).unwrap();
        assert_eq!(
            (&verified["userId"], &verified["nickname"]),
            (&json!(OWNER), &json!("laptop"))
        );
        let listed = app.list(&format!("/credentials/list?userId={OWNER}"));
        assert_eq!(listed[0]["signatureCounter"], json!(USES + 1));
        device.set_sign_count(&id, USES - 1);
        let (status, refused) = sign_in(&app, &mut device);
        assert_eq!(
            (status, &refused["errorCode"]),
            (400, &json!("signin_complete_error"))
        );
        assert_eq!(
            refused["title"],
            "SignCount must be greater than the current SignatureCounter"
        );
        server.stop();
    }
}
