//! Documents under `/.well-known/`: what an application publishes for browsers and phones.

use passgate_core::{
    application::AppId,
    code::Code,
    event::Occurrence,
    well_known::{Document, Published, WellKnown},
};
use passgate_store::{applications, well_known};
use passgate_webauthn::{Origin, related_origins::put_covered_last};

use crate::{AppNotFound, Env, Passgate, Refusal, Stopped, record::record};

/// Everything that an application publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WellKnownOfApp {
    /// The web origins that it allows, which are its related origins.
    pub related_origins: Vec<Origin>,
    /// The rest.
    pub well_known: WellKnown,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum WellKnownDocumentError {
    /// There is no such application.
    #[error(transparent)]
    AppNotFound(#[from] AppNotFound),
    /// The application has nothing to say in it.
    #[error("the application does not publish {}", document.name())]
    NotPublished {
        /// Which one was asked for.
        document: Document,
    },
}

impl Refusal for WellKnownDocumentError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AppNotFound(refusal) => refusal.code(),
            Self::NotPublished { .. } => Some(Code::DocumentNotPublished),
        }
    }
}

impl Passgate {
    /// A document as it is served to everybody.
    ///
    /// # Errors
    /// See [`WellKnownDocumentError`].
    pub fn publish_well_known(
        &self,
        app: &AppId,
        document: Document,
    ) -> Result<Published, Stopped<WellKnownDocumentError>> {
        let WellKnownOfApp {
            related_origins,
            well_known,
        } = self
            .find_well_known(app)
            .map_err(|stopped| stopped.map_refusal(WellKnownDocumentError::from))?;
        document
            .publish(&related_origins, &well_known)
            .ok_or(Stopped::Refused(WellKnownDocumentError::NotPublished {
                document,
            }))
    }

    /// Everything that an application publishes.
    ///
    /// # Errors
    /// [`AppNotFound`].
    pub fn find_well_known(&self, app: &AppId) -> Result<WellKnownOfApp, Stopped<AppNotFound>> {
        self.store().read(|tx| {
            let application = applications::find(tx, app)?.ok_or(AppNotFound)?;
            let mut related_origins = application.features.allowed_origins;
            related_origins.retain(Origin::is_web);
            put_covered_last(&mut related_origins, &application.features.allowed_rp_ids);
            Ok(WellKnownOfApp {
                related_origins,
                well_known: well_known::find(tx, app)?.unwrap_or_default(),
            })
        })
    }

    /// Replaces what an application publishes beside its related origins.
    ///
    /// # Errors
    /// [`AppNotFound`].
    pub fn replace_well_known(
        &self,
        app: &AppId,
        replacement: &WellKnown,
        env: Env<'_>,
    ) -> Result<(), Stopped<AppNotFound>> {
        self.store().write_locked(app, |tx| {
            let application = applications::find(tx, app)?.ok_or(AppNotFound)?;
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
