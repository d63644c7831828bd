//! `passgate migrate`, `backup` and `restore`: the database as a whole.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use indicatif::ProgressBar;
use passgate::{Passgate, Settings};
use passgate_core::time::Clock;
use passgate_store::{
    BackupContents, BackupFileError, DatabaseUrl, MigrateError, Store, StoreSettings, applications,
    copy_backup,
};
use serde_json::json;

use super::{
    Answer, CommandError,
    place::{Place, missing_database},
};
use crate::{
    config::{self, Config, KeyFiles, Sources},
    database_lock::{DatabaseLock, LockError, beside},
    env::{SystemClock, SystemEntropy},
    server::assemble,
};

pub(super) fn migrate(sources: &Sources) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    let prepared = config::prepare(&config, &SystemEntropy::default())?;
    let _lock = prepared
        .database
        .sqlite_path()
        .map(DatabaseLock::shared)
        .transpose()
        .map_err(locked)?;
    let store = Store::connect(&prepared.database, assemble::store_settings(&config))?;
    let pending = store.schema_state()?.pending;
    let progress = spinner("Migrating the database");
    store.migrate()?;
    progress.finish_and_clear();
    let text = if pending.is_empty() {
        format!("{} is up to date.", prepared.database)
    } else {
        let steps: Vec<_> = pending.iter().map(|name| format!("  {name}")).collect();
        format!(
            "{} is up to date now. Applied:\n{}",
            prepared.database,
            steps.join("\n")
        )
    };
    Ok(Answer::new(
        text,
        json!({ "database": prepared.database.to_string(), "applied": pending }),
    ))
}

/// Says whether the schema is that of this program. A database that does not exist is not made.
pub(super) fn check_migrations(sources: &Sources) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    if let Some(path) = missing_database(&config) {
        return Err(CommandError::NoDatabase { path });
    }
    let prepared = config::prepare(&config, &SystemEntropy::default())?;
    let store = Store::connect(&prepared.database, assemble::store_settings(&config))?;
    let state = store.schema_state()?;
    if let Some(version) = state.unknown.into_iter().next() {
        return Err(MigrateError::Newer { version }.into());
    }
    if !state.pending.is_empty() {
        return Err(CommandError::Pending {
            migrations: state.pending,
        });
    }
    Ok(Answer::new(
        format!("{} is up to date.", prepared.database),
        json!({ "database": prepared.database.to_string(), "pending": state.pending }),
    ))
}

pub(super) fn backup(sources: &Sources, file: &Path) -> Result<Answer, CommandError> {
    let place = Place::open(sources)?;
    let progress = spinner("Copying the database");
    place.passgate().backup(file)?;
    progress.finish_and_clear();
    let size = fs::metadata(file).map_err(failed("look at", file))?.len();
    Ok(Answer::new(
        format!(
            "{} holds the database as it was just now ({size} bytes).\n\
             It is useless without the master key, which is not in it: keep a copy of that too, somewhere else.",
            file.display()
        ),
        json!({ "file": file.display().to_string(), "bytes": size }),
    ))
}

pub(super) fn restore(sources: &Sources, file: &Path, force: bool) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    let database = match &config.database.url {
        Some(url) => url
            .sqlite_path()
            .map(Path::to_owned)
            .ok_or(CommandError::SqliteOnly(
                "only SQLite databases are restored by copying: use pg_restore or psql for PostgreSQL",
            ))?,
        None => KeyFiles::of(&config.database.data_dir).database(),
    };
    if database.exists() && !force {
        return Err(CommandError::DatabaseExists { path: database });
    }
    let master_key = KeyFiles::of(&config.database.data_dir).master_key();
    if config.keys.master.is_none() && !master_key.exists() {
        return Err(CommandError::NoMasterKey { path: master_key });
    }
    if let Some(directory) = database
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        fs::create_dir_all(directory).map_err(failed("make the directory", directory))?;
    }
    // The copy is made and looked at in a directory of its own, so that nothing of a failed attempt lies about:
    // connections may come and go for a moment after they are no longer needed, and would make their files anew. Nobody
    // is kept from the old database meanwhile.
    let workshop = beside(&database, &format!(".restoring-{}", std::process::id()));
    let outcome = make_empty_directory(&workshop).and_then(|()| {
        let draft = workshop.join("passgate.db");
        let contents = copy(file, &draft)?;
        inspect(file, &draft)?;
        fits(&config, &draft)?;
        let _lock = DatabaseLock::exclusive(&database).map_err(locked)?;
        if database.exists() && !force {
            return Err(CommandError::DatabaseExists {
                path: database.clone(),
            });
        }
        belong_alike(&draft, &database).map_err(failed("hand over", &draft))?;
        Ok((contents, put_in_place(&draft, &database)?))
    });
    let cleared = fs::remove_dir_all(&workshop).map_err(failed("remove", &workshop));
    let (contents, kept) = outcome?;
    cleared?;
    let mut text = format!("{} is restored from {}.", database.display(), file.display());
    if !contents.left_out.is_empty() {
        text.push_str(&format!(
            "\nLeft out, since it is not Passgate's: {}.",
            contents.left_out.join(", ")
        ));
    }
    if let Some(kept) = &kept {
        text.push_str(&format!(
            "\nThe database that was there is kept as {}.",
            kept.display()
        ));
    }
    Ok(Answer::new(
        text,
        json!({
            "database": database.display().to_string(),
            "kept": kept.map(|path| path.display().to_string()),
            "rows": contents.rows, "left_out": contents.left_out,
        }),
    ))
}

/// `passgate backup verify`: everything that a restore looks at, and nothing is changed.
pub(super) fn verify(sources: &Sources, file: &Path) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    let workshop = tempfile::tempdir().map_err(failed("make a directory in", &std::env::temp_dir()))?;
    let draft = workshop.path().join("passgate.db");
    let contents = copy(file, &draft)?;
    inspect(file, &draft)?;
    let has_key =
        config.keys.master.is_some() || KeyFiles::of(&config.database.data_dir).master_key().exists();
    if has_key {
        fits(&config, &draft)?;
    }
    let rows: u64 = contents.rows.values().sum();
    let applications = contents.rows.get("applications").copied().unwrap_or_default();
    let mut text = format!(
        "{} can be restored: {applications} applications, {rows} rows in all.",
        file.display()
    );
    text.push_str(if has_key {
        "\nThe master key here belongs to it."
    } else {
        "\nThere is no master key here, so whether one belongs to it was not looked at."
    });
    if !contents.left_out.is_empty() {
        text.push_str(&format!(
            "\nA restore leaves out what is not Passgate's: {}.",
            contents.left_out.join(", ")
        ));
    }
    Ok(Answer::new(
        text,
        json!({
            "file": file.display().to_string(), "rows": contents.rows, "left_out": contents.left_out,
            "master_key_fits": has_key.then_some(true),
        }),
    ))
}

/// Takes over what is ours of a backup, into a new database.
fn copy(file: &Path, draft: &Path) -> Result<BackupContents, CommandError> {
    // A file that is not there, or may not be read, is no bad backup.
    File::open(file).map_err(failed("read", file))?;
    let progress = spinner("Looking at the backup and copying it");
    let contents = copy_backup(file, draft).map_err(|source| CommandError::NotABackup {
        path: file.to_owned(),
        source: Box::new(source),
    });
    progress.finish_and_clear();
    contents
}

/// Brings the copy up to date.
fn inspect(file: &Path, draft: &Path) -> Result<(), CommandError> {
    let store = Store::connect(&draft_url(file, draft)?, draft_settings())?;
    store.read(applications::list_ids)?;
    store.migrate()?;
    Ok(())
}

/// Makes sure that the master key is the one that the copy was made with.
fn fits(config: &Config, draft: &Path) -> Result<(), CommandError> {
    let store = Store::connect(&draft_url(draft, draft)?, draft_settings())?;
    let prepared = config::prepare(config, &SystemEntropy::default())?;
    Passgate::new(store, prepared.master_key, Settings::default())?;
    Ok(())
}

fn draft_url(file: &Path, draft: &Path) -> Result<DatabaseUrl, CommandError> {
    DatabaseUrl::sqlite(draft).map_err(|_| CommandError::NotABackup {
        path: file.to_owned(),
        source: Box::new(BackupFileError::Path),
    })
}

fn draft_settings() -> StoreSettings {
    StoreSettings {
        connections: 1,
        ..StoreSettings::default()
    }
}

/// Puts the copy where the database belongs; what was there is kept beside it, with the time in its name.
fn put_in_place(draft: &Path, database: &Path) -> Result<Option<PathBuf>, CommandError> {
    let kept = beside(
        database,
        &format!(
            ".replaced-{}",
            SystemClock.now().to_utc().format("%Y%m%dT%H%M%SZ")
        ),
    );
    let mut moved = None;
    if database.exists() {
        // The write-ahead log belongs to the old database; left behind, it would corrupt the new one.
        for suffix in ["-wal", "-shm", ""] {
            let (from, to) = (beside(database, suffix), beside(&kept, suffix));
            if from.exists() {
                fs::rename(&from, &to).map_err(failed("move", &from))?;
            }
        }
        moved = Some(kept);
    }
    // The draft was closed, so its log is empty and gone; were it not, it would belong to the database.
    for suffix in ["-wal", ""] {
        let from = beside(draft, suffix);
        if suffix.is_empty() || is_filled(&from) {
            fs::rename(&from, beside(database, suffix)).map_err(failed("move", &from))?;
        }
    }
    if let Some(directory) = database
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed("write", directory))?;
    }
    Ok(moved)
}

/// Gives the copy to whoever the database belongs to, or the directory if there is none: an administrator restores, and
/// the service has to open it.
#[cfg(unix)]
fn belong_alike(draft: &Path, database: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let directory = database.parent().filter(|parent| !parent.as_os_str().is_empty());
    let model =
        fs::metadata(database).or_else(|_| fs::metadata(directory.unwrap_or_else(|| Path::new("."))))?;
    let lock = beside(database, ".lock");
    for file in [
        beside(draft, "-wal"),
        beside(draft, "-shm"),
        draft.to_owned(),
        lock,
    ] {
        let is_alike = |file: fs::Metadata| (file.uid(), file.gid()) == (model.uid(), model.gid());
        if !fs::metadata(&file).map_or(true, is_alike) {
            chown(&file, Some(model.uid()), Some(model.gid()))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn belong_alike(_draft: &Path, _database: &Path) -> io::Result<()> {
    Ok(())
}

fn make_empty_directory(path: &Path) -> Result<(), CommandError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", path)(error)),
        Ok(()) | Err(_) => {}
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("make the directory", path))
}

fn is_filled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

fn locked(source: LockError) -> CommandError {
    CommandError::Locked { source }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CommandError {
    let path = path.to_owned();
    move |source| CommandError::Io { action, path, source }
}

/// Shows on a terminal that something goes on; elsewhere it is silent.
fn spinner(message: &'static str) -> ProgressBar {
    let progress = ProgressBar::new_spinner().with_message(message);
    progress.enable_steady_tick(std::time::Duration::from_millis(120));
    progress
}
