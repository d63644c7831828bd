//! The first start: what a server without configuration makes for itself, once, readable by its owner only.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use passgate::development;
use passgate_core::{
    master_key::MasterKey,
    secret::Secret,
    time::{Entropy, random_bytes},
};
use passgate_store::DatabaseUrl;

use super::{Config, SHORTEST_MANAGEMENT_KEY};
use crate::encoding;

/// Where the generated things are.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    data_dir: PathBuf,
}

impl KeyFiles {
    /// Those of a data directory.
    pub fn of(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// The SQLite database.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("passgate.db")
    }

    /// The master key, in base64.
    pub fn master_key(&self) -> PathBuf {
        self.data_dir.join("master.key")
    }

    /// The management key.
    pub fn management_key(&self) -> PathBuf {
        self.data_dir.join("management.key")
    }
}

/// What a server needs to open its database.
#[derive(Debug)]
pub struct Prepared {
    /// The database.
    pub database: DatabaseUrl,
    /// The master key.
    pub master_key: MasterKey,
    /// The management key.
    pub management_key: Secret<String>,
    /// Files that were made just now.
    pub created: Vec<PathBuf>,
}

/// Why a server has no keys or no directory.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The master key is not 32 bytes in base64.
    #[error("the master key ({origin}) must be base64 of exactly 32 bytes")]
    MalformedMasterKey {
        /// Where it came from.
        origin: String,
    },
    /// PostgreSQL is shared by several nodes, so none of them may invent a key.
    #[error(
        "a PostgreSQL database needs a master key: set PASSGATE_MASTER_KEY or PASSGATE_MASTER_KEY_FILE \
         to base64 of 32 random bytes, the same on every node (for instance from: openssl rand -base64 32)"
    )]
    MasterKeyRequired,
    /// The database is there and its key is not: a new key could open nothing of it.
    #[error(
        "the database {database} exists, but its master key {key} does not: restore that file, or set \
         PASSGATE_MASTER_KEY or PASSGATE_MASTER_KEY_FILE"
    )]
    MasterKeyLost {
        /// The database file.
        database: PathBuf,
        /// Where its key was expected.
        key: PathBuf,
    },
    /// The management key file is empty.
    #[error("the management key file {file} is empty")]
    EmptyManagementKey {
        /// The file.
        file: PathBuf,
    },
    /// Somebody wrote a short key into the management key file.
    #[error("the management key in {file} must have at least 16 characters")]
    ShortManagementKey {
        /// The file.
        file: PathBuf,
    },
    /// SQLite takes file names in Unicode only.
    #[error("the data directory {path} is not Unicode text")]
    UnusableDataDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory could not be read or made.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Finds or makes the data directory, the master key and the management key.
///
/// # Errors
/// When a key is missing that must not be invented, is malformed, or a file cannot be read or made.
pub fn prepare(config: &Config, entropy: &dyn Entropy) -> Result<Prepared, PrepareError> {
    let files = KeyFiles::of(&config.data_dir);
    let mut created = Vec::new();
    let database = match &config.database_url {
        Some(url) => url.clone(),
        None => {
            make_directory(&config.data_dir)?;
            DatabaseUrl::sqlite(files.database()).map_err(|_| PrepareError::UnusableDataDirectory {
                path: config.data_dir.clone(),
            })?
        }
    };
    let master_key = master_key(config, &files, &database, entropy, &mut created)?;
    let management_key = management_key(config, &files, entropy, &mut created)?;
    Ok(Prepared {
        database,
        master_key,
        management_key,
        created,
    })
}

fn master_key(
    config: &Config,
    files: &KeyFiles,
    database: &DatabaseUrl,
    entropy: &dyn Entropy,
    created: &mut Vec<PathBuf>,
) -> Result<MasterKey, PrepareError> {
    let malformed = |origin: &str| PrepareError::MalformedMasterKey {
        origin: origin.to_owned(),
    };
    if let Some(key) = &config.master_key {
        return MasterKey::from_base64(key.expose().trim()).map_err(|_| malformed("master_key"));
    }
    if database.sqlite_path().is_none() {
        return Err(PrepareError::MasterKeyRequired);
    }
    let file = files.master_key();
    let text = match read(&file)? {
        Some(text) => text,
        None => {
            if let Some(path) = database.sqlite_path().filter(|path| path.exists()) {
                return Err(PrepareError::MasterKeyLost {
                    database: path.to_owned(),
                    key: file,
                });
            }
            let fresh = encoding::base64(&random_bytes::<32>(entropy));
            make_once(&config.data_dir, &file, fresh, created)?
        }
    };
    MasterKey::from_base64(text.expose().trim()).map_err(|_| malformed(&file.display().to_string()))
}

fn management_key(
    config: &Config,
    files: &KeyFiles,
    entropy: &dyn Entropy,
    created: &mut Vec<PathBuf>,
) -> Result<Secret<String>, PrepareError> {
    if let Some(key) = &config.management_key {
        return Ok(key.clone());
    }
    if config.development {
        return Ok(Secret::new(development::MANAGEMENT_KEY.to_owned()));
    }
    let file = files.management_key();
    let text = match read(&file)? {
        Some(text) => text,
        None => make_once(
            &config.data_dir,
            &file,
            hex::encode(random_bytes::<16>(entropy)),
            created,
        )?,
    };
    let key = text.expose().trim();
    if key.is_empty() {
        Err(PrepareError::EmptyManagementKey { file })
    } else if key.len() < SHORTEST_MANAGEMENT_KEY {
        Err(PrepareError::ShortManagementKey { file })
    } else {
        Ok(Secret::new(key.to_owned()))
    }
}

fn read(file: &Path) -> Result<Option<Secret<String>>, PrepareError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PrepareError::Io {
            action: "read",
            path: file.to_owned(),
            source,
        }),
    }
}

/// Makes a file with this content unless another process was faster; gives what the file holds.
///
/// The content is on disk before the name is: nobody ever reads half a key.
fn make_once(
    directory: &Path,
    file: &Path,
    content: String,
    created: &mut Vec<PathBuf>,
) -> Result<Secret<String>, PrepareError> {
    make_directory(directory)?;
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |source| PrepareError::Io { action, path, source }
    };
    let draft = file.with_extension(format!("key.{}", std::process::id()));
    write_owner_only(&draft, &content).map_err(failed("write", &draft))?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft).map_err(failed("remove", &draft))?;
    match linked {
        Ok(()) => {
            created.push(file.to_owned());
            Ok(Secret::new(content))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(file)
            .map(Secret::new)
            .map_err(failed("read", file)),
        Err(source) => Err(failed("make", file)(source)),
    }
}

fn write_owner_only(path: &Path, content: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes the directory, with access for its owner only; one that exists is left as it is.
///
/// # Errors
/// [`PrepareError::Io`].
pub fn make_directory(directory: &Path) -> Result<(), PrepareError> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|source| PrepareError::Io {
        action: "make the directory",
        path: directory.to_owned(),
        source,
    })
}
