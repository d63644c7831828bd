//! Which authenticator models an application allows or blocks.

use passgate_core::{application::AaguidSet, code::Code, event::Occurrence};
use passgate_store::authenticators::{self, AuthenticatorList, ListedAuthenticator};
use passgate_webauthn::Aaguid;

use crate::{Caller, Env, Passgate, Refusal, Stopped, record::record};

/// Why the lists were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticatorsError {
    /// The application's features do not include attestation.
    #[error("attestation is not among the application's features")]
    NotOnPlan,
}

impl Refusal for AuthenticatorsError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotOnPlan => Some(Code::AttestationNotSupportedOnPlan),
        }
    }
}

/// Why models were not added.
#[derive(Debug, thiserror::Error)]
pub enum AddAuthenticatorsError {
    /// The application's features do not include attestation.
    #[error("attestation is not among the application's features")]
    NotOnPlan,
    /// The FIDO metadata does not know them, or there is no metadata.
    #[error("the metadata does not know {} of the models", aaguids.len())]
    UnknownAuthenticators {
        /// The unknown ones.
        aaguids: Vec<Aaguid>,
    },
}

impl Refusal for AddAuthenticatorsError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotOnPlan => Some(Code::AttestationNotSupportedOnPlan),
            Self::UnknownAuthenticators { .. } => None,
        }
    }
}

impl Passgate {
    /// One of the application's lists.
    ///
    /// # Errors
    /// [`AuthenticatorsError::NotOnPlan`].
    pub fn list_authenticators(
        &self,
        caller: &Caller,
        list: AuthenticatorList,
    ) -> Result<Vec<ListedAuthenticator>, Stopped<AuthenticatorsError>> {
        require_attestation(caller)?;
        self.store()
            .read(|tx| Ok(authenticators::list(tx, caller.app_id(), list)?))
    }

    /// Puts models on a list, and takes them off the other.
    ///
    /// The FIDO metadata has to describe each of them: without metadata (see [`Passgate::set_metadata`]) no model is
    /// known.
    ///
    /// # Errors
    /// See [`AddAuthenticatorsError`].
    pub fn add_authenticators(
        &self,
        caller: &Caller,
        aaguids: &AaguidSet,
        list: AuthenticatorList,
        env: Env<'_>,
    ) -> Result<(), Stopped<AddAuthenticatorsError>> {
        let app = caller.app_id();
        if !caller.features().allow_attestation {
            return Err(Stopped::Refused(AddAuthenticatorsError::NotOnPlan));
        }
        let metadata = self.metadata();
        let is_known = |model: &Aaguid| {
            metadata
                .as_ref()
                .is_some_and(|metadata| metadata.find_by_aaguid(*model).is_some())
        };
        let models: Vec<Aaguid> = aaguids.iter().copied().collect();
        let unknown: Vec<Aaguid> = models.iter().copied().filter(|model| !is_known(model)).collect();
        if !unknown.is_empty() {
            return Err(Stopped::Refused(AddAuthenticatorsError::UnknownAuthenticators {
                aaguids: unknown,
            }));
        }
        let what = match list {
            AuthenticatorList::Allowed => Occurrence::AuthenticatorsAllowed,
            AuthenticatorList::Blocked => Occurrence::AuthenticatorsBlocked,
        };
        self.store().write_locked(app, |tx| {
            authenticators::upsert(tx, app, &models, list, env.now)?;
            record(tx, caller, env, &what)?;
            Ok::<_, Stopped<AddAuthenticatorsError>>(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }

    /// Takes models off whichever list they are on.
    ///
    /// # Errors
    /// [`AuthenticatorsError::NotOnPlan`].
    pub fn remove_authenticators(
        &self,
        caller: &Caller,
        aaguids: &AaguidSet,
        env: Env<'_>,
    ) -> Result<(), Stopped<AuthenticatorsError>> {
        require_attestation(caller)?;
        let app = caller.app_id();
        let models: Vec<Aaguid> = aaguids.iter().copied().collect();
        self.store().write(|tx| {
            authenticators::remove(tx, app, &models)?;
            record(tx, caller, env, &Occurrence::AuthenticatorsDelisted)?;
            Ok::<_, Stopped<AuthenticatorsError>>(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }
}

fn require_attestation(caller: &Caller) -> Result<(), AuthenticatorsError> {
    if caller.features().allow_attestation {
        Ok(())
    } else {
        Err(AuthenticatorsError::NotOnPlan)
    }
}
