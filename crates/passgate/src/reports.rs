//! Reports: how many users and credentials there were, day by day.

use chrono::NaiveDate;
use passgate_store::reports::{self, ActiveUserReport, CredentialReport};

use crate::{Caller, Env, Failure, Passgate};

impl Passgate {
    /// Users and credentials per day, oldest first; both ends are inclusive and optional.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn credential_reports(
        &self,
        caller: &Caller,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Vec<CredentialReport>, Failure> {
        self.store()
            .read(|tx| Ok(reports::list_credentials(tx, caller.app_id(), from, to)?))
    }

    /// Active users per day, oldest first; both ends are inclusive and optional.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn active_user_reports(
        &self,
        caller: &Caller,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Vec<ActiveUserReport>, Failure> {
        self.store()
            .read(|tx| Ok(reports::list_active_users(tx, caller.app_id(), from, to)?))
    }

    /// Users and credentials as of now.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn current_credential_report(
        &self,
        caller: &Caller,
        env: Env<'_>,
    ) -> Result<CredentialReport, Failure> {
        self.store()
            .read(|tx| Ok(reports::count_credentials(tx, caller.app_id(), env.now)?))
    }

    /// Active users as of now.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn current_active_user_report(
        &self,
        caller: &Caller,
        env: Env<'_>,
    ) -> Result<ActiveUserReport, Failure> {
        self.store()
            .read(|tx| Ok(reports::count_active_users(tx, caller.app_id(), env.now)?))
    }
}
