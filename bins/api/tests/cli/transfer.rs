//! `passgate export`, `import` and `doctor`

use std::fs;

use serde_json::json;

use crate::{Place, text};

#[test]
fn an_application_moves_to_another_installation() {
    // From and to each kind of database.
    Place::each(|old| moves(&old, &Place::new()));
    Place::each(|new| moves(&Place::new(), &new));
}

fn moves(old: &Place, new: &Place) {
    let created = old.create("demoapp");
    let file = old.path("demoapp.jsonl");
    let file = file.to_str().unwrap();
    let said = old.json(&["export", "demoapp", file]);
    assert_eq!(said["application"], "demoapp");
    #[cfg(unix)]
    assert_eq!(crate::mode(file.as_ref()), 0o600);
    assert!(!fs::read_to_string(file).unwrap().contains(":secret:"));
    old.run(&["export", "demoapp", file]).failed_with(4);
    old.run(&["export", "nosuchapp"]).failed_with(3);
    assert_eq!(
        old.run(&["export", "demoapp"]).succeeded().lines().count() as u64,
        said["records"].as_u64().unwrap() + 2
    );

    // The operator names the application, whatever the file says.
    let said_so = new.run(&["import", "json", file]).failed_with(2);
    assert!(said_so.contains("--app demoapp"), "{said_so}");
    let import = ["import", "json", file, "--app", "demoapp", "--with-keys"];
    let rehearsed = new.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(
        (&rehearsed["applied"], &rehearsed["refused"]),
        (&json!(false), &json!(0))
    );
    new.run(&["app", "show", "demoapp"]).failed_with(3);
    let imported = new.json(&import);
    assert_eq!(
        (&imported["applied"], &imported["new"]),
        (&json!(true), &said["records"])
    );
    let keys = |place: &Place| place.json(&["key", "list", "demoapp"])["keys"].clone();
    assert_eq!(keys(new), keys(old));
    assert!(!created.is_null());
    assert_eq!(new.json(&import)["new"], 0);
    new.run(&["import", "json", file, "--app", "other"])
        .failed_with(2);
}

#[test]
fn passkeys_need_an_application_and_bad_ones_stop_the_import() {
    Place::each(|place| {
        place.create("demoapp");
        fs::write(
            place.path("keys.json"),
            r#"[{"id":"AQID","publicKey":"AAAA","userId":"u"}]"#,
        )
        .unwrap();
        place.run(&["import", "json", "keys.json"]).failed_with(2);
        let import = [
            "import",
            "json",
            "keys.json",
            "--app",
            "demoapp",
            "--rp-id",
            "example.com",
        ];
        let said = place.run(&import).failed_with(4);
        assert!(
            said.contains("credential AQID") && said.contains("--skip-problems"),
            "{said}"
        );
        // A rehearsal of what would be refused ends as the import does.
        let rehearsed = place.run(&[&import[..], &["--dry-run"]].concat());
        assert_eq!(rehearsed.code, 4, "{}", rehearsed.err);
        let skipped = place.json(&[&import[..], &["--skip-problems"]].concat());
        assert_eq!((&skipped["new"], &skipped["refused"]), (&json!(0), &json!(1)));
        place
            .run(&["import", "json", "missing.json", "--app", "demoapp"])
            .failed_with(1);
        place
            .run(&["import", "passwordless-sqlite", "keys.json"])
            .failed_with(4);
    });
}

#[test]
fn what_is_not_imported_makes_nothing() {
    let place = Place::new();
    for source in ["json", "passwordless-sqlite"] {
        place.run(&["import", source, "missing"]).failed_with(1);
    }
    // One array in one line, as most programs write it.
    fs::write(place.path("keys.json"), "[]").unwrap();
    let import = ["import", "json", "keys.json", "--app", "demoapp", "--dry-run"];
    assert_eq!(place.json(&import)["applied"], false);
    assert!(!place.data().exists());
}

#[test]
fn an_import_over_the_api_wants_a_secret_and_a_safe_address() {
    let place = Place::new();
    assert!(
        place
            .run(&["import", "passwordless-api"])
            .failed_with(2)
            .contains("PASSWORDLESS_API_SECRET")
    );
    fs::write(
        place.path("secret"),
        "demoapp:secret:00112233445566778899aabbccddeeff\n",
    )
    .unwrap();
    let import = [
        "import",
        "passwordless-api",
        "--secret-file",
        "secret",
        "--base-url",
        "http://example.com",
    ];
    assert!(place.run(&import).failed_with(1).contains("https://"));
}

#[test]
fn the_doctor_speaks_plainly() {
    let place = Place::new();
    let healthy = place
        .run(&["doctor", "https://login.example.com", "example.com"])
        .succeeded();
    assert!(healthy.starts_with("Yes"), "{healthy}");
    let ill = place.json(&["doctor", "http://127.0.0.1:3000", "localhost"]);
    assert_eq!(
        (&ill["accepted"], text(&ill["findings"][0], "code")),
        (&json!(false), "loopback_address")
    );
    let related = [
        "doctor",
        "https://example.de",
        "example.com",
        "--related",
        "https://example.de",
    ];
    assert_eq!(place.json(&related)["accepted"], true);
}

/// The rows of better-auth, as its SQLite database keeps them.
const BETTER_AUTH: &str = r#"
    CREATE TABLE "user" ("id" text PRIMARY KEY, "email" text, "name" text);
    CREATE TABLE "passkey" ("id" text PRIMARY KEY, "name" text, "publicKey" text, "userId" text, "credentialID" text,
        "counter" integer, "deviceType" text, "backedUp" integer, "transports" text, "createdAt" date, "aaguid" text);
    INSERT INTO "user" VALUES ('u1', 'alice@example.com', 'Alice');
    INSERT INTO "passkey" VALUES ('row-1', 'Laptop', 'pAEBAycgBiFYIGb/1OH8E/JTz7UiCi1ep61LcMb7W8NgQWHQJN6B5TmA', 'u1',
        'TncbPbVS9Jc6HqALzmUxdF3PWJ9-CmKQfyetAFs3Tco', 2, 'multiDevice', 1, 'internal', '2026-11-30T23:45:17.046Z',
        '01020304-0506-0708-0102-030405060708');
"#;

/// The rows of fastapi-passkeys, whose bytes are bytes.
const FASTAPI_PASSKEYS: &str = r#"
    CREATE TABLE passkey_credentials (credential_id BLOB PRIMARY KEY, user_id TEXT, public_key BLOB, sign_count BIGINT,
        transports JSON, aaguid BLOB, backup_eligible BOOLEAN, backup_state BOOLEAN, device_name TEXT,
        is_discoverable BOOLEAN, attestation_fmt TEXT, created_at DATETIME, last_used_at DATETIME);
    INSERT INTO passkey_credentials VALUES (X'841e350480f3e1571ae9a99ef36999673afa5a286187c877a766ae13f80e75b3',
        '08b365d6-3d2a-4723-9a74-61d05ba98b30', X'a5010203262001215820b54342c5a926117a4f19a2a7c3fba32ebf9699f02ab7b4aaeb5c0a36922517a5225820a14f1f5a450031f54a713fca3f6f73efd0aebfcbc2c211df36fa530dc260ee5f',
        0, '["internal", "hybrid"]', NULL, 1, 1, 'Laptop', 0, NULL, '2026-11-30 23:50:25.540540', NULL);
"#;

#[test]
fn products_move_in_from_their_own_databases() {
    Place::each(|place| {
        place.create("demoapp");
        let file = place.path("auth.db");
        passgate_testkit::database::run_sqlite_script(&file, BETTER_AUTH);
        passgate_testkit::database::run_sqlite_script(&file, FASTAPI_PASSKEYS);
        let to = ["auth.db", "--app", "demoapp", "--rp-id", "example.com"];
        let import = |product: &'static str, more: &[&'static str]| {
            let command = [&["import", product][..], &to, more].concat();
            place.json(&command)
        };
        let rehearsed = import("better-auth", &["--aliases", "email", "--dry-run"]);
        assert_eq!((&rehearsed["new"], &rehearsed["refused"]), (&json!(2), &json!(0)));
        let imported = import("better-auth", &["--aliases", "email"]);
        assert_eq!(
            (&imported["new"], &imported["applied"]),
            (&json!(2), &json!(true))
        );
        let notes = imported["applications"][0]["notes"].to_string();
        assert!(notes.contains("user handles by rule: unknown (1)"), "{notes}");
        let imported = import("fastapi-passkeys", &[]);
        assert_eq!(imported["new"], 1, "{imported}");
        let notes = imported["applications"][0]["notes"].to_string();
        assert!(notes.contains("user handles by rule: user-id (1)"), "{notes}");
        // A table of the application's own, and one that says nothing of its table.
        assert_eq!(import("simplewebauthn", &["--table", "passkey"])["new"], 0);
        let command = [&["import", "simplewebauthn"][..], &to].concat();
        assert!(place.run(&command).failed_with(2).contains("--table"));

        let exported = place.run(&["export", "demoapp"]).succeeded();
        let credentials: Vec<serde_json::Value> = exported
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &serde_json::Value| line["record"] == "credential")
            .collect();
        let handles: Vec<_> = credentials.iter().map(|line| &line["user_handle"]).collect();
        assert!(handles.contains(&&json!(null)), "{handles:?}");
        assert!(
            handles.contains(&&json!("MDhiMzY1ZDYtM2QyYS00NzIzLTlhNzQtNjFkMDViYTk4YjMw")),
            "{handles:?}"
        );
    });
}

#[test]
fn passkeys_come_out_of_postgresql_and_its_password_stays_off_the_command_line() {
    let place = Place::new();
    place.create("demoapp");
    let with_password = [
        "import",
        "better-auth",
        "postgres://me:secret@127.0.0.1/x",
        "--app",
        "demoapp",
    ];
    let said = place.run(&with_password).failed_with(2);
    assert!(
        said.contains("IMPORT_SOURCE") && !said.contains("secret"),
        "{said}"
    );
    let Some(database) = passgate_testkit::TestDatabase::postgres() else {
        return;
    };
    let script = FASTAPI_PASSKEYS
        .replace("BLOB", "BYTEA")
        .replace("DATETIME", "TIMESTAMPTZ")
        .replace("X'", "'\\x")
        .replace(
            "NULL, 1, 1, 'Laptop', 0, NULL",
            "NULL, true, true, 'Laptop', false, NULL",
        );
    database.run(&script);
    let import = [
        "import",
        "fastapi-passkeys",
        database.url(),
        "--app",
        "demoapp",
        "--rp-id",
        "example.com",
    ];
    let imported = place.json(&import);
    assert_eq!(
        (&imported["new"], &imported["refused"]),
        (&json!(1), &json!(0)),
        "{imported}"
    );
}
