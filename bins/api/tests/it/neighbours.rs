//! Two applications on one server: what one sends does not stop the other. Work is counted, not time.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use passgate_api::{
    api::ApiSettings,
    shares::{Share, ShareLimits, Usage},
};
use passgate_core::application::AppId;
use passgate_testkit::TestDatabase;
use serde_json::json;

use crate::support::{Connection, TestServer, settings};

/// Connections of the greedy one, and how many requests the neighbour makes meanwhile.
const GREEDY: usize = 24;
const NEIGHBOURLY: usize = 40;

fn limits() -> ShareLimits {
    ShareLimits {
        places: 8,
        places_of_one: 2,
        here_for: Duration::from_secs(600),
        heavy: 1,
        waiting: 64,
        waiting_of_one: 12,
        patience: Duration::from_secs(60),
        ..ShareLimits::default()
    }
}

/// The most that was seen of each.
fn most(one: Usage, other: Usage) -> Usage {
    Usage {
        running: one.running.max(other.running),
        heavy: one.heavy.max(other.heavy),
        waiting: one.waiting.max(other.waiting),
        bytes: one.bytes.max(other.bytes),
    }
}

/// Runs the neighbour's requests beside the greedy one's, and checks what holds for all of them.
fn beside(greedy_does: impl Fn(&mut Connection) -> u16 + Sync) {
    for database in TestDatabase::each() {
        let shares = limits();
        let server = TestServer::with(database, ApiSettings { shares, ..settings() });
        let (greedy, neighbour) = (server.app("greedy"), server.app("neighbour"));
        // Both are known, and here, before it begins.
        let mut backend = server.backend(&neighbour);
        backend.get("/alias/list?userId=ann").expect(200);
        server.backend(&greedy).get("/alias/list?userId=ann").expect(200);
        let (stop, refused, served) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let seen = thread::scope(|scope| {
            for _ in 0..GREEDY {
                scope.spawn(|| {
                    let mut connection = server.backend(&greedy);
                    while !stop.load(Ordering::Relaxed) {
                        match greedy_does(&mut connection) {
                            200..=299 => served.fetch_add(1, Ordering::Relaxed),
                            429 => refused.fetch_add(1, Ordering::Relaxed),
                            status => panic!("{status}"),
                        };
                    }
                });
            }
            let mut seen = Usage::default();
            // The greedy ones are all at it.
            while server.shares.usage().waiting == 0 {
                thread::yield_now();
            }
            for number in 0..NEIGHBOURLY {
                let body = json!({ "userId": "ann", "username": "Ann", "displayName": number.to_string() });
                backend.post("/register/token", &body).expect(200);
                backend.get("/alias/list?userId=ann").expect(200);
                seen = most(seen, server.shares.usage());
            }
            stop.store(true, Ordering::Relaxed);
            seen
        });
        let share = |name: &str| Share::App(AppId::parse(name).unwrap());
        assert_eq!(
            server.shares.waited(&share("neighbour")),
            0,
            "the neighbour found a place each time"
        );
        assert!(server.shares.waited(&share("greedy")) > 0);
        // Keys are looked at on the account of strangers after a change, which dropped what was known of them.
        assert!(
            seen.running <= 5,
            "two of the greedy one, two of strangers, one of the neighbour: {seen:?}"
        );
        assert!(seen.heavy <= 1, "{seen:?}");
        assert!(
            seen.waiting <= 24,
            "a line of the greedy one, and one of strangers: {seen:?}"
        );
        assert!(served.into_inner() > 0 && refused.into_inner() > 0);
        assert_eq!(server.shares.usage(), Usage::default(), "nothing is left behind");
    }
}

#[test]
fn lists_wait_for_themselves() {
    beside(|connection| connection.get("/users/list").status);
}

#[test]
fn writes_wait_for_themselves() {
    beside(|connection| {
        let body = json!({ "userId": "greedy", "username": "Greedy" });
        connection.post("/register/token", &body).status
    });
}
