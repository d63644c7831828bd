//! The most users that an application may have.

use passgate_core::{
    register::{self as rules, UserLimitReached},
    user::UserId,
};
use passgate_store::{StoreError, Tx, credentials, users};

use crate::Caller;

/// Refuses a user who would be one too many, in the transaction that counts.
pub(super) fn check_user_limit(
    tx: &mut Tx<'_>,
    caller: &Caller,
    user_id: &UserId,
) -> Result<Result<(), UserLimitReached>, StoreError> {
    let (app, features) = (caller.app_id(), caller.features());
    if features.max_users.is_none() {
        return Ok(Ok(()));
    }
    let owns_credential = credentials::user_owns_any(tx, app, user_id)?;
    let users = users::count(tx, app)?;
    Ok(rules::check_user_limit(features, owns_credential, users))
}
