//! An application as the hot path sees it: keys, features, purposes and opened token keys, in memory.
//!
//! A snapshot is read in one transaction and trusted for a second. A change made through the same [`Passgate`](crate::Passgate) drops it
//! at once; a change made on another node is seen within that second. Whoever looks for something that must not be
//! missed (a key, a token key) and does not find it reads again before refusing.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use passgate_core::{
    alias::AliasKey,
    api_key::{ApiKey, ApiKeyId, PresentedKey},
    application::{AppId, Application, Features},
    authentication_config::AuthenticationConfig,
    decoy::DecoyKey,
    time::Timestamp,
    token::keyring::Keyring,
};
use passgate_store::{Store, authentication_configs, snapshot};

use crate::{Failure, vault::Vault};

/// How long a snapshot is trusted without looking again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// How many snapshots are kept before stale ones are dropped to make room.
const KEPT: usize = 10_000;

/// An application with everything the hot path asks of it, as read at one moment.
#[derive(Debug)]
pub struct ApplicationSnapshot {
    pub(crate) application: Application,
    pub(crate) api_keys: Vec<ApiKey>,
    pub(crate) keyring: Keyring,
    pub(crate) alias_key: AliasKey,
    pub(crate) decoy_key: DecoyKey,
    pub(crate) authentication_configs: Vec<AuthenticationConfig>,
    pub(crate) has_authenticator_lists: bool,
    read_at: Timestamp,
}

impl ApplicationSnapshot {
    /// The application's id.
    pub const fn app_id(&self) -> &AppId {
        &self.application.id
    }

    /// What the application may do.
    pub const fn features(&self) -> &Features {
        &self.application.features
    }

    pub(crate) fn find_key(&self, id: &ApiKeyId) -> Option<&ApiKey> {
        self.api_keys.iter().find(|key| &key.id == id)
    }

    /// The key that a presented one claims to be.
    pub(crate) fn presented(&self, key: &PresentedKey) -> Option<&ApiKey> {
        self.find_key(key.id()?)
    }

    /// Whether the snapshot may be used at `now`. A clock that went back makes it stale too.
    fn is_fresh(&self, now: Timestamp) -> bool {
        now >= self.read_at && now.since(self.read_at) <= TRUSTED_FOR
    }
}

/// The snapshots of one [`Passgate`](crate::Passgate).
pub(crate) struct Snapshots {
    store: Store,
    vault: Arc<Vault>,
    memory: Memory,
}

impl Snapshots {
    pub(crate) fn new(store: Store, vault: Arc<Vault>) -> Self {
        Self {
            store,
            vault,
            memory: Memory::default(),
        }
    }

    /// The application's snapshot if it is in memory and at most a second old.
    pub(crate) fn fresh(&self, app: &AppId, now: Timestamp) -> Option<Arc<ApplicationSnapshot>> {
        self.memory.find(app, now)
    }

    /// The application's snapshot that is in memory, however old.
    pub(crate) fn last(&self, app: &AppId) -> Option<Arc<ApplicationSnapshot>> {
        self.memory.last(app)
    }

    /// The application's snapshot, at most a second old, and read again if it lacks what the caller looks for; none if
    /// there is no such application.
    pub(crate) fn find(
        &self,
        app: &AppId,
        now: Timestamp,
        has: impl FnOnce(&ApplicationSnapshot) -> bool,
    ) -> Result<Option<Arc<ApplicationSnapshot>>, Failure> {
        match self.memory.find(app, now) {
            Some(snapshot) if has(&snapshot) => Ok(Some(snapshot)),
            Some(_) | None => self.read(app, now),
        }
    }

    /// The application's snapshot as of now.
    pub(crate) fn read(
        &self,
        app: &AppId,
        now: Timestamp,
    ) -> Result<Option<Arc<ApplicationSnapshot>>, Failure> {
        let drops = self.memory.drops();
        let read = self.store.read(|tx| -> Result<_, Failure> {
            let Some(record) = snapshot::load(tx, app)? else {
                return Ok(None);
            };
            Ok(Some((record, authentication_configs::list(tx, app)?)))
        })?;
        let Some((record, authentication_configs)) = read else {
            self.memory.remove(app);
            return Ok(None);
        };
        let alias_key = self.vault.open_alias_key(app, record.alias_key.as_deref())?;
        let snapshot = Arc::new(ApplicationSnapshot {
            keyring: self.vault.open_keyring(app, &record.token_keys)?,
            decoy_key: DecoyKey::of(&alias_key),
            alias_key,
            application: record.application,
            api_keys: record.api_keys,
            authentication_configs,
            has_authenticator_lists: record.has_authenticator_lists,
            read_at: now,
        });
        self.memory.keep(&snapshot, drops);
        Ok(Some(snapshot))
    }

    /// Drops the application's snapshot: something it shows was changed.
    pub(crate) fn forget(&self, app: &AppId) {
        self.memory.forget(app);
    }
}

/// The snapshots in memory.
#[derive(Debug, Default)]
struct Memory {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_app: HashMap<AppId, Arc<ApplicationSnapshot>>,
    /// Counts drops, so that a snapshot whose reading began before a change is not kept after it.
    drops: u64,
}

impl Memory {
    fn find(&self, app: &AppId, now: Timestamp) -> Option<Arc<ApplicationSnapshot>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.by_app
            .get(app)
            .filter(|snapshot| snapshot.is_fresh(now))
            .cloned()
    }

    fn last(&self, app: &AppId) -> Option<Arc<ApplicationSnapshot>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.by_app.get(app).cloned()
    }

    fn drops(&self) -> u64 {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).drops
    }

    fn keep(&self, snapshot: &Arc<ApplicationSnapshot>, drops_before: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.drops != drops_before {
            return;
        }
        if kept.by_app.len() >= KEPT {
            let now = snapshot.read_at;
            kept.by_app.retain(|_, other| other.is_fresh(now));
        }
        kept.by_app
            .insert(snapshot.app_id().clone(), Arc::clone(snapshot));
    }

    /// Removes a snapshot that was found to be of nothing. This is no change, and counts as none: whoever asks for
    /// applications that do not exist must not disturb the others.
    fn remove(&self, app: &AppId) {
        let kept = self
            .kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .by_app
            .contains_key(app);
        if kept {
            self.kept
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .by_app
                .remove(app);
        }
    }

    fn forget(&self, app: &AppId) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.drops = kept.drops.wrapping_add(1);
        kept.by_app.remove(app);
    }
}

#[cfg(test)]
mod tests {
    use passgate_core::{application::ApplicationState, master_key::MasterKey};

    use super::*;

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn read_at(id: &str, read_at: Timestamp) -> Arc<ApplicationSnapshot> {
        let master_key = MasterKey::new([1; 32]);
        Arc::new(ApplicationSnapshot {
            application: Application {
                id: app(id),
                created_at: Timestamp::from_seconds(0),
                admin_emails: vec![],
                state: ApplicationState::Active,
                features: Features::default(),
            },
            api_keys: vec![],
            keyring: Keyring::default(),
            alias_key: master_key.alias_key(&app(id)),
            decoy_key: DecoyKey::of(&master_key.alias_key(&app(id))),
            authentication_configs: vec![],
            has_authenticator_lists: false,
            read_at,
        })
    }

    const NOW: Timestamp = Timestamp::from_seconds(100);

    #[test]
    fn a_snapshot_is_trusted_for_a_second_and_not_before_it_was_read() {
        let snapshots = Memory::default();
        snapshots.keep(&read_at("demoapp", NOW), snapshots.drops());
        let found = |now| snapshots.find(&app("demoapp"), now).is_some();
        assert!(found(NOW) && found(NOW.plus(TRUSTED_FOR)));
        assert!(!found(NOW.plus(TRUSTED_FOR).plus(Duration::from_micros(1))));
        assert!(!found(NOW.minus(Duration::from_micros(1))));
        assert!(snapshots.find(&app("otherapp"), NOW).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let snapshots = Memory::default();
        let before = snapshots.drops();
        snapshots.forget(&app("demoapp"));
        snapshots.keep(&read_at("demoapp", NOW), before);
        assert!(snapshots.find(&app("demoapp"), NOW).is_none());
        snapshots.keep(&read_at("demoapp", NOW), snapshots.drops());
        assert!(snapshots.find(&app("demoapp"), NOW).is_some());
        snapshots.forget(&app("demoapp"));
        assert!(snapshots.find(&app("demoapp"), NOW).is_none());
    }

    #[test]
    fn asking_for_applications_that_do_not_exist_disturbs_nobody() {
        let snapshots = Memory::default();
        let before = snapshots.drops();
        snapshots.remove(&app("nosuchapp"));
        snapshots.keep(&read_at("demoapp", NOW), before);
        assert!(snapshots.find(&app("demoapp"), NOW).is_some());
    }

    #[test]
    fn stale_snapshots_make_room() {
        let snapshots = Memory::default();
        for n in 0..KEPT {
            snapshots.keep(&read_at(&format!("app{n}"), NOW), snapshots.drops());
        }
        let later = NOW.plus(Duration::from_secs(2));
        snapshots.keep(&read_at("newest", later), snapshots.drops());
        assert_eq!(snapshots.kept.read().unwrap().by_app.len(), 1);
    }
}
