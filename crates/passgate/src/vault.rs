//! The vault: the master key of this node, and the keys of applications that only it opens.

use passgate_core::{
    alias::AliasKey,
    application::AppId,
    clock_watch::BELIEVED,
    code::Code,
    master_key::{CheckValue, MasterKey},
    secret::Secret,
    token::keyring::{Keyring, SealWith, SealingKey, StoredTokenKey},
};
use passgate_store::{InsertError, Store, Tx, installation, token_keys};

use crate::{Env, Failure, Refusal, Stopped};

/// The name under which the store keeps the master key's check value.
pub(crate) const CHECK: &str = "master_key_check";

/// The database belongs to another master key. Everything sealed or digested under that key would be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database was made with another master key")]
pub struct WrongMasterKey;

impl Refusal for WrongMasterKey {
    fn code(&self) -> Option<Code> {
        None
    }
}

pub(crate) struct Vault {
    store: Store,
    master_key: MasterKey,
}

impl Vault {
    /// Leaves the check value of the first master key in the store, and compares every later one.
    pub(crate) fn new(store: Store, master_key: MasterKey) -> Result<Self, Stopped<WrongMasterKey>> {
        let check = master_key.check_value().to_text();
        let kept = store.write(|tx| -> Result<_, Failure> {
            Ok(installation::insert_if_absent(tx, CHECK, check.as_bytes())?)
        })?;
        let kept = std::str::from_utf8(&kept).ok().and_then(CheckValue::parse);
        if kept == Some(master_key.check_value()) {
            Ok(Self { store, master_key })
        } else {
            Err(WrongMasterKey.into())
        }
    }

    /// Sees to it that the master key of this node stays the one in force until the transaction ends: before anything is
    /// stored that only it opens, or that depends on a key derived from it.
    pub(crate) fn hold_master_key(&self, tx: &mut Tx<'_>) -> Result<(), Failure> {
        let check = self.master_key.check_value().to_text();
        if installation::replace(tx, CHECK, check.as_bytes(), check.as_bytes())? {
            Ok(())
        } else {
            Err(Failure::MasterKeyReplaced)
        }
    }

    /// An application's token keys, opened.
    pub(crate) fn open_keyring(&self, app: &AppId, stored: &[StoredTokenKey]) -> Result<Keyring, Failure> {
        stored
            .iter()
            .map(|key| {
                let unwrapped = self.master_key.unwrap(app, key);
                unwrapped.map_err(|error| Failure::TokenKey {
                    app: app.clone(),
                    key_id: error.id,
                })
            })
            .collect::<Result<_, _>>()
            .map(Keyring::new)
    }

    /// The key of an application's alias digests: the one that it brought along, else the derived one.
    pub(crate) fn open_alias_key(&self, app: &AppId, wrapped: Option<&[u8]>) -> Result<AliasKey, Failure> {
        match wrapped {
            Some(wrapped) => self
                .master_key
                .unwrap_alias_key(app, wrapped)
                .ok_or_else(|| Failure::AliasKey { app: app.clone() }),
            None => Ok(self.master_key.alias_key(app)),
        }
    }

    /// Makes the key of an application's alias digests, which it brings along, fit to be stored.
    pub(crate) fn wrap_alias_key(&self, app: &AppId, key: &AliasKey, env: Env<'_>) -> Vec<u8> {
        self.master_key.wrap_alias_key(app, key, env.random())
    }

    /// The key to seal with now: what another node made in the meantime, or a new one.
    pub(crate) fn rotate(&self, app: &AppId, env: Env<'_>) -> Result<SealingKey, Failure> {
        self.store.write_locked(app, |tx| -> Result<_, Failure> {
            self.hold_master_key(tx)?;
            let keyring = self.open_keyring(app, &token_keys::list(tx, app)?)?;
            match keyring.plan(env.now).seal_with {
                SealWith::Existing(key) => Ok(key.clone()),
                SealWith::Mint { id } => {
                    let key = SealingKey::new(id, env.now, Secret::new(env.random()));
                    let stored = self.master_key.wrap(app, &key, env.random());
                    token_keys::insert(tx, app, &stored).map_err(|error| match error {
                        InsertError::Duplicate => Failure::TokenKey {
                            app: app.clone(),
                            key_id: id,
                        },
                        InsertError::Store(error) => error.into(),
                    })?;
                    Ok(key)
                }
            }
        })
    }

    /// Deletes keys that can have sealed nothing that is still alive, by a clock that may be ahead as far as it is believed.
    /// Returns whether there were any.
    pub(crate) fn drop_dead_keys(&self, app: &AppId, env: Env<'_>) -> Result<bool, Failure> {
        self.store.write_locked(app, |tx| -> Result<_, Failure> {
            let keyring = self.open_keyring(app, &token_keys::list(tx, app)?)?;
            let dead = keyring.plan(env.now.minus(BELIEVED)).drop;
            for id in &dead {
                token_keys::delete(tx, app, *id)?;
            }
            Ok(!dead.is_empty())
        })
    }

    /// Whether the keys of an application want [`Vault::rotate`].
    pub(crate) fn is_rotation_due(&self, app: &AppId, env: Env<'_>) -> Result<bool, Failure> {
        let stored = self
            .store
            .read(|tx| -> Result<_, Failure> { Ok(token_keys::list(tx, app)?) })?;
        let keyring = self.open_keyring(app, &stored)?;
        let plan = keyring.plan(env.now);
        // An application that never sealed anything needs no first key yet.
        Ok(!stored.is_empty() && matches!(plan.seal_with, SealWith::Mint { .. }))
    }
}
