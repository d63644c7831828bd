//! Behind PgBouncer, in both modes that are of use.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use passgate_store::{Pooling, StoreSettings, installation};
use passgate_testkit::{PgBouncer, PostgresCluster};

use super::{chain, get, open, open_with, set};

/// Ten clients on four server connections: everybody reads back what it wrote, and nothing else.
fn everybody_reads_what_it_wrote(url: &str, settings: &StoreSettings) {
    let failures = AtomicU32::new(0);
    thread::scope(|scope| {
        for client in 0..10_u8 {
            let failures = &failures;
            scope.spawn(move || {
                let store = open_with(url, settings.clone()).unwrap();
                for round in 0..40_u8 {
                    let name = format!("client {client}, key {}", round % 7);
                    let outcome = set(&store, &name, round).and_then(|()| get(&store, &name));
                    if !matches!(&outcome, Ok(Some(value)) if value == &[round]) {
                        eprintln!("{name}: {outcome:?}");
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                    // Statements of other kinds, so that different ones meet on a server connection.
                    let others = store.read(|tx| installation::get(tx, "absent"));
                    let counted = store.read(passgate_store::applications::list_ids);
                    if !matches!((&others, &counted), (Ok(None), Ok(ids)) if ids.is_empty()) {
                        eprintln!("{others:?} {counted:?}");
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(failures.into_inner(), 0);
}

#[test]
fn in_transaction_mode_no_statement_meets_another_and_nothing_is_left_behind() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    let Some(pooler) = PgBouncer::start(&server, "transaction", 4) else {
        return;
    };
    open(&pooler.url()).unwrap().migrate().unwrap();
    for pooling in [Pooling::Auto, Pooling::Transaction] {
        let settings = StoreSettings {
            pooling,
            ..StoreSettings::default()
        };
        everybody_reads_what_it_wrote(&pooler.url(), &settings);
    }
    // Our time limits did not become those of the pooler's other clients, and no prepared statement stays.
    for _ in 0..8 {
        assert_eq!(
            ask(&pooler.url(), "SELECT current_setting('lock_timeout') AS answer"),
            "0"
        );
        assert_eq!(
            ask(
                &pooler.url(),
                "SELECT count(*)::text AS answer FROM pg_prepared_statements"
            ),
            "0"
        );
    }
}

#[test]
fn in_session_mode_it_is_like_the_server_itself() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    // One connection for each of ten stores with four, and some to spare.
    let Some(pooler) = PgBouncer::start(&server, "session", 80) else {
        return;
    };
    for pooling in [Pooling::Auto, Pooling::Session] {
        let settings = StoreSettings {
            pooling,
            ..StoreSettings::default()
        };
        open_with(&pooler.url(), settings.clone())
            .unwrap()
            .migrate()
            .unwrap();
        everybody_reads_what_it_wrote(&pooler.url(), &settings);
    }
}

#[test]
fn settings_in_the_address_hold_behind_a_pooler_and_only_there() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    server.run("CREATE SCHEMA apart");
    for mode in ["transaction", "session"] {
        let Some(pooler) = PgBouncer::start(&server, mode, 4) else {
            return;
        };
        let apart = format!("{}?options=-csearch_path%3Dapart", pooler.url());
        let store = open(&apart).unwrap();
        store.migrate().unwrap();
        set(&store, mode, 1).unwrap();
        assert_eq!(get(&store, mode).unwrap(), Some(vec![1]));
        drop(store);
        let elsewhere = open(&pooler.url()).unwrap();
        assert!(
            get(&elsewhere, mode).is_err(),
            "there are no tables in the schema `public`"
        );
    }
}

#[test]
fn statement_mode_is_refused_in_words() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    let Some(pooler) = PgBouncer::start(&server, "statement", 4) else {
        return;
    };
    let store = open(&pooler.url()).unwrap();
    // The pooler hangs up right behind its words; now and then they are lost with the connection.
    let heard = (0..50).any(|_| chain(&store.migrate().unwrap_err()).contains("statement pooling mode"));
    assert!(heard, "{}", chain(&store.migrate().unwrap_err()));
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::Text)]
    answer: String,
}

/// Asks as another program would, that knows nothing of poolers.
fn ask(url: &str, question: &str) -> String {
    use diesel::{Connection as _, RunQueryDsl as _};
    let mut connection = passgate_postgres::PostgresConnection::establish(url).unwrap();
    let answer: Answer = diesel::sql_query(question).get_result(&mut connection).unwrap();
    answer.answer
}
