//! The end of an application: marking it for deletion, taking that back, deleting it.

use passgate_core::{
    application::{AppId, Application, ApplicationState, DeletionAlreadyScheduled, NotDeletable},
    code::Code,
    event::Occurrence,
    time::Timestamp,
};
use passgate_store::{StoreError, Tx, account_deletions, applications};

use crate::{
    AppNotFound, Env, Failure, Passgate, Refusal, Stopped,
    applications::{change_state, set_state},
    record::record,
};

/// What became of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Whether the application is gone already.
    pub deleted: bool,
    /// When it goes, or went.
    pub delete_at: Timestamp,
    /// Whom to tell.
    pub admin_emails: Vec<String>,
}

/// Why an application was not marked for deletion.
#[derive(Debug, thiserror::Error)]
pub enum MarkDeleteError {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// It is marked already.
    #[error("the application is marked for deletion already")]
    AlreadyPending,
}

impl Refusal for MarkDeleteError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AppNotFound => Some(Code::AppNotFound),
            Self::AlreadyPending => Some(Code::AppPendingDeletion),
        }
    }
}

/// Why an application was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAppError {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// It is not marked for deletion.
    #[error("the application is not marked for deletion")]
    NotScheduled,
    /// Its time has not come.
    #[error("the application may not be deleted yet")]
    NotDue,
}

impl Refusal for DeleteAppError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AppNotFound => Some(Code::AppNotFound),
            Self::NotScheduled | Self::NotDue => Some(Code::AppNotPendingDeletion),
        }
    }
}

impl Passgate {
    /// Whether the application can be deleted at once: it is younger than three days, or owns no credential.
    ///
    /// # Errors
    /// [`AppNotFound`].
    pub fn can_delete_immediately(&self, app: &AppId, env: Env<'_>) -> Result<bool, Stopped<AppNotFound>> {
        self.store().read(|tx| {
            let application = applications::find(tx, app)?.ok_or(AppNotFound)?;
            Ok(may_go_at_once(tx, &application, env.now)?)
        })
    }

    /// Deletes the application at once if nobody would miss it; otherwise locks all of its keys and sets its deletion
    /// one calendar month from now. That date stands: a deletion that the application asked for itself is replaced, and
    /// its links no longer do anything.
    ///
    /// # Errors
    /// See [`MarkDeleteError`].
    pub fn mark_delete(
        &self,
        app: &AppId,
        deleted_by: &str,
        env: Env<'_>,
    ) -> Result<Deletion, Stopped<MarkDeleteError>> {
        let deletion = self
            .store()
            .write_locked(app, |tx| -> Result<_, Stopped<MarkDeleteError>> {
                let application = applications::find(tx, app)?.ok_or(MarkDeleteError::AppNotFound)?;
                let scheduled = application
                    .state
                    .schedule_deletion(deleted_by, env.now)
                    .map_err(|DeletionAlreadyScheduled| MarkDeleteError::AlreadyPending)?;
                if may_go_at_once(tx, &application, env.now)? {
                    applications::delete(tx, app)?;
                    return Ok(Deletion {
                        deleted: true,
                        delete_at: env.now,
                        admin_emails: application.admin_emails,
                    });
                }
                account_deletions::delete(tx, app)?;
                set_state(tx, app, &scheduled, env.now)?;
                record(
                    tx,
                    &application,
                    env,
                    &Occurrence::DeletionScheduled {
                        requested_by: deleted_by,
                    },
                )?;
                let delete_at = match scheduled {
                    ApplicationState::DeletionScheduled { delete_at, .. } => delete_at,
                    ApplicationState::Active | ApplicationState::Frozen { .. } => env.now,
                };
                Ok(Deletion {
                    deleted: false,
                    delete_at,
                    admin_emails: application.admin_emails,
                })
            })?;
        self.snapshots().forget(app);
        Ok(deletion)
    }

    /// Takes back any deletion, the one included that the application asked for itself, and unlocks the keys that were
    /// locked with the application. Fine for any application; it is active afterwards, also if it was frozen.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn cancel_delete(&self, app: &AppId, env: Env<'_>) -> Result<(), Failure> {
        change_state(
            self,
            app,
            env,
            &Occurrence::DeletionCancelled,
            |tx, application| {
                account_deletions::delete(tx, app)?;
                Ok(application.state.cancel_deletion())
            },
        )
    }

    /// Deletes an application whose time has come, with everything it owns.
    ///
    /// # Errors
    /// See [`DeleteAppError`].
    pub fn delete_app(&self, app: &AppId, env: Env<'_>) -> Result<Deletion, Stopped<DeleteAppError>> {
        let deletion = self
            .store()
            .write_locked(app, |tx| -> Result<_, Stopped<DeleteAppError>> {
                let application = applications::find(tx, app)?.ok_or(DeleteAppError::AppNotFound)?;
                application
                    .state
                    .check_deletable(env.now)
                    .map_err(|refusal| match refusal {
                        NotDeletable::NotScheduled => DeleteAppError::NotScheduled,
                        NotDeletable::NotYet { .. } => DeleteAppError::NotDue,
                    })?;
                applications::delete(tx, app)?;
                Ok(Deletion {
                    deleted: true,
                    delete_at: env.now,
                    admin_emails: application.admin_emails,
                })
            })?;
        self.snapshots().forget(app);
        Ok(deletion)
    }

    /// Deletes an application with everything it owns, whatever its state. Returns whether there was one. A large one is
    /// gone at once, too, but its id stays taken until [`Passgate::remove_deleted_applications`] has removed its rows.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn delete_app_now(&self, app: &AppId) -> Result<bool, Failure> {
        let deleted = self.store().write_locked(app, |tx| -> Result<_, Failure> {
            Ok(applications::delete(tx, app)?.is_some())
        })?;
        self.snapshots().forget(app);
        Ok(deleted)
    }

    /// The applications whose deletion is due.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_pending_deletion(&self, env: Env<'_>) -> Result<Vec<AppId>, Failure> {
        self.store()
            .read(|tx| Ok(applications::list_due_deletions(tx, env.now)?))
    }
}

fn may_go_at_once(tx: &mut Tx<'_>, application: &Application, now: Timestamp) -> Result<bool, StoreError> {
    let credentials = applications::count_credentials(tx, &application.id)?;
    Ok(application.can_be_deleted_immediately(credentials, now))
}
