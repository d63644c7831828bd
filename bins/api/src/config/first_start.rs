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
    time::{Entropy, Timestamp, random_bytes},
};
use passgate_store::DatabaseUrl;

use super::{Config, keys::SHORTEST_MANAGEMENT_KEY};
use crate::{encoding, owner};

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

    /// The master key that is about to take its place, while it is replaced.
    pub fn next_master_key(&self) -> PathBuf {
        self.data_dir.join("master.key.next")
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
    /// The one that was about to take its place when a replacement was interrupted: if the database belongs to it,
    /// [`KeyFiles::adopt_next_master_key`] ends the replacement.
    pub next_master_key: Option<MasterKey>,
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
        /// Path of the file, as it was given or configured.
        file: PathBuf,
    },
    /// Somebody wrote a short key into the management key file.
    #[error("the management key in {file} must have at least 16 characters")]
    ShortManagementKey {
        /// Path of the file, as it was given or configured.
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
        /// What was tried, as a verb: `read`, `write`, `make`.
        action: &'static str,
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
}

/// Whether a server could start with the master key it is given, as far as can be told without making anything.
///
/// # Errors
/// [`PrepareError::MalformedMasterKey`] and [`PrepareError::MasterKeyRequired`].
pub fn check_master_key(config: &Config) -> Result<(), PrepareError> {
    match (&config.keys.master, &config.database.url) {
        (Some(key), _) => given_master_key(key).map(drop),
        (None, Some(url)) if url.sqlite_path().is_none() => Err(PrepareError::MasterKeyRequired),
        (None, _) => Ok(()),
    }
}

fn given_master_key(key: &Secret<String>) -> Result<MasterKey, PrepareError> {
    MasterKey::from_base64(key.expose().trim()).map_err(|_| PrepareError::MalformedMasterKey {
        origin: "master_key".to_owned(),
    })
}

/// Finds or makes the data directory, the master key and the management key.
///
/// # Errors
/// When a key is missing that must not be invented, is malformed, or a file cannot be read or made.
pub fn prepare(config: &Config, entropy: &dyn Entropy) -> Result<Prepared, PrepareError> {
    let files = KeyFiles::of(&config.database.data_dir);
    let mut created = Vec::new();
    let database = match &config.database.url {
        Some(url) => url.clone(),
        None => {
            make_directory(&config.database.data_dir)?;
            DatabaseUrl::sqlite(files.database()).map_err(|_| PrepareError::UnusableDataDirectory {
                path: config.database.data_dir.clone(),
            })?
        }
    };
    let master_key = master_key(config, &files, &database, entropy, &mut created)?;
    let next_master_key = match &config.keys.master {
        Some(_) => None,
        None => next_master_key(&files)?,
    };
    let management_key = management_key(config, &files, entropy, &mut created)?;
    Ok(Prepared {
        database,
        master_key,
        next_master_key,
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
    if let Some(key) = &config.keys.master {
        return given_master_key(key);
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
            make_once(&config.database.data_dir, &file, fresh, created)?
        }
    };
    MasterKey::from_base64(text.expose().trim()).map_err(|_| malformed(&file.display().to_string()))
}

/// Half a file is no key: it was interrupted while it was written, so nothing was made with it.
fn next_master_key(files: &KeyFiles) -> Result<Option<MasterKey>, PrepareError> {
    let text = read(&files.next_master_key())?;
    Ok(text.and_then(|text| MasterKey::from_base64(text.expose().trim()).ok()))
}

impl KeyFiles {
    /// Keeps the master key that is about to take the place of the one in force: on disk before anything is made with
    /// it.
    ///
    /// # Errors
    /// [`PrepareError::Io`].
    pub fn keep_next_master_key(&self, key: &MasterKey) -> Result<(), PrepareError> {
        let next = self.next_master_key();
        write_owner_only(&next, key.to_base64().expose())
            .and_then(|()| sync_directory(&self.data_dir))
            .map_err(failed("write", &next))
    }

    /// Puts the next master key in the place of the one before, and says where that is kept now: backups that were made
    /// under it need it.
    ///
    /// # Errors
    /// [`PrepareError::Io`]; doing it again ends what was begun.
    pub fn adopt_next_master_key(&self, now: Timestamp) -> Result<PathBuf, PrepareError> {
        let (next, key) = (self.next_master_key(), self.master_key());
        let replaced = self.link_replaced(&key, now)?;
        match fs::rename(&next, &key) {
            Ok(()) => {}
            // Another process ended the same replacement.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed("replace", &key)(source)),
        }
        sync_directory(&self.data_dir).map_err(failed("write", &key))?;
        Ok(replaced)
    }

    /// Gives the key that is about to be replaced a second name, with the time in it.
    fn link_replaced(&self, key: &Path, now: Timestamp) -> Result<PathBuf, PrepareError> {
        let name = format!("master.key.replaced-{}", now.to_utc().format("%Y%m%dT%H%M%SZ"));
        let mut replaced = self.data_dir.join(&name);
        for number in 2.. {
            match fs::hard_link(key, &replaced) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let there = fs::read(&replaced).map_err(failed("read", &replaced))?;
                    if there == fs::read(key).map_err(failed("read", key))? {
                        break;
                    }
                    replaced = self.data_dir.join(format!("{name}-{number}"));
                }
                Err(source) => return Err(failed("keep", key)(source)),
            }
        }
        Ok(replaced)
    }
}

/// The master key in a file of its own, which is made if it does not exist.
///
/// # Errors
/// When it holds something else, or cannot be read or made.
pub fn master_key_in(file: &Path, entropy: &dyn Entropy) -> Result<(MasterKey, bool), PrepareError> {
    let directory = match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        Some(_) | None => Path::new("."),
    };
    let mut created = Vec::new();
    let text = match read(file)? {
        Some(text) => text,
        None => {
            let fresh = encoding::base64(&random_bytes::<32>(entropy));
            let made = make_once(directory, file, fresh, &mut created)?;
            sync_directory(directory).map_err(failed("write", file))?;
            made
        }
    };
    let key = MasterKey::from_base64(text.expose().trim());
    let key = key.map_err(|_| PrepareError::MalformedMasterKey {
        origin: file.display().to_string(),
    })?;
    Ok((key, !created.is_empty()))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrepareError + use<> {
    let path = path.to_owned();
    move |source| PrepareError::Io { action, path, source }
}

/// Names are on disk when their directory is.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn management_key(
    config: &Config,
    files: &KeyFiles,
    entropy: &dyn Entropy,
    created: &mut Vec<PathBuf>,
) -> Result<Secret<String>, PrepareError> {
    if let Some(key) = &config.keys.management {
        return Ok(key.clone());
    }
    if config.development.on {
        return Ok(Secret::new(development::MANAGEMENT_KEY.to_owned()));
    }
    let file = files.management_key();
    let text = match read(&file)? {
        Some(text) => text,
        None => make_once(
            &config.database.data_dir,
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
    owner::like_folder(path)?;
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
