//! Proofs of the invariants in the module's documentation.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Barrier, mpsc},
    thread,
    time::{Duration, Instant},
};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::BigInt};
use tempfile::TempDir;

use super::*;
use crate::{DatabaseUrl, StoreSettings, connection::Role};

pub(super) struct Fixture {
    group: Arc<GroupCommit>,
    counters: Arc<Counters>,
    reader: Opener,
    _folder: TempDir,
}

impl Fixture {
    pub(super) fn new(busy_timeout: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opener = |role| {
            Opener::new(
                DatabaseUrl::sqlite(folder.path().join("test.db")).unwrap(),
                StoreSettings {
                    busy_timeout,
                    ..StoreSettings::default()
                },
                role,
                Arc::default(),
            )
        };
        let counters = Arc::new(Counters::default());
        let group = Arc::new(GroupCommit::open(opener(Role::Writer), Arc::clone(&counters)).unwrap());
        let fixture = Self {
            group,
            counters,
            reader: opener(Role::Reader),
            _folder: folder,
        };
        fixture
            .write(|tx| {
                execute(tx, "CREATE TABLE parent (id INTEGER PRIMARY KEY)")?;
                execute(
                    tx,
                    "CREATE TABLE entry (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id))",
                )
            })
            .unwrap();
        fixture
    }

    /// A queue before the same writer.
    pub(super) fn queue(&self) -> WriteQueue {
        WriteQueue::start(Arc::clone(&self.group)).unwrap()
    }

    fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.group.write(work)
    }

    pub(super) fn insert(&self, id: u64) -> Result<(), StoreError> {
        self.write(|tx| insert(tx, id))
    }

    /// What another connection sees: committed rows only.
    pub(super) fn committed(&self) -> i64 {
        let mut conn = self.reader.open().unwrap();
        let row: Count = diesel::sql_query("SELECT count(*) AS count FROM entry")
            .get_result(&mut conn)
            .unwrap();
        row.count
    }

    pub(super) fn commits(&self) -> u64 {
        self.counters.commits.load(Ordering::Relaxed)
    }

    /// Waits until so many callers wait for a turn. Only for use inside a turn.
    fn until_waiting(&self, callers: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while lock(&self.group.queue).waiting < callers {
            assert!(Instant::now() < deadline, "{callers} callers never waited");
            thread::yield_now();
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn execute(tx: &mut Tx<'_>, sql: &str) -> Result<(), StoreError> {
    tx.run("test", |conn| conn.batch_execute(sql))
}

pub(super) fn insert(tx: &mut Tx<'_>, id: u64) -> Result<(), StoreError> {
    execute(tx, &format!("INSERT INTO entry (id) VALUES ({id})"))
}

pub(super) fn refused() -> StoreError {
    StoreError::Abandoned {
        operation: "refused by the test",
    }
}

pub(super) const PATIENT: Duration = Duration::from_secs(30);

#[test]
fn a_lone_write_is_committed_when_it_returns() {
    let fixture = &Fixture::new(PATIENT);
    fixture.insert(1).unwrap();
    assert_eq!(fixture.committed(), 1);
    assert_eq!(fixture.commits(), 2);
}

#[test]
fn writes_that_wait_share_one_commit() {
    let fixture = &Fixture::new(PATIENT);
    let before = fixture.commits();
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        scope.spawn(move || {
            fixture
                .write(|tx| {
                    started.send(()).unwrap();
                    fixture.until_waiting(31);
                    insert(tx, 0)
                })
                .unwrap();
            assert!(fixture.committed() >= 1);
        });
        wait.recv().unwrap();
        for id in 1..32 {
            scope.spawn(move || {
                fixture.insert(id).unwrap();
                assert!(fixture.committed() >= 1);
            });
        }
    });
    assert_eq!(fixture.committed(), 32);
    assert_eq!(fixture.commits() - before, 1);
}

#[test]
fn nothing_is_acknowledged_before_its_commit() {
    let fixture = &Fixture::new(PATIENT);
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let first = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(1);
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        let second = scope.spawn(move || {
            fixture.write(|tx| {
                insert(tx, 2)?;
                // The first member has ended its turn, and its commit waits for this one.
                let visible = fixture.committed();
                Ok(visible)
            })
        });
        assert_eq!(second.join().unwrap().unwrap(), 0);
        first.join().unwrap().unwrap();
    });
    assert_eq!(fixture.committed(), 2);
}

#[test]
fn a_failing_closure_rolls_back_only_itself() {
    let fixture = &Fixture::new(PATIENT);
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let good = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(2);
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        let bad = scope.spawn(move || {
            fixture.write(|tx| {
                insert(tx, 2)?;
                Err::<(), _>(refused())
            })
        });
        let also_good = scope.spawn(move || fixture.insert(3));
        good.join().unwrap().unwrap();
        also_good.join().unwrap().unwrap();
        assert!(matches!(
            bad.join().unwrap(),
            Err(StoreError::Abandoned {
                operation: "refused by the test"
            })
        ));
    });
    assert_eq!(fixture.committed(), 2);
}

#[test]
fn a_failed_statement_dooms_its_closure_even_if_that_returns_ok() {
    let fixture = &Fixture::new(PATIENT);
    fixture.insert(1).unwrap();
    let result = fixture.write(|tx| {
        insert(tx, 2)?;
        assert!(insert(tx, 1).is_err(), "a second row of one id");
        assert!(insert(tx, 3).is_err(), "nothing runs after a failure");
        Ok(())
    });
    assert!(matches!(
        result,
        Err(StoreError::Failed {
            operation: "test",
            ..
        })
    ));
    assert_eq!(fixture.committed(), 1);
    fixture.insert(4).unwrap();
}

#[test]
fn a_panic_reaches_its_own_caller_and_nobody_else() {
    let fixture = &Fixture::new(PATIENT);
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let good = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(2);
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        let panicking = scope.spawn(move || {
            catch_unwind(AssertUnwindSafe(|| {
                fixture.write(|tx| -> Result<(), StoreError> {
                    insert(tx, 2)?;
                    panic!("on purpose");
                })
            }))
        });
        let also_good = scope.spawn(move || fixture.insert(3));
        good.join().unwrap().unwrap();
        also_good.join().unwrap().unwrap();
        let payload = panicking.join().unwrap().unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
    });
    assert_eq!(fixture.committed(), 2);
    fixture.insert(4).unwrap();
    assert_eq!(fixture.committed(), 3);
}

#[test]
fn a_failed_commit_fails_for_every_member_and_the_next_batch_works() {
    let fixture = &Fixture::new(PATIENT);
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let first = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(2);
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        // A reference that is only checked at the commit, and does not hold then.
        let culprit = scope.spawn(move || {
            fixture.write(|tx| {
                execute(tx, "PRAGMA defer_foreign_keys = ON")?;
                execute(tx, "INSERT INTO entry (id, parent) VALUES (2, 404)")
            })
        });
        // This one's own decision is a refusal; it must not be told so, because it saw rows that never came to be.
        let refusing = scope.spawn(move || fixture.write(|_| Err::<(), _>(refused())));
        for member in [first, culprit, refusing] {
            let error = member.join().unwrap().unwrap_err();
            assert!(
                matches!(
                    error,
                    StoreError::Failed {
                        operation: "commit",
                        ..
                    }
                ),
                "{error:?}"
            );
        }
    });
    assert_eq!(fixture.committed(), 0);
    fixture.insert(3).unwrap();
    assert_eq!(fixture.committed(), 1);
}

#[test]
fn a_transaction_that_ends_by_itself_fails_its_batch() {
    let fixture = &Fixture::new(PATIENT);
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let first = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(1);
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        // What SQLite does by itself when the disk is full.
        let second = scope.spawn(move || {
            fixture.write(|tx| {
                insert(tx, 2)?;
                execute(tx, "ROLLBACK")
            })
        });
        assert!(matches!(
            first.join().unwrap(),
            Err(StoreError::Failed {
                operation: "end the savepoint",
                ..
            })
        ));
        assert!(matches!(
            second.join().unwrap(),
            Err(StoreError::Failed {
                operation: "end the savepoint",
                ..
            })
        ));
    });
    assert_eq!(fixture.committed(), 0);
    fixture.insert(3).unwrap();
    assert_eq!(fixture.committed(), 1);
}

#[test]
fn a_full_disk_is_called_that_and_mends() {
    let fixture = &Fixture::new(PATIENT);
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) \
                INSERT INTO entry (id) SELECT i FROM n";
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let first = scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(1);
                insert(tx, 200_000)
            })
        });
        wait.recv().unwrap();
        let second = scope.spawn(move || {
            fixture.write(|tx| {
                // As long as this connection lives, which is not beyond the failure.
                execute(tx, "PRAGMA max_page_count = 10")?;
                execute(tx, many)
            })
        });
        let refused = [first.join().unwrap(), second.join().unwrap()];
        assert!(
            matches!(refused[1], Err(StoreError::NotWritable { .. })),
            "{refused:?}"
        );
        // The first was kept if SQLite undid the second alone, and knows why if not.
        assert!(
            matches!(refused[0], Ok(()) | Err(StoreError::NotWritable { .. })),
            "{refused:?}"
        );
        assert_eq!(fixture.committed(), i64::from(refused[0].is_ok()));
    });
    fixture
        .write(|tx| execute(tx, "PRAGMA max_page_count = 1000000"))
        .unwrap();
    fixture.write(|tx| execute(tx, many)).unwrap();
}

#[test]
fn a_batch_is_committed_when_it_is_full() {
    let fixture = &Fixture::new(PATIENT);
    let before = fixture.commits();
    let writers = u64::try_from(BATCH_LIMIT).unwrap() + 10;
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        scope.spawn(move || {
            fixture.write(|tx| {
                started.send(()).unwrap();
                fixture.until_waiting(BATCH_LIMIT + 9);
                insert(tx, 0)
            })
        });
        wait.recv().unwrap();
        for id in 1..writers {
            scope.spawn(move || fixture.insert(id).unwrap());
        }
    });
    assert_eq!(fixture.committed(), i64::try_from(writers).unwrap());
    assert_eq!(fixture.commits() - before, 2);
}

#[test]
fn a_waiter_gives_up_in_time_and_leaves_nothing_behind() {
    let fixture = &Fixture::new(Duration::from_millis(30));
    thread::scope(|scope| {
        let (started, wait) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let slow = scope.spawn(move || {
            fixture.write(move |tx| {
                started.send(()).unwrap();
                finished.recv().unwrap();
                insert(tx, 1)
            })
        });
        wait.recv().unwrap();
        assert!(matches!(
            fixture.insert(2),
            Err(StoreError::Busy {
                operation: "wait for the writer",
                ..
            })
        ));
        assert_eq!(lock(&fixture.group.queue).waiting, 0);
        finish.send(()).unwrap();
        slow.join().unwrap().unwrap();
    });
    assert_eq!(fixture.committed(), 1);
}

#[test]
fn a_write_within_a_write_is_an_error_and_not_a_deadlock() {
    let fixture = &Fixture::new(Duration::from_millis(30));
    let result = fixture.write(|tx| {
        insert(tx, 1)?;
        fixture.insert(2)
    });
    assert!(matches!(result, Err(StoreError::Busy { .. })));
    fixture.insert(3).unwrap();
    assert_eq!(fixture.committed(), 1);
}

#[test]
fn a_lock_held_by_another_process_is_busy_and_passes() {
    let fixture = &Fixture::new(Duration::from_millis(30));
    let mut other = Opener {
        role: Role::Writer,
        ..fixture.reader.clone()
    }
    .open()
    .unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(
        fixture.insert(1),
        Err(StoreError::Busy {
            operation: "begin",
            ..
        })
    ));
    other.batch_execute("COMMIT").unwrap();
    fixture.insert(1).unwrap();
    assert_eq!(fixture.committed(), 1);
}

/// Waiters that give up, closures that fail, panics and commits that fail, all at once: everybody gets an answer, and
/// exactly what was acknowledged is there.
#[test]
fn under_load_with_every_kind_of_failure_exactly_the_acknowledged_writes_are_there() {
    const THREADS: u64 = 16;
    const ROUNDS: u64 = 60;
    // Shorter than a batch may take, so that some waiters give up while others end their turns.
    let fixture = &Fixture::new(Duration::from_millis(4));
    let start = Barrier::new(THREADS.try_into().unwrap());
    let acknowledged: u64 = thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|writer| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    let mut acknowledged = 0;
                    for round in 0..ROUNDS {
                        let id = writer * ROUNDS + round;
                        let result = catch_unwind(AssertUnwindSafe(|| {
                            fixture.write(|tx| {
                                insert(tx, id)?;
                                match (writer + round) % 11 {
                                    3 => Err(refused()),
                                    5 if round % 3 == 0 => panic!("on purpose"),
                                    7 if round % 7 == 0 => {
                                        execute(tx, "PRAGMA defer_foreign_keys = ON")?;
                                        execute(tx, &format!("UPDATE entry SET parent = 404 WHERE id = {id}"))
                                    }
                                    _ => Ok(()),
                                }
                            })
                        }));
                        if matches!(result, Ok(Ok(()))) {
                            acknowledged += 1;
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert!(acknowledged > 0);
    assert_eq!(u64::try_from(fixture.committed()).unwrap(), acknowledged);
    let queue = lock(&fixture.group.queue);
    assert_eq!(queue.waiting, 0);
    assert!(
        queue.writer.as_ref().is_some_and(|writer| writer.batch.is_none()),
        "no batch is left open"
    );
}
