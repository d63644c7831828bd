//! Post: the port through which operations write to people.

use std::error::Error;

use passgate_core::{application::AppId, secret::Secret, time::Timestamp};
use url::Url;

/// What an operation writes; the host finds the words and the way.
#[derive(Clone, Copy, Debug)]
pub enum Letter<'a> {
    /// A link that signs in.
    MagicLink {
        /// The recipient's address.
        to: &'a str,
        /// The host that it signs in to, with its port if that is not the usual one.
        site: &'a str,
        /// The link. Whoever follows it is signed in.
        link: &'a MagicLinkUrl,
    },
    /// The warning that an application asked to be deleted, to one of its administrators.
    DeletionWarning {
        /// The recipient's address.
        to: &'a str,
        /// The application.
        app: &'a AppId,
        /// What the link to [`Passgate::abort_account_deletion`](crate::Passgate::abort_account_deletion) carries; made
        /// of letters, digits, `-` and `_`. Whoever has it can abort the deletion.
        abort_token: &'a Secret<String>,
        /// When the application's keys are frozen.
        freeze_at: Timestamp,
        /// When its data goes.
        delete_at: Timestamp,
    },
}

/// A link that signs in, which no log may hold: it does not print.
#[derive(Clone)]
pub struct MagicLinkUrl(pub(crate) Url);

impl MagicLinkUrl {
    /// The link, for the letter and nothing else.
    pub const fn expose(&self) -> &Url {
        &self.0
    }
}

impl std::fmt::Debug for MagicLinkUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MagicLinkUrl(..)")
    }
}

/// A letter did not go out.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Undelivered(#[from] pub Box<dyn Error + Send + Sync>);

/// Somebody who delivers letters, as slow as that may be: no transaction is open meanwhile.
pub trait Post {
    /// Delivers one letter; returns when it is on its way for certain.
    ///
    /// # Errors
    /// [`Undelivered`]: it reaches nobody.
    fn deliver(&self, letter: &Letter<'_>) -> Result<(), Undelivered>;

    /// Whether letters reach people at all. Where they only go to a developer's file, nothing may depend on them.
    fn reaches_people(&self) -> bool {
        true
    }
}
