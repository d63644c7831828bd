//! Roles, databases and migrations as administrators set them up.

use std::{ops::ControlFlow, sync::mpsc, thread, time::Duration};

use passgate_store::MigrateError;
use passgate_testkit::{PostgresCluster, TestDatabase};

use super::{chain, get, open, set};

#[test]
fn a_role_that_may_only_read_and_write_runs_on_a_migrated_database() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    server.run(
        "CREATE ROLE owner LOGIN;\nCREATE ROLE writer LOGIN;\nCREATE DATABASE gate OWNER owner;\n\
         REVOKE ALL ON DATABASE gate FROM PUBLIC;\nGRANT CONNECT ON DATABASE gate TO writer",
    );
    let url = |role: &str| format!("postgres://{role}@127.0.0.1:{}/gate", server.port());
    // On an empty database it cannot, and is told what to do.
    let error = open(&url("writer")).unwrap().migrate().unwrap_err();
    assert!(matches!(error, MigrateError::NotAllowed(_)), "{}", chain(&error));
    open(&url("owner")).unwrap().migrate().unwrap();
    use diesel::{Connection as _, connection::SimpleConnection as _};
    passgate_postgres::PostgresConnection::establish(&url("owner"))
        .unwrap()
        .batch_execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer")
        .unwrap();
    let store = open(&url("writer")).unwrap();
    store.migrate().unwrap();
    set(&store, "name", 1).unwrap();
    assert_eq!(get(&store, "name").unwrap(), Some(vec![1]));
}

#[test]
fn another_encoding_and_a_missing_schema_are_refused_in_words() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    let error = open(&format!("postgres://postgres@127.0.0.1:{}/latin", server.port()))
        .err()
        .unwrap();
    assert!(chain(&error).contains("the encoding LATIN1"), "{}", chain(&error));
    assert!(!error.may_pass());
    let error = open(&format!("{}&options=-csearch_path%3Dnowhere", server.url()))
        .unwrap()
        .migrate()
        .unwrap_err();
    assert!(matches!(error, MigrateError::NoSchema(_)), "{}", chain(&error));
}

#[test]
fn nodes_start_at_once_whatever_the_defaults_of_the_database_are() {
    for isolation in ["serializable", "repeatable read"] {
        let Some(server) = PostgresCluster::start(&[
            &format!("default_transaction_isolation = '{isolation}'"),
            // Too short for any migration, and not meant for them.
            "statement_timeout = '5ms'",
            "idle_in_transaction_session_timeout = '20ms'",
        ]) else {
            return;
        };
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let store = open(&format!("{}&options=-cstatement_timeout%3D20s", server.url())).unwrap();
                    store
                        .migrate()
                        .unwrap_or_else(|error| panic!("{isolation}: {}", chain(&error)));
                    assert_eq!(store.schema_state().unwrap().pending, Vec::<String>::new());
                });
            }
        });
    }
}

#[test]
fn who_waits_for_another_nodes_migration_says_so_and_can_be_stopped() {
    for database in TestDatabase::each() {
        let store = open(database.url()).unwrap();
        let (hold, held) = (mpsc::channel::<()>(), mpsc::channel::<()>());
        thread::scope(|scope| {
            let url = database.url();
            let (release, is_held) = (hold.1, held.0);
            scope.spawn(move || hold_migration_lock(url, &is_held, &release));
            held.1.recv_timeout(Duration::from_secs(20)).unwrap();
            let mut asked = Vec::new();
            let error = store
                .migrate_or(&mut |waited| {
                    asked.push(waited);
                    if asked.len() < 2 {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                })
                .unwrap_err();
            assert!(matches!(error, MigrateError::Interrupted), "{}", chain(&error));
            assert!(
                asked[0] > Duration::from_millis(800) && asked[0] < Duration::from_secs(3),
                "{asked:?}"
            );
            drop(hold.0);
        });
        store.migrate().unwrap();
    }
}

/// Holds what a migrating node holds, until told otherwise.
fn hold_migration_lock(url: &str, is_held: &mpsc::Sender<()>, release: &mpsc::Receiver<()>) {
    use diesel::{Connection as _, connection::SimpleConnection as _};
    let wait = || {
        is_held.send(()).unwrap();
        // Ends when the other side is dropped.
        release.recv().unwrap_err();
    };
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = diesel::SqliteConnection::establish(path).unwrap();
            connection.batch_execute("BEGIN IMMEDIATE").unwrap();
            wait();
        }
        None => {
            let mut connection = passgate_postgres::PostgresConnection::establish(url).unwrap();
            connection
                .batch_execute("CREATE TABLE migration_lock (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO migration_lock VALUES (1)")
                .unwrap();
            connection
                .batch_execute("BEGIN; UPDATE migration_lock SET id = 1")
                .unwrap();
            wait();
        }
    }
}
