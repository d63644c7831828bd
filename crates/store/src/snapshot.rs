//! Snapshots: what the hot path must know of an application, in one read.

use passgate_core::{
    api_key::ApiKey,
    application::{AppId, Application},
    token::keyring::StoredTokenKey,
};

use crate::{
    alias_keys, api_keys, applications, authenticators, connection::Tx, error::StoreError, token_keys,
};

/// An application with its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRecord {
    /// Its state and features as of the snapshot.
    pub application: Application,
    /// Its API keys, oldest first.
    pub api_keys: Vec<ApiKey>,
    /// Its wrapped sealing keys, oldest first.
    pub token_keys: Vec<StoredTokenKey>,
    /// The wrapped alias key that it brought along; none if its key is derived.
    pub alias_key: Option<Vec<u8>>,
    /// Whether it allows or blocks authenticator models, so that registration must look.
    pub has_authenticator_lists: bool,
}

/// Reads the record; none if there is no such application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn load(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<ApplicationRecord>, StoreError> {
    let Some(application) = applications::find(tx, app)? else {
        return Ok(None);
    };
    let (allowed, blocked) = authenticators::sets(tx, app)?;
    Ok(Some(ApplicationRecord {
        application,
        api_keys: api_keys::list(tx, app)?,
        token_keys: token_keys::list(tx, app)?,
        alias_key: alias_keys::find(tx, app)?,
        has_authenticator_lists: !allowed.is_empty() || !blocked.is_empty(),
    }))
}
