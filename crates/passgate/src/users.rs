//! Users: whoever owns a credential or an alias.

use passgate_core::{event::Occurrence, user::UserId};
use passgate_store::{aliases, credentials, users};

use crate::{Caller, Env, Failure, Passgate, record::record};

impl Passgate {
    /// The first thousand users that own credentials and the first thousand that own aliases, as one list.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_users(&self, caller: &Caller) -> Result<Vec<users::UserSummary>, Failure> {
        self.store().read(|tx| Ok(users::list(tx, caller.app_id())?))
    }

    /// Users in the order of their ids, beginning after an id; with `search`, only those whose id or clear-text alias
    /// contains the text. The page says where the next one begins.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn page_users(
        &self,
        caller: &Caller,
        after: Option<&UserId>,
        search: Option<&str>,
        limit: u32,
    ) -> Result<users::UserPage, Failure> {
        self.store()
            .read(|tx| Ok(users::page(tx, caller.app_id(), after, search, limit)?))
    }

    /// How many users own a credential.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn count_users(&self, caller: &Caller) -> Result<u64, Failure> {
        self.store().read(|tx| Ok(users::count(tx, caller.app_id())?))
    }

    /// Deletes a user's credentials and aliases. Fine for an unknown user.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn delete_user(&self, caller: &Caller, user_id: &UserId, env: Env<'_>) -> Result<(), Failure> {
        let app = caller.app_id();
        self.store().write(|tx| {
            credentials::delete_by_user(tx, app, user_id)?;
            aliases::delete_by_user(tx, app, user_id)?;
            record(tx, caller, env, &Occurrence::UserDeleted(user_id))?;
            Ok(())
        })
    }
}
