//! `passgate migrate`, `backup` and `restore`: the database as a whole.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};
use passgate::{Passgate, Settings};
use passgate_core::time::Clock;
use passgate_store::{DatabaseUrl, Store, StoreError, StoreSettings, applications};
use serde_json::json;

use super::{Answer, CommandError, place::Place};
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
    let store = Store::connect(&prepared.database, StoreSettings::default())?;
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

pub(super) fn backup(sources: &Sources, file: &Path) -> Result<Answer, CommandError> {
    let place = Place::open(sources)?;
    let progress = spinner("Copying the database");
    place.passgate().store().backup(file)?;
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
    let source = File::open(file).map_err(failed("read", file))?;
    if is_filled(&beside(file, "-wal")) {
        return Err(not_a_backup(
            file,
            "it is a live database, or was one: its latest changes are in another file (-wal)",
        ));
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
    let _lock = DatabaseLock::exclusive(&database).map_err(locked)?;
    if database.exists() && !force {
        return Err(CommandError::DatabaseExists { path: database });
    }
    // The copy is looked at in a directory of its own, so that nothing of a failed attempt lies about: connections may
    // come and go for a moment after they are no longer needed, and would make their files anew.
    let workshop = beside(&database, ".restoring");
    let outcome = make_empty_directory(&workshop).and_then(|()| {
        let draft = workshop.join("passgate.db");
        copy(source, file, &draft)?;
        inspect(&config, file, &draft)?;
        belong_alike(&draft, &database).map_err(failed("hand over", &draft))?;
        put_in_place(&draft, &database)
    });
    let cleared = fs::remove_dir_all(&workshop).map_err(failed("remove", &workshop));
    let kept = outcome?;
    cleared?;
    let mut text = format!("{} is restored from {}.", database.display(), file.display());
    if let Some(kept) = &kept {
        text.push_str(&format!(
            "\nThe database that was there is kept as {}.",
            kept.display()
        ));
    }
    Ok(Answer::new(
        text,
        json!({ "database": database.display().to_string(), "kept": kept.map(|path| path.display().to_string()) }),
    ))
}

/// Copies the backup to where it can be looked at without touching the original.
fn copy(mut source: File, file: &Path, draft: &Path) -> Result<(), CommandError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(draft).map_err(failed("write", draft))?;
    let length = source.metadata().map_err(failed("read", file))?.len();
    let progress = ProgressBar::new(length).with_style(
        ProgressStyle::with_template("{msg} {bar:32} {bytes} of {total_bytes}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    progress.set_message("Copying the backup");
    io::copy(&mut progress.wrap_read(&mut source), &mut target).map_err(failed("copy", file))?;
    target.sync_all().map_err(failed("write", draft))?;
    progress.finish_and_clear();
    Ok(())
}

/// Makes sure that the copy is a database of ours, that this program understands it, and that the master key fits.
fn inspect(config: &Config, file: &Path, draft: &Path) -> Result<(), CommandError> {
    let refused = |reason| {
        move |source: StoreError| CommandError::NotABackup {
            path: file.to_owned(),
            reason,
            source: Some(source),
        }
    };
    let url = DatabaseUrl::sqlite(draft).map_err(|_| not_a_backup(file, "the path is not valid Unicode"))?;
    let store = Store::connect(
        &url,
        StoreSettings {
            connections: 1,
            ..StoreSettings::default()
        },
    )
    .map_err(refused("it is not a SQLite database"))?;
    store
        .read(applications::list_ids)
        .map_err(refused("it is not a Passgate database"))?;
    store.migrate()?;
    let prepared = config::prepare(config, &SystemEntropy::default())?;
    Passgate::new(store, prepared.master_key, Settings::default())?;
    Ok(())
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

fn not_a_backup(file: &Path, reason: &'static str) -> CommandError {
    CommandError::NotABackup {
        path: file.to_owned(),
        reason,
        source: None,
    }
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
