//! Health checks in the log.
#![cfg(unix)]

use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{Place, server::agent};

/// What a server logs whose health is asked for, and another path.
fn log(place: &Place, probes: &str) -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut server = place
        .command(&[])
        .env("PASSGATE_LISTEN", format!("127.0.0.1:{port}"))
        .env("PASSGATE_LOG_FORMAT", "json")
        .env("PASSGATE_LOG_PROBES", probes)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let is_up = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        agent().get(url("/")).call().is_ok()
    });
    assert!(is_up, "the server does not answer");
    for path in [
        "/health/http",
        "/health/storage",
        "/nowhere",
        "/health/throw/exception",
    ] {
        agent().get(url(path)).call().unwrap();
    }
    let sent = Command::new("kill")
        .args(["-s", "TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let mut log = String::new();
    server.stdout.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(server.wait().unwrap().success(), "{log}");
    log
}

#[test]
fn health_checks_that_succeed_may_be_left_out_of_the_log() {
    let place = Place::new();
    for (probes, told) in [("true", true), ("false", false)] {
        let log = log(&place, probes);
        assert_eq!(log.contains("\"/health/http\""), told, "{log}");
        assert_eq!(log.contains("\"/health/storage\""), told, "{log}");
        assert!(
            log.contains("(no route)") && log.contains("/health/throw/exception"),
            "{log}"
        );
    }
}
