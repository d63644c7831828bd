//! Deletions that an application asks for in vain.

use passgate::account_deletion::RequestDeletionError;

use crate::problem::{ErrorCode, Problem};

impl From<RequestDeletionError> for Problem {
    fn from(error: RequestDeletionError) -> Self {
        match error {
            RequestDeletionError::NoAdministrator => Self::rule(
                ErrorCode::AdminAddressMissing,
                "The application has no administrator's address, so nobody can be warned of its deletion.",
            ),
            RequestDeletionError::AlreadyScheduled => Self::rule(
                ErrorCode::AppPendingDeletion,
                "App is already pending to be deleted.",
            ),
            RequestDeletionError::NoPost => Self::rule(
                ErrorCode::MailNotConfigured,
                "This server has no mail provider, so nobody can be warned of the deletion. \
                 Its operator chooses one with 'mail_smtp_url' or 'mail.providers'.",
            ),
            RequestDeletionError::TooOften(limit) => Self::too_many_deletions(limit),
        }
    }
}
