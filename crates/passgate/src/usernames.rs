//! Usernames that one signs in with, as the third generation of the API had them: aliases of their users.

use passgate_core::{
    alias::{Alias, ClearText, StoredAlias},
    event::Occurrence,
    user::UserId,
};
use passgate_store::{InsertError, aliases};

use crate::{
    Caller, Env, Passgate,
    aliases::find_owner,
    events::record,
    register::{RegisterTokenError, RegisterTokenInput},
};

impl Passgate {
    /// Issues a registration token for a user who signs in with a username.
    ///
    /// The username joins the aliases that the backend names. If it names none, the user keeps those there are: then the
    /// username is added to them at once, because a token carries a whole set.
    ///
    /// # Errors
    /// Those of [`Passgate::register_token`]; [`RegisterTokenError::AliasConflict`] also if the username is another
    /// user's.
    pub fn register_token_with_username(
        &self,
        caller: &Caller,
        mut input: RegisterTokenInput,
        username: Alias,
        env: Env<'_>,
    ) -> Result<String, RegisterTokenError> {
        let named = input.aliases.get_or_insert_default();
        if !named.is_empty() || self.list_aliases(caller, &input.user_id)?.is_empty() {
            named.insert(username);
            return self.register_token(caller, input, env);
        }
        let (user_id, clear_text) = (input.user_id.clone(), input.clear_text);
        let token = self.register_token(caller, input, env)?;
        self.add_alias(caller, &user_id, &username, clear_text, env)?;
        Ok(token)
    }

    /// Adds an alias to those a user has. Nothing happens if it is among them.
    fn add_alias(
        &self,
        caller: &Caller,
        user_id: &UserId,
        alias: &Alias,
        clear_text: ClearText,
        env: Env<'_>,
    ) -> Result<(), RegisterTokenError> {
        let app = caller.app_id();
        // What is replaced was read just before: nobody may change it in between.
        self.store().write_locked(app, |tx| {
            match find_owner(tx, caller, alias)? {
                Some(owner) if &owner.user_id == user_id => return Ok(()),
                Some(_) => return Err(RegisterTokenError::AliasConflict),
                None => {}
            }
            let mut all = aliases::list_by_user(tx, app, user_id)?;
            let key = &caller.snapshot().alias_key;
            all.push(StoredAlias::new(key, alias, user_id, clear_text));
            aliases::replace(tx, app, user_id, &all).map_err(|error| match error {
                InsertError::Duplicate => RegisterTokenError::AliasConflict,
                InsertError::Store(error) => error.into(),
            })?;
            record(tx, caller, env, &Occurrence::AliasesSet(user_id))?;
            Ok(())
        })
    }
}
