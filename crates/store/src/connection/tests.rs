//! What connections promise.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use diesel::{Connection, QueryableByName, RunQueryDsl, connection::InstrumentationEvent, sql_types::BigInt};

use super::{sqlite::journal_mode, *};
use crate::{DatabaseUrl, StoreSettings, Synchronous};

#[derive(QueryableByName)]
struct Pragma {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn opener(url: &str, role: Role, synchronous: Synchronous) -> Opener {
    let settings = StoreSettings {
        synchronous,
        busy_timeout: Duration::from_millis(1234),
        ..StoreSettings::default()
    };
    Opener::new(DatabaseUrl::parse(url).unwrap(), settings, role, Arc::default())
}

fn pragma(conn: &mut Conn, name: &str) -> i64 {
    let query = format!("SELECT * FROM (SELECT \"{name}\" AS value FROM pragma_{name})");
    let query = if name == "busy_timeout" {
        query.replace("\"busy_timeout\"", "timeout")
    } else {
        query
    };
    diesel::sql_query(query).get_result::<Pragma>(conn).unwrap().value
}

#[test]
fn an_acknowledged_write_survives_a_power_failure_unless_asked_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("test.db");
    let url = url.to_str().unwrap();
    assert_eq!(StoreSettings::default().synchronous, Synchronous::Full);
    let mut writer = opener(url, Role::Writer, Synchronous::Full).open().unwrap();
    assert_eq!(pragma(&mut writer, "synchronous"), 2);
    let mut relaxed = opener(url, Role::Writer, Synchronous::Normal).open().unwrap();
    assert_eq!(pragma(&mut relaxed, "synchronous"), 1);
    for name in ["foreign_keys", "fullfsync"] {
        assert_eq!(pragma(&mut writer, name), 1, "{name}");
    }
    assert_eq!(pragma(&mut writer, "query_only"), 0);
    assert_eq!(pragma(&mut writer, "busy_timeout"), 1234);
    let mut reader = opener(url, Role::Reader, Synchronous::Full).open().unwrap();
    assert_eq!(pragma(&mut reader, "query_only"), 1);
    let Conn::Sqlite(reader) = &mut reader else {
        panic!("not SQLite")
    };
    assert_eq!(journal_mode(reader).unwrap(), "wal");
}

#[test]
fn what_cannot_be_opened_is_unavailable_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("absent").join("test.db");
    for url in [
        url.to_str().unwrap(),
        "postgres://nobody:hunter2@127.0.0.1:1/nothing",
    ] {
        let Err(error) = opener(url, Role::Writer, Synchronous::Full).open() else {
            panic!("{url} opened")
        };
        assert!(error.is_temporary());
        let StoreError::Unavailable { cause, .. } = error else {
            panic!("{error:?}")
        };
        assert!(!cause.to_string().is_empty());
        assert!(!format!("{cause:?} {cause}").contains("hunter2"));
    }
}

#[test]
fn a_statement_is_prepared_once_per_connection() {
    use std::sync::atomic::AtomicUsize;

    use diesel::QueryDsl;
    use passgate_testkit::TestDatabase;

    use crate::schema::settings;

    for database in TestDatabase::each() {
        let opener = opener(database.url(), Role::Writer, Synchronous::Full);
        crate::migration::run(&opener, &mut crate::migration::patiently).unwrap();
        let mut conn = opener.open().unwrap();
        let prepared = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&prepared);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        for name in ["one", "two", "three"] {
            let values: Vec<Vec<u8>> = settings::table
                .find(name)
                .select(settings::value)
                .load(&mut conn)
                .unwrap();
            assert_eq!(values.len(), 0);
        }
        assert_eq!(prepared.load(Ordering::Relaxed), 1, "{}", database.url());
    }
}
