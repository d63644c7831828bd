//! The way out: everything an application holds, as of one moment.

use passgate_core::application::AppId;
use passgate_store::{
    account_deletions, alias_keys, aliases, api_keys, applications, authentication_configs,
    authenticators::{self, AuthenticatorList},
    credentials, dispatched_emails, events, reports, well_known,
};

use super::{DigestKind, Item, ListedModel};
use crate::{Passgate, Stopped};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// Why an application was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError<E> {
    /// There is none of this id.
    #[error("there is no such application")]
    NoSuchApplication,
    /// The items could not be written.
    #[error("the export cannot be written")]
    Sink(#[source] E),
}

impl Passgate {
    /// Hands everything an application holds to `sink`, in an order that [`Passgate::import`] takes, from one
    /// unchanging view of the database.
    ///
    /// Token keys and spent tokens are left out: tokens live for minutes, and are asked for again. Among the items is
    /// the key of the alias digests, which makes an export a secret.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn export<E>(
        &self,
        app: &AppId,
        sink: &mut dyn FnMut(Item) -> Result<(), E>,
    ) -> Result<(), Stopped<ExportError<E>>> {
        self.store().read(|tx| {
            let mut sink = |item| sink(item).map_err(|error| Stopped::Refused(ExportError::Sink(error)));
            let application =
                applications::find(tx, app)?.ok_or(Stopped::Refused(ExportError::NoSuchApplication))?;
            sink(Item::Application(Box::new(application)))?;
            let wrapped = alias_keys::find(tx, app)?;
            sink(Item::AliasKey(
                self.vault().open_alias_key(app, wrapped.as_deref())?,
            ))?;
            for key in api_keys::list(tx, app)? {
                sink(Item::ApiKey(Box::new(key)))?;
            }
            for config in authentication_configs::list(tx, app)? {
                sink(Item::AuthenticationConfig(Box::new(config)))?;
            }
            if let Some(published) = well_known::find(tx, app)? {
                sink(Item::WellKnown(Box::new(published)))?;
            }
            for (list, allowed) in [
                (AuthenticatorList::Allowed, true),
                (AuthenticatorList::Blocked, false),
            ] {
                for model in authenticators::list(tx, app, list)? {
                    sink(Item::Authenticator(ListedModel {
                        aaguid: model.aaguid,
                        allowed,
                        created_at: model.created_at,
                    }))?;
                }
            }
            let mut after = None;
            loop {
                let page = credentials::list_all(tx, app, after.as_ref(), PAGE)?;
                let Some(last) = page.last() else { break };
                after = Some(last.id.clone());
                for credential in page {
                    sink(Item::Credential(Box::new(credential)))?;
                }
            }
            let mut after = None;
            loop {
                let page = aliases::list_all(tx, app, after.as_ref(), PAGE)?;
                let Some(last) = page.last() else { break };
                after = Some(last.digest);
                for alias in page {
                    sink(Item::Alias {
                        alias,
                        digest: DigestKind::Keyed,
                    })?;
                }
            }
            for report in reports::list_credentials(tx, app, None, None)? {
                sink(Item::CredentialReport(report))?;
            }
            for report in reports::list_active_users(tx, app, None, None)? {
                sink(Item::ActiveUserReport(report))?;
            }
            if let Some(deletion) = account_deletions::find(tx, app)? {
                sink(Item::AccountDeletion(deletion))?;
            }
            let mut after = None;
            loop {
                let page = dispatched_emails::list_after(tx, app, after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                for email in page {
                    sink(Item::DispatchedEmail(Box::new(email)))?;
                }
            }
            let (mut after, filter) = (None, events::EventFilter::default());
            loop {
                let page = events::list_after(tx, app, after, PAGE, &filter)?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                for event in page {
                    sink(Item::Event(Box::new(event)))?;
                }
            }
            Ok(())
        })
    }
}
