//! Aliases: setting and listing a user's other names.

use std::collections::BTreeSet;

use passgate_core::{
    alias::{Alias, AliasDigest, ClearText, StoredAlias, legacy_digest},
    event::Occurrence,
    user::UserId,
};
use passgate_store::{InsertError, StoreError, Tx, aliases};

use crate::{Caller, Env, Failure, Passgate, events::record, failure::from_store_error};

/// A user's complete new set of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAliasesInput {
    /// Whose aliases; the user need not own a credential.
    pub user_id: UserId,
    /// All of them; none removes all.
    pub aliases: BTreeSet<Alias>,
    /// Whether the clear text is stored beside the digests.
    pub clear_text: ClearText,
}

/// Why aliases were not set.
#[derive(Debug, thiserror::Error)]
pub enum SetAliasesError {
    /// One of them belongs to another user. Nothing was changed.
    #[error("an alias is already in use by another user")]
    AliasConflict,
    /// The store failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(SetAliasesError);

impl Passgate {
    /// Replaces a user's whole set of aliases.
    ///
    /// # Errors
    /// [`SetAliasesError::AliasConflict`] if another user owns one of them, also when that happens at the same moment.
    pub fn set_aliases(
        &self,
        caller: &Caller,
        input: SetAliasesInput,
        env: Env<'_>,
    ) -> Result<(), SetAliasesError> {
        self.store().write(|tx| {
            let replaced = replace(tx, caller, &input.user_id, &input.aliases, input.clear_text)?;
            replaced.map_err(|Taken| SetAliasesError::AliasConflict)?;
            record(tx, caller, env, &Occurrence::AliasesSet(&input.user_id))?;
            Ok(())
        })
    }

    /// A user's aliases as stored; none for an unknown user.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_aliases(&self, caller: &Caller, user_id: &UserId) -> Result<Vec<StoredAlias>, Failure> {
        self.store()
            .read(|tx| Ok(aliases::list_by_user(tx, caller.app_id(), user_id)?))
    }
}

/// An alias belongs to another user. The transaction is to be rolled back.
pub(crate) struct Taken;

/// Replaces a user's whole set of aliases.
pub(crate) fn replace(
    tx: &mut Tx<'_>,
    caller: &Caller,
    user_id: &UserId,
    replacement: &BTreeSet<Alias>,
    clear_text: ClearText,
) -> Result<Result<(), Taken>, StoreError> {
    // The unique key knows digests; an imported one of the same alias is another digest.
    if owned_by_another(tx, caller, replacement, user_id)? {
        return Ok(Err(Taken));
    }
    let key = &caller.snapshot().alias_key;
    let rows: Vec<_> = replacement
        .iter()
        .map(|alias| StoredAlias::new(key, alias, user_id, clear_text))
        .collect();
    match aliases::replace(tx, caller.app_id(), user_id, &rows) {
        Ok(()) => Ok(Ok(())),
        Err(InsertError::Duplicate) => Ok(Err(Taken)),
        Err(InsertError::Store(error)) => Err(error),
    }
}

/// Who owns an alias.
///
/// An imported alias is found by its old digest.
pub(crate) fn find_owner(
    tx: &mut Tx<'_>,
    caller: &Caller,
    alias: &Alias,
) -> Result<Option<AliasOwner>, StoreError> {
    let app = caller.app_id();
    let digest = caller.snapshot().alias_key.digest(alias);
    if let Some(user_id) = aliases::find_owner(tx, app, &digest)? {
        return Ok(Some(AliasOwner {
            user_id,
            imported_digest: None,
        }));
    }
    let legacy = legacy_digest(app, alias);
    let owner = aliases::find_owner(tx, app, &legacy)?;
    Ok(owner.map(|user_id| AliasOwner {
        user_id,
        imported_digest: Some(legacy),
    }))
}

/// The owner of an alias, and the digest it was found by if that is an imported one.
pub(crate) struct AliasOwner {
    pub(crate) user_id: UserId,
    pub(crate) imported_digest: Option<AliasDigest>,
}

/// Whether any of the aliases belongs to someone else.
pub(crate) fn owned_by_another(
    tx: &mut Tx<'_>,
    caller: &Caller,
    aliases: &BTreeSet<Alias>,
    user_id: &UserId,
) -> Result<bool, StoreError> {
    for alias in aliases {
        if find_owner(tx, caller, alias)?.is_some_and(|owner| &owner.user_id != user_id) {
            return Ok(true);
        }
    }
    Ok(false)
}
