//! `passgate app …`

use crate::{Place, text};

#[test]
fn creating_prints_two_pairs_of_keys_and_makes_what_it_needs() {
    let place = Place::new();
    let said = place.run(&["app", "create", "demoapp"]).succeeded();
    assert_eq!(said.matches("demoapp:public:").count(), 2, "{said}");
    assert_eq!(said.matches("demoapp:secret:").count(), 2, "{said}");
    assert!(said.contains("shown this once"), "{said}");
    assert!(said.contains("'mail_smtp_url' and 'mail_from'"), "{said}");
    for file in ["passgate.db", "master.key", "management.key"] {
        let file = place.data().join(file);
        assert!(file.exists());
        #[cfg(unix)]
        assert_eq!(
            crate::mode(&file) & 0o077,
            0,
            "{} is for its owner only",
            file.display()
        );
    }
}

#[test]
fn an_administrator_has_an_address_that_mail_reaches() {
    let place = Place::new();
    for address in ["admin", "a@[127.0.0.1]", "\"x y\"@b.c"] {
        let said = place.run(&["app", "create", "demoapp", "--admin-email", address]);
        let error = said.failed_with(2);
        assert!(error.contains("mail cannot be sent to this address"), "{error}");
    }
    place
        .run(&["app", "create", "demoapp", "--admin-email", "admin@example.com"])
        .succeeded();
}

#[test]
fn keys_are_not_shown_again() {
    Place::each(|place| {
        let created = place.create("demoapp");
        let secret = text(&created, "apiSecret1");
        for arguments in [["app", "show", "demoapp"], ["key", "list", "demoapp"]] {
            let said = place.run(&arguments).succeeded();
            assert!(!said.contains(secret));
            assert!(
                said.contains(text(&created, "apiKey1")),
                "public keys are shown: {said}"
            );
            assert!(
                said.contains(&format!(
                    "demoapp:secret:{}{}",
                    "*".repeat(28),
                    &secret[secret.len() - 4..]
                )),
                "{said}"
            );
        }
        if place.database.is_none() {
            let database = std::fs::read(place.data().join("passgate.db")).unwrap();
            let mut windows = database.windows(secret.len());
            assert!(!windows.any(|window| window == secret.as_bytes()));
        }
    });
}

#[test]
fn a_name_is_taken_once_and_must_be_a_name() {
    Place::each(|place| {
        place.create("demoapp");
        assert!(
            place
                .run(&["app", "create", "demoapp"])
                .failed_with(4)
                .contains("already")
        );
        assert!(
            place
                .run(&["app", "create", "Demo App"])
                .failed_with(2)
                .contains("'Demo App'")
        );
        assert!(place.run(&["app", "create"]).failed_with(2).contains("Usage"));
    });
}

#[test]
fn looking_does_not_make_a_database() {
    let place = Place::new();
    let said = place.run(&["app", "list"]).failed_with(3);
    assert!(said.contains("there is no database"), "{said}");
    assert!(!place.data().exists());
}

#[test]
fn lists_and_shows() {
    Place::each(|place| {
        place.create("first");
        place.create("second");
        let listed = place.json(&["app", "list"]);
        let names: Vec<_> = listed["applications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|app| text(app, "appId"))
            .collect();
        assert_eq!(names, ["first", "second"]);
        let shown = place.json(&["app", "show", "first"]);
        assert_eq!(
            (
                text(&shown, "state"),
                shown["users"].as_u64(),
                shown["passkeys"].as_u64()
            ),
            ("active", Some(0), Some(0))
        );
        assert_eq!(shown["keys"].as_array().unwrap().len(), 4);
        assert!(
            place
                .run(&["app", "show", "third"])
                .failed_with(3)
                .contains("'third'")
        );
    });
}

#[test]
fn settings_change_and_stay() {
    Place::each(|place| {
        place.create("demoapp");
        let changes = place.json(&[
            "app",
            "set",
            "demoapp",
            "max-users=10",
            "allowed-origins=https://example.com",
            "magic-links=off",
        ]);
        assert_eq!(changes["changes"].as_array().unwrap().len(), 3);
        let settings = place.json(&["app", "show", "demoapp"])["settings"].clone();
        assert_eq!(text(&settings, "max-users"), "10");
        assert_eq!(text(&settings, "allowed-origins"), "https://example.com");
        assert_eq!(text(&settings, "magic-links"), "false");
        assert_eq!(text(&settings, "generate-sign-in-token"), "true");
        assert!(
            place
                .run(&["app", "set", "demoapp", "max-users=10"])
                .succeeded()
                .contains("Nothing to change")
        );
    });
}

#[test]
fn a_wrong_setting_changes_nothing() {
    Place::each(|place| {
        place.create("demoapp");
        let said = place
            .run(&["app", "set", "demoapp", "max-users=5", "colour=red"])
            .failed_with(2);
        assert!(said.contains("'colour'") && said.contains("max-users"), "{said}");
        assert_eq!(
            text(&place.json(&["app", "show", "demoapp"])["settings"], "max-users"),
            "none"
        );
        assert!(
            place
                .run(&["app", "set", "other", "max-users=5"])
                .failed_with(3)
                .contains("'other'")
        );
    });
}

#[test]
fn created_with_settings() {
    Place::each(|place| {
        place.json(&[
            "app",
            "create",
            "demoapp",
            "--set",
            "decoy-credentials=true",
            "--set",
            "event-logging=true",
            "--set",
            "apple-apps=ABCDE12345.com.example.app",
        ]);
        let settings = place.json(&["app", "show", "demoapp"])["settings"].clone();
        assert_eq!(
            (
                text(&settings, "decoy-credentials"),
                text(&settings, "event-logging")
            ),
            ("true", "true")
        );
        assert_eq!(text(&settings, "apple-apps"), "ABCDE12345.com.example.app");
    });
}

#[test]
fn freezing_locks_and_unfreezing_unlocks_what_was_not_locked_before() {
    Place::each(|place| {
        let created = place.create("demoapp");
        let secret = text(&created, "apiSecret2");
        let id = &secret[secret.len() - 4..];
        place.run(&["key", "lock", "demoapp", id]).succeeded();
        place.run(&["app", "freeze", "demoapp"]).succeeded();
        let locked = |shown: &serde_json::Value| {
            shown["keys"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|key| key["isLocked"] == true)
                .count()
        };
        let frozen = place.json(&["app", "show", "demoapp"]);
        assert_eq!((text(&frozen, "state"), locked(&frozen)), ("frozen", 4));
        place.run(&["app", "unfreeze", "demoapp"]).succeeded();
        let thawed = place.json(&["app", "show", "demoapp"]);
        assert_eq!((text(&thawed, "state"), locked(&thawed)), ("active", 1));
        assert!(
            place
                .run(&["app", "freeze", "other"])
                .failed_with(3)
                .contains("'other'")
        );
    });
}

#[test]
fn deleting_wants_a_confirmation() {
    Place::each(|place| {
        place.create("demoapp");
        assert!(
            place
                .run(&["app", "delete", "demoapp"])
                .failed_with(4)
                .contains("--yes")
        );
        assert_eq!(
            place.json(&["app", "delete", "demoapp", "--yes"])["deleted"],
            true
        );
        place.run(&["app", "show", "demoapp"]).failed_with(3);
        place.create("demoapp");
        assert_eq!(
            place.json(&["app", "delete", "demoapp", "--now", "--yes"])["deleted"],
            true
        );
    });
}

#[test]
fn administrators_are_replaced() {
    let place = Place::new();
    place.create("demoapp");
    place
        .run(&["app", "set", "demoapp", "event-logging=true"])
        .succeeded();
    let said = place
        .run(&[
            "app",
            "set",
            "demoapp",
            "--admin-email",
            "leela@example.com",
            "--admin-email",
            "fry@example.com",
        ])
        .succeeded();
    assert!(
        said.contains("none -> leela@example.com, fry@example.com"),
        "{said}"
    );
    let said = place
        .run(&[
            "app",
            "set",
            "demoapp",
            "--admin-email",
            "fry@example.com",
            "max-users=7",
        ])
        .succeeded();
    assert!(
        said.contains("none -> 7") && said.contains("leela@example.com, fry@example.com -> fry@example.com"),
        "{said}"
    );
    let said = place.run(&["app", "show", "demoapp"]).succeeded();
    assert!(
        said.contains("fry@example.com") && !said.contains("leela"),
        "{said}"
    );

    let said = place
        .run(&["app", "set", "demoapp", "--admin-email", "nobody"])
        .failed_with(2);
    assert!(said.contains("'nobody' is not an e-mail address"), "{said}");
    assert!(
        place
            .run(&["app", "set", "demoapp"])
            .failed_with(2)
            .contains("Usage")
    );
}

#[test]
fn documents_are_shown_and_set_like_settings() {
    Place::each(|place| {
        place.create("demoapp");
        let settings = || place.json(&["app", "show", "demoapp"])["settings"].clone();
        assert_eq!(
            (
                text(&settings(), "passkey-endpoints"),
                text(&settings(), "apple-apps"),
                text(&settings(), "android-apps")
            ),
            ("none", "", "")
        );
        let android = format!("com.example.app={}", vec!["0A"; 32].join(":"));
        let changes = place.json(&[
            "app",
            "set",
            "demoapp",
            "passkey-endpoints=manage=https://example.com/passkeys",
            "apple-apps=ABCDE12345.com.example.app",
            &format!("android-apps={android}"),
            "max-users=3",
        ]);
        assert_eq!(changes["changes"].as_array().unwrap().len(), 4);
        let after = settings();
        assert_eq!(
            text(&after, "passkey-endpoints"),
            "manage=https://example.com/passkeys"
        );
        assert_eq!(text(&after, "android-apps"), android);
        let said = place
            .run(&[
                "app",
                "set",
                "demoapp",
                "max-users=4",
                "apple-apps=com.example.app",
            ])
            .failed_with(2);
        assert!(said.contains("team id"), "{said}");
        assert_eq!(settings(), after);
        place.json(&["app", "set", "demoapp", "apple-apps="]);
        assert_eq!(text(&settings(), "apple-apps"), "");
        assert_eq!(text(&settings(), "android-apps"), android);
    });
}
