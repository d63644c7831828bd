//! Documents under `/.well-known/`: what an application publishes for browsers and phones.

use passgate_core::{
    application::AppId,
    event::Occurrence,
    well_known::{Document, Published, WellKnown},
};
use passgate_store::{applications, well_known};
use passgate_webauthn::Origin;

use crate::{Env, Failure, Passgate, failure::from_store_error, record::record};

/// Everything that an application publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WellKnownOfApp {
    /// The web origins that it allows, which are its related origins.
    pub related_origins: Vec<Origin>,
    /// The rest.
    pub well_known: WellKnown,
}

/// Why what is published was not shown or replaced.
#[derive(Debug, thiserror::Error)]
pub enum WellKnownError {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum WellKnownDocumentError {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// The application has nothing to say in it.
    #[error("the application does not publish {}", document.name())]
    NotPublished {
        /// The document.
        document: Document,
    },
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(WellKnownError, WellKnownDocumentError);

impl Passgate {
    /// A document as it is served to everybody.
    ///
    /// # Errors
    /// See [`WellKnownDocumentError`].
    pub fn publish_well_known(
        &self,
        app: &AppId,
        document: Document,
    ) -> Result<Published, WellKnownDocumentError> {
        let WellKnownOfApp {
            related_origins,
            well_known,
        } = self.find_well_known(app).map_err(|error| match error {
            WellKnownError::AppNotFound => WellKnownDocumentError::AppNotFound,
            WellKnownError::Failure(failure) => failure.into(),
        })?;
        document
            .publish(&related_origins, &well_known)
            .ok_or(WellKnownDocumentError::NotPublished { document })
    }

    /// Everything that an application publishes.
    ///
    /// # Errors
    /// [`WellKnownError::AppNotFound`].
    pub fn find_well_known(&self, app: &AppId) -> Result<WellKnownOfApp, WellKnownError> {
        self.store().read(|tx| {
            let application = applications::find(tx, app)?.ok_or(WellKnownError::AppNotFound)?;
            let mut related_origins = application.features.allowed_origins;
            related_origins.retain(Origin::is_web);
            Ok(WellKnownOfApp {
                related_origins,
                well_known: well_known::find(tx, app)?.unwrap_or_default(),
            })
        })
    }

    /// Replaces what an application publishes beside its related origins.
    ///
    /// # Errors
    /// [`WellKnownError::AppNotFound`].
    pub fn replace_well_known(
        &self,
        app: &AppId,
        replacement: &WellKnown,
        env: Env<'_>,
    ) -> Result<(), WellKnownError> {
        self.store().write_locked(app, |tx| {
            let application = applications::find(tx, app)?.ok_or(WellKnownError::AppNotFound)?;
            well_known::replace(tx, app, replacement)?;
            record(
                tx,
                &application,
                env,
                &Occurrence::WellKnownChanged { performed_by: None },
            )?;
            Ok(())
        })
    }
}
