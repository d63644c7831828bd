//! The official clients, unmodified, against the built binary: `tests/clients`.
//!
//! They need Node.js, Python and a Chromium, and `tests/clients/install` to have run. Where something is missing a test
//! says so and passes; with `REQUIRE_CLIENTS=1`, as in CI, it fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use passgate_testkit::database::say_skipped;

#[test]
fn browser_client() {
    if available(&[
        node_modules(),
        executable(&["chromium", "chromium-browser", "google-chrome"]),
    ]) {
        run(node(&["browser.test.mjs"]));
    }
}

#[test]
fn playground() {
    if available(&[
        node_modules(),
        executable(&["chromium", "chromium-browser", "google-chrome"]),
    ]) {
        run(node(&["playground.test.mjs"]));
    }
}

#[test]
fn signals() {
    if available(&[
        node_modules(),
        executable(&["chromium", "chromium-browser", "google-chrome"]),
    ]) {
        run(node(&["signals.test.mjs"]));
    }
}

#[test]
fn mail_links() {
    if available(&[
        node_modules(),
        executable(&["chromium", "chromium-browser", "google-chrome"]),
    ]) {
        run(node(&["mail_links.test.mjs"]));
    }
}

#[test]
fn node_client() {
    if available(&[node_modules()]) {
        run(node(&["node.test.mjs"]));
    }
}

#[test]
fn generated_typescript_client() {
    if available(&[node_modules()]) {
        run(node(&["generated.test.mjs"]));
    }
}

#[test]
fn generated_python_client() {
    if available(&[python()]) {
        let mut command = Command::new(python().unwrap());
        command.args(["-B", "-m", "unittest", "--verbose", "test_generated_client"]);
        run(command);
    }
}

#[test]
fn python_client() {
    if available(&[node_modules(), python()]) {
        let mut command = Command::new(python().unwrap());
        command.args(["-B", "-m", "unittest", "--verbose", "test_python_client"]);
        run(command);
    }
}

#[test]
fn openapi_document() {
    if available(&[python()]) {
        let mut command = Command::new(python().unwrap());
        command.args(["-B", "-m", "unittest", "--verbose", "test_openapi"]);
        run(command);
    }
}

/// Passkeys are registered in products that people move in from, and sign in here: on SQLite, and on PostgreSQL where
/// `TEST_POSTGRES_URL` names one.
#[test]
fn products_move_in() {
    let python = installed(target().join("moving-in-venv/bin/python"));
    if available(&[
        python.clone(),
        installed(folder().join("moving_in/node_modules/better-auth")),
    ]) {
        let mut command = Command::new(python.unwrap());
        command.args(["-B", "-m", "unittest", "--verbose", "test_moving_in"]);
        run_in(&folder().join("moving_in"), command);
    }
}

/// What a test needs: where it is, or what is missing.
type Needed = Result<PathBuf, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients")
}

fn node_modules() -> Needed {
    executable(&["node"])?;
    // The latest addition tells whether the others are there.
    installed(folder().join("node_modules/@hey-api/openapi-ts"))
}

fn python() -> Needed {
    installed(target().join("clients-venv/bin/openapi-python-client"))?;
    Ok(target().join("clients-venv/bin/python"))
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn installed(path: PathBuf) -> Needed {
    if path.exists() {
        Ok(path)
    } else {
        Err("run tests/clients/install".to_owned())
    }
}

fn executable(names: &[&str]) -> Needed {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file());
    found.ok_or_else(|| format!("{} is not on the PATH", names[0]))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is told by its environment what it may leave out"
)]
fn available(needed: &[Needed]) -> bool {
    let missing: Vec<_> = needed.iter().filter_map(|needed| needed.as_ref().err()).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var("REQUIRE_CLIENTS").as_deref() != Ok("1"),
        "REQUIRE_CLIENTS=1, but: {missing:?}"
    );
    say_skipped(&format!("the official clients are not installed: {missing:?}"));
    false
}

fn node(arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec"]).args(arguments);
    command
}

fn run(command: Command) {
    run_in(&folder(), command);
}

fn run_in(folder: &Path, mut command: Command) {
    let output = command
        .current_dir(folder)
        .env("PASSGATE_BINARY", env!("CARGO_BIN_EXE_passgate"))
        .env(
            "PASSGATE_SCREENSHOTS",
            Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots"),
        )
        .output()
        .unwrap();
    let (printed, complaints) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{printed}\n{complaints}");
    // Captured by the test harness; shown with `--nocapture`.
    println!("{printed}\n{complaints}");
}
