//! Signals to a starting server.
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{MASTER_KEY, Place};

#[test]
fn a_server_that_waits_for_its_database_says_so_and_can_be_stopped() {
    let place = Place::new();
    // Takes the connection, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut server = place
        .command(&[])
        .env(
            "PASSGATE_DATABASE_URL",
            format!("postgres://passgate@127.0.0.1:{port}/passgate?sslmode=disable"),
        )
        .env("PASSGATE_MASTER_KEY", MASTER_KEY)
        .env("PASSGATE_LISTEN", "127.0.0.1:0")
        .env("PASSGATE_LOG_FORMAT", "json")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let said = lines.by_ref().find(|line| {
        let line = line.as_ref().unwrap();
        line.contains("still opening the database")
    });
    assert!(
        said.is_some(),
        "the server ended before it said what it waits for"
    );
    let told = Instant::now();
    let sent = Command::new("kill")
        .args(["-s", "TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = server.wait().unwrap();
    // By itself, not by the signal: process 1 of a container would not even have got it.
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    drop(silent);
}
