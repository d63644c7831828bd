//! Events that are not listed.

use passgate::events::ListEventsError;

use crate::problem::Problem;

impl From<ListEventsError> for Problem {
    fn from(error: ListEventsError) -> Self {
        match error {
            ListEventsError::Disabled => Self::forbidden(),
        }
    }
}
