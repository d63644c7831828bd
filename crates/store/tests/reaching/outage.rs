//! A server that is away, or stands still.

use std::{
    thread,
    time::{Duration, Instant},
};

use passgate_store::{Store, StoreError, StoreSettings};
use passgate_testkit::PostgresCluster;

use super::{chain, open, open_with, set};

/// Many requests at once; the longest time that one of them took, and all their errors.
fn storm(store: &Store, requests: u8) -> (Duration, Vec<StoreError>) {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..requests)
            .map(|request| {
                scope.spawn(move || {
                    let began = Instant::now();
                    let outcome = set(store, &format!("request {request}"), request);
                    (began.elapsed(), outcome.err())
                })
            })
            .collect();
        let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let longest = outcomes.iter().map(|(took, _)| *took).max().unwrap();
        (
            longest,
            outcomes.into_iter().filter_map(|(_, error)| error).collect(),
        )
    })
}

#[test]
fn while_the_server_is_away_every_request_is_told_soon() {
    let Some(mut server) = PostgresCluster::start(&[]) else {
        return;
    };
    let store = open(&server.url()).unwrap();
    store.migrate().unwrap();
    storm(&store, 8);
    server.stop();
    let (longest, errors) = storm(&store, 64);
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    assert_eq!(errors.len(), 64);
    assert!(errors.iter().all(StoreError::is_temporary), "{errors:?}");
    // Now that it is known, nobody waits any more.
    thread::sleep(Duration::from_secs(1));
    let (longest, errors) = storm(&store, 64);
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    assert!(
        chain(&errors[0]).contains("cannot be reached"),
        "{}",
        chain(&errors[0])
    );
    server.launch();
    let began = Instant::now();
    while set(&store, "name", 1).is_err() {
        assert!(began.elapsed() < Duration::from_secs(2));
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_frozen_server_is_given_up_in_time() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    let settings = StoreSettings {
        answer_timeout: Some(Duration::from_secs(3)),
        ..StoreSettings::default()
    };
    let store = open_with(&format!("{}&connect_timeout=2", server.url()), settings).unwrap();
    store.migrate().unwrap();
    storm(&store, 8);
    server.freeze();
    let (longest, errors) = storm(&store, 64);
    assert!(longest < Duration::from_secs(7), "{longest:?}");
    assert_eq!(errors.len(), 64);
    assert!(errors.iter().all(StoreError::is_temporary), "{errors:?}");
    // Now that it is known, nobody waits longer than for a new connection.
    let (longest, _) = storm(&store, 64);
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    server.thaw();
    let began = Instant::now();
    while set(&store, "name", 1).is_err() {
        assert!(began.elapsed() < Duration::from_secs(4));
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_statement_that_takes_too_long_is_temporary() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    slow_down_reads(&server, 5);
    let store = open(&format!("{}&options=-cstatement_timeout%3D200", server.url())).unwrap();
    let error = super::get(&store, "name").unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(chain(&error).contains("57014"), "{}", chain(&error));
}

#[test]
fn what_is_given_up_ends_on_the_server_too() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    slow_down_reads(&server, 60);
    let settings = StoreSettings {
        answer_timeout: Some(Duration::from_secs(1)),
        ..StoreSettings::default()
    };
    let store = open_with(&server.url(), settings).unwrap();
    let error = super::get(&store, "name").unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let deadline = Instant::now() + Duration::from_secs(5);
    while !server.log().contains("canceling statement due to user request") {
        assert!(Instant::now() < deadline, "{}", server.log());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Makes every look at the row `name` take so long.
fn slow_down_reads(server: &PostgresCluster, seconds: u32) {
    let store = open(&server.url()).unwrap();
    store.migrate().unwrap();
    set(&store, "name", 1).unwrap();
    server.run(&format!(
        "ALTER TABLE settings RENAME TO kept;\nCREATE VIEW settings AS SELECT kept.* FROM kept, pg_sleep({seconds})"
    ));
}
