//! The failure every operation shares: what no caller can mend.

use passgate_core::application::AppId;
use passgate_store::StoreError;

use crate::post::Undelivered;

/// The store could not answer, or what it holds cannot be used.
///
/// Nothing a client sends causes one; nothing was changed when an operation returns one, except where an operation's
/// documentation says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store refused or lost an operation, which it names.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored token key does not open under the master key.
    #[error("token key {key_id} of application {app} does not open under the master key")]
    TokenKey {
        /// The application.
        app: AppId,
        /// The key's number.
        key_id: u32,
    },
    /// The alias key that an application brought along does not open under the master key.
    #[error("the alias key of application {app} does not open under the master key")]
    AliasKey {
        /// The application.
        app: AppId,
    },
    /// The database belongs to another master key by now: this node was not stopped when it was replaced.
    #[error("the master key was replaced while this node was running: start it again with the new one")]
    MasterKeyReplaced,
    /// Every fresh key had the last four characters of an existing one: the application has too many keys.
    #[error("application {app} has no free key id")]
    NoFreeKeyId {
        /// The application.
        app: AppId,
    },
    /// A letter that the operation depends on reached nobody; what it had prepared was taken back.
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
    /// A job failed for some applications; the others had their turn.
    #[error("{}", list(failed))]
    Applications {
        /// Each of them, with what failed.
        failed: Vec<FailedApplication>,
    },
}

/// An application that a job could not finish, and why.
#[derive(Debug)]
pub struct FailedApplication {
    /// The application.
    pub app: AppId,
    /// What failed.
    pub failure: Failure,
}

fn list(failed: &[FailedApplication]) -> String {
    let each: Vec<_> = failed
        .iter()
        .map(|FailedApplication { app, failure }| format!("application {app}: {failure}"))
        .collect();
    each.join("; ")
}

impl Failure {
    /// Whether the database answers and cannot write, which somebody has to look after.
    pub const fn is_not_writable(&self) -> bool {
        matches!(self, Self::Store(StoreError::NotWritable { .. }))
    }

    /// Whether trying again in a moment may help: the database was busy or away.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            Self::TokenKey { .. }
            | Self::AliasKey { .. }
            | Self::MasterKeyReplaced
            | Self::NoFreeKeyId { .. }
            | Self::Undelivered(_) => false,
            Self::Applications { failed } => failed.iter().all(|it| it.failure.is_unavailable()),
        }
    }
}
