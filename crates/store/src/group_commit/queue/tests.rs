//! What the module's documentation promises.

use std::sync::Mutex;

use super::*;
use crate::group_commit::tests::{Fixture, PATIENT, insert, refused};

/// Keeps the writer busy until the sender is dropped or sends.
fn hold(queue: &WriteQueue) -> (impl Future<Output = Result<(), StoreError>>, Sender<()>) {
    let (release, wait) = channel();
    let (begun, has_begun) = channel();
    let held = queue.write(move |_| {
        begun.send(()).unwrap();
        wait.recv().unwrap_err();
        Ok(())
    });
    has_begun.recv().unwrap();
    (held, release)
}

#[test]
fn what_has_queued_shares_one_commit_and_is_answered_after_it() {
    let fixture = Fixture::new(PATIENT);
    let queue = fixture.queue();
    let before = fixture.commits();
    let (held, release) = hold(&queue);
    let writes: Vec<_> = (0..32).map(|id| queue.write(move |tx| insert(tx, id))).collect();
    assert_eq!(fixture.committed(), 0);
    drop(release);
    pollster::block_on(held).unwrap();
    // The held one's answer is known only after the commit that it shared with all of them.
    assert_eq!(fixture.committed(), 32);
    for write in writes {
        pollster::block_on(write).unwrap();
    }
    assert_eq!(fixture.commits() - before, 1);
}

#[test]
fn one_that_fails_or_panics_undoes_only_itself() {
    let fixture = Fixture::new(PATIENT);
    let queue = fixture.queue();
    let (held, release) = hold(&queue);
    let good = queue.write(|tx| insert(tx, 1));
    let failing = queue.write(|tx| {
        insert(tx, 2)?;
        Err::<(), _>(refused())
    });
    let panicking = queue.write(|tx| -> Result<(), StoreError> {
        insert(tx, 3)?;
        panic!("on purpose");
    });
    let last = queue.write(|tx| insert(tx, 4));
    drop(release);
    pollster::block_on(held).unwrap();
    pollster::block_on(good).unwrap();
    assert!(matches!(
        pollster::block_on(failing),
        Err(StoreError::Abandoned { .. })
    ));
    let panic = catch_unwind(AssertUnwindSafe(|| pollster::block_on(panicking))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    pollster::block_on(last).unwrap();
    assert_eq!(fixture.committed(), 2);
}

#[test]
fn a_write_that_nobody_waits_for_any_more_is_written() {
    let fixture = Fixture::new(PATIENT);
    let queue = fixture.queue();
    let (held, release) = hold(&queue);
    drop(held);
    drop(queue.write(|tx| insert(tx, 1)));
    drop(release);
    // Closing waits for what has queued.
    drop(queue);
    assert_eq!(fixture.committed(), 1);
}

#[test]
fn a_full_queue_says_so_at_once() {
    let fixture = Fixture::new(PATIENT);
    let queue = fixture.queue();
    let (held, release) = hold(&queue);
    let waiting: Vec<_> = (0..WAITING_LIMIT)
        .map(|_| queue.write(|_| Ok::<_, StoreError>(())))
        .collect();
    assert!(matches!(
        pollster::block_on(queue.write(|_| Ok::<_, StoreError>(()))),
        Err(StoreError::Busy { .. })
    ));
    drop(release);
    pollster::block_on(held).unwrap();
    for write in waiting {
        pollster::block_on(write).unwrap();
    }
    pollster::block_on(queue.write(|_| Ok::<_, StoreError>(()))).unwrap();
}

#[test]
fn callers_with_and_without_a_thread_take_turns() {
    let fixture = &Fixture::new(PATIENT);
    let queue = &fixture.queue();
    let failures = &Mutex::new(Vec::new());
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for turn in 0..50 {
                    let id = thread * 100 + turn;
                    let outcome = if thread % 2 == 0 {
                        pollster::block_on(queue.write(move |tx| insert(tx, id)))
                    } else {
                        fixture.insert(id)
                    };
                    if let Err(error) = outcome {
                        failures.lock().unwrap().push(error);
                    }
                }
            });
        }
    });
    assert!(failures.lock().unwrap().is_empty(), "{failures:?}");
    assert_eq!(fixture.committed(), 200);
}
