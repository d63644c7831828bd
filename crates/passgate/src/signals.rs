//! Signals: what a page may tell authenticators about the passkeys they hold (`PublicKeyCredential.signal…`).
//!
//! An authenticator that is told too little drops a passkey that still works, so everything here errs on the side of
//! telling more.

use passgate_core::{code::Code, signal::SignalledHandles, user::UserId};
use passgate_store::credentials;
use passgate_webauthn::CredentialId;

use crate::{Caller, Failure, Passgate, Refusal, Stopped};

/// What `signalAllAcceptedCredentials` says of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedCredentials {
    /// As whom authenticators know the user. The list holds for each of the handles.
    pub handles: SignalledHandles,
    /// Every credential of the user, for whatever RP ID and under whatever handle it was recorded: an id that an
    /// authenticator does not look for harms nobody, and one that is missing costs a passkey. Suspended ones are among
    /// them, because they may be resumed.
    pub credential_ids: Vec<CredentialId>,
}

/// Why there is nothing to signal about a user.
#[derive(Debug, thiserror::Error)]
pub enum SignalUserError {
    /// The user owns no credential, and the id is longer than a user handle: no authenticator can know the user.
    #[error("no authenticator can know the user")]
    NoUserHandle,
}

impl Refusal for SignalUserError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NoUserHandle => None,
        }
    }
}

/// Why a credential is not to be called unknown.
#[derive(Debug, thiserror::Error)]
pub enum SignalUnknownError {
    /// The credential is one of the application: a browser must not be told to drop it.
    #[error("the credential is known")]
    Known,
}

impl Refusal for SignalUnknownError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Known => Some(Code::CredentialKnown),
        }
    }
}

impl Passgate {
    /// The credentials that a user may sign in with, for authenticators to drop all others.
    ///
    /// A user who owns none has an empty list: so it is after the last credential was deleted, or the user.
    ///
    /// # Errors
    /// See [`SignalUserError`].
    pub fn accepted_credentials(
        &self,
        caller: &Caller,
        user_id: &UserId,
    ) -> Result<AcceptedCredentials, Stopped<SignalUserError>> {
        let owned = self.store().read(|tx| -> Result<_, Failure> {
            Ok(credentials::list_by_user(tx, caller.app_id(), user_id)?)
        })?;
        Ok(AcceptedCredentials {
            handles: SignalledHandles::of(user_id, &owned).ok_or(SignalUserError::NoUserHandle)?,
            credential_ids: owned.into_iter().map(|credential| credential.id).collect(),
        })
    }

    /// As whom authenticators know a user, for them to show another name.
    ///
    /// # Errors
    /// See [`SignalUserError`].
    pub fn signalled_handles(
        &self,
        caller: &Caller,
        user_id: &UserId,
    ) -> Result<SignalledHandles, Stopped<SignalUserError>> {
        Ok(self.accepted_credentials(caller, user_id)?.handles)
    }

    /// Makes sure that the application does not know a credential, before an authenticator is told to drop it.
    ///
    /// # Errors
    /// [`SignalUnknownError::Known`] if it does, suspended or not.
    pub fn check_unknown_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
    ) -> Result<(), Stopped<SignalUnknownError>> {
        let found = self
            .store()
            .read(|tx| credentials::find(tx, caller.app_id(), id))?;
        match found {
            Some(_) => Err(Stopped::Refused(SignalUnknownError::Known)),
            None => Ok(()),
        }
    }
}
