//! An application with keys that everybody knows, for development and for the test suites of client libraries.
//!
//! The keys are those of the official server's development mode, so that what was written against that finds them.
//! They are open while a server is started for development, and locked by every other start.

use std::collections::BTreeSet;

use passgate_core::{
    api_key::{ApiKey, ApiKeyId, ApiKeyKind, ApiKeyMaterial, KeyLock, PublicApiKey, Scope, SecretApiKey},
    application::{AppId, Application, ApplicationState, Features},
    time::Timestamp,
};
use passgate_store::{InsertError, api_keys, applications};

use crate::{Env, Failure, Passgate};

/// The application.
pub const APP: &str = "test";
/// For browsers; known to everybody, so for development alone.
pub const PUBLIC_KEY: &str = "test:public:2e728aa5986f4ba8b073a5b28a939795";
/// Its secret key, which everybody knows: it keeps nothing secret.
pub const SECRET_KEY: &str = "test:secret:a679563b331846c79c20b114a4f56d02";
/// The management key of a server that was given no other.
pub const MANAGEMENT_KEY: &str = "shared_dev_key";

/// What [`Passgate::open_development_keys`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevelopmentKeys {
    /// The application with its published keys is there.
    Open,
    /// There is an application of this name with other keys; it was left alone.
    NameTaken,
}

/// The published keys as they are stored, and how they are recognised.
struct Published {
    app: AppId,
    public: PublicApiKey,
    secret: SecretApiKey,
}

impl Published {
    #[expect(
        clippy::expect_used,
        reason = "constants, and the first thing that every test of this module reads"
    )]
    fn new() -> Self {
        Self {
            app: AppId::parse(APP).expect("a name"),
            public: PublicApiKey::parse(PUBLIC_KEY).expect("a public key"),
            secret: SecretApiKey::parse(SECRET_KEY).expect("a secret key"),
        }
    }

    fn ids(&self) -> [ApiKeyId; 2] {
        [self.public.id(), self.secret.id()]
    }

    fn is(&self, stored: &ApiKey) -> bool {
        match &stored.material {
            ApiKeyMaterial::Public(public) => *public == self.public,
            ApiKeyMaterial::Secret(digest) => digest.verifies(self.secret.expose().as_bytes()),
        }
    }

    fn application(&self) -> Application {
        Application {
            id: self.app.clone(),
            // As old as can be: the rules for new applications are not for this one.
            created_at: Timestamp::from_seconds(0),
            admin_emails: vec!["test@test.com".to_owned()],
            state: ApplicationState::Active,
            features: Features {
                magic_link_monthly_quota: 2000,
                ..Features::default()
            },
        }
    }
}

impl Passgate {
    /// Sees to it that the application [`APP`] is there and that its published keys are open.
    ///
    /// Whoever reaches the server can use it then, so a host has to be told to, and warns.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn open_development_keys(&self, env: Env<'_>) -> Result<DevelopmentKeys, Failure> {
        let published = Published::new();
        let app = &published.app;
        let keys = self.store().write_locked(app, |tx| -> Result<_, Failure> {
            self.vault().hold_master_key(tx)?;
            match applications::insert(tx, &published.application()) {
                Ok(()) => {
                    let scopes = |kind| BTreeSet::from(Scope::all_of(kind));
                    let public = published.public.clone();
                    let keys = [
                        ApiKey::public(public, &scopes(ApiKeyKind::Public), env.now),
                        ApiKey::secret(&published.secret, &scopes(ApiKeyKind::Secret), env.now),
                    ];
                    for key in &keys {
                        crate::api_keys::insert_key(tx, app, key)?;
                    }
                    return Ok(DevelopmentKeys::Open);
                }
                Err(InsertError::Duplicate) => {}
                Err(InsertError::Store(error)) => return Err(error.into()),
            }
            for id in published.ids() {
                match api_keys::find(tx, app, &id)? {
                    Some(stored) if published.is(&stored) => {
                        if stored.lock.is_some() {
                            api_keys::unlock(tx, app, &id, env.now)?;
                        }
                    }
                    Some(_) | None => return Ok(DevelopmentKeys::NameTaken),
                }
            }
            Ok(DevelopmentKeys::Open)
        })?;
        self.snapshots().forget(app);
        Ok(keys)
    }

    /// Locks the published keys if a development mode left them open, and says whether it did.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn lock_development_keys(&self, env: Env<'_>) -> Result<bool, Failure> {
        let published = Published::new();
        let app = &published.app;
        let open = self.store().read(|tx| -> Result<_, Failure> {
            let mut open = Vec::new();
            for id in published.ids() {
                let stored = api_keys::find(tx, app, &id)?;
                if stored.is_some_and(|stored| stored.lock.is_none() && published.is(&stored)) {
                    open.push(id);
                }
            }
            Ok(open)
        })?;
        if open.is_empty() {
            return Ok(false);
        }
        self.store().write(|tx| -> Result<(), Failure> {
            for id in &open {
                api_keys::set_lock(tx, app, id, KeyLock::Key, env.now)?;
            }
            Ok(())
        })?;
        self.snapshots().forget(app);
        Ok(true)
    }
}
