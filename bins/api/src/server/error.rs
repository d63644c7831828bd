//! Why a server does not start, or ends.

use std::{io, net::SocketAddr};

use passgate::{Stopped, WrongMasterKey};
use passgate_store::{MigrateError, StoreError};

use crate::{config::PrepareError, database_lock::LockError, mail::MailConfigError};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Keys or directories are missing.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Somebody is replacing the database.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database does not open.
    #[error("the database {database} does not open")]
    Store {
        /// Which database, without its password.
        database: String,
        /// What the storage answered.
        #[source]
        source: StoreError,
    },
    /// The database's schema cannot be brought up to date.
    #[error("the database {database} cannot be migrated")]
    Migrate {
        /// Which database, without its password.
        database: String,
        /// The migration that failed, and why.
        #[source]
        source: MigrateError,
    },
    /// A signal ended the waiting for the database or for another node's migration.
    #[error("told to stop while waiting for the database")]
    ToldToStop,
    /// The database belongs to another master key, or failed.
    #[error(transparent)]
    Start(#[from] Stopped<WrongMasterKey>),
    /// The mail configuration cannot be used.
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    /// The system gives no threads for mail.
    #[error("cannot start the mail threads")]
    MailThreads(#[source] io::Error),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address and port that were configured.
        address: SocketAddr,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The server broke down.
    #[error("the server ended with an error")]
    Serve(#[source] io::Error),
}
