//! `passgate import passwordless-api`: from this server, and from one that answers like Passwordless.dev.

mod official;

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use passgate_testkit::{SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

use self::official::{Official, SECRET, Trouble};
use crate::support::{MASTER_KEY, TestApp, TestServer};

/// Where an application is imported to.
struct Here {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

/// What the program said, and how it ended.
struct Said {
    code: i32,
    answer: Value,
    err: String,
}

impl Here {
    fn each() -> impl Iterator<Item = Self> {
        TestDatabase::each().into_iter().map(Self::on)
    }

    fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite())
    }

    fn on(database: TestDatabase) -> Self {
        Self {
            database,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_passgate"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PASSGATE_") {
                command.env_remove(name);
            }
        }
        command
            .env("PASSGATE_DATA_DIR", self.folder.path())
            .env("PASSGATE_DATABASE_URL", self.database.url())
            .env("PASSGATE_MASTER_KEY", MASTER_KEY)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn import_command(&self, from: SocketAddr, secret: &str, more: &[&str]) -> Command {
        let mut command = self.command();
        command
            .args(["import", "passwordless-api", "--json", "--base-url"])
            .arg(format!("http://{from}/"))
            .args(more)
            .env("PASSWORDLESS_API_SECRET", secret);
        command
    }

    fn import(&self, from: SocketAddr, secret: &str, more: &[&str]) -> Said {
        Said::from(self.import_command(from, secret, more).output().unwrap())
    }

    /// The credentials and aliases of an application, as an export writes them.
    fn users(&self) -> Vec<String> {
        let output = self.command().args(["export", "demoapp"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let of_users = |line: &&str| {
            let record: Value = serde_json::from_str(line).unwrap();
            record["record"] == "credential" || record["record"] == "alias"
        };
        lines.lines().filter(of_users).map(str::to_owned).collect()
    }

    fn has_app(&self) -> bool {
        let output = self.command().args(["app", "show", "demoapp"]).output().unwrap();
        output.status.success()
    }

    /// What an interrupted import keeps.
    fn journal(&self) -> PathBuf {
        self.folder.path().join("import-demoapp.partial")
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            answer: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Whether it was applied, how many records are new, and how many were refused.
    #[track_caller]
    fn expect(&self, applied: bool, new: u64, refused: u64) {
        assert_eq!(self.code, 0, "{}", self.err);
        assert_eq!(
            (
                &self.answer["applied"],
                &self.answer["new"],
                &self.answer["refused"]
            ),
            (&json!(applied), &json!(new), &json!(refused)),
            "{}",
            self.err
        );
    }
}

#[test]
fn an_application_is_read_over_the_api_and_goes_on_where_it_was() {
    for here in Here::each() {
        let old = TestServer::start();
        let app = old.app("demoapp");
        let mut device = SoftAuthenticator::new();
        old.register(&app, &mut device, "alice");
        let alias = json!({ "userId": "alice", "aliases": ["alice@example.com"], "hashing": false });
        old.backend(&app).post("/alias", &alias).expect_empty(204);

        let public = ["--public-key", app.public_key.as_str()];
        let import = |more: &[&str]| here.import(old.address, &app.secret_key, &[&public[..], more].concat());
        import(&["--dry-run"]).expect(false, 5, 0);
        import(&[]).expect(true, 5, 0);
        import(&[]).expect(true, 0, 0);
        assert!(!here.journal().exists());

        let new = TestServer::on(here.database);
        let token = new.sign_in(&app, &mut device, &json!({ "alias": "alice@example.com" }));
        // An imported application keeps tokens that verify again.
        for _ in 0..2 {
            let verified = new
                .backend(&app)
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(verified["userId"], "alice");
        }
    }
}

#[test]
fn a_server_with_pages_is_read_to_the_end() {
    let old = TestServer::start();
    let app = old.app("demoapp");
    let mut backend = old.backend(&app);
    for number in 0..1001 {
        let alias =
            json!({ "userId": format!("user-{number}"), "aliases": [format!("{number}@example.com")] });
        backend.post("/alias", &alias).expect_empty(204);
    }
    let said = Here::sqlite().import(old.address, &app.secret_key, &["--dry-run"]);
    said.expect(false, 2 + 1001, 0);
    assert!(!said.err.contains("may be more"), "{}", said.err);
}

#[test]
fn a_wrong_secret_and_another_applications_public_key_import_nothing() {
    let old = TestServer::start();
    let (app, other) = (old.app("demoapp"), old.app("other"));
    let here = Here::sqlite();
    let wrong = TestApp {
        secret_key: format!("{}0000", &app.secret_key[..app.secret_key.len() - 4]),
        ..old.app("third")
    };
    let said = here.import(old.address, &wrong.secret_key, &[]);
    assert!(
        said.code == 1 && said.err.contains("401"),
        "{} {}",
        said.code,
        said.err
    );
    let said = here.import(old.address, &app.secret_key, &["--public-key", &other.public_key]);
    assert!(
        said.code == 1 && said.err.contains("public key"),
        "{} {}",
        said.code,
        said.err
    );
    assert!(!here.has_app() && !here.journal().exists());
}

#[test]
fn lists_of_the_reference_are_read() {
    let official = Official::with_users(3);
    let here = Here::sqlite();
    // The application, its secret key, three passkeys, three aliases.
    here.import(official.address, SECRET, &[])
        .expect(true, 2 + 3 + 3, 0);
    let users = here.users().join("\n");
    assert!(users.contains(r#""plaintext":"zero@example.com""#), "{users}");
    assert!(users.contains(r#""user_id":"alias only""#), "{users}");
}

#[test]
fn an_import_that_was_killed_goes_on_and_ends_like_one_that_was_not() {
    for here in Here::each() {
        let last = |target: &str| target == "/credentials/list?userId=user-0004";
        let dying = Official::troubled(8, move |target| last(target).then_some(Trouble::Hang));
        let mut import = here
            .import_command(dying.address, SECRET, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        dying.hanging.recv().unwrap();
        import.kill().unwrap();
        import.wait().unwrap();
        assert!(here.journal().exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(here.journal()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(!here.has_app(), "nothing is imported by half");

        // The same server at another address is another server to the journal, so this one is read on.
        let journal = fs::read_to_string(here.journal()).unwrap();
        let official = Official::with_users(8);
        let moved = journal.replace(&dying.address.to_string(), &official.address.to_string());
        fs::write(here.journal(), moved).unwrap();
        let said = here.import(official.address, SECRET, &[]);
        said.expect(true, 2 + 8 + 3, 0);
        assert!(said.err.contains("goes on from there"), "{}", said.err);
        let asked = official.asked();
        let credentials = asked
            .iter()
            .filter(|target| target.starts_with("/credentials/list"))
            .count();
        assert_eq!(credentials, 4, "users 4 to 7: {asked:?}");
        assert!(!here.journal().exists());

        let uninterrupted = Here::sqlite();
        uninterrupted
            .import(official.address, SECRET, &[])
            .expect(true, 2 + 8 + 3, 0);
        let (mut users, mut expected) = (here.users(), uninterrupted.users());
        users.sort();
        expected.sort();
        assert_eq!(users, expected);
    }
}

#[test]
fn a_server_that_dies_half_way_is_read_on_later() {
    let answers = AtomicU32::new(0);
    let official = Official::troubled(5, move |target| {
        let asked = answers.fetch_add(1, Ordering::SeqCst);
        // Two tries of the same question break off; the third is the next import's.
        let broken = target == "/alias/list?userId=user-0002" && asked < 11;
        broken.then_some(Trouble::BreakOff)
    });
    let here = Here::sqlite();
    let said = here.import(official.address, SECRET, &["--retries", "1"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("trying again in 0.5 s"), "{}", said.err);
    assert!(said.err.contains("run the same command again"), "{}", said.err);
    assert!(!here.has_app());
    here.import(official.address, SECRET, &[])
        .expect(true, 2 + 5 + 3, 0);
    let asked = official.asked();
    let times = |target: &str| asked.iter().filter(|asked| *asked == target).count();
    assert_eq!(
        (
            times("/credentials/list?userId=user-0001"),
            times("/alias/list?userId=user-0002")
        ),
        (1, 3),
        "{asked:?}"
    );
}

#[test]
fn a_busy_server_is_asked_again_and_one_that_wants_too_much_time_is_not() {
    let answers = AtomicU32::new(0);
    let busy = Official::troubled(2, move |_| {
        Some(match answers.fetch_add(1, Ordering::SeqCst) {
            0 | 3 => Trouble::Status(429, "Retry-After: 0\r\n"),
            1 => Trouble::Status(503, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            5 => Trouble::Status(500, ""),
            _ => return None,
        })
    });
    let said = Here::sqlite().import(busy.address, SECRET, &[]);
    said.expect(true, 2 + 2 + 3, 0);
    assert_eq!(said.err.matches("trying again in").count(), 4, "{}", said.err);

    let closed = Official::troubled(2, |_| Some(Trouble::Status(429, "Retry-After: 86400\r\n")));
    let said = Here::sqlite().import(closed.address, SECRET, &[]);
    assert_eq!((said.code, closed.asked().len()), (1, 1), "{}", said.err);
    assert!(said.err.contains("86400 s"), "{}", said.err);

    let gone = Official::troubled(2, |_| Some(Trouble::Status(404, "")));
    let said = Here::sqlite().import(gone.address, SECRET, &[]);
    assert_eq!((said.code, gone.asked().len()), (1, 1), "{}", said.err);
}

#[test]
fn a_list_that_is_cut_off_is_not_taken_for_the_whole() {
    let official = Official::with_users(1003);
    let here = Here::sqlite();
    let said = here.import(official.address, SECRET, &[]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(
        said.err.contains("has 1003 users with passkeys and named 1000") && said.err.contains("--user-ids"),
        "{}",
        said.err
    );
    assert!(!here.has_app() && !here.journal().exists());

    let file = here.folder.path().join("ids");
    fs::write(&file, "user-1000\nuser-1001\nuser-1002\nno such user\n").unwrap();
    let said = here.import(official.address, SECRET, &["--user-ids", file.to_str().unwrap()]);
    said.expect(true, 2 + 1003 + 3, 0);
    assert!(said.err.contains("1 of the 4 users"), "{}", said.err);

    let partly = Here::sqlite().import(official.address, SECRET, &["--skip-problems"]);
    partly.expect(true, 2 + 1000 + 3, 1);
    assert_eq!(partly.answer["problems"].as_array().unwrap().len(), 1);
}
