//! `Passgate`: the parts that all operations share, put together once.
//!
//! The operations are methods of it, each in the file of its noun. The parts beneath know nothing of it.

use std::{fmt, sync::Arc};

use passgate_core::master_key::MasterKey;
use passgate_store::Store;

use crate::{
    Stopped,
    leases::Leases,
    provider_names::KnownProviders,
    record::Record,
    snapshots::Snapshots,
    tokens::Tokens,
    trust::Trust,
    vault::{Vault, WrongMasterKey},
};

/// What can be chosen for a [`Passgate`]. The default suits every host.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {}

/// The operations. Cheap to clone: all clones are the same Passgate.
#[derive(Clone)]
pub struct Passgate {
    parts: Arc<Parts>,
}

struct Parts {
    store: Store,
    vault: Arc<Vault>,
    snapshots: Arc<Snapshots>,
    tokens: Tokens,
    record: Record,
    trust: Trust,
    providers: KnownProviders,
    leases: Leases,
}

impl fmt::Debug for Passgate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passgate(..)")
    }
}

impl Passgate {
    /// Puts a migrated store and its master key together.
    ///
    /// The first start leaves a check value in the store, every later one compares it.
    ///
    /// # Errors
    /// [`WrongMasterKey`] if the store was used with another key.
    pub fn new(
        store: Store,
        master_key: MasterKey,
        settings: Settings,
    ) -> Result<Self, Stopped<WrongMasterKey>> {
        let Settings {} = settings;
        let vault = Arc::new(Vault::new(store.clone(), master_key)?);
        let snapshots = Arc::new(Snapshots::new(store.clone(), Arc::clone(&vault)));
        let parts = Parts {
            tokens: Tokens::new(Arc::clone(&vault), Arc::clone(&snapshots)),
            record: Record::new(store.clone()),
            trust: Trust::default(),
            providers: KnownProviders::load(store.clone())?,
            leases: Leases::new(store.clone()),
            store,
            vault,
            snapshots,
        };
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    /// The store beneath, for what is not an operation: backup, import, migration.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.parts.vault
    }

    pub(crate) fn snapshots(&self) -> &Snapshots {
        &self.parts.snapshots
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    pub(crate) fn record(&self) -> &Record {
        &self.parts.record
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.parts.trust
    }

    pub(crate) fn providers(&self) -> &KnownProviders {
        &self.parts.providers
    }

    pub(crate) fn leases(&self) -> &Leases {
        &self.parts.leases
    }
}
