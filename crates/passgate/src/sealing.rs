//! Sealing and opening tokens under an application's keyring, and rotating that keyring.

use passgate_core::{
    application::AppId,
    secret::Secret,
    time::Timestamp,
    token::{
        self, OpenTokenError, TokenKind,
        keyring::{Keyring, SealWith, SealingKey, StoredTokenKey},
    },
};
use passgate_store::{InsertError, token_keys};

use crate::{Caller, Env, Failure, Passgate};

/// Why a token did not open.
#[derive(Debug)]
pub(crate) enum OpenFailure {
    Token(OpenTokenError),
    Failure(Failure),
}

impl From<Failure> for OpenFailure {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Lets `?` carry a token that did not open into an operation's own error.
macro_rules! from_open_failure {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$crate::sealing::OpenFailure> for $error {
            fn from(error: $crate::sealing::OpenFailure) -> Self {
                match error {
                    $crate::sealing::OpenFailure::Token(error) => Self::Token(error),
                    $crate::sealing::OpenFailure::Failure(failure) => Self::Failure(failure),
                }
            }
        })+
    };
}

pub(crate) use from_open_failure;

impl Passgate {
    /// Seals claims under the application's newest key, after making a new one if that is too old.
    pub(crate) fn seal<K: TokenKind>(
        &self,
        caller: &Caller,
        claims: &K,
        env: Env<'_>,
    ) -> Result<String, Failure> {
        let app = caller.app_id();
        if let SealWith::Existing(key) = caller.snapshot().keyring.plan(env.now).seal_with {
            return Ok(token::seal(claims, app, key, env.random()));
        }
        let key = self.rotate(app, env)?;
        Ok(token::seal(claims, app, &key, env.random()))
    }

    /// Opens a token of the caller's application. A key that this node does not know yet is looked up before the token
    /// is refused: another node may just have made it.
    pub(crate) fn open<K: TokenKind>(
        &self,
        caller: &Caller,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<K, OpenFailure> {
        let app = caller.app_id();
        let opened = match token::open(token, app, &caller.snapshot().keyring, now) {
            Err(OpenTokenError::UnknownKey { id }) => {
                let known = self
                    .reread(app, now)?
                    .filter(|snapshot| snapshot.keyring.find(id).is_some());
                match known {
                    Some(snapshot) => token::open(token, app, &snapshot.keyring, now),
                    None => Err(OpenTokenError::UnknownKey { id }),
                }
            }
            opened => opened,
        };
        opened.map_err(OpenFailure::Token)
    }

    /// An application's keys, opened.
    pub(crate) fn open_keyring(&self, app: &AppId, stored: &[StoredTokenKey]) -> Result<Keyring, Failure> {
        stored
            .iter()
            .map(|key| {
                let unwrapped = self.inner.master_key.unwrap(app, key);
                unwrapped.map_err(|error| Failure::TokenKey {
                    app: app.clone(),
                    key_id: error.id,
                })
            })
            .collect::<Result<_, _>>()
            .map(Keyring::new)
    }

    /// The key to seal with now: what another node made in the meantime, or a new one. Keys that can have sealed nothing
    /// that is still alive are deleted on the way.
    fn rotate(&self, app: &AppId, env: Env<'_>) -> Result<SealingKey, Failure> {
        let key = self.store().write_locked(app, |tx| -> Result<_, Failure> {
            self.hold_master_key(tx)?;
            let keyring = self.open_keyring(app, &token_keys::list(tx, app)?)?;
            let plan = keyring.plan(env.now);
            for id in plan.drop {
                token_keys::delete(tx, app, id)?;
            }
            match plan.seal_with {
                SealWith::Existing(key) => Ok(key.clone()),
                SealWith::Mint { id } => {
                    let key = SealingKey::new(id, env.now, Secret::new(env.random()));
                    let stored = self.inner.master_key.wrap(app, &key, env.random());
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
        })?;
        self.forget(app);
        Ok(key)
    }

    /// Rotates if that is due. Returns whether it was.
    pub(crate) fn rotate_if_due(&self, app: &AppId, env: Env<'_>) -> Result<bool, Failure> {
        let stored = self
            .store()
            .read(|tx| -> Result<_, Failure> { Ok(token_keys::list(tx, app)?) })?;
        let keyring = self.open_keyring(app, &stored)?;
        let plan = keyring.plan(env.now);
        // An application that never sealed anything needs no first key yet.
        let due = !stored.is_empty() && matches!(plan.seal_with, SealWith::Mint { .. });
        if due || !plan.drop.is_empty() {
            self.rotate(app, env)?;
        }
        Ok(due || !plan.drop.is_empty())
    }
}
