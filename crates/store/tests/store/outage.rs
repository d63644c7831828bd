//! What happens when PostgreSQL goes away and comes back.

use std::time::Duration;

use diesel::{Connection, RunQueryDsl, sql_types::Text};
use passgate_postgres::PostgresConnection;
use passgate_store::{DatabaseUrl, Store, StoreError, StoreSettings, installation};
use passgate_testkit::TestDatabase;

use crate::fixture::{read, write};

/// Ends the store's connections, as a restart of the server would.
fn end_connections(database: &TestDatabase, application_name: &str) {
    let mut conn = PostgresConnection::establish(database.url()).unwrap();
    let ended = diesel::sql_query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1",
    )
    .bind::<Text, _>(application_name)
    .execute(&mut conn)
    .unwrap();
    assert!(ended > 0, "there was no connection to end");
}

fn connect(database: &TestDatabase, application_name: &str) -> Store {
    let url = format!("{}&application_name={application_name}", database.url());
    let settings = StoreSettings {
        connections: 2,
        connection_timeout: Duration::from_secs(20),
        ..StoreSettings::default()
    };
    let store = Store::connect(&DatabaseUrl::parse(&url).unwrap(), settings).unwrap();
    store.migrate().unwrap();
    store
}

#[test]
fn a_connection_that_broke_while_idle_is_replaced() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let name = format!("outage_idle_{}", std::process::id());
    let store = connect(&database, &name);
    write(&store, |tx| installation::set(tx, "name", &[1]));
    end_connections(&database, &name);
    assert_eq!(read(&store, |tx| installation::get(tx, "name")), Some(vec![1]));
    end_connections(&database, &name);
    write(&store, |tx| installation::set(tx, "name", &[2]));
}

#[test]
fn a_connection_that_breaks_within_a_transaction_is_an_error_and_nothing_is_written() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let name = format!("outage_busy_{}", std::process::id());
    let store = connect(&database, &name);
    let result = store.write(|tx| {
        installation::set(tx, "name", &[1])?;
        end_connections(&database, &name);
        installation::set(tx, "name", &[2])
    });
    assert!(
        matches!(
            result,
            Err(StoreError::Unavailable {
                operation: "installation.set",
                ..
            })
        ),
        "{result:?}"
    );
    let result = store.write(|tx| {
        installation::set(tx, "name", &[1])?;
        end_connections(&database, &name);
        Ok::<_, StoreError>(())
    });
    assert!(
        matches!(
            result,
            Err(StoreError::Unavailable {
                operation: "commit",
                ..
            })
        ),
        "{result:?}"
    );
    assert_eq!(read(&store, |tx| installation::get(tx, "name")), None);
}
