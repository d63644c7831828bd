//! FIDO metadata: the file it is read from, and how fresh it is.
//!
//! Every node reads the file for itself, at the start and again when the file changes. A file that cannot be used takes
//! nothing away: what was accepted before stays in use, and health tells what is wrong.

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

use crate::operations::Operations;

mod config;

pub use config::{MetadataConfig, parse_anchors};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(300);

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
    /// The file is larger than 64 MiB.
    #[error("{} is larger than 64 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// What it holds is not accepted.
    #[error("the metadata in {} is not accepted", path.display())]
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
            Self::TooLarge { .. } => "metadata_too_large",
            Self::NotAccepted { source, .. } => match source {
                AcceptMetadataError::Metadata(error) => error.code(),
                AcceptMetadataError::Failure(Failure::Store(_)) => "storage",
                AcceptMetadataError::Failure(Failure::TokenKey { .. } | Failure::NoFreeKeyId { .. }) => {
                    "internal"
                }
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
    file: PathBuf,
    rules: BlobRules,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// The file as it was when it was accepted.
    stamp: Option<Stamp>,
    accepted_at: Option<Timestamp>,
    error: Option<&'static str>,
    told_stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
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

    /// Reads the source if it changed. Blocks.
    ///
    /// # Errors
    /// See [`RefreshError`]; what was in use stays in use, and the next call tries again.
    pub fn refresh(&self, passgate: &Passgate, env: Env<'_>) -> Result<Refreshed, RefreshError> {
        let Some(source) = &self.inner.source else {
            return Ok(Refreshed::Off);
        };
        let accepted = self.state().stamp;
        let outcome = source.read_unless(accepted).and_then(|read| match read {
            None => Ok(None),
            Some((blob, stamp)) => match passgate.accept_metadata(&blob, &source.rules, env) {
                Ok(_) => Ok(Some(stamp)),
                Err(error) => Err(RefreshError::NotAccepted {
                    path: source.file.clone(),
                    source: error,
                }),
            },
        });
        let mut state = self.state();
        state.error = outcome.as_ref().err().map(RefreshError::code);
        Ok(match outcome? {
            None => Refreshed::Unchanged,
            Some(stamp) => {
                *state = State {
                    stamp: Some(stamp),
                    accepted_at: Some(env.now),
                    ..State::default()
                };
                Refreshed::Accepted
            }
        })
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
            error: state.error,
        })
    }

    /// Refreshes, and tells the log what came of it.
    pub fn refresh_and_tell(&self, passgate: &Passgate, env: Env<'_>) {
        let before = self.state().error;
        match self.refresh(passgate, env) {
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

impl Source {
    /// The file, unless it still is what was accepted.
    fn read_unless(&self, accepted: Option<Stamp>) -> Result<Option<(String, Stamp)>, RefreshError> {
        let unreadable = |source| RefreshError::Unreadable {
            path: self.file.clone(),
            source,
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        let stamp = Stamp {
            modified: about.modified().map_err(unreadable)?,
            length: about.len(),
        };
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

/// Looks at the source now and then, for as long as the runtime lives.
pub async fn keep_fresh(operations: Operations, metadata: Metadata) {
    if metadata.inner.source.is_none() {
        return;
    }
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        let metadata = metadata.clone();
        let looked = operations
            .run(move |passgate, env| -> Result<(), Failure> {
                metadata.refresh_and_tell(passgate, env);
                Ok(())
            })
            .await;
        if let Err(problem) = looked {
            tracing::error!(cause = problem.cause(), "the FIDO metadata is not refreshed");
        }
    }
}
