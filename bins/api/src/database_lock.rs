//! A lock beside the SQLite database: everybody who uses the database shares it, a restore needs it alone.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::owner;

/// Held while the database is in use; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    _file: File,
}

/// Why the database was not locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody uses it in a way that does not go together with this.
    #[error("{} is in use by another passgate", database.display())]
    InUse {
        /// The database.
        database: PathBuf,
    },
    /// The file system does not lock.
    #[error("cannot lock {}", file.display())]
    Io {
        /// The lock file.
        file: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
}

impl DatabaseLock {
    /// Shares the database with other servers and commands.
    ///
    /// # Errors
    /// [`LockError::InUse`] while a restore replaces the database.
    pub fn shared(database: &Path) -> Result<Self, LockError> {
        Self::take(database, File::try_lock_shared)
    }

    /// Keeps everybody else away from the database.
    ///
    /// # Errors
    /// [`LockError::InUse`] while anybody else uses it.
    pub fn exclusive(database: &Path) -> Result<Self, LockError> {
        Self::take(database, File::try_lock)
    }

    fn take(
        database: &Path,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, LockError> {
        let file = beside(database, ".lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        // Whoever may open it could hold the lock, and keep every server from starting.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(&file).map_err(|source| LockError::Io {
            file: file.clone(),
            source,
        })?;
        owner::like_folder(&file).map_err(|source| LockError::Io {
            file: file.clone(),
            source,
        })?;
        match lock(&opened) {
            Ok(()) => Ok(Self { _file: opened }),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse {
                database: database.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(LockError::Io { file, source }),
        }
    }
}

/// A path whose name is that of another with something added.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_share_and_a_restore_is_alone() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("passgate.db");
        let server = DatabaseLock::shared(&database).unwrap();
        let command = DatabaseLock::shared(&database).unwrap();
        assert!(matches!(
            DatabaseLock::exclusive(&database),
            Err(LockError::InUse { .. })
        ));
        drop((server, command));
        let restore = DatabaseLock::exclusive(&database).unwrap();
        assert!(matches!(
            DatabaseLock::shared(&database),
            Err(LockError::InUse { .. })
        ));
        drop(restore);
        DatabaseLock::shared(&database).unwrap();
    }
}
