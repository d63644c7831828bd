//! The three doors.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Barrier,
    thread,
};

use passgate_core::token::TokenId;
use passgate_store::{InsertError, StoreError, credentials, installation, spent_tokens, users};

use super::with_store;
use crate::fixture::{NOW, app, credential, demo, read, write};

#[test]
fn an_error_rolls_back() {
    with_store(|store| {
        let result = store.write(|tx| {
            installation::set(tx, "name", &[1])?;
            Err::<(), _>(StoreError::Abandoned { operation: "test" })
        });
        assert!(matches!(result, Err(StoreError::Abandoned { operation: "test" })));
        assert_eq!(read(store, |tx| installation::get(tx, "name")), None);
    });
}

#[test]
fn a_panic_rolls_back_and_leaves_the_store_usable() {
    with_store(|store| {
        // More often than there are connections: none may be lost.
        for _ in 0..6 {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                store.write(|tx| -> Result<(), StoreError> {
                    installation::set(tx, "name", &[1])?;
                    panic!("on purpose");
                })
            }));
            assert!(panicked.is_err());
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                store.read(|_| -> Result<(), StoreError> { panic!("on purpose") })
            }));
            assert!(panicked.is_err());
        }
        assert_eq!(read(store, |tx| installation::get(tx, "name")), None);
        write(store, |tx| installation::set(tx, "name", &[2]));
    });
}

#[test]
fn a_read_cannot_write() {
    with_store(|store| {
        let result = store.read(|tx| installation::set(tx, "name", &[1]));
        assert!(matches!(
            result,
            Err(StoreError::NotWritable {
                operation: "installation.set",
                ..
            })
        ));
        assert_eq!(read(store, |tx| installation::get(tx, "name")), None);
    });
}

#[test]
fn a_read_sees_one_moment() {
    with_store(|store| {
        write(store, |tx| installation::set(tx, "name", &[1]));
        read(store, |tx| {
            assert_eq!(installation::get(tx, "name")?, Some(vec![1]));
            write(store, |tx| installation::set(tx, "name", &[2]));
            assert_eq!(installation::get(tx, "name")?, Some(vec![1]));
            Ok(())
        });
        assert_eq!(read(store, |tx| installation::get(tx, "name")), Some(vec![2]));
    });
}

#[test]
fn a_failed_statement_dooms_the_transaction_even_if_the_closure_goes_on() {
    with_store(|store| {
        let result = store.write(|tx| -> Result<(), StoreError> {
            installation::set(tx, "name", &[1])?;
            assert!(credentials::insert(tx, &app("absent"), &credential(1, "ann")).is_err());
            assert!(
                installation::get(tx, "name").is_err(),
                "nothing runs after a failure"
            );
            Ok(())
        });
        assert!(matches!(
            result,
            Err(StoreError::Failed {
                operation: "credentials.insert",
                ..
            })
        ));
        assert_eq!(read(store, |tx| installation::get(tx, "name")), None);
    });
}

#[test]
fn count_then_insert_under_the_lock_keeps_its_limit() {
    with_store(|store| {
        const WRITERS: u8 = 8;
        const LIMIT: u64 = 3;
        let start = Barrier::new(WRITERS.into());
        let inserted: usize = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|number| {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        store.write_locked(&demo(), |tx| -> Result<usize, InsertError> {
                            if users::count(tx, &demo())? >= LIMIT {
                                return Ok(0);
                            }
                            credentials::insert(tx, &demo(), &credential(number, &format!("user{number}")))?;
                            Ok(1)
                        })
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap().unwrap())
                .sum()
        });
        assert_eq!(inserted as u64, LIMIT);
        assert_eq!(read(store, |tx| users::count(tx, &demo())), LIMIT);
    });
}

#[test]
fn the_lock_of_an_unknown_application_is_no_obstacle() {
    with_store(|store| {
        let value = store.write_locked(&app("absent"), |tx| {
            installation::insert_if_absent(tx, "name", &[1])
        });
        assert_eq!(value.unwrap(), [1]);
    });
}

#[test]
fn thirty_two_threads_lose_nothing_and_share_commits() {
    with_store(|store| {
        const THREADS: u8 = 32;
        const EACH: u8 = 8;
        let before = store.statistics();
        let start = Barrier::new(THREADS.into());
        thread::scope(|scope| {
            for writer in 0..THREADS {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for round in 0..EACH {
                        let mut id = [0; 16];
                        (id[0], id[1]) = (writer, round);
                        let token = TokenId::from_bytes(id);
                        store
                            .write(|tx| spent_tokens::spend(tx, &demo(), &token, NOW))
                            .unwrap();
                        // It was acknowledged: whoever reads from now on sees it.
                        assert!(read(store, |tx| spent_tokens::is_spent(tx, &demo(), &token)));
                    }
                });
            }
        });
        let after = store.statistics();
        let writes = u64::from(THREADS) * u64::from(EACH);
        assert_eq!(after.writes - before.writes, writes);
        let commits = after.commits - before.commits;
        if store.is_sqlite() {
            assert!(commits < writes, "{commits} commits for {writes} writes");
        } else {
            assert_eq!(commits, writes);
        }
        assert_eq!(after.reads - before.reads, writes);
    });
}

#[test]
fn statements_are_counted() {
    with_store(|store| {
        let before = store.statistics().statements;
        read(store, |tx| installation::get(tx, "name"));
        assert_eq!(store.statistics().statements - before, 3, "begin, select, commit");
    });
}
