//! Aliases: setting and listing a user's other names.

use std::collections::BTreeSet;

use passgate_core::{
    alias::{self, Alias, AliasDigest, ClearText, NewAliases, StoredAlias, TooManyAliases, legacy_digest},
    application::AppId,
    code::Code,
    event::Occurrence,
    user::UserId,
};
use passgate_store::{InsertError, StoreError, Tx, aliases};

use crate::{Caller, Env, Failure, Passgate, Refusal, Stopped, record::record};

/// A user's complete new set of aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAliasesInput {
    /// Whose aliases; the user need not own a credential.
    pub user_id: UserId,
    /// All of them; none removes all.
    pub aliases: BTreeSet<Alias>,
    /// Whether the clear text is stored beside the digests.
    pub clear_text: ClearText,
    /// Whether the name that the user registered with and signs in with stays, though it is none of them.
    pub keeps_sign_in_name: bool,
}

/// Why a user cannot have these aliases. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AliasesError {
    /// One of them belongs to another user.
    #[error("an alias is already in use by another user")]
    Conflict,
    /// With the name to sign in with, there would be too many. A set that replaces all is counted where it is read.
    #[error("the user has as many aliases as a user may have")]
    TooMany,
}

impl Refusal for AliasesError {
    fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Conflict => Code::AliasConflict,
            Self::TooMany => Code::TooManyAliases,
        })
    }
}

impl Passgate {
    /// Replaces a user's whole set of aliases.
    ///
    /// # Errors
    /// [`AliasesError::Conflict`] if another user owns one of them, also when that happens at the same moment.
    pub fn set_aliases(
        &self,
        caller: &Caller,
        input: SetAliasesInput,
        env: Env<'_>,
    ) -> Result<(), Stopped<AliasesError>> {
        self.store().write_locked(caller.app_id(), |tx| {
            let (app, user_id) = (caller.app_id(), &input.user_id);
            let before = aliases::list_by_user(tx, app, user_id)?;
            let kept = before
                .into_iter()
                .find(|alias| input.keeps_sign_in_name && alias.is_sign_in_name);
            // None of them removes all: an empty replacement would leave them alone.
            if input.aliases.is_empty() {
                aliases::delete_by_user(tx, app, user_id)?;
            } else {
                let new = NewAliases {
                    replacement: input.aliases.clone(),
                    sign_in_name: None,
                    clear_text: input.clear_text,
                };
                change(tx, caller, user_id, &new)??;
            }
            if let Some(name) = kept {
                put_back(tx, app, &name)??;
            }
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

    /// The name that a user registered with and signs in with, if it is stored in clear.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn sign_in_name(&self, caller: &Caller, user_id: &UserId) -> Result<Option<String>, Failure> {
        let mut aliases = self.list_aliases(caller, user_id)?.into_iter();
        Ok(aliases
            .find(|alias| alias.is_sign_in_name)
            .and_then(|alias| alias.plaintext))
    }
}

/// Puts a name back that the user's other aliases have just replaced, unless it is among them.
fn put_back(
    tx: &mut Tx<'_>,
    app: &AppId,
    name: &StoredAlias,
) -> Result<Result<(), AliasesError>, StoreError> {
    let after = aliases::list_by_user(tx, app, &name.user_id)?;
    if after.iter().any(|alias| alias.digest == name.digest) {
        return Ok(Ok(()));
    }
    if after.len() >= alias::MAX_PER_USER {
        return Ok(Err(AliasesError::TooMany));
    }
    match aliases::insert(tx, app, name) {
        Ok(()) => Ok(Ok(())),
        Err(InsertError::Duplicate) => Ok(Err(AliasesError::Conflict)),
        Err(InsertError::Store(error)) => Err(error),
    }
}

/// Changes a user's aliases, in a transaction that no other changes them beside.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    user_id: &UserId,
    new: &NewAliases,
) -> Result<Result<(), AliasesError>, StoreError> {
    if new.is_empty() {
        return Ok(Ok(()));
    }
    let rows = match judge(tx, caller, user_id, new)? {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match aliases::replace(tx, caller.app_id(), user_id, &rows) {
        Ok(()) => Ok(Ok(())),
        Err(InsertError::Duplicate) => Ok(Err(AliasesError::Conflict)),
        Err(InsertError::Store(error)) => Err(error),
    }
}

/// The aliases that a user would have; none of them is reserved by asking.
pub(crate) fn judge(
    tx: &mut Tx<'_>,
    caller: &Caller,
    user_id: &UserId,
    new: &NewAliases,
) -> Result<Result<Vec<StoredAlias>, AliasesError>, StoreError> {
    let (app, key) = (caller.app_id(), &caller.snapshot().alias_key);
    // The unique key knows digests; an imported one of the same alias is another digest.
    for alias in new.replacement.iter().chain(&new.sign_in_name) {
        if find_owner(tx, caller, alias)?.is_some_and(|owner| &owner.user_id != user_id) {
            return Ok(Err(AliasesError::Conflict));
        }
    }
    let before = aliases::list_by_user(tx, app, user_id)?;
    Ok(new
        .apply(app, key, user_id, before)
        .map_err(|TooManyAliases| AliasesError::TooMany))
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
    let legacy = legacy_digest(app, alias);
    let found = aliases::find_owner_of_either(tx, app, [&digest, &legacy])?;
    Ok(found.map(|found| AliasOwner {
        user_id: found.user_id,
        imported_digest: (found.digest == legacy).then_some(legacy),
    }))
}

/// The owner of an alias, and the digest it was found by if that is an imported one.
pub(crate) struct AliasOwner {
    pub(crate) user_id: UserId,
    pub(crate) imported_digest: Option<AliasDigest>,
}
