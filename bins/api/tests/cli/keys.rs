//! `passgate key …`

use crate::{Place, text};

#[test]
fn a_key_lives_its_life() {
    Place::each(|place| {
        place.create("demoapp");
        let created = place.json(&["key", "create", "demoapp", "--secret", "--scope", "token_verify"]);
        let key = text(&created, "apiKey");
        assert!(key.starts_with("demoapp:secret:"));
        let id = &key[key.len() - 4..];
        let find = || {
            let listed = place.json(&["key", "list", "demoapp"]);
            listed["keys"]
                .as_array()
                .unwrap()
                .iter()
                .find(|key| text(key, "id") == id)
                .cloned()
        };
        assert_eq!(find().unwrap()["scopes"], serde_json::json!(["token_verify"]));
        place.run(&["key", "lock", "demoapp", id]).succeeded();
        assert_eq!(find().unwrap()["isLocked"], true);
        place.run(&["key", "unlock", "demoapp", id]).succeeded();
        assert_eq!(find().unwrap()["isLocked"], false);
        place.run(&["key", "delete", "demoapp", id]).succeeded();
        assert_eq!(find(), None);
        for verb in ["lock", "unlock", "delete"] {
            assert!(
                place
                    .run(&["key", verb, "demoapp", id])
                    .failed_with(3)
                    .contains(id)
            );
        }
    });
}

#[test]
fn a_key_is_for_browsers_or_for_backends() {
    Place::each(|place| {
        place.create("demoapp");
        place.run(&["key", "create", "demoapp"]).failed_with(2);
        place
            .run(&["key", "create", "demoapp", "--secret", "--public"])
            .failed_with(2);
        let public = place.json(&["key", "create", "demoapp", "--public"]);
        assert_eq!(public["scopes"], serde_json::json!(["register", "login"]));
        let said = place
            .run(&["key", "create", "demoapp", "--public", "--scope", "token_verify"])
            .failed_with(2);
        assert!(said.contains("token_verify"), "{said}");
        assert!(
            place
                .run(&["key", "create", "demoapp", "--secret", "--scope", "admin"])
                .failed_with(2)
                .contains("'admin'")
        );
    });
}

#[test]
fn an_unknown_application_has_no_keys() {
    Place::each(|place| {
        place.create("demoapp");
        for arguments in [
            &["key", "list", "other"][..],
            &["key", "create", "other", "--secret"],
            &["key", "lock", "other", "abcd"],
        ] {
            assert!(
                place.run(arguments).failed_with(3).contains("'other'"),
                "{arguments:?}"
            );
        }
    });
}
