//! Settings that stay as they are.

use passgate::{AppNotFound, features::ChangeSettingsError, settings::Unfit};

use crate::problem::Problem;

impl From<ChangeSettingsError<Unfit>> for Problem {
    fn from(error: ChangeSettingsError<Unfit>) -> Self {
        match error {
            ChangeSettingsError::AppNotFound => AppNotFound.into(),
            // Reading the body refuses what does not fit before it comes here.
            ChangeSettingsError::Change(unfit) => Self::malformed_body("ManageFeatures", unfit.to_string()),
        }
    }
}
