//! Deletions that an operator asks for in vain.

use passgate::{
    AppNotFound,
    deletion::{DeleteAppError, MarkDeleteError},
};

use crate::problem::{ErrorCode, Problem};

impl From<MarkDeleteError> for Problem {
    fn from(error: MarkDeleteError) -> Self {
        match error {
            MarkDeleteError::AppNotFound => AppNotFound.into(),
            MarkDeleteError::AlreadyPending => Self::rule(
                ErrorCode::AppPendingDeletion,
                "App is already pending to be deleted.",
            ),
        }
    }
}

impl From<DeleteAppError> for Problem {
    fn from(error: DeleteAppError) -> Self {
        match error {
            DeleteAppError::AppNotFound => AppNotFound.into(),
            DeleteAppError::NotScheduled => Self::rule(
                ErrorCode::AppNotPendingDeletion,
                "App was not scheduled for deletion.",
            ),
            DeleteAppError::NotDue => {
                Self::rule(ErrorCode::AppNotPendingDeletion, "App cannot be deleted yet.")
            }
        }
    }
}
