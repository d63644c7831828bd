//! `passgate master-key rotate`: another master key, while no server runs.
//!
//! The database changes in one transaction. The file of a generated key changes around it in steps that can be
//! interrupted anywhere: the new key is on disk beside the old one first; then the database belongs to it; then its file
//! takes the old one's place. Whoever opens the database in between uses the key that it belongs to.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use passgate::{
    Passgate, Settings, Stopped, WrongMasterKey,
    master_key::{RotateError, Rotated, TokenKeys, rotate},
};
use passgate_core::{
    master_key::MasterKey,
    time::{Entropy, random_bytes},
};
use passgate_store::{Store, StoreSettings};
use serde_json::json;

use super::{Answer, CommandError};
use crate::{
    config::{Config, KeyFiles, NEW_MASTER_KEY_VARIABLE, PrepareError, Sources, master_key_in, prepare},
    database_lock::DatabaseLock,
    env::Machine,
    server::assemble,
};

/// What can be done with the master key.
#[derive(Debug, Subcommand)]
pub enum MasterKeyCommand {
    /// Replace the master key. Stop every server first; start them with the new key.
    Rotate {
        /// The new key, base64 of 32 bytes; the file is made if it does not exist. Without it, and without the variable
        /// PASSGATE_NEW_MASTER_KEY or PASSGATE_NEW_MASTER_KEY_FILE, a new key takes the place of a generated one.
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
        /// Drop the keys that seal tokens as well: after a theft of master key and database. Tokens that are under way
        /// have to be asked for again.
        #[arg(long)]
        drop_token_keys: bool,
    },
}

pub(super) fn perform(command: &MasterKeyCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        MasterKeyCommand::Rotate {
            new_key_file,
            drop_token_keys,
        } => {
            let kept = if *drop_token_keys {
                TokenKeys::Drop
            } else {
                TokenKeys::Keep
            };
            rotate_here(sources, new_key_file.as_deref(), kept)
        }
    }
}

/// The new key and where it came from.
struct NewKey {
    key: MasterKey,
    /// None if it is in a variable, or made for the data directory.
    file: Option<PathBuf>,
    /// Whether the file was made just now.
    made: bool,
}

fn rotate_here(
    sources: &Sources,
    new_key_file: Option<&Path>,
    kept: TokenKeys,
) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    let files = KeyFiles::of(&config.database.data_dir);
    let database = match &config.database.url {
        Some(url) => url.sqlite_path().map(Path::to_owned),
        None => Some(files.database()),
    };
    if let Some(path) = database.as_ref().filter(|path| !path.exists()) {
        return Err(CommandError::NoDatabase { path: path.clone() });
    }
    // PostgreSQL does not tell who else is there: see the order in the documentation.
    let _lock = database
        .as_deref()
        .map(DatabaseLock::exclusive)
        .transpose()
        .map_err(|source| CommandError::Locked { source })?;
    let machine = Machine::default();
    let env = machine.env();
    let new = new_key(sources, new_key_file, &config, machine.entropy())?;
    let prepared = prepare(&config, machine.entropy())?;
    // Its settings do not matter but for this: every commit is on disk.
    let store = Store::connect(&prepared.database, StoreSettings::default())?;
    store.migrate()?;
    let belongs_to = |key: &MasterKey| match Passgate::new(store.clone(), key.clone(), Settings::default()) {
        Ok(_) => Ok(true),
        Err(Stopped::Refused(WrongMasterKey)) => Ok(false),
        Err(error @ Stopped::Failed(_)) => Err(CommandError::Start(error)),
    };

    // What was interrupted is ended first.
    let mut old = prepared.master_key;
    if let Some(next) = prepared.next_master_key
        && !belongs_to(&old)?
        && belongs_to(&next)?
    {
        files.adopt_next_master_key(env.now)?;
        old = next;
    }
    if !belongs_to(&old)? {
        if belongs_to(&new.key)? && config.keys.master.is_some() {
            return Ok(answer(&new, kept, None, None));
        }
        return Err(CommandError::Start(Stopped::Refused(WrongMasterKey)));
    }
    if config.keys.master.is_some() {
        let rotated = rotate(&store, &old, &new.key, kept, env)?;
        return Ok(answer(&new, kept, Some(rotated), None));
    }
    if old.check_value() == new.key.check_value() {
        return Err(CommandError::MasterKey(Stopped::Refused(RotateError::SameKey)));
    }
    files.keep_next_master_key(&new.key)?;
    let rotated = rotate(&store, &old, &new.key, kept, env)?;
    let replaced = files.adopt_next_master_key(env.now)?;
    Ok(answer(&new, kept, Some(rotated), Some(&replaced)))
}

/// The new key: from the file, from a variable, or made.
fn new_key(
    sources: &Sources,
    file: Option<&Path>,
    config: &Config,
    entropy: &dyn Entropy,
) -> Result<NewKey, CommandError> {
    let variable = |suffix: &str| {
        let name = format!("{NEW_MASTER_KEY_VARIABLE}{suffix}");
        sources
            .environment
            .get(&name)
            .filter(|value| !value.trim().is_empty())
    };
    if let Some(file) = file.or_else(|| variable("_FILE").map(Path::new)) {
        let (key, made) = master_key_in(file, entropy)?;
        return Ok(NewKey {
            key,
            file: Some(file.to_owned()),
            made,
        });
    }
    let key = match variable("") {
        Some(text) => MasterKey::from_base64(text).map_err(|_| PrepareError::MalformedMasterKey {
            origin: NEW_MASTER_KEY_VARIABLE.to_owned(),
        })?,
        // Nobody would know it.
        None if config.keys.master.is_some() => return Err(CommandError::NewMasterKeyRequired),
        None => MasterKey::new(random_bytes(entropy)),
    };
    Ok(NewKey {
        key,
        file: None,
        made: false,
    })
}

/// What was done, and what is left to do.
fn answer(new: &NewKey, kept: TokenKeys, rotated: Option<Rotated>, replaced: Option<&Path>) -> Answer {
    let mut text = match rotated {
        Some(rotated) => format!(
            "The database belongs to the new master key: the keys of {} applications were wrapped again, {} token keys \
             were {}.",
            rotated.applications,
            rotated.token_keys,
            match kept {
                TokenKeys::Keep => "kept",
                TokenKeys::Drop => "dropped",
            }
        ),
        None => "The database belongs to this master key already.".to_owned(),
    };
    if let (Some(file), true) = (&new.file, new.made) {
        text.push_str(&format!(
            "\n{} was made and holds it: keep a copy somewhere safe.",
            file.display()
        ));
    }
    match (replaced, &new.file) {
        (Some(replaced), _) => text.push_str(&format!(
            "\nThe old one is kept as {}: backups made until now need it. Keep a copy of the new one somewhere safe.",
            replaced.display()
        )),
        (None, Some(file)) => text.push_str(&format!(
            "\nStart every server with PASSGATE_MASTER_KEY_FILE={}. Keep the old key for as long as backups made under \
             it.",
            file.display()
        )),
        (None, None) => text.push_str(&format!(
            "\nStart every server with the key that {NEW_MASTER_KEY_VARIABLE} holds. Keep the old one for as long as \
             backups made under it."
        )),
    }
    let json = json!({
        "applications": rotated.map(|rotated| rotated.applications),
        "tokenKeys": rotated.map(|rotated| rotated.token_keys),
        "newKeyFile": new.file.as_ref().map(|file| file.display().to_string()),
        "replaced": replaced.map(|path| path.display().to_string()),
    });
    Answer::new(text, json)
}
