//! Reports: how many users and credentials there were, day by day.

use chrono::NaiveDate;
use passgate_store::reports::{self, ActiveUserReport, CredentialReport};

use crate::{Caller, Failure, Passgate};

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
}
