//! The place a command works in: configuration, database and master key, put together.

use std::path::{Path, PathBuf};

use passgate::{Env, Passgate};
use passgate_core::application::AppId;
use tempfile::TempDir;

use super::CommandError;
use crate::{
    config::{Config, DatabaseConfig, KeyFiles, Sources, make_directory},
    env::Machine,
    server::{self, Opened, assemble},
};

/// An open Passgate without a server around it.
pub(super) struct Place {
    opened: Opened,
    machine: Machine,
    data_dir: PathBuf,
    /// The data directory, if it is to be forgotten with the place.
    _scratch: Option<TempDir>,
}

impl Place {
    /// Opens what is there.
    ///
    /// A SQLite database that does not exist is not made: a command in the wrong directory should say so.
    pub(super) fn open(sources: &Sources) -> Result<Self, CommandError> {
        let config = assemble::load(sources)?;
        match missing_database(&config) {
            Some(path) => Err(CommandError::NoDatabase { path }),
            None => Self::of(&config),
        }
    }

    /// Opens what is there. If there is nothing, opens an empty place that is gone afterwards: a rehearsal makes
    /// nothing.
    pub(super) fn open_or_pretend(sources: &Sources) -> Result<Self, CommandError> {
        let config = assemble::load(sources)?;
        if missing_database(&config).is_none() {
            return Self::of(&config);
        }
        let scratch = tempfile::tempdir().map_err(|source| CommandError::Io {
            action: "make a directory in",
            path: std::env::temp_dir(),
            source,
        })?;
        let database = DatabaseConfig {
            data_dir: scratch.path().to_owned(),
            url: None,
            ..config.database.clone()
        };
        let pretended = Self::of(&Config { database, ..config })?;
        Ok(Self {
            _scratch: Some(scratch),
            ..pretended
        })
    }

    /// Opens what is there, or makes it: data directory, keys and database.
    pub(super) fn open_or_create(sources: &Sources) -> Result<Self, CommandError> {
        Self::of(&assemble::load(sources)?)
    }

    fn of(config: &Config) -> Result<Self, CommandError> {
        Ok(Self {
            opened: server::open(config)?,
            machine: Machine::default(),
            data_dir: config.database.data_dir.clone(),
            _scratch: None,
        })
    }

    /// The data directory, for what a command keeps for a while.
    pub(super) fn data_dir(&self) -> Result<&Path, CommandError> {
        make_directory(&self.data_dir)?;
        Ok(&self.data_dir)
    }

    /// The operations.
    pub(super) const fn passgate(&self) -> &Passgate {
        &self.opened.passgate
    }

    /// The time and the randomness of one operation.
    pub(super) fn env(&self) -> Env<'_> {
        self.machine.env()
    }
}

/// The SQLite database that does not exist; none if it exists, or is not SQLite.
pub(super) fn missing_database(config: &Config) -> Option<PathBuf> {
    let path = match &config.database.url {
        Some(url) => url.sqlite_path().map(Path::to_owned),
        None => Some(KeyFiles::of(&config.database.data_dir).database()),
    };
    path.filter(|path| !path.exists())
}

/// Reads the name of an application.
pub(super) fn app_id(text: &str) -> Result<AppId, CommandError> {
    AppId::parse(text).map_err(|source| CommandError::AppName {
        text: text.to_owned(),
        source,
    })
}

/// Demands that an application exists: some operations do nothing, politely, when it does not.
pub(super) fn demand(place: &Place, app: &AppId) -> Result<(), CommandError> {
    place
        .passgate()
        .find_application(app)?
        .map(|_| ())
        .ok_or_else(|| CommandError::NoSuchApp { app: app.clone() })
}
