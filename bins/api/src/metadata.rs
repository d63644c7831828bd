//! FIDO metadata: the file it is read from, the download that renews it, and how fresh it is.
//!
//! Every node reads the file for itself, at the start and again when the file changes. With an address in the
//! configuration the node downloads the file when its successor is due. What cannot be used takes nothing away: what was
//! accepted before stays in use, and health tells what is wrong.

use std::{
    fs::File,
    io::{self, Read as _},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use chrono::NaiveDate;
use passgate::{Env, Failure, Passgate, metadata::AcceptMetadataError};
use passgate_core::time::Timestamp;
use passgate_webauthn::metadata::BlobRules;
use url::Url;

use crate::operations::Operations;

mod config;
mod download;

pub use config::{MetadataConfig, parse_anchors};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// How long a download is not tried again.
const RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Why the metadata was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file cannot be downloaded.
    #[error("the metadata cannot be downloaded from {host}")]
    Download {
        /// Where from; the rest of the address may be a secret.
        host: String,
        /// Why not.
        #[source]
        source: Box<ureq::Error>,
    },
    /// What was downloaded cannot be kept.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file is larger than 64 MiB.
    #[error("{} is larger than 64 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// What it holds, or should hold from now on, is not accepted.
    #[error("the metadata for {} is not accepted", path.display())]
    NotAccepted {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: AcceptMetadataError,
    },
}

impl RefreshError {
    /// A stable name for those who watch; it tells nothing about the machine.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "metadata_unreadable",
            Self::Download { .. } => "metadata_download",
            Self::Unwritable { .. } => "metadata_unwritable",
            Self::TooLarge { .. } => "metadata_too_large",
            Self::NotAccepted { source, .. } => match source {
                AcceptMetadataError::Metadata(error) => error.code(),
                AcceptMetadataError::Failure(Failure::Store(_)) => "storage",
                AcceptMetadataError::Failure(
                    Failure::TokenKey { .. }
                    | Failure::MasterKeyReplaced
                    | Failure::AliasKey { .. }
                    | Failure::NoFreeKeyId { .. }
                    | Failure::Applications { .. },
                ) => "internal",
            },
        }
    }
}

/// What came of looking at the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// No source is configured.
    Off,
    /// It is the same as last time.
    Unchanged,
    /// It was read and accepted.
    Accepted,
}

/// Where this node's metadata comes from, and what is known about it.
#[derive(Clone, Debug)]
pub struct Metadata {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: Option<Source>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct Source {
    /// Where the file is renewed from, if it is.
    address: Option<Url>,
    file: PathBuf,
    rules: BlobRules,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// The file as it was when it was accepted.
    stamp: Option<Stamp>,
    accepted_at: Option<Timestamp>,
    file_error: Option<&'static str>,
    download_error: Option<&'static str>,
    told_stale: bool,
    /// When a download was begun last.
    tried_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let about = file.metadata()?;
        Ok(Self {
            modified: about.modified()?,
            length: about.len(),
        })
    }
}

/// How fresh the metadata is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// What is in use, if anything is.
    pub in_use: Option<InUse>,
    /// When the source was accepted last.
    pub accepted_at: Option<Timestamp>,
    /// Why the source was not accepted when it was looked at last.
    pub error: Option<&'static str>,
}

/// The metadata in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// Its number.
    pub number: u64,
    /// By when a newer one is promised.
    pub next_update: NaiveDate,
    /// Whether that day has passed.
    pub stale: bool,
    /// How many models it describes.
    pub models: usize,
    /// How many entries could not be used.
    pub skipped: usize,
}

impl Metadata {
    /// Nothing is read before the first [`Self::refresh`].
    pub fn new(config: &MetadataConfig) -> Self {
        let source = config.file.clone().map(|file| Source {
            address: config.address.clone(),
            file,
            rules: config.rules(),
        });
        Self {
            inner: Arc::new(Inner {
                source,
                state: Mutex::default(),
            }),
        }
    }

    /// No metadata.
    pub fn off() -> Self {
        Self::new(&MetadataConfig::default())
    }

    /// Reads the file if it changed. Blocks.
    ///
    /// # Errors
    /// See [`RefreshError`]; what was in use stays in use, and the next call tries again.
    pub fn refresh(&self, passgate: &Passgate, env: Env<'_>) -> Result<Refreshed, RefreshError> {
        let Some(source) = &self.inner.source else {
            return Ok(Refreshed::Off);
        };
        let accepted = self.state().stamp;
        let outcome = match source.read_unless(accepted) {
            Ok(None) => Ok(None),
            Ok(Some((blob, stamp))) => source.accept(passgate, &blob, env).map(|()| Some(stamp)),
            // The first download will make it.
            Err(RefreshError::Unreadable { source: error, .. })
                if source.address.is_some() && error.kind() == io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        };
        self.note(outcome, |state| &mut state.file_error, env.now)
    }

    /// Downloads the file if an address is configured and a newer file is due: none is in use, or the day has come that
    /// its successor was promised for. At most once an hour. Blocks for up to a minute.
    ///
    /// # Errors
    /// See [`RefreshError`]; what was in use stays in use.
    pub fn download(&self, passgate: &Passgate, env: Env<'_>) -> Result<Refreshed, RefreshError> {
        let Some((source, address)) = self
            .inner
            .source
            .as_ref()
            .and_then(|source| Some((source, source.address.as_ref()?)))
        else {
            return Ok(Refreshed::Off);
        };
        let due = passgate
            .metadata()
            .is_none_or(|metadata| metadata.next_update() <= env.now.to_utc().date_naive());
        let tried_lately = self
            .state()
            .tried_at
            .is_some_and(|at| env.now.since(at) < RETRY_AFTER);
        if !due || tried_lately {
            return Ok(Refreshed::Unchanged);
        }
        self.state().tried_at = Some(env.now);
        let outcome = download::fetch(address, LARGEST)
            .and_then(|blob| {
                source.accept(passgate, &blob, env)?;
                download::replace(&source.file, &blob)
            })
            .map(Some);
        self.note(outcome, |state| &mut state.download_error, env.now)
    }

    /// Remembers what came of it.
    fn note(
        &self,
        outcome: Result<Option<Stamp>, RefreshError>,
        error_of: impl Fn(&mut State) -> &mut Option<&'static str>,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let mut state = self.state();
        match outcome {
            Ok(Some(stamp)) => {
                *state = State {
                    stamp: Some(stamp),
                    accepted_at: Some(now),
                    tried_at: state.tried_at,
                    ..State::default()
                };
                Ok(Refreshed::Accepted)
            }
            Ok(None) => {
                *error_of(&mut state) = None;
                Ok(Refreshed::Unchanged)
            }
            Err(error) => {
                *error_of(&mut state) = Some(error.code());
                Err(error)
            }
        }
    }

    /// How fresh the metadata is; none if no source is configured.
    pub fn freshness(&self, passgate: &Passgate, now: Timestamp) -> Option<Freshness> {
        self.inner.source.as_ref()?;
        let state = self.state().clone();
        let in_use = passgate.metadata().map(|metadata| InUse {
            number: metadata.number(),
            next_update: metadata.next_update(),
            stale: metadata.is_stale(now.to_utc()),
            models: metadata.entries().len(),
            skipped: metadata.skipped().len(),
        });
        Some(Freshness {
            in_use,
            accepted_at: state.accepted_at,
            error: state.error(),
        })
    }

    /// Reads the file if it changed, and tells the log what came of it.
    pub fn refresh_and_tell(&self, passgate: &Passgate, env: Env<'_>) {
        let before = self.state().file_error;
        self.tell(passgate, before, self.refresh(passgate, env), env);
    }

    /// Downloads the file if that is due, and tells the log what came of it.
    pub fn download_and_tell(&self, passgate: &Passgate, env: Env<'_>) {
        let before = self.state().download_error;
        self.tell(passgate, before, self.download(passgate, env), env);
    }

    fn tell(
        &self,
        passgate: &Passgate,
        before: Option<&'static str>,
        outcome: Result<Refreshed, RefreshError>,
        env: Env<'_>,
    ) {
        match outcome {
            Ok(Refreshed::Off | Refreshed::Unchanged) => {}
            Ok(Refreshed::Accepted) => {
                if let Some(InUse {
                    number,
                    next_update,
                    models,
                    skipped,
                    ..
                }) = self
                    .freshness(passgate, env.now)
                    .and_then(|freshness| freshness.in_use)
                {
                    tracing::info!(number, %next_update, models, skipped, "FIDO metadata accepted");
                }
            }
            // Once is enough, until it is another problem.
            Err(error) if before == Some(error.code()) => {}
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, code = error.code(), cause, "the FIDO metadata is not refreshed");
            }
        }
        let stale = self
            .freshness(passgate, env.now)
            .and_then(|freshness| freshness.in_use)
            .filter(|in_use| in_use.stale);
        if let Some(in_use) = stale
            && !std::mem::replace(&mut self.state().told_stale, true)
        {
            tracing::warn!(
                number = in_use.number,
                next_update = %in_use.next_update,
                "the FIDO metadata is stale: a newer file is due"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn error(&self) -> Option<&'static str> {
        self.file_error.or(self.download_error)
    }
}

impl Source {
    fn accept(&self, passgate: &Passgate, blob: &str, env: Env<'_>) -> Result<(), RefreshError> {
        match passgate.accept_metadata(blob, &self.rules, env) {
            Ok(_) => Ok(()),
            Err(error) => Err(RefreshError::NotAccepted {
                path: self.file.clone(),
                source: error,
            }),
        }
    }

    /// The file, unless it still is what was accepted.
    fn read_unless(&self, accepted: Option<Stamp>) -> Result<Option<(String, Stamp)>, RefreshError> {
        let unreadable = |source| RefreshError::Unreadable {
            path: self.file.clone(),
            source,
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let stamp = Stamp::of(&file).map_err(unreadable)?;
        if accepted == Some(stamp) {
            return Ok(None);
        }
        let mut blob = String::new();
        file.take(LARGEST + 1)
            .read_to_string(&mut blob)
            .map_err(unreadable)?;
        if u64::try_from(blob.len()).is_ok_and(|length| length > LARGEST) {
            return Err(RefreshError::TooLarge {
                path: self.file.clone(),
            });
        }
        Ok(Some((blob, stamp)))
    }
}

/// Looks at the file now and then, and downloads it when that is due, for as long as the runtime lives.
pub async fn keep_fresh(operations: Operations, metadata: Metadata) {
    if metadata.inner.source.is_none() {
        return;
    }
    loop {
        let this = metadata.clone();
        let looked = operations
            .run(move |passgate, env| -> Result<(), Failure> {
                this.refresh_and_tell(passgate, env);
                this.download_and_tell(passgate, env);
                Ok(())
            })
            .await;
        if let Err(problem) = looked {
            tracing::error!(cause = problem.cause(), "the FIDO metadata is not refreshed");
        }
        actix_web::rt::time::sleep(LOOK_EVERY).await;
    }
}
