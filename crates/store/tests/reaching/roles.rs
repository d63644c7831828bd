//! Roles, databases and migrations as administrators set them up.

use std::{ops::ControlFlow, thread, time::Duration};

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
            // Too short for the migration below, and not meant for any.
            "statement_timeout = '400ms'",
            "idle_in_transaction_session_timeout = '300ms'",
        ]) else {
            return;
        };
        // Somewhere on the way the migrations become slow.
        server.run(
            "CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF (SELECT count(*) FROM pg_tables WHERE schemaname = 'public') = 5 THEN PERFORM pg_sleep(0.6); END IF; \
             END $$;\nCREATE EVENT TRIGGER dawdle ON ddl_command_end EXECUTE FUNCTION dawdle()",
        );
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let store = open(&server.url()).unwrap();
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
        let held = database.hold_migration_lock();
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
        drop(held);
        store.migrate().unwrap();
    }
}
