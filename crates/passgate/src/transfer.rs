//! Moving applications in and out.
//!
//! Every source is read as a stream of [`Item`]s: our own export and other libraries' passkeys
//! ([`JsonSource`]), the database of a Passwordless.dev server ([`OfficialSource`]), or whatever a host reads them
//! from. [`Passgate::import`] takes any of them, in one transaction per application: it is imported as a whole or not at
//! all. [`Passgate::export`] is the way out.
//!
//! [`Passgate::import`]: crate::Passgate::import
//! [`Passgate::export`]: crate::Passgate::export

mod export;
mod foreign;
mod forms;
mod handle;
mod import;
mod json;
mod line;
mod official;
mod passkey;
mod product;
mod reader;
mod records;
mod report;
mod row;
mod shape;
mod text;

use std::error::Error;

use passgate_core::{
    alias::{AliasKey, StoredAlias},
    api_key::ApiKey,
    application::Application,
    authentication_config::AuthenticationConfig,
    credential::Credential,
    event::Event,
    time::Timestamp,
    well_known::WellKnown,
};
use passgate_store::{
    account_deletions::AccountDeletion,
    dispatched_emails::DispatchedEmail,
    reports::{ActiveUserReport, CredentialReport},
};
use passgate_webauthn::Aaguid;

pub use self::{
    export::ExportError,
    foreign::ForeignSource,
    handle::{HandleRule, InvalidHandleRule},
    import::{ImportError, ImportMode},
    json::{JsonSource, JsonWriter},
    line::FORMAT_VERSION,
    official::{OfficialSource, plan_official},
    passkey::{PasskeyDefaults, read_passkey},
    product::{NoUsers, PRODUCTS, Product, Table, query_of},
    records::JsonSourceError,
    report::{Count, Flaw, ImportReport, Kind, Note, Problem},
};

/// One thing that an application holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The application itself; comes before everything else, unless the application exists already.
    Application(Box<Application>),
    /// The key of its alias digests; comes before the aliases.
    AliasKey(AliasKey),
    /// Of either kind, a secret one as its digest.
    ApiKey(Box<ApiKey>),
    /// What a purpose demands.
    AuthenticationConfig(Box<AuthenticationConfig>),
    /// What it publishes under `/.well-known/`.
    WellKnown(Box<WellKnown>),
    /// An authenticator model that is allowed or blocked.
    Authenticator(ListedModel),
    /// With its public key, sign count and flags.
    Credential(Box<Credential>),
    /// As its digest, with the text where it is kept in clear.
    Alias {
        /// As stored.
        alias: StoredAlias,
        /// What its digest was made with.
        digest: DigestKind,
    },
    /// History: it moves with a new application only.
    Event(Box<Event>),
    /// The credentials of a day.
    CredentialReport(CredentialReport),
    /// The active users of a day.
    ActiveUserReport(ActiveUserReport),
    /// A magic-link mail that was sent.
    DispatchedEmail(Box<DispatchedEmail>),
    /// A deletion that the application asked for.
    AccountDeletion(AccountDeletion),
}

/// An authenticator model on one of an application's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedModel {
    /// The model.
    pub aaguid: Aaguid,
    /// Allowed, or blocked.
    pub allowed: bool,
    /// Since when.
    pub created_at: Timestamp,
}

/// What an alias's digest was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestKind {
    /// The key of the [`Item::AliasKey`] that came before.
    Keyed,
    /// Nothing yet: the alias stands in clear, and only its digest is kept.
    None,
    /// No key: SHA-256 of application and alias, as Passwordless.dev stores it.
    Legacy,
}

impl Item {
    /// The kind under which reports count it.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Application(_) => Kind::Application,
            Self::AliasKey(_) => Kind::AliasKey,
            Self::ApiKey(_) => Kind::ApiKey,
            Self::AuthenticationConfig(_) => Kind::AuthenticationConfig,
            Self::WellKnown(_) => Kind::WellKnown,
            Self::Authenticator(_) => Kind::Authenticator,
            Self::Credential(_) => Kind::Credential,
            Self::Alias { .. } => Kind::Alias,
            Self::Event(_) => Kind::Event,
            Self::CredentialReport(_) | Self::ActiveUserReport(_) => Kind::Report,
            Self::DispatchedEmail(_) => Kind::DispatchedEmail,
            Self::AccountDeletion(_) => Kind::AccountDeletion,
        }
    }

    /// What it is called in a report; nothing secret.
    pub fn name(&self) -> String {
        match self {
            Self::Application(application) => application.id.to_string(),
            Self::AliasKey(_) => String::new(),
            Self::ApiKey(key) => key.id.to_string(),
            Self::AuthenticationConfig(config) => config.purpose.as_str().to_owned(),
            Self::WellKnown(_) => String::new(),
            Self::Authenticator(model) => model.aaguid.to_string(),
            Self::Credential(credential) => credential.id.to_base64url(),
            Self::Alias { alias, .. } => alias.digest.to_string(),
            Self::Event(event) => event.id.to_string(),
            Self::CredentialReport(report) => report.day.to_string(),
            Self::ActiveUserReport(report) => report.day.to_string(),
            Self::DispatchedEmail(email) => email.id.to_string(),
            Self::AccountDeletion(_) => String::new(),
        }
    }
}

/// What items come from, and what is to be said of it when they are all read.
pub trait Source: Iterator<Item = Result<Item, Unreadable>> {
    /// What an administrator should know of what was read.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
}

/// A source that has nothing to say but its items.
#[derive(Debug)]
pub struct Silent<I>(pub I);

impl<I: Iterator<Item = Result<Item, Unreadable>>> Iterator for Silent<I> {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<I: Iterator<Item = Result<Item, Unreadable>>> Source for Silent<I> {}

/// Why a source did not give an item.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// This record cannot be used; the next one may.
    #[error("{0}")]
    Record(Problem),
    /// This record is a secret, or a key, and nobody asked for those: see [`JsonSource::without_keys`].
    #[error("left out")]
    LeftOut(Box<Item>),
    /// The source cannot be read any further.
    #[error("the source cannot be read")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

impl Unreadable {
    fn record(kind: Kind, name: impl Into<String>, flaw: Flaw) -> Self {
        Self::Record(Problem {
            kind,
            name: name.into(),
            flaw,
        })
    }
}
