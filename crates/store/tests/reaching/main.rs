//! Reaching PostgreSQL as people run it: over TLS, behind poolers, through fail-overs and outages, with a role that may
//! only read and write. Each test has servers of its own, of the version named by `TEST_POSTGRES_PROGRAMS` or the
//! newest installed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

mod failover;
mod outage;
mod poolers;
mod roles;
mod round_trips;
mod tls;

use std::{error::Error, time::Duration};

use passgate_store::{DatabaseUrl, Store, StoreError, StoreSettings, installation};

/// Opens a store on few connections.
fn open(url: &str) -> Result<Store, StoreError> {
    open_with(url, StoreSettings::default())
}

fn open_with(url: &str, settings: StoreSettings) -> Result<Store, StoreError> {
    let settings = StoreSettings {
        connections: 4,
        connection_timeout: Duration::from_secs(5),
        ..settings
    };
    Store::connect(&DatabaseUrl::parse(url).unwrap(), settings)
}

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn set(store: &Store, name: &str, value: u8) -> Result<(), StoreError> {
    store.write(|tx| installation::set(tx, name, &[value]))
}

fn get(store: &Store, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    store.read(|tx| installation::get(tx, name))
}
