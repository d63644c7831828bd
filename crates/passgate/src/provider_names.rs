//! The names of authenticator models in use: those of the program, and newer ones that the store keeps.

use std::sync::{Arc, PoisonError, RwLock};

use passgate_core::provider::ProviderNames;
use passgate_store::{Store, installation};
use passgate_webauthn::Aaguid;

use crate::Failure;

/// The setting under which the store keeps newer names.
const SETTING: &str = "provider_names";

pub(crate) struct KnownProviders {
    store: Store,
    names: RwLock<Arc<ProviderNames>>,
}

impl KnownProviders {
    /// What cannot be read is left out: names are for display, and no reason not to start.
    pub(crate) fn load(store: Store) -> Result<Self, Failure> {
        let stored = store.read(|tx| -> Result<_, Failure> { Ok(installation::get(tx, SETTING)?) })?;
        let newer = stored
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|document| ProviderNames::parse(&document).ok());
        let names = ProviderNames::bundled().refreshed(newer.unwrap_or_default());
        Ok(Self {
            store,
            names: RwLock::new(Arc::new(names)),
        })
    }

    pub(crate) fn find(&self, aaguid: Aaguid) -> Option<String> {
        let names = Arc::clone(&self.names.read().unwrap_or_else(PoisonError::into_inner));
        names.find(aaguid).map(str::to_owned)
    }

    pub(crate) fn refresh(&self, newer: ProviderNames) -> Result<(), Failure> {
        self.store.write(|tx| -> Result<_, Failure> {
            Ok(installation::set(tx, SETTING, newer.to_json().as_bytes())?)
        })?;
        let names = Arc::new(ProviderNames::bundled().refreshed(newer));
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }
}
