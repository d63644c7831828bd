//! `passgate migrate`, `backup` and `restore`

use std::fs;

use passgate_testkit::database::run_sqlite_script;

use crate::{Place, text};

#[test]
fn migrating_is_done_once() {
    Place::each(|place| {
        assert!(!place.json(&["migrate"])["applied"].as_array().unwrap().is_empty());
        assert!(place.json(&["migrate"])["applied"].as_array().unwrap().is_empty());
    });
}

#[test]
fn what_is_to_be_migrated_is_told_and_left_alone() {
    Place::each(|place| {
        let check = ["migrate", "--check"];
        if place.database.is_none() {
            place.run(&check).failed_with(3);
            assert!(!place.data().join("passgate.db").exists());
            return;
        }
        for _ in 0..2 {
            let said = place.run(&check).failed_with(4);
            assert!(said.contains("is to be migrated:\n  2"), "{said}");
        }
    });
    Place::each(|place| {
        place.run(&["migrate"]).succeeded();
        assert_eq!(
            place.json(&["migrate", "--check"])["pending"],
            serde_json::json!([])
        );
    });
}

#[test]
fn postgres_is_backed_up_with_its_own_tools() {
    Place::each(|place| {
        if place.database.is_none() {
            return;
        }
        place.create("demoapp");
        for arguments in [["backup", "backup.db"], ["restore", "backup.db"]] {
            let said = place.run(&arguments).failed_with(2);
            assert!(said.contains("pg_dump") || said.contains("pg_restore"), "{said}");
        }
        assert!(!place.path("backup.db").exists());
    });
}

#[test]
fn a_backup_brings_everything_back_elsewhere() {
    let old = Place::new();
    old.create("demoapp");
    let backup = old.path("backup.db");
    let backup = backup.to_str().unwrap();
    old.run(&["backup", backup]).succeeded();
    #[cfg(unix)]
    assert_eq!(crate::mode(backup.as_ref()), 0o600);

    let new = Place::new();
    let said = new.run(&["restore", backup]).failed_with(3);
    assert!(said.contains("master.key"), "{said}");
    fs::create_dir(new.data()).unwrap();
    fs::copy(old.data().join("master.key"), new.data().join("master.key")).unwrap();
    new.run(&["restore", backup]).succeeded();
    let keys = |place: &Place| place.json(&["key", "list", "demoapp"])["keys"].clone();
    assert_eq!(keys(&new), keys(&old));
}

#[test]
fn a_backup_never_overwrites() {
    let place = Place::new();
    place.create("demoapp");
    fs::write(place.path("precious"), "precious").unwrap();
    place.run(&["backup", "precious"]).failed_with(1);
    assert_eq!(fs::read_to_string(place.path("precious")).unwrap(), "precious");
}

#[test]
fn a_restore_replaces_only_when_told_to_and_keeps_what_was_there() {
    let place = Place::new();
    place.create("before");
    place.run(&["backup", "backup.db"]).succeeded();
    place.create("after");
    assert!(
        place
            .run(&["restore", "backup.db"])
            .failed_with(4)
            .contains("--force")
    );
    let restored = place.json(&["restore", "backup.db", "--force"]);
    let names = |listed: serde_json::Value| {
        listed["applications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|app| text(app, "appId").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(place.json(&["app", "list"])), ["before"]);
    // What was there can be put back.
    let kept = text(&restored, "kept").to_owned();
    for suffix in ["", "-wal"] {
        let from = format!("{kept}{suffix}");
        if fs::exists(&from).unwrap() {
            fs::rename(from, place.path(&format!("kept.db{suffix}"))).unwrap();
        }
    }
    if fs::exists(place.path("kept.db-wal")).unwrap() {
        assert_eq!(
            fs::metadata(place.path("kept.db-wal")).unwrap().len(),
            0,
            "the commands closed the database"
        );
    }
    place.run(&["restore", "kept.db", "--force"]).succeeded();
    assert_eq!(names(place.json(&["app", "list"])), ["after", "before"]);
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let place = Place::new();
    place.create("demoapp");
    fs::write(
        place.path("text"),
        "this is not a database, and it is longer than a header of one hundred bytes would be, by some",
    )
    .unwrap();
    fs::write(place.path("empty"), "").unwrap();
    for file in ["text", "empty"] {
        let said = place.run(&["restore", file, "--force"]).failed_with(4);
        assert!(said.contains("cannot be restored"), "{said}");
    }
    place.run(&["restore", "missing", "--force"]).failed_with(1);
    place.json(&["app", "show", "demoapp"]);
    let left: Vec<_> = fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.contains("restoring") || name.contains("replaced")),
        "{left:?}"
    );
}

/// An administrator restores, and the service must be able to open what was restored. Without privileges, both are one.
#[cfg(unix)]
#[test]
fn what_is_restored_belongs_to_whom_the_directory_belongs_to() {
    use std::os::unix::fs::{MetadataExt, chown};
    let place = Place::new();
    place.create("demoapp");
    place.run(&["backup", "backup.db"]).succeeded();
    for file in ["passgate.db", "passgate.db.lock"] {
        fs::remove_file(place.data().join(file)).unwrap();
    }
    let is_privileged = chown(place.data(), Some(65534), Some(65534)).is_ok();
    place.run(&["restore", "backup.db"]).succeeded();
    let owner = fs::metadata(place.data()).unwrap().uid();
    assert!(!is_privileged || owner == 65534);
    for file in ["passgate.db", "passgate.db.lock"] {
        assert_eq!(
            fs::metadata(place.data().join(file)).unwrap().uid(),
            owner,
            "{file}"
        );
    }
}

#[test]
fn another_master_key_does_not_fit() {
    let old = Place::new();
    old.create("demoapp");
    old.run(&["backup", "backup.db"]).succeeded();
    let new = Place::new();
    new.create("other");
    let said = new
        .run(&["restore", old.path("backup.db").to_str().unwrap(), "--force"])
        .failed_with(1);
    assert!(said.contains("another master key"), "{said}");
    new.json(&["app", "show", "other"]);
}

#[test]
fn a_backup_is_verified_and_nothing_is_changed() {
    let place = Place::new();
    place.create("demoapp");
    place.run(&["backup", "backup.db"]).succeeded();
    let before = fs::read(place.path("backup.db")).unwrap();
    let verified = place.json(&["backup", "verify", "backup.db"]);
    assert_eq!(verified["rows"]["applications"], 1);
    assert_eq!(
        (&verified["master_key_fits"], &verified["left_out"]),
        (&true.into(), &serde_json::json!([]))
    );
    assert_eq!(fs::read(place.path("backup.db")).unwrap(), before);
    // Where there is no master key, whether one fits is not said.
    let elsewhere = Place::new();
    let file = place.path("backup.db");
    let said = elsewhere.json(&["backup", "verify", file.to_str().unwrap()]);
    assert!(said["master_key_fits"].is_null());
    assert!(!elsewhere.data().exists());
    // With another one, it is an error, as it is for a restore.
    elsewhere.create("other");
    let said = elsewhere
        .run(&["backup", "verify", file.to_str().unwrap()])
        .failed_with(1);
    assert!(said.contains("another master key"), "{said}");
}

#[test]
fn of_a_hostile_backup_only_our_rows_are_restored() {
    let place = Place::new();
    place.create("demoapp");
    place.run(&["backup", "backup.db"]).succeeded();
    run_sqlite_script(
        &place.path("backup.db"),
        "CREATE TRIGGER audit AFTER INSERT ON events BEGIN DELETE FROM credentials; END;
         CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;",
    );
    let restored = place.json(&["restore", "backup.db", "--force"]);
    assert_eq!(
        restored["left_out"],
        serde_json::json!(["trigger audit", "view endless"])
    );
    place.json(&["app", "show", "demoapp"]);
    place.run(&["backup", "again.db"]).succeeded();
    assert_eq!(
        place.json(&["backup", "verify", "again.db"])["left_out"],
        serde_json::json!([])
    );

    // What pretends to be a table of ours is not even looked at for long.
    run_sqlite_script(
        &place.path("backup.db"),
        "DROP TABLE aliases; CREATE VIEW aliases (app_id, digest, user_id, plaintext, sign_in_name) AS \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i, i, i, i, i FROM n;",
    );
    for arguments in [
        &["restore", "backup.db", "--force"][..],
        &["backup", "verify", "backup.db"],
    ] {
        let said = place.run(arguments).failed_with(4);
        assert!(
            said.contains("view aliases is not as Passgate makes it"),
            "{said}"
        );
    }
    place.json(&["app", "show", "demoapp"]);
}

/// Only root can try this.
#[cfg(unix)]
#[test]
fn what_root_makes_in_a_folder_of_the_service_belongs_to_the_service() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    if chown(place.data(), Some(4711), Some(4712)).is_err() {
        return passgate_testkit::database::say_skipped("only root can give files away");
    }
    place.create("demoapp");
    place.run(&["mail", "test", "you@example.com"]).succeeded();
    let mut names = Vec::new();
    for entry in fs::read_dir(place.data()).unwrap() {
        let (entry, about) = entry
            .map(|entry| (entry.file_name(), entry.metadata().unwrap()))
            .unwrap();
        assert_eq!((about.uid(), about.gid()), (4711, 4712), "{entry:?}");
        names.push(entry.into_string().unwrap());
    }
    for made in [
        "master.key",
        "management.key",
        "passgate.db",
        "passgate.db.lock",
        "mail.txt",
    ] {
        assert!(names.iter().any(|name| name == made), "{made}: {names:?}");
    }
}
