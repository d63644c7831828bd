//! Tokens: sealing and opening them under an application's keyring, which rotates by itself.

use std::sync::Arc;

use passgate_core::{
    application::AppId,
    time::Timestamp,
    token::{self, OpenTokenError, TokenKind, keyring::SealWith},
};

use crate::{ApplicationSnapshot, Env, Failure, snapshots::Snapshots, vault::Vault};

pub(crate) struct Tokens {
    vault: Arc<Vault>,
    snapshots: Arc<Snapshots>,
}

impl Tokens {
    pub(crate) const fn new(vault: Arc<Vault>, snapshots: Arc<Snapshots>) -> Self {
        Self { vault, snapshots }
    }

    /// Seals claims under the application's newest key, after making a new one if that is too old.
    pub(crate) fn seal<K: TokenKind>(
        &self,
        application: &ApplicationSnapshot,
        claims: &K,
        env: Env<'_>,
    ) -> Result<String, Failure> {
        let app = application.app_id();
        if let SealWith::Existing(key) = application.keyring.plan(env.now).seal_with {
            return Ok(token::seal(claims, app, key, env.random()));
        }
        let key = self.vault.rotate(app, env)?;
        self.snapshots.forget(app);
        Ok(token::seal(claims, app, &key, env.random()))
    }

    /// Opens a token of the application. A key that this node does not know yet is looked up before the token is
    /// refused: another node may just have made it.
    pub(crate) fn open<K: TokenKind>(
        &self,
        application: &ApplicationSnapshot,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Result<K, OpenTokenError>, Failure> {
        let app = application.app_id();
        let opened = match token::open(token, app, &application.keyring, now) {
            Err(OpenTokenError::UnknownKey { id }) => {
                let read = self.snapshots.read(app, now)?;
                match read.filter(|snapshot| snapshot.keyring.find(id).is_some()) {
                    Some(snapshot) => token::open(token, app, &snapshot.keyring, now),
                    None => Err(OpenTokenError::UnknownKey { id }),
                }
            }
            opened => opened,
        };
        Ok(opened)
    }

    /// Rotates an application's keys if that is due, and drops dead ones. Returns whether anything changed.
    pub(crate) fn rotate_if_due(&self, app: &AppId, env: Env<'_>) -> Result<bool, Failure> {
        let due = self.vault.is_rotation_due(app, env)?;
        if due {
            self.vault.rotate(app, env)?;
        }
        let changed = self.vault.drop_dead_keys(app, env)? || due;
        if changed {
            self.snapshots.forget(app);
        }
        Ok(changed)
    }
}
