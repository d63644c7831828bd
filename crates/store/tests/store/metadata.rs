//! FIDO metadata, which belongs to no application.

use chrono::NaiveDate;
use passgate_store::{
    Store,
    metadata::{self, AcceptedBlob, MetadataState},
};

use super::with_store;
use crate::fixture::{NOW, SECOND, race, read, write};

fn blob(number: u64) -> AcceptedBlob {
    AcceptedBlob {
        number,
        next_update: NaiveDate::from_ymd_opt(2025, 2, 1).unwrap(),
        accepted_at: NOW,
    }
}

fn state(store: &Store) -> MetadataState {
    read(store, |tx| metadata::find(tx, "a.example"))
}

fn text(store: &Store) -> Option<String> {
    read(store, |tx| metadata::read_blob(tx, "a.example"))
}

fn accept(store: &Store, accepted: AcceptedBlob, content: &str) {
    write(store, |tx| metadata::accept(tx, "a.example", accepted, content));
}

#[test]
fn a_blob_comes_back_whole() {
    with_store(|store| {
        assert_eq!((state(store), text(store)), (MetadataState::default(), None));
        // More than two parts, the last not full.
        let long: String = (0..600_000).map(|number| format!("{number:04}")).collect();
        accept(store, blob(7), &long);
        assert_eq!(state(store).accepted, Some(blob(7)));
        assert_eq!(text(store).as_deref(), Some(long.as_str()));
        // A shorter one leaves nothing of it behind.
        accept(store, blob(8), "short");
        assert_eq!(text(store).as_deref(), Some("short"));
        // Another signer's is another.
        assert_eq!(read(store, |tx| metadata::read_blob(tx, "b.example")), None);
    });
}

#[test]
fn a_smaller_number_changes_nothing_and_the_same_one_only_the_time() {
    with_store(|store| {
        accept(store, blob(7), "seven");
        accept(store, blob(6), "six");
        assert_eq!(
            (state(store).accepted, text(store).as_deref()),
            (Some(blob(7)), Some("seven"))
        );
        let later = AcceptedBlob {
            accepted_at: NOW.plus(SECOND),
            ..blob(7)
        };
        accept(store, later, "another seven");
        assert_eq!(
            (state(store).accepted, text(store).as_deref()),
            (Some(later), Some("seven"))
        );
    });
}

#[test]
fn of_two_nodes_that_accept_at_once_the_newer_blob_stays() {
    with_store(|store| {
        race(|node| {
            let number = [7, 8][node];
            accept(store, blob(number), &format!("number {number}"));
        });
        assert_eq!(
            (state(store).accepted, text(store).as_deref()),
            (Some(blob(8)), Some("number 8"))
        );
    });
}

#[test]
fn attempts_are_noted_until_one_succeeds() {
    with_store(|store| {
        let attempt = |at, error| write(store, |tx| metadata::record_attempt(tx, "a.example", at, error));
        attempt(NOW, Some("metadata_download"));
        let failed = MetadataState {
            accepted: None,
            tried_at: Some(NOW),
            error: Some("metadata_download".to_owned()),
        };
        assert_eq!(state(store), failed);
        accept(store, blob(7), "seven");
        attempt(NOW.plus(SECOND), Some("metadata_rollback"));
        let state_now = state(store);
        assert_eq!(
            (state_now.accepted, state_now.error.as_deref()),
            (Some(blob(7)), Some("metadata_rollback"))
        );
        attempt(NOW.plus(SECOND * 2), None);
        assert_eq!(
            (state(store).tried_at, state(store).error),
            (Some(NOW.plus(SECOND * 2)), None)
        );
        // What is accepted from elsewhere ends an error, too.
        attempt(NOW.plus(SECOND * 3), Some("metadata_download"));
        accept(store, blob(8), "eight");
        assert_eq!(state(store).error, None);
    });
}
