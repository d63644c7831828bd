//! Errors of reading another server.

use std::{fmt, io, path::PathBuf, time::Duration};

use passgate_core::{api_key::InvalidApiKey, application::AppId};

/// Why the other server could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is none.
    #[error("'{url}' is not an address to read from: it must begin with https://, or name this very machine")]
    BaseUrl {
        /// The text that was given as the address.
        url: String,
    },
    /// It does not answer.
    #[error("{path} cannot be read")]
    Unreachable {
        /// Path that was asked for, without the server's address.
        path: String,
        /// What the HTTP client says: name resolution, connection, TLS or status.
        #[source]
        source: Box<ureq::Error>,
    },
    /// It answers with an error.
    #[error("{path} was answered with {status}: {title}")]
    Refused {
        /// Path that was asked for, without the server's address.
        path: String,
        /// HTTP status code.
        status: u16,
        /// What the answer says.
        title: String,
    },
    /// It did not answer however often it was asked.
    #[error(
        "nothing was imported, after {tries} tries{}; what was read is kept: run the same command again later",
        asked_wait.map(|wait| format!(" (the server asks to wait for {})", Seconds(wait))).unwrap_or_default()
    )]
    GaveUp {
        /// How often it was asked.
        tries: u32,
        /// How long it wants us to wait, if that is too long.
        asked_wait: Option<Duration>,
        /// What came of the last try.
        #[source]
        source: Box<Self>,
    },
    /// It answers something else than this API does.
    #[error("the answer to {path} is not what this API answers")]
    Unexpected {
        /// Path that was asked for, without the server's address.
        path: String,
    },
    /// The secret key is none.
    #[error("what was given as the secret key is not one")]
    Secret(#[source] InvalidApiKey),
    /// The public key is none, or another application's.
    #[error("the public key is not one of application '{app}'")]
    PublicKey {
        /// Id of the application.
        app: AppId,
    },
    /// What was read cannot be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another import reads the same application.
    #[error("another import of this application is running: it uses {}", path.display())]
    InUse {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot use {}, which keeps what was read", path.display())]
    Io {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
}

/// A wait for people.
pub(in crate::cli) struct Seconds(pub(in crate::cli) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_millis() == 0 {
            write!(f, "{} s", self.0.as_secs())
        } else {
            write!(f, "{:.1} s", self.0.as_secs_f64())
        }
    }
}
