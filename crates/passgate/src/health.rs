//! The storage as a whole: whether it answers and takes something; a copy of it.

use std::path::Path;

use passgate_store::{BackupError, StoreError, installation};

use crate::{Env, Failure, Passgate};

/// Under which name a probe writes to the store.
const NAME: &str = "health";

/// What a probe does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Reading works; writing was not tried.
    Read,
    /// It reads and writes.
    Write,
}

impl Passgate {
    /// Asks the storage whether it works. That it is busy with the writes of others is no illness.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn probe(&self, probe: Probe, env: Env<'_>) -> Result<(), Failure> {
        self.store().read(|tx| installation::get(tx, NAME).map(drop))?;
        if probe == Probe::Read {
            return Ok(());
        }
        let now = env.now.as_micros().to_be_bytes();
        match self.store().write(|tx| installation::set(tx, NAME, &now)) {
            Ok(()) | Err(StoreError::Busy { .. } | StoreError::Abandoned { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
    /// Copies a SQLite database, as it is at this moment, into a new file that only its owner can read. Writes go on
    /// meanwhile. The copy is useless without the master key, which is not in it.
    ///
    /// # Errors
    /// [`BackupError`]; on an error no file is left behind.
    pub fn backup(&self, file: &Path) -> Result<(), BackupError> {
        self.store().backup(file)
    }
}
