//! Letters that do not leave.

use crate::{
    mail::{DeliverError, RoomError},
    problem::Problem,
};

impl From<DeliverError> for Problem {
    fn from(error: DeliverError) -> Self {
        Self::unexpected(error.to_string())
    }
}

impl From<RoomError> for Problem {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Full => Self::busy(error.to_string()),
            RoomError::Closed | RoomError::Panicked => Self::unexpected(error.to_string()),
        }
    }
}
