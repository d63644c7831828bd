//! The command line, as a user meets it: the real program in a directory of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop at that line"
)]

mod applications;
mod configuration;
mod database;
mod development;
mod from_passwordless;
mod health;
mod jobs;
mod keys;
mod mail;
mod master_key;
mod playground;
mod probes;
mod server;
mod transfer;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use passgate_testkit::TestDatabase;
use serde_json::Value;

/// A directory that the program works in, and its database.
struct Place {
    directory: tempfile::TempDir,
    /// None means the SQLite file that the program makes for itself.
    database: Option<TestDatabase>,
}

/// base64 of 32 bytes; with PostgreSQL the program makes none.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What the program said and how it ended.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    /// As the program is found: with nothing.
    fn new() -> Self {
        Self::with(None)
    }

    fn with(database: Option<TestDatabase>) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            database,
        }
    }

    /// Runs a test once per kind of database.
    fn each(test: impl Fn(Self)) {
        test(Self::new());
        if let Some(database) = TestDatabase::postgres() {
            test(Self::with(Some(database)));
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The program, ready to start here, with no configuration but the data directory.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_passgate"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PASSGATE_") {
                command.env_remove(name);
            }
        }
        command.env("PASSGATE_DATA_DIR", self.data());
        if let Some(database) = &self.database {
            command
                .env("PASSGATE_DATABASE_URL", database.url())
                .env("PASSGATE_MASTER_KEY", MASTER_KEY);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().unwrap())
    }

    /// Runs a command that must succeed, and gives its JSON answer.
    fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        serde_json::from_str(&said.out).unwrap()
    }

    fn create(&self, app: &str) -> Value {
        self.json(&["app", "create", app])
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Asserts how the program ended, and gives what it said about it.
    fn failed_with(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }

    fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
