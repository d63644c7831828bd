//! Passgate's storage: the only crate that knows SQL.
//!
//! A [`Store`] speaks to a SQLite file or to PostgreSQL; which one, the [`DatabaseUrl`] says when the program runs. It
//! has three doors, [`Store::read`], [`Store::write`] and [`Store::write_locked`]: each runs a closure in one
//! transaction, commits on `Ok` and rolls back on `Err`. The closure gets a [`Tx`], the proof of an open transaction,
//! and hands it to the functions of the noun modules: `credentials::find(tx, app, id)`.
//!
//! # What it promises
//!
//! - A write that returned `Ok` is committed; with [`Synchronous::Full`] (and an honest disk) it survives a power
//!   failure. On SQLite, writes that wait share one commit.
//! - Every function names the application it works for, right after the transaction; the few global ones say so.
//! - Both databases answer alike: ids compare byte by byte, times keep microseconds, "already exists" is
//!   [`InsertError::Duplicate`] and leaves the transaction usable.
//! - Rows are private. What comes out are the types of `passgate-core`, or [`StoreError::Corrupt`].
//!
//! All functions block; an asynchronous host calls them on its blocking threads.

pub mod account_deletions;
pub mod alias_keys;
pub mod aliases;
pub mod api_keys;
pub mod applications;
pub mod authentication_configs;
pub mod authenticators;
pub mod credentials;
pub mod dispatched_emails;
pub mod events;
pub mod foreign_database;
pub mod installation;
pub mod leases;
pub mod metadata;
pub mod official_database;
pub mod reports;

pub mod snapshot;
pub mod spent_tokens;
pub mod token_keys;
pub mod users;
pub mod well_known;

mod backup_file;
mod column;
mod connection;
mod error;
mod group_commit;
mod migration;
mod options;
#[cfg(test)]
mod query_plans;
mod schema;
mod statistics;
mod store;
mod url;

pub use crate::{
    backup_file::{BackupContents, BackupFileError, copy_backup},
    connection::Tx,
    error::{Cause, InsertError, StoreError},
    migration::{MigrateError, SchemaState},
    options::{StoreSettings, Synchronous},
    statistics::Statistics,
    store::{BackupError, Store},
    url::{DatabaseUrl, InvalidDatabaseUrl},
};
pub use passgate_postgres::Pooling;
