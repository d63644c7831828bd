//! `passgate master-key rotate`, whole and interrupted.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{MASTER_KEY, Place, Said, server::Server, text};

/// base64 of 32 bytes, and not [`MASTER_KEY`].
const NEW_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// An application with an alias, and a token that was sealed before the master key changed.
struct Before {
    secret: String,
    public: String,
    token: String,
    offered: Value,
}

const ALIAS: &str = "alice@example.com";

/// What a sign-in with the alias is offered: stable decoys, since nobody has a passkey here.
fn offered(server: &Server, public: &str) -> Value {
    let origin = &server.url;
    let begin = json!({ "alias": ALIAS, "RPID": "localhost", "Origin": origin });
    let (status, begun) = server.post("/signin/begin", ("ApiKey", public), &begin);
    assert_eq!(status, 200, "{begun}");
    begun["data"]["allowCredentials"].clone()
}

impl Before {
    fn at(place: &Place) -> Self {
        let created = place.create("demoapp");
        place
            .run(&["app", "set", "demoapp", "decoy-credentials=true"])
            .succeeded();
        let server = Server::start(place, &[]);
        let secret = text(&created, "apiSecret1").to_owned();
        let public = text(&created, "apiKey1").to_owned();
        let backend = ("ApiSecret", secret.as_str());
        let set = json!({ "userId": "alice", "aliases": [ALIAS] });
        assert_eq!(server.post("/alias", backend, &set).0, 204);
        let generate = json!({ "userId": "alice", "timeToLive": 3600 });
        let (status, generated) = server.post("/signin/generate-token", backend, &generate);
        assert_eq!(status, 200, "{generated}");
        Self {
            token: text(&generated, "token").to_owned(),
            offered: offered(&server, &public),
            secret,
            public,
        }
    }

    /// The token opens, the digest of the alias is still the alias's, and decoys are the same.
    fn is_as_it_was(&self, server: &Server) {
        let backend = ("ApiSecret", self.secret.as_str());
        let (status, verified) = server.post("/signin/verify", backend, &json!({ "token": self.token }));
        assert!(
            status == 200 || verified["errorCode"] == "token_already_used",
            "{verified}"
        );
        let other = json!({ "userId": "bob", "aliases": [ALIAS] });
        let (status, refused) = server.post("/alias", backend, &other);
        assert_eq!((status, &refused["errorCode"]), (409, &json!("alias_conflict")));
        assert_eq!(offered(server, &self.public), self.offered);
    }
}

fn key(place: &Place) -> String {
    let text = fs::read_to_string(place.data().join("master.key")).unwrap();
    text.trim().to_owned()
}

/// Files of master keys beside the one in force.
fn others(place: &Place) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("master.key."))
        .collect();
    files.sort();
    files
}

#[test]
fn a_generated_key_is_replaced_and_kept() {
    let place = Place::new();
    let before = Before::at(&place);
    let old = key(&place);
    let answer = place.json(&["master-key", "rotate"]);
    assert_eq!(
        (&answer["applications"], &answer["tokenKeys"]),
        (&json!(1), &json!(1))
    );
    assert_ne!(key(&place), old);
    let kept = PathBuf::from(text(&answer, "replaced"));
    assert_eq!(others(&place), std::slice::from_ref(&kept));
    assert_eq!(fs::read_to_string(&kept).unwrap().trim(), old);
    #[cfg(unix)]
    for file in [kept, place.data().join("master.key")] {
        assert_eq!(crate::mode(&file), 0o600);
    }
    before.is_as_it_was(&Server::start(&place, &[]));

    // Keys that are replaced within the same second are all kept.
    let mut keys = vec![old, key(&place)];
    for _ in 0..4 {
        place.run(&["master-key", "rotate"]).succeeded();
        keys.push(key(&place));
    }
    keys.pop();
    let kept: Vec<_> = others(&place)
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert!(
        keys.iter().all(|key| kept.iter().any(|kept| kept.trim() == key)),
        "{kept:?}"
    );
    before.is_as_it_was(&Server::start(&place, &[]));
}

#[test]
fn after_a_theft_tokens_are_asked_for_again() {
    let place = Place::new();
    let before = Before::at(&place);
    let said = place
        .run(&["master-key", "rotate", "--drop-token-keys"])
        .succeeded();
    assert!(said.contains("1 token keys were dropped"), "{said}");
    let server = Server::start(&place, &[]);
    let backend = ("ApiSecret", before.secret.as_str());
    let verify = json!({ "token": before.token });
    let (status, refused) = server.post("/signin/verify", backend, &verify);
    assert_eq!((status, &refused["errorCode"]), (400, &json!("invalid_token")));
    assert_eq!(offered(&server, &before.public), before.offered);
}

#[test]
fn a_running_server_keeps_it_away() {
    let place = Place::new();
    let before = Before::at(&place);
    let old = key(&place);
    let server = Server::start(&place, &[]);
    let said = place.run(&["master-key", "rotate"]).failed_with(4);
    assert!(said.contains("in use"), "{said}");
    assert_eq!((key(&place), others(&place)), (old, vec![]));
    before.is_as_it_was(&server);
}

#[test]
fn a_backup_needs_the_key_it_was_made_under() {
    let place = Place::new();
    Before::at(&place);
    place.run(&["backup", "backup.db"]).succeeded();
    let answer = place.json(&["master-key", "rotate"]);
    let said = place.run(&["restore", "backup.db", "--force"]).failed_with(1);
    assert!(said.contains("another master key"), "{said}");
    fs::copy(text(&answer, "replaced"), place.data().join("master.key")).unwrap();
    place.run(&["restore", "backup.db", "--force"]).succeeded();
}

#[test]
fn given_keys_are_replaced_by_given_ones() {
    Place::each(|place| {
        let with = |key: &str, arguments: &[&str]| {
            let mut command = place.command(arguments);
            command.env("PASSGATE_MASTER_KEY", key);
            command
        };
        let run = |mut command: Command| Said::from(command.output().unwrap());
        run(with(MASTER_KEY, &["app", "create", "demoapp"])).succeeded();
        let rotate = ["master-key", "rotate"];
        let said = run(with(MASTER_KEY, &rotate)).failed_with(2);
        assert!(said.contains("PASSGATE_NEW_MASTER_KEY"), "{said}");

        let mut by_variable = with(MASTER_KEY, &rotate);
        run({
            by_variable.env("PASSGATE_NEW_MASTER_KEY", "not a key");
            by_variable
        })
        .failed_with(2);
        let mut by_variable = with(MASTER_KEY, &rotate);
        by_variable.env("PASSGATE_NEW_MASTER_KEY", NEW_KEY);
        run(by_variable).succeeded();
        run(with(MASTER_KEY, &["app", "list"])).failed_with(1);
        run(with(NEW_KEY, &["app", "list"])).succeeded();

        // A file that does not exist is made, and found again the next time.
        let file = place.path("third.key");
        let to_file = ["master-key", "rotate", "--new-key-file", file.to_str().unwrap()];
        let said = run(with(NEW_KEY, &to_file)).succeeded();
        assert!(said.contains("was made"), "{said}");
        let said = run(with(NEW_KEY, &to_file)).succeeded();
        assert!(said.contains("already"), "{said}");
        let third = fs::read_to_string(&file).unwrap();
        run(with(&third, &["app", "list"])).succeeded();
        let said = run(with(&third, &to_file)).failed_with(2);
        assert!(said.contains("the new master key is the old one"), "{said}");
        let said = run(with(MASTER_KEY, &to_file[..2])).failed_with(2);
        assert!(!said.contains(third.trim()), "{said}");
    });
}

#[test]
fn an_interruption_before_the_database_changed_is_nothing() {
    let place = Place::new();
    let before = Before::at(&place);
    let old = key(&place);
    for left in [NEW_KEY, "half a k"] {
        fs::write(place.data().join("master.key.next"), left).unwrap();
        before.is_as_it_was(&Server::start(&place, &[]));
        assert_eq!(key(&place), old);
    }
    place.run(&["master-key", "rotate"]).succeeded();
    assert!(![old.as_str(), NEW_KEY].contains(&key(&place).as_str()));
    before.is_as_it_was(&Server::start(&place, &[]));
}

#[test]
fn an_interruption_after_the_database_changed_is_ended_by_whoever_comes_next() {
    for next in [&["app", "list"][..], &["master-key", "rotate"]] {
        let place = Place::new();
        let before = Before::at(&place);
        let old = key(&place);
        place.run(&["master-key", "rotate"]).succeeded();
        let new = key(&place);
        // As it was when the database had changed and the file had not.
        for file in others(&place) {
            fs::remove_file(file).unwrap();
        }
        let data = place.data();
        fs::rename(data.join("master.key"), data.join("master.key.next")).unwrap();
        fs::write(data.join("master.key"), &old).unwrap();

        place.run(next).succeeded();
        assert!(!data.join("master.key.next").exists());
        if next[0] == "app" {
            assert_eq!(key(&place), new);
        }
        let kept = others(&place)
            .iter()
            .any(|file| fs::read_to_string(file).unwrap() == old);
        assert!(kept);
        before.is_as_it_was(&Server::start(&place, &[]));
    }
}

/// Starts a rotation and kills it, each time a little later.
fn kill_later_and_later(mut rotation: impl FnMut() -> Command, begun: impl Fn() -> bool) {
    for step in 0..16 {
        let mut process = rotation()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From the moment that the first file shows, in steps that together are as long as the rest takes.
        while !begun() && process.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let from = Instant::now();
        while from.elapsed() < Duration::from_micros(150 * step) {
            std::hint::spin_loop();
        }
        // It may have ended by itself.
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

#[test]
fn kill_9_at_any_moment_loses_nothing_on_sqlite() {
    let place = Place::new();
    let before = Before::at(&place);
    let next = place.data().join("master.key.next");
    kill_later_and_later(
        || {
            // What the last one left is ended, so that its file shows anew.
            place.run(&["app", "list"]).succeeded();
            if next.exists() {
                fs::remove_file(&next).unwrap();
            }
            place.command(&["master-key", "rotate"])
        },
        || next.exists(),
    );
    before.is_as_it_was(&Server::start(&place, &[]));
}

#[test]
fn kill_9_at_any_moment_loses_nothing_with_given_keys() {
    Place::each(|place| {
        let with = |key: &str, arguments: &[&str]| {
            let mut command = place.command(arguments);
            command.env("PASSGATE_MASTER_KEY", key);
            command
        };
        if place.database.is_none() {
            // A generated key would be another story.
            fs::create_dir(place.data()).unwrap();
            fs::write(place.data().join("master.key"), MASTER_KEY).unwrap();
        }
        let before = Before::at(&place);
        let opens = |key: &str| with(key, &["app", "list"]).output().unwrap().status.success();
        let mut in_force = MASTER_KEY.to_owned();
        let file = std::cell::RefCell::new(place.path("key-0"));
        let mut number = 0;
        kill_later_and_later(
            || {
                // Exactly one of the two keys opens the database.
                let new = fs::read_to_string(&*file.borrow()).unwrap_or_default();
                if opens(&in_force) {
                    assert!(new.is_empty() || !opens(&new));
                } else {
                    assert!(opens(&new));
                    in_force = new;
                }
                number += 1;
                file.replace(place.path(&format!("key-{number}")));
                let path = file.borrow().to_str().unwrap().to_owned();
                with(&in_force, &["master-key", "rotate", "--new-key-file", &path])
            },
            || file.borrow().exists(),
        );
        let last = fs::read_to_string(&*file.borrow()).unwrap_or_default();
        let key = if opens(&in_force) { &in_force } else { &last };
        before.is_as_it_was(&Server::start(&place, &[("PASSGATE_MASTER_KEY", key)]));
    });
}
