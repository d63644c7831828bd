//! A self-hosted passkey server as a library: every operation of the Passgate API, without HTTP.
//!
//! A [`Passgate`] is built from a [`Store`](passgate_store::Store), a
//! [`MasterKey`](passgate_core::master_key::MasterKey) and [`Settings`]. Its methods are the operations: one per
//! endpoint, grouped in modules by noun. They block; an asynchronous host calls them from its blocking pool.
//!
//! Three things come with every call. A [`Caller`] proves which application speaks (an API key was checked, or the
//! call comes from within the process). An [`Env`] carries the time and a source of random bytes: nothing here reads a
//! clock. An input holds what was asked, already parsed.
//!
//! What an operation promises:
//!
//! * What stops it is one of two things, and a type says which: [`Stopped`]. It *refuses* in the order caller, input,
//!   features, rules, with one enum per operation whose variants hold data, not sentences; or it *failed*, which is no
//!   caller's doing.
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
//!     Client, Env, Passgate, Settings, Stopped,
//!     applications::CreateAppInput,
//!     passgate_core::{application::AppId, master_key::MasterKey, time::{Entropy, Timestamp}, user::UserId},
//!     passgate_store::{DatabaseUrl, Store, StoreSettings},
//!     sign_in::{GenerateSignInTokenInput, SignInTokenError},
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
//! assert!(matches!(again, Err(Stopped::Refused(SignInTokenError::TokenAlreadyUsed))));
//! # Ok(())
//! # }
//! ```
//!
//! `docs/embedding.md` shows both ceremonies, and what else a host has to do.

// The operations, by noun.
pub mod account_deletion;
pub mod aliases;
pub mod api_keys;
pub mod applications;
pub mod authentication;
pub mod authentication_configs;
pub mod authenticators;
pub mod credentials;
pub mod deletion;
pub mod development;
pub mod events;
pub mod features;
pub mod health;
pub mod jobs;
pub mod magic_links;
pub mod master_key;
pub mod metadata;
pub mod providers;
pub mod register;
pub mod reports;
pub mod sign_in;
pub mod signals;
pub mod transfer;
pub mod users;
pub mod well_known;

// What they have in common.
mod ceremony;
mod passgate;
pub mod relying_party;

// The parts beneath, none of which knows the operations.
mod call;
mod caller;
mod failure;
mod leases;
pub mod post;
mod provider_names;
mod record;
mod refusals;
pub mod settings;
mod snapshots;
mod stopped;
mod tokens;
mod trust;
mod vault;

// An embedder needs their types for every call: re-exported, so that their versions are always the right ones.
pub use passgate_core;
pub use passgate_store;
pub use passgate_webauthn;

pub use crate::{
    call::{Begun, Client, Device, Env},
    caller::Caller,
    failure::Failure,
    passgate::{Passgate, Settings},
    refusals::{AppNotFound, TooOften},
    snapshots::ApplicationSnapshot,
    stopped::{Refusal, Stopped},
    vault::WrongMasterKey,
};

/// Compiles and runs the examples of the embedding guide.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct EmbeddingGuide;
