//! Credentials: listing, deleting, renaming, suspending and resuming them.

use passgate_core::{credential::Credential, event::Occurrence, user::UserId};
use passgate_store::credentials;
use passgate_webauthn::CredentialId;

use crate::{Caller, Env, Failure, Passgate, record::record};

impl Passgate {
    /// A user's credentials; none for an unknown user.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_credentials(&self, caller: &Caller, user_id: &UserId) -> Result<Vec<Credential>, Failure> {
        self.store()
            .read(|tx| Ok(credentials::list_by_user(tx, caller.app_id(), user_id)?))
    }

    /// Deletes a credential. Returns whether there was one.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn delete_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
        env: Env<'_>,
    ) -> Result<bool, Failure> {
        let app = caller.app_id();
        self.store().write(|tx| {
            let Some(deleted) = credentials::delete(tx, app, id)? else {
                return Ok(false);
            };
            record(tx, caller, env, &Occurrence::CredentialDeleted(&deleted.user_id))?;
            Ok(true)
        })
    }

    /// Gives a credential another nickname, or none. Returns whether there is such a credential.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn rename_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
        nickname: Option<&str>,
        env: Env<'_>,
    ) -> Result<bool, Failure> {
        change_credential(self, caller, id, &Change::Rename(nickname), env)
    }

    /// Suspends a credential: it stays, and cannot sign in. Returns whether there is such a credential.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn suspend_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
        env: Env<'_>,
    ) -> Result<bool, Failure> {
        change_credential(self, caller, id, &Change::Suspend, env)
    }

    /// Lets a suspended credential sign in again. Returns whether there is such a credential.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn resume_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
        env: Env<'_>,
    ) -> Result<bool, Failure> {
        change_credential(self, caller, id, &Change::Resume, env)
    }
}

enum Change<'a> {
    Rename(Option<&'a str>),
    Suspend,
    Resume,
}

fn change_credential(
    passgate: &Passgate,
    caller: &Caller,
    id: &CredentialId,
    change: &Change<'_>,
    env: Env<'_>,
) -> Result<bool, Failure> {
    let app = caller.app_id();
    passgate.store().write(|tx| {
        let Some(credential) = credentials::find(tx, app, id)? else {
            return Ok(false);
        };
        let (user, credential) = (&credential.user_id, id);
        let (changed, what) = match change {
            Change::Rename(nickname) => (
                credentials::rename(tx, app, id, *nickname)?,
                Occurrence::CredentialRenamed { user, credential },
            ),
            Change::Suspend => (
                credentials::suspend(tx, app, id, env.now)?,
                Occurrence::CredentialSuspended { user, credential },
            ),
            Change::Resume => (
                credentials::resume(tx, app, id)?,
                Occurrence::CredentialResumed { user, credential },
            ),
        };
        if changed {
            record(tx, caller, env, &what)?;
        }
        Ok(changed)
    })
}
