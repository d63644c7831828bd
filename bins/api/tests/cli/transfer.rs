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
