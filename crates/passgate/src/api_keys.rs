//! API keys: creating, listing, locking, unlocking and deleting them.

use std::collections::BTreeSet;

use passgate_core::{
    api_key::{ApiKey, ApiKeyId, ApiKeyKind, KeyLock, PublicApiKey, Scope, SecretApiKey},
    application::AppId,
    code::Code,
    event::Occurrence,
};
use passgate_store::{InsertError, StoreError, Tx, api_keys, applications};

use crate::{Env, Failure, Passgate, Refusal, Stopped, record::record};

/// How often a fresh key is drawn again because its last four characters are taken. With a thousand keys in an
/// application one draw in 66 collides, so that all of these do with a chance of 1 in 10^29.
const DRAWS: usize = 16;

/// A new key in clear; a secret one exists in clear only here.
#[derive(Debug)]
pub enum CreatedKey {
    /// For browsers.
    Public(PublicApiKey),
    /// For backends.
    Secret(SecretApiKey),
}

/// Why a key was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// No scope was named.
    #[error("a key needs at least one scope")]
    ScopesRequired,
    /// A scope belongs to the other kind of key.
    #[error("scope {} does not belong to this kind of key", scope.as_str())]
    ForeignScope {
        /// The one that a key of this kind cannot have.
        scope: Scope,
    },
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
}

impl Refusal for CreateKeyError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::ScopesRequired => Some(Code::CreateApiKeyScopesRequired),
            Self::ForeignScope { .. } => None,
            Self::AppNotFound => Some(Code::AppNotFound),
        }
    }
}

/// Why a key was not locked, unlocked or deleted.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeError {
    /// The application has no such key.
    #[error("the application has no such key")]
    NotFound,
}

impl Refusal for KeyChangeError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotFound => Some(Code::ApiKeyNotFound),
        }
    }
}

impl Passgate {
    /// Creates a key. It does not authenticate before the application is thawed, if it is frozen.
    ///
    /// # Errors
    /// See [`CreateKeyError`].
    pub fn create_key(
        &self,
        app: &AppId,
        kind: ApiKeyKind,
        scopes: &BTreeSet<Scope>,
        env: Env<'_>,
    ) -> Result<CreatedKey, Stopped<CreateKeyError>> {
        if scopes.is_empty() {
            return Err(Stopped::Refused(CreateKeyError::ScopesRequired));
        }
        if let Some(scope) = scopes.iter().find(|scope| scope.kind() != kind) {
            return Err(Stopped::Refused(CreateKeyError::ForeignScope { scope: *scope }));
        }
        let created = self.store().write_locked(app, |tx| {
            let application = applications::find(tx, app)?.ok_or(CreateKeyError::AppNotFound)?;
            let mut taken = api_keys::list(tx, app)?.into_iter().map(|key| key.id).collect();
            let (created, stored) = match kind {
                ApiKeyKind::Public => {
                    let key = draw_public(app, &mut taken, env)?;
                    let stored = ApiKey::public(key.clone(), scopes, env.now);
                    (CreatedKey::Public(key), stored)
                }
                ApiKeyKind::Secret => {
                    let key = draw_secret(app, &mut taken, env)?;
                    let stored = ApiKey::secret(&key, scopes, env.now);
                    (CreatedKey::Secret(key), stored)
                }
            };
            insert_key(tx, app, &stored)?;
            record(tx, &application, env, &Occurrence::ApiKeyCreated(&stored.id))?;
            Ok::<_, Stopped<CreateKeyError>>(created)
        })?;
        self.snapshots().forget(app);
        Ok(created)
    }

    /// All keys of an application; that they were listed is an event. While the application is frozen or waits for its
    /// deletion, every one of them is locked, also one that was created or unlocked since.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_keys(&self, app: &AppId, env: Env<'_>) -> Result<Vec<ApiKey>, Failure> {
        let (application, mut keys) = self.store().read(|tx| -> Result<_, Failure> {
            Ok((applications::find(tx, app)?, api_keys::list(tx, app)?))
        })?;
        if let Some(application) = application {
            if application.state.locks_keys() {
                for key in &mut keys {
                    key.lock = key.lock.or(Some(KeyLock::Application));
                }
            }
            self.record()
                .alone(&application, env, &Occurrence::ApiKeysEnumerated)?;
        }
        Ok(keys)
    }

    /// Locks one key: it no longer authenticates, and an unfreeze does not unlock it.
    ///
    /// # Errors
    /// [`KeyChangeError::NotFound`].
    pub fn lock_key(&self, app: &AppId, id: &ApiKeyId, env: Env<'_>) -> Result<(), Stopped<KeyChangeError>> {
        change_key(self, app, env, &Occurrence::ApiKeyLocked(id), |tx| {
            api_keys::set_lock(tx, app, id, KeyLock::Key, env.now)
        })
    }

    /// Unlocks one key, however it came to be locked. It does not authenticate before the application is thawed, if it
    /// is frozen.
    ///
    /// # Errors
    /// [`KeyChangeError::NotFound`].
    pub fn unlock_key(
        &self,
        app: &AppId,
        id: &ApiKeyId,
        env: Env<'_>,
    ) -> Result<(), Stopped<KeyChangeError>> {
        change_key(self, app, env, &Occurrence::ApiKeyUnlocked(id), |tx| {
            api_keys::unlock(tx, app, id, env.now)
        })
    }

    /// Deletes one key.
    ///
    /// # Errors
    /// [`KeyChangeError::NotFound`].
    pub fn delete_key(
        &self,
        app: &AppId,
        id: &ApiKeyId,
        env: Env<'_>,
    ) -> Result<(), Stopped<KeyChangeError>> {
        change_key(self, app, env, &Occurrence::ApiKeyDeleted(id), |tx| {
            api_keys::delete(tx, app, id)
        })
    }
}

/// Changes one key; `change` says whether there was one.
fn change_key(
    passgate: &Passgate,
    app: &AppId,
    env: Env<'_>,
    what: &Occurrence<'_>,
    change: impl FnOnce(&mut Tx<'_>) -> Result<bool, StoreError>,
) -> Result<(), Stopped<KeyChangeError>> {
    passgate.store().write(|tx| {
        let application = applications::find(tx, app)?.ok_or(KeyChangeError::NotFound)?;
        if !change(tx)? {
            return Err(Stopped::Refused(KeyChangeError::NotFound));
        }
        record(tx, &application, env, what)?;
        Ok(())
    })?;
    passgate.snapshots().forget(app);
    Ok(())
}

/// Draws a public key whose id is not taken, and takes it.
pub(crate) fn draw_public(
    app: &AppId,
    taken: &mut BTreeSet<ApiKeyId>,
    env: Env<'_>,
) -> Result<PublicApiKey, Failure> {
    draw(
        app,
        taken,
        || PublicApiKey::generate(app, env.random()),
        PublicApiKey::id,
    )
}

/// Draws a secret key whose id is not taken, and takes it.
pub(crate) fn draw_secret(
    app: &AppId,
    taken: &mut BTreeSet<ApiKeyId>,
    env: Env<'_>,
) -> Result<SecretApiKey, Failure> {
    draw(
        app,
        taken,
        || SecretApiKey::generate(app, env.random()),
        SecretApiKey::id,
    )
}

fn draw<K>(
    app: &AppId,
    taken: &mut BTreeSet<ApiKeyId>,
    fresh: impl Fn() -> K,
    id: impl Fn(&K) -> ApiKeyId,
) -> Result<K, Failure> {
    for _ in 0..DRAWS {
        let key = fresh();
        if taken.insert(id(&key)) {
            return Ok(key);
        }
    }
    Err(Failure::NoFreeKeyId { app: app.clone() })
}

/// Stores a key whose id was drawn to be free while no one else could take it.
pub(crate) fn insert_key(tx: &mut Tx<'_>, app: &AppId, key: &ApiKey) -> Result<(), Failure> {
    api_keys::insert(tx, app, key).map_err(|error| match error {
        InsertError::Duplicate => Failure::NoFreeKeyId { app: app.clone() },
        InsertError::Store(error) => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use passgate_core::time::{Entropy, Timestamp};

    use super::*;

    /// Repeats one byte.
    struct Same(u8);

    impl Entropy for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_taken_id_is_drawn_again_and_not_for_ever() {
        let app = AppId::parse("demoapp").unwrap();
        let env = Env {
            now: Timestamp::from_seconds(0),
            entropy: &Same(7),
        };
        let mut taken = BTreeSet::new();
        let first = draw_public(&app, &mut taken, env).unwrap();
        assert_eq!(taken, BTreeSet::from([first.id()]));
        assert!(matches!(
            draw_secret(&app, &mut taken, env),
            Err(Failure::NoFreeKeyId { .. })
        ));
    }
}
