//! A self-hosted passkey server as a library: every operation of the Passgate API, without HTTP.
//!
//! A [`Passgate`] is built from a [`Store`], a [`MasterKey`] and [`Settings`]. Its methods are the operations: one per
//! endpoint, grouped in modules by noun. They block; an asynchronous host calls them from its blocking pool.
//!
//! Three things come with every call. A [`Caller`] proves which application speaks (an API key was checked, or the
//! call comes from within the process). An [`Env`] carries the time and a source of random bytes: nothing here reads a
//! clock. An input holds what was asked, already parsed.
//!
//! What an operation promises:
//!
//! * It refuses in the order caller, input, features, rules, with one error enum per operation whose variants hold
//!   data, not sentences.
//! * A refused ceremony or sign-in token leaves an event with the reason. If that cannot be written, the refusal stands
//!   and an error is logged; what succeeds leaves its event in any case, or does not happen.
//! * What belongs together happens in one transaction: a used credential, its spent session and the event that says so.
//! * Signatures are verified while no transaction is open.
//! * A lost race is an answer: the loser gets the error that it would have got a moment later.
//!
//! # Example
//!
//! A backend that makes sign-in tokens of its own and verifies them, each once:
//!
//! ```
//! use passgate::{
//!     Client, Env, Passgate, Settings,
//!     applications::CreateAppInput,
//!     passgate_core::{application::AppId, master_key::MasterKey, time::{Entropy, Timestamp}, user::UserId},
//!     passgate_store::{DatabaseUrl, Store, StoreSettings},
//!     sign_in::{GenerateSignInTokenInput, VerifyError},
//! };
//!
//! struct SystemEntropy;
//!
//! impl Entropy for SystemEntropy {
//!     fn fill(&self, bytes: &mut [u8]) {
//!         use ring::rand::SecureRandom as _;
//!         ring::rand::SystemRandom::new().fill(bytes).expect("the system has random bytes");
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let database = passgate_testkit::TestDatabase::sqlite();
//! # let (url, thirty_two_secret_bytes) = (database.url(), [7; 32]);
//! let store = Store::connect(&DatabaseUrl::parse(url)?, StoreSettings::default())?;
//! store.migrate()?;
//! let passgate = Passgate::new(store, MasterKey::new(thirty_two_secret_bytes), Settings::default())?;
//! let env = || Env { now: Timestamp::from(chrono::Utc::now()), entropy: &SystemEntropy };
//!
//! let app = AppId::parse("myapp")?;
//! passgate.create_app(
//!     CreateAppInput {
//!         app: app.clone(),
//!         admin_email: String::new(),
//!         event_logging: false,
//!         event_retention_days: 30,
//!         magic_link_monthly_quota: 0,
//!         max_users: None,
//!         allow_attestation: false,
//!     },
//!     env(),
//! )?;
//! let caller = passgate.embedded_caller(&app, env())?;
//! let input = GenerateSignInTokenInput {
//!     user_id: UserId::parse("user-1")?,
//!     time_to_live: None,
//!     purpose: None,
//!     rp_id: None,
//!     origin: None,
//! };
//! let token = passgate.generate_sign_in_token(&caller, input, env())?;
//!
//! let claims = passgate.verify_sign_in_token(&caller, Some(&token), &Client::default(), env())?;
//! assert_eq!(claims.user_id.as_str(), "user-1");
//! let again = passgate.verify_sign_in_token(&caller, Some(&token), &Client::default(), env());
//! assert!(matches!(again, Err(VerifyError::TokenAlreadyUsed)));
//! # Ok(())
//! # }
//! ```
//!
//! `docs/embedding.md` shows both ceremonies, and what else a host has to do.

pub mod account_deletion;
pub mod aliases;
pub mod api_keys;
pub mod applications;
pub mod authentication;
pub mod authentication_configs;
pub mod authenticators;
mod call;
mod ceremony;
pub mod credentials;
pub mod deletion;
pub mod development;
pub mod events;
mod failure;
pub mod features;
pub mod jobs;
pub mod magic_links;
pub mod master_key;
pub mod metadata;
pub mod providers;
mod refusals;
pub mod register;
pub mod relying_party;
pub mod reports;
mod sealing;
pub mod sign_in;
pub mod signals;
mod snapshot;
pub mod transfer;
pub mod users;
pub mod well_known;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, atomic::AtomicBool},
};

use passgate_core::{
    application::Features, master_key::MasterKey, provider::ProviderNames, sign_in::verification_policy,
};
use passgate_store::Store;
use passgate_webauthn::{Policy, metadata::MetadataRegistry, trust::TrustPolicy};

// An embedder needs their types for every call: re-exported, so that their versions are always the right ones.
pub use passgate_core;
pub use passgate_store;
pub use passgate_webauthn;

pub use crate::{
    authentication::Caller,
    call::{Begun, Client, Env},
    failure::Failure,
    snapshot::ApplicationSnapshot,
};

/// What can be chosen for a [`Passgate`]. The default suits every host.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {}

/// The operations. Cheap to clone: all clones are the same Passgate.
#[derive(Clone)]
pub struct Passgate {
    inner: Arc<Inner>,
}

impl fmt::Debug for Passgate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passgate(..)")
    }
}

struct Inner {
    store: Store,
    master_key: MasterKey,
    snapshots: snapshot::Snapshots,
    refusals: refusals::Refusals,
    /// Manufacturers' roots and, once there is any, FIDO metadata.
    trust: RwLock<Trust>,
    /// Names of authenticator models by AAGUID.
    providers: RwLock<Arc<ProviderNames>>,
    jobs_stopping: AtomicBool,
}

#[derive(Clone, Debug)]
struct Trust {
    policy: TrustPolicy,
    metadata: Option<Arc<MetadataRegistry>>,
}

impl Trust {
    fn new(metadata: Option<Arc<MetadataRegistry>>) -> Self {
        let policy = TrustPolicy::new().with_well_known_anchors();
        let policy = match &metadata {
            Some(metadata) => policy.with_metadata(Arc::clone(metadata)),
            None => policy,
        };
        Self { policy, metadata }
    }
}

/// Why a [`Passgate`] does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database belongs to another master key. Everything sealed or digested under that key would be lost.
    #[error("the database was made with another master key")]
    WrongMasterKey,
    /// Something else failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

failure::from_store_error!(StartError);

impl Passgate {
    /// Puts a migrated store and its master key together.
    ///
    /// The first start leaves a check value in the store, every later one compares it.
    ///
    /// # Errors
    /// [`StartError::WrongMasterKey`] if the store was used with another key.
    pub fn new(store: Store, master_key: MasterKey, settings: Settings) -> Result<Self, StartError> {
        let Settings {} = settings;
        master_key::keep_or_compare(&store, &master_key)?;
        let providers = RwLock::new(Arc::new(providers::load(&store)?));
        let inner = Inner {
            store,
            master_key,
            snapshots: snapshot::Snapshots::default(),
            refusals: refusals::Refusals::default(),
            trust: RwLock::new(Trust::new(None)),
            providers,
            jobs_stopping: AtomicBool::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The FIDO metadata in use.
    pub fn metadata(&self) -> Option<Arc<MetadataRegistry>> {
        self.inner
            .trust
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .metadata
            .clone()
    }

    /// Uses other FIDO metadata from now on, or none. [`Passgate::accept_metadata`] also sees to it that it never goes
    /// back.
    pub fn set_metadata(&self, metadata: Option<Arc<MetadataRegistry>>) {
        *self.inner.trust.write().unwrap_or_else(PoisonError::into_inner) = Trust::new(metadata);
    }

    /// Uses this FIDO metadata from now on, unless what is in use has a larger number.
    fn set_metadata_unless_newer(&self, metadata: Arc<MetadataRegistry>) {
        let mut trust = self.inner.trust.write().unwrap_or_else(PoisonError::into_inner);
        let newer = trust
            .metadata
            .as_ref()
            .is_some_and(|in_use| in_use.number() > metadata.number());
        if !newer {
            *trust = Trust::new(Some(metadata));
        }
    }

    /// What a registration has to satisfy.
    fn registration_policy(&self, features: &Features) -> Policy {
        let trust = self
            .inner
            .trust
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .policy
            .clone();
        verification_policy(&Policy::compatible().with_trust(trust), features)
    }

    fn refusals(&self) -> &refusals::Refusals {
        &self.inner.refusals
    }

    /// The store beneath, for what is not an operation: health, backup, import.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}

/// Compiles and runs the examples of the embedding guide.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct EmbeddingGuide;
