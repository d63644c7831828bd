//! What a configuration becomes: the only place that knows both the configuration and what is configured.

use std::{path::Path, sync::Arc};

use passgate::{Passgate, Settings, Stopped, WrongMasterKey};
use passgate_core::{master_key::MasterKey, secret::Secret, time::Clock as _};
use passgate_store::{Store, StoreSettings, Synchronous};

use super::{error::OpenError, listen::Threads, patience::Patience};
use crate::{
    api::ApiSettings,
    body::BodyLimits,
    client::ProxyTrust,
    config::{
        self, Config, ConfigError, Durability, Effective, KeyFiles, MailConfig, PrepareError, Sources,
        prepare,
    },
    database_lock::{DatabaseLock, beside},
    env::{SystemClock, SystemEntropy},
    file_system,
    jobs::{Means, Post},
    links,
    mail::{MailConfigError, Mailer},
    metadata::Metadata,
    owner,
    shares::ShareLimits,
};

/// Reads a configuration that a server can be made of.
///
/// # Errors
/// Every problem at once.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    Config::load(sources, can_be_used)
}

/// Every setting as it is in force.
///
/// # Errors
/// As [`load`].
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, ConfigError> {
    config::effective(sources, can_be_used)
}

/// What is allowed and probably not meant, in sentences.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = config.warnings();
    let database = match &config.database.url {
        Some(url) => url.sqlite_path().map(Path::to_owned),
        None => Some(KeyFiles::of(&config.database.data_dir).database()),
    };
    if let Some(path) = database
        && let Some(kind) = file_system::unreliable(&path)
    {
        warnings.push(format!(
            "{} is on a file system ({kind}) on which SQLite can lose data: it needs locks and shared memory that work \
             between processes; put the database on a local disk, or use PostgreSQL",
            path.display()
        ));
    }
    warnings
}

fn can_be_used(mail: &MailConfig, data_dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    Mailer::new(mail, data_dir)?;
    Ok(())
}

/// A database that is open, migrated, and belongs to its master key.
pub struct Opened {
    /// The operations on it.
    pub passgate: Passgate,
    /// The key of the management endpoints.
    pub management_key: Secret<String>,
    /// Files that were made just now, at a first start.
    pub created: Vec<std::path::PathBuf>,
    /// The database in words, without secrets.
    pub database: String,
    _lock: Option<DatabaseLock>,
}

/// Opens the configured database for a command, and makes what a first start needs.
///
/// # Errors
/// Whatever keeps the server from starting.
pub fn open(config: &Config) -> Result<Opened, OpenError> {
    // Somebody sits before it, who can end it: nothing waits for a database, and long statements may take long.
    let settings = StoreSettings {
        answer_timeout: None,
        ..store_settings(config)
    };
    open_with(config, &settings, &Patience::default())
}

/// Opens the configured database for a server, and makes what a first start needs.
///
/// # Errors
/// Whatever keeps the server from starting; [`OpenError::ToldToStop`] after a signal.
pub fn open_patiently(config: &Config, patience: &Patience) -> Result<Opened, OpenError> {
    open_with(config, &store_settings(config), patience)
}

fn open_with(config: &Config, settings: &StoreSettings, patience: &Patience) -> Result<Opened, OpenError> {
    let prepared = prepare(config, &SystemEntropy::default())?;
    let database = prepared.database.to_string();
    let lock = prepared
        .database
        .sqlite_path()
        .map(DatabaseLock::shared)
        .transpose()?;
    let store = patience.connect(&prepared.database, settings)?;
    if let Some(path) = prepared.database.sqlite_path() {
        belong_to_the_folder(path)?;
    }
    patience.migrate(&store, &prepared.database)?;
    let passgate = join(config, store, prepared.master_key, prepared.next_master_key)?;
    Ok(Opened {
        passgate,
        management_key: prepared.management_key,
        created: prepared.created,
        database,
        _lock: lock,
    })
}

/// SQLite gives what it makes beside the database later the database's owner.
fn belong_to_the_folder(database: &Path) -> Result<(), PrepareError> {
    let files = ["", "-wal", "-shm"].map(|suffix| beside(database, suffix));
    for path in files.into_iter().filter(|path| path.exists()) {
        owner::like_folder(&path).map_err(|source| PrepareError::Io {
            action: "give the folder's owner",
            path,
            source,
        })?;
    }
    Ok(())
}

/// Puts database and master key together. If a replacement of the key was interrupted after the database had been
/// changed, it is ended here.
fn join(
    config: &Config,
    store: Store,
    master_key: MasterKey,
    next_master_key: Option<MasterKey>,
) -> Result<Passgate, OpenError> {
    let Some(next) = next_master_key else {
        return Ok(Passgate::new(store, master_key, Settings::default())?);
    };
    match Passgate::new(store.clone(), master_key, Settings::default()) {
        Err(Stopped::Refused(WrongMasterKey)) => {
            let passgate = Passgate::new(store, next, Settings::default())?;
            let files = KeyFiles::of(&config.database.data_dir);
            files.adopt_next_master_key(SystemClock.now())?;
            Ok(passgate)
        }
        joined => Ok(joined?),
    }
}

/// How the database is used.
pub fn store_settings(config: &Config) -> StoreSettings {
    StoreSettings {
        connections: config.database.pool_size,
        synchronous: match config.database.durability {
            Durability::Full => Synchronous::Full,
            Durability::Normal => Synchronous::Normal,
        },
        pooling: config.database.pooling,
        answer_timeout: Some(config.database.answer_timeout).filter(|limit| !limit.is_zero()),
        ..StoreSettings::default()
    }
}

/// What endpoints are told about the server.
pub fn api_settings(config: &Config) -> ApiSettings {
    let http = &config.http;
    ApiSettings {
        path_prefix: http.path_prefix.clone(),
        body_limits: BodyLimits {
            size: http.body_limit,
            time: http.body_timeout,
        },
        trust: ProxyTrust {
            trusted: http.trusted_proxies.clone(),
            country_header: http.country_header.clone(),
        },
        playground: config.playground_access(),
        public_url: http.public_url.clone(),
        magic_links: config.magic_links.clone(),
        well_known_app: http.well_known_app.clone(),
        log_probes: config.log.probes,
        shares: ShareLimits::of(
            http.operation_threads,
            usize::try_from(config.database.pool_size).unwrap_or(usize::MAX),
            std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            http.body_limit,
        ),
    }
}

/// The providers of mail.
///
/// # Errors
/// The first provider that cannot be used.
pub fn mailer(config: &Config) -> Result<Mailer, MailConfigError> {
    Mailer::new(&config.mail, &config.database.data_dir)
}

/// Where FIDO metadata comes from.
pub fn metadata(config: &Config) -> Metadata {
    Metadata::new(&config.metadata)
}

/// What jobs need, for one that is run by hand.
///
/// # Errors
/// As [`mailer`].
pub fn means(config: &Config) -> Result<Means, MailConfigError> {
    let abort_page = config.http.public_url.as_ref().map(links::abort_page);
    Ok(Means {
        post: Post::new(Arc::new(mailer(config)?), abort_page),
        metadata: metadata(config),
    })
}

/// The threads of a server.
pub fn threads(config: &Config) -> Threads {
    let http = &config.http;
    Threads {
        workers: http.workers,
        connections: http.max_connections,
        operations: http.operation_threads,
        shutdown_seconds: http.shutdown_timeout.as_secs(),
    }
}
