//! A start that has to wait: for a database that is away, and for another node's migration.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use passgate_testkit::TestDatabase;

use crate::server::MASTER_KEY;

/// Starts the program; its output goes to `log` in the folder.
fn start(home: &Path, database_url: &str) -> Child {
    let output = fs::File::create(home.join("log")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_passgate"))
        .env_clear()
        .env("PASSGATE_LISTEN", "127.0.0.1:0")
        .env("PASSGATE_DATA_DIR", home.join("data"))
        .env("PASSGATE_DATABASE_URL", database_url)
        .env("PASSGATE_MASTER_KEY", MASTER_KEY)
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap()
}

fn wait_for(home: &Path, process: &mut Child, words: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let log = fs::read_to_string(home.join("log")).unwrap();
        if log.contains(words) {
            return;
        }
        assert!(
            Instant::now() < deadline && process.try_wait().unwrap().is_none(),
            "{log}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn terminate(process: &mut Child) -> ExitStatus {
    let told = Command::new("kill")
        .arg(process.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        if Instant::now() >= deadline {
            process.kill().unwrap();
            panic!("the program does not stop");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_signal_ends_the_waiting_for_a_database_that_is_away() {
    let home = tempfile::tempdir().unwrap();
    // Nobody listens there once the listener is gone.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://passgate:hunter2@127.0.0.1:{port}/passgate");
    let mut process = start(home.path(), &url);
    wait_for(home.path(), &mut process, "waiting for the database");
    assert!(terminate(&mut process).success());
    let log = fs::read_to_string(home.path().join("log")).unwrap();
    assert!(
        log.contains("cannot be reached") && log.contains("stopped") && !log.contains("hunter2"),
        "{log}"
    );
}

#[test]
fn a_signal_ends_the_waiting_for_another_nodes_migration() {
    for database in TestDatabase::each() {
        let home = tempfile::tempdir().unwrap();
        // A migration that does not end, as another node would have it.
        let _held = database.hold_migration_lock();
        let mut process = start(home.path(), database.url());
        wait_for(home.path(), &mut process, "waiting for another node's migration");
        assert!(terminate(&mut process).success());
    }
}
