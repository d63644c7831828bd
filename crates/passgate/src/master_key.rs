//! The master key's replacement.

use passgate_core::{code::Code, master_key::MasterKey};
use passgate_store::{Store, alias_keys, applications, installation, token_keys};

use crate::{Env, Failure, Refusal, Stopped, vault::CHECK};

/// What becomes of the keys that seal tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKeys {
    /// Tokens stay valid.
    Keep,
    /// Tokens that are under way have to be asked for again: somebody else may know the old master key and the
    /// database, and with them the keys.
    Drop,
}

/// What a replacement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Applications whose keys of alias digests were wrapped again.
    pub applications: u64,
    /// Keys that seal tokens, wrapped again or dropped.
    pub token_keys: u64,
}

/// Why the master key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The old key is not the one of the database.
    #[error("the database was made with another master key")]
    WrongMasterKey,
    /// Old and new are one.
    #[error("the new master key is the old one")]
    SameKey,
}

impl Refusal for RotateError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::WrongMasterKey | Self::SameKey => None,
        }
    }
}

/// Replaces the master key of a migrated database, in one transaction: what it wraps is wrapped again under the new
/// one, and what was derived from it is kept, so that tokens stay valid, aliases go on resolving and decoys stay the
/// same.
///
/// Stop every node first, and start them with the new key. One that was left running refuses to work: it opens nothing
/// any more, and stores nothing under the old key.
///
/// # Errors
/// See [`RotateError`]; then nothing has changed.
pub fn rotate(
    store: &Store,
    old: &MasterKey,
    new: &MasterKey,
    kept: TokenKeys,
    env: Env<'_>,
) -> Result<Rotated, Stopped<RotateError>> {
    let (old_check, new_check) = (old.check_value().to_text(), new.check_value().to_text());
    if old_check == new_check {
        return Err(Stopped::Refused(RotateError::SameKey));
    }
    store.write(|tx| {
        if !installation::replace(tx, CHECK, old_check.as_bytes(), new_check.as_bytes())? {
            return Err(Stopped::Refused(RotateError::WrongMasterKey));
        }
        let mut rotated = Rotated::default();
        for app in applications::list_ids(tx)? {
            let alias_key = match alias_keys::find(tx, &app)? {
                Some(wrapped) => old
                    .unwrap_alias_key(&app, &wrapped)
                    .ok_or_else(|| Failure::AliasKey { app: app.clone() })?,
                None => old.alias_key(&app),
            };
            alias_keys::set(tx, &app, &new.wrap_alias_key(&app, &alias_key, env.random()))?;
            for stored in token_keys::list(tx, &app)? {
                rotated.token_keys += 1;
                if kept == TokenKeys::Drop {
                    token_keys::delete(tx, &app, stored.id)?;
                    continue;
                }
                let key = old.unwrap(&app, &stored).map_err(|error| Failure::TokenKey {
                    app: app.clone(),
                    key_id: error.id,
                })?;
                let wrapped = new.wrap(&app, &key, env.random()).wrapped;
                token_keys::rewrap(tx, &app, stored.id, &wrapped)?;
            }
            rotated.applications += 1;
        }
        Ok(rotated)
    })
}
