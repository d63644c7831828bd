//! Starts and stops the SMTP server.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use passgate_testkit::database::say_skipped;
use serde_json::Value;

/// A running SMTP server. Dropping it ends it.
pub struct SmtpServer {
    pub port: u16,
    process: Child,
    output: BufReader<ChildStdout>,
}

impl SmtpServer {
    /// Starts one, on a free port; none where Python or its package is missing.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let python = python()?;
        let mut process = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mail/smtp_server.py"))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            // It ends when this closes, also when the test is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut port = String::new();
        output.read_line(&mut port).unwrap();
        Some(Self {
            port: port.trim().parse().unwrap(),
            process,
            output,
        })
    }

    /// The next message that was accepted.
    pub fn message(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The Python that `tests/clients/install` prepares.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is told by its environment what it may leave out"
)]
fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let environment = target.join("clients-venv");
    let packages = std::fs::read_dir(environment.join("lib"))
        .into_iter()
        .flatten()
        .flatten();
    let mut packages = packages.map(|python| python.path().join("site-packages/aiosmtpd"));
    if packages.any(|package| package.exists()) {
        return Some(environment.join("bin/python"));
    }
    assert!(
        std::env::var("REQUIRE_CLIENTS").as_deref() != Ok("1"),
        "REQUIRE_CLIENTS=1, but tests/clients/install has not installed aiosmtpd"
    );
    say_skipped("aiosmtpd is not installed: run tests/clients/install");
    None
}
