//! How often a transaction waits for PostgreSQL.

use passgate_store::{Pooling, Store, StoreError, StoreSettings, installation};
use passgate_testkit::TestDatabase;

use super::open_with;

fn round_trips(store: &Store, work: impl FnOnce(&Store)) -> u64 {
    let before = store.statistics().round_trips;
    work(store);
    store.statistics().round_trips - before
}

#[test]
fn begin_travels_with_the_first_statement_and_nobody_waits_for_the_end_of_a_read() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    for pooling in [Pooling::Session, Pooling::Transaction] {
        let settings = StoreSettings {
            pooling,
            ..StoreSettings::default()
        };
        let store = open_with(database.url(), settings).unwrap();
        store.migrate().unwrap();
        let read = |store: &Store| drop(store.read(|tx| installation::get(tx, "name")).unwrap());
        let write = |store: &Store| store.write(|tx| installation::set(tx, "name", &[1])).unwrap();
        // Whatever connection the pool hands out: cold or warm, it is as many.
        for _ in 0..3 {
            assert_eq!(round_trips(&store, read), 1);
            assert_eq!(round_trips(&store, write), 2);
        }
        assert_eq!(
            round_trips(&store, |store| store.read(|_| Ok::<_, StoreError>(())).unwrap()),
            0
        );
        assert_eq!(
            round_trips(&store, |store| store.write(|_| Ok::<_, StoreError>(())).unwrap()),
            0
        );
    }
}
