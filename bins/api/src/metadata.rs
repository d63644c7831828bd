//! FIDO metadata: the file and the address it comes from, and how fresh it is.
//!
//! What one node accepts is kept in the database, from where every other takes it, also one that starts without a way to
//! the outside. A download is a job and so runs on one node; a file is read by the nodes that have it. What cannot be
//! used takes nothing away: what was accepted before stays in use, and health tells what is wrong.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use actix_web::rt::{self, task::JoinHandle};
use chrono::NaiveDate;
use passgate::{
    Env, Failure, Passgate, Stopped,
    jobs::{JobOutcome, Turn},
    metadata::{AcceptedBlob, MetadataState, RefreshMetadataError},
};
use passgate_core::time::Timestamp;
use passgate_webauthn::{
    certificate::well_known,
    metadata::{BlobRules, MetadataEntry, MetadataError, MetadataRegistry, ProtocolFamily},
};
use tokio::sync::oneshot;
use url::Url;

use crate::{config::MetadataConfig, operations::Operations};

mod download;

/// How often file and database are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The largest BLOB that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Why the metadata was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The file is larger than 64 MiB.
    #[error("{} is larger than 64 MiB", path.display())]
    TooLarge {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
    },
    /// The BLOB cannot be downloaded.
    #[error("the metadata cannot be downloaded from {host}")]
    Download {
        /// Where from; the rest of the address may be a secret.
        host: String,
        /// What the HTTP client says: name resolution, connection, TLS or status.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The thread of a download does not start, or ends too early.
    #[error("the download of the metadata broke down")]
    BrokeDown(#[source] io::Error),
    /// What was found is not accepted.
    #[error("the metadata from {origin} is not accepted")]
    NotAccepted {
        /// The file, the host, or the database.
        origin: String,
        /// The rule of the BLOB that does not hold, or the failure of the storage.
        #[source]
        source: MetadataError,
    },
    /// The database does not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl RefreshError {
    /// A stable name for those who watch; it tells nothing about the machine.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "metadata_unreadable",
            Self::TooLarge { .. } => "metadata_too_large",
            Self::Download { .. } | Self::BrokeDown(_) => "metadata_download",
            Self::NotAccepted { source, .. } => source.code().as_str(),
            Self::Failure(_) => "storage",
        }
    }
}

/// What came of looking at a source.
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
    address: Option<Url>,
    file: Option<PathBuf>,
    rules: BlobRules,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// The file as it was when it was read last with success.
    stamp: Option<Stamp>,
    file_error: Option<&'static str>,
    /// What the database said when it was looked at last.
    stored: MetadataState,
    /// The BLOB in the database that does not verify here.
    refused: Option<AcceptedBlob>,
    stored_error: Option<&'static str>,
    told_stale: bool,
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
    /// When it was accepted last, by whichever node.
    pub accepted_at: Option<Timestamp>,
    /// When a download was tried last, by whichever node.
    pub tried_at: Option<Timestamp>,
    /// Why the source was not accepted when it was looked at last.
    pub error: Option<String>,
}

/// The most flaws that are told.
const MAX_FLAWS: usize = 20;

fn is_listed(entry: &MetadataEntry) -> bool {
    entry.protocol() == Some(&ProtocolFamily::Fido2) && entry.aaguid().is_some()
}

/// What could not be read, entries that are left out first.
fn flaws(metadata: &MetadataRegistry) -> Vec<String> {
    let skipped = metadata
        .skipped()
        .iter()
        .map(|skipped| format!("entry {} is left out: {}", skipped.index, skipped.error));
    let flawed = metadata
        .entries()
        .iter()
        .filter(|entry| !entry.flaws().is_empty())
        .map(|entry| {
            let flaws: Vec<String> = entry.flaws().iter().map(ToString::to_string).collect();
            format!("{}: {}", entry.description(), flaws.join(", "))
        });
    skipped.chain(flawed).take(MAX_FLAWS).collect()
}

/// The metadata in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// `no` of the BLOB: it only grows.
    pub number: u64,
    /// By when a newer one is promised.
    pub next_update: NaiveDate,
    /// Whether that day has passed.
    pub stale: bool,
    /// How many models it describes.
    pub models: usize,
    /// How many of them speak FIDO2 and have an AAGUID: those that lists and filters show.
    pub listed: usize,
    /// How many entries could not be used.
    pub skipped: usize,
    /// What of the BLOB could not be read, a sentence for each of the first entries concerned.
    pub flaws: Vec<String>,
}

impl Metadata {
    /// Nothing is read before the first [`Self::refresh`].
    pub fn new(config: &MetadataConfig) -> Self {
        let configured = config.file.is_some() || config.address.is_some();
        let source = configured.then(|| Source {
            address: config.address.clone(),
            file: config.file.clone(),
            rules: rules(config),
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

    /// Reads the file if it changed, and takes what another node left in the database. Blocks.
    ///
    /// # Errors
    /// See [`RefreshError`]; what was in use stays in use, and the next call tries again.
    pub fn refresh(&self, passgate: &Passgate, env: Env<'_>) -> Result<Refreshed, RefreshError> {
        let Some(source) = &self.inner.source else {
            return Ok(Refreshed::Off);
        };
        let file = self.read_file(source, passgate, env);
        let stored = self.read_stored(source, passgate);
        Ok(match (file?, stored?) {
            (Refreshed::Accepted, _) | (_, Refreshed::Accepted) => Refreshed::Accepted,
            (Refreshed::Off | Refreshed::Unchanged, _) => Refreshed::Unchanged,
        })
    }

    /// Like [`Self::refresh`], and tells the log what came of it.
    pub fn refresh_and_tell(&self, passgate: &Passgate, env: Env<'_>) {
        let Some(source) = &self.inner.source else {
            return;
        };
        let before = self.state().clone();
        let file = self.read_file(source, passgate, env);
        self.tell(passgate, before.file_error, file, env);
        let stored = self.read_stored(source, passgate);
        self.tell(passgate, before.stored_error, stored, env);
    }

    /// Downloads a newer BLOB, if one is due and an address is configured: the job. Blocks for up to a minute, and gives
    /// up when jobs are told to stop.
    ///
    /// # Errors
    /// See [`RefreshError`]; what was in use stays in use.
    pub fn download(
        &self,
        passgate: &Passgate,
        turn: Turn<'_>,
        env: Env<'_>,
    ) -> Result<JobOutcome, RefreshError> {
        let configured = self.inner.source.as_ref();
        let Some((source, address)) = configured.and_then(|source| Some((source, source.address.as_ref()?)))
        else {
            return Ok(JobOutcome::Off);
        };
        let outcome = passgate
            .refresh_metadata(turn, &source.rules, env, || {
                download::fetch(address, LARGEST, || passgate.jobs_are_stopping())
            })
            .map_err(|error| match error {
                Stopped::Refused(RefreshMetadataError::Fetch(error)) => error,
                Stopped::Refused(RefreshMetadataError::Accept(error)) => {
                    not_accepted(host(address), Stopped::Refused(error))
                }
                Stopped::Failed(failure) => not_accepted(host(address), Stopped::Failed(failure)),
            });
        // What came of it is in the database now, for this node as for the others.
        let stored = self.read_stored(source, passgate);
        let outcome = outcome?;
        stored?;
        Ok(outcome)
    }

    fn read_file(
        &self,
        source: &Source,
        passgate: &Passgate,
        env: Env<'_>,
    ) -> Result<Refreshed, RefreshError> {
        let Some(file) = &source.file else {
            return Ok(Refreshed::Off);
        };
        let last = self.state().stamp;
        let outcome = match read_unless(file, last) {
            Ok(None) => Ok(None),
            Ok(Some((blob, stamp))) => match passgate.accept_metadata(&blob, &source.rules, env) {
                Ok(_) => Ok(Some((Refreshed::Accepted, stamp))),
                // A file that got things going before the first download is not wrong for being old.
                Err(Stopped::Refused(MetadataError::Rollback { .. })) if source.address.is_some() => {
                    Ok(Some((Refreshed::Unchanged, stamp)))
                }
                Err(error) => Err(not_accepted(file.display().to_string(), error)),
            },
            Err(error) => Err(error),
        };
        let mut state = self.state();
        state.file_error = outcome.as_ref().err().map(RefreshError::code);
        let Some((refreshed, stamp)) = outcome? else {
            return Ok(Refreshed::Unchanged);
        };
        state.stamp = Some(stamp);
        Ok(refreshed)
    }

    fn read_stored(&self, source: &Source, passgate: &Passgate) -> Result<Refreshed, RefreshError> {
        let outcome = self.take_stored(source, passgate);
        let mut state = self.state();
        match outcome {
            Ok(refreshed) => {
                if state.refused.is_none() {
                    state.stored_error = None;
                }
                Ok(refreshed)
            }
            Err(error) => {
                state.stored_error = Some(error.code());
                Err(error)
            }
        }
    }

    fn take_stored(&self, source: &Source, passgate: &Passgate) -> Result<Refreshed, RefreshError> {
        let stored = passgate.metadata_state(&source.rules)?;
        let accepted = stored.accepted;
        let refused = {
            let mut state = self.state();
            state.stored = stored;
            if state.refused != accepted {
                state.refused = None;
            }
            state.refused.is_some()
        };
        let Some(accepted) = accepted else {
            return Ok(Refreshed::Unchanged);
        };
        let in_use = passgate.metadata().map(|metadata| metadata.number());
        if refused || in_use.is_some_and(|number| number >= accepted.number) {
            return Ok(Refreshed::Unchanged);
        }
        match passgate.load_metadata(&source.rules) {
            Ok(_) => Ok(Refreshed::Accepted),
            Err(error) => {
                if matches!(error, Stopped::Refused(_)) {
                    self.state().refused = Some(accepted);
                }
                Err(not_accepted("the database".to_owned(), error))
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
            listed: metadata.entries().iter().filter(|entry| is_listed(entry)).count(),
            skipped: metadata.skipped().len(),
            flaws: flaws(&metadata),
        });
        Some(Freshness {
            in_use,
            accepted_at: state.stored.accepted.map(|accepted| accepted.accepted_at),
            tried_at: state.stored.tried_at,
            error: state
                .file_error
                .or(state.stored_error)
                .map(str::to_owned)
                .or(state.stored.error),
        })
    }

    fn tell(
        &self,
        passgate: &Passgate,
        before: Option<&'static str>,
        outcome: Result<Refreshed, RefreshError>,
        env: Env<'_>,
    ) {
        let in_use = || self.freshness(passgate, env.now)?.in_use;
        match outcome {
            Ok(Refreshed::Off | Refreshed::Unchanged) => {}
            Ok(Refreshed::Accepted) => {
                if let Some(InUse {
                    number,
                    next_update,
                    models,
                    skipped,
                    ..
                }) = in_use()
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
        let stale = in_use().filter(|in_use| in_use.stale);
        let told = std::mem::replace(&mut self.state().told_stale, stale.is_some());
        if let Some(in_use) = stale
            && !told
        {
            tracing::warn!(
                number = in_use.number,
                next_update = %in_use.next_update,
                "the FIDO metadata is stale: a newer BLOB is due"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom a BLOB is accepted from.
fn rules(config: &MetadataConfig) -> BlobRules {
    let anchors = if config.anchors.is_empty() {
        well_known::METADATA
            .iter()
            .map(well_known::WellKnownAnchor::anchor)
            .collect()
    } else {
        config.anchors.clone()
    };
    BlobRules::private(anchors, Some(config.signer.clone()))
}

fn not_accepted(origin: String, stopped: Stopped<MetadataError>) -> RefreshError {
    match stopped {
        Stopped::Refused(source) => RefreshError::NotAccepted { origin, source },
        Stopped::Failed(failure) => RefreshError::Failure(failure),
    }
}

/// The host of an address; the rest may be a secret.
fn host(address: &Url) -> String {
    address.host_str().unwrap_or_default().to_owned()
}

/// The file, unless it still is what it was.
fn read_unless(path: &Path, last: Option<Stamp>) -> Result<Option<(String, Stamp)>, RefreshError> {
    let unreadable = |source| RefreshError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let stamp = Stamp::of(&file).map_err(unreadable)?;
    if last == Some(stamp) {
        return Ok(None);
    }
    let mut blob = String::new();
    file.take(LARGEST + 1)
        .read_to_string(&mut blob)
        .map_err(unreadable)?;
    if u64::try_from(blob.len()).is_ok_and(|length| length > LARGEST) {
        return Err(RefreshError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(Some((blob, stamp)))
}

/// The loop that looks at file and database, running.
pub struct KeptFresh {
    /// Dropped to end the loop.
    keep_going: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Looks at file and database now and then, until [`KeptFresh::stop`]. None if there is no source to look at.
pub fn keep_fresh(operations: Operations, metadata: Metadata) -> Option<KeptFresh> {
    metadata.inner.source.as_ref()?;
    let (keep_going, mut stopped) = oneshot::channel();
    let task = rt::spawn(async move {
        loop {
            tokio::select! {
                () = rt::time::sleep(LOOK_EVERY) => {}
                _ = &mut stopped => return,
            }
            let this = metadata.clone();
            let looked = operations
                .hop(move |passgate, env| this.refresh_and_tell(passgate, env))
                .await;
            if let Err(error) = looked {
                tracing::error!(cause = %error, "the FIDO metadata is not refreshed");
            }
        }
    });
    Some(KeptFresh { keep_going, task })
}

impl KeptFresh {
    /// Ends the loop, after the look at hand.
    pub async fn stop(self) {
        drop(self.keep_going);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the loop that keeps the FIDO metadata fresh broke down");
        }
    }
}
