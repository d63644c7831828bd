//! Fail-over from one server to another, named in one address.

use std::{
    thread,
    time::{Duration, Instant},
};

use passgate_store::Store;
use passgate_testkit::PostgresCluster;

use super::{chain, get, open, set};

fn both(one: &PostgresCluster, other: &PostgresCluster) -> String {
    format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
        one.port(),
        other.port()
    )
}

/// Writes until it succeeds, and says how long that took.
fn until_written(store: &Store, value: u8) -> Duration {
    let began = Instant::now();
    loop {
        let tried = Instant::now();
        match set(store, "name", value) {
            Ok(()) => return began.elapsed(),
            Err(error) => {
                assert!(tried.elapsed() < Duration::from_secs(6), "{}", chain(&error));
                assert!(began.elapsed() < Duration::from_secs(30), "{}", chain(&error));
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

#[test]
fn writes_are_back_within_two_seconds_when_the_primary_dies() {
    let Some(mut primary) = PostgresCluster::start(&["wal_level = replica"]) else {
        return;
    };
    let store = open(&primary.url()).unwrap();
    store.migrate().unwrap();
    drop(store);
    let Some(standby) = primary.standby() else {
        return;
    };
    let store = open(&both(&standby, &primary)).unwrap();
    set(&store, "name", 1).unwrap();
    primary.stop();
    assert!(set(&store, "name", 2).is_err());
    standby.run("SELECT pg_promote(true, 60)");
    let took = until_written(&store, 3);
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(get(&store, "name").unwrap(), Some(vec![3]));
}

#[test]
fn writes_are_back_within_two_seconds_when_the_old_primary_keeps_its_connections() {
    let (Some(old), Some(new)) = (PostgresCluster::start(&[]), PostgresCluster::start(&[])) else {
        return;
    };
    open(&new.url()).unwrap().migrate().unwrap();
    let store = open(&both(&old, &new)).unwrap();
    store.migrate().unwrap();
    // Several connections, all to the old one.
    thread::scope(|scope| {
        for value in 0..4 {
            let store = &store;
            scope.spawn(move || set(store, &format!("name {value}"), value).unwrap());
        }
    });
    old.set(&["default_transaction_read_only = on"]);
    old.run("SELECT pg_reload_conf()");
    thread::sleep(Duration::from_millis(200));
    let took = until_written(&store, 2);
    assert!(took < Duration::from_secs(2), "{took:?}");
    // Not one of the connections to the old one is left.
    for value in 3..20 {
        set(&store, "name", value).unwrap();
    }
    assert_eq!(get(&open(&new.url()).unwrap(), "name").unwrap(), Some(vec![19]));
}

#[test]
fn a_standby_alone_is_refused_in_words() {
    let Some(primary) = PostgresCluster::start(&["wal_level = replica"]) else {
        return;
    };
    let Some(standby) = primary.standby() else {
        return;
    };
    let error = open(&format!(
        "postgres://postgres@127.0.0.1:{}/postgres",
        standby.port()
    ))
    .err()
    .unwrap();
    assert!(
        chain(&error).contains("takes no writes: it is a standby"),
        "{}",
        chain(&error)
    );
    // It may be promoted while we wait.
    assert!(error.may_pass());
}
