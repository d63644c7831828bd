//! FIDO metadata: what is known about authenticator models, accepted only forwards.

use std::sync::Arc;

use passgate_store::settings;
use passgate_webauthn::metadata::{
    BlobRules, MetadataEntry, MetadataError, MetadataRegistry, ProtocolFamily,
};

use crate::{Env, Failure, Passgate, failure::from_store_error};

/// Why a BLOB was not accepted. What was accepted before stays in use.
#[derive(Debug, thiserror::Error)]
pub enum AcceptMetadataError {
    /// It cannot be relied on.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Something failed that is not the BLOB's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(AcceptMetadataError);

/// There is no metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no FIDO metadata")]
pub struct NoMetadata;

impl Passgate {
    /// Verifies a BLOB and uses it from now on.
    ///
    /// Its number is remembered in the store, per signer: no node that shares the store accepts an older one again.
    ///
    /// # Errors
    /// [`AcceptMetadataError::Metadata`] if the BLOB does not verify, or is older than the one accepted last.
    pub fn accept_metadata(
        &self,
        blob: &str,
        rules: &BlobRules,
        env: Env<'_>,
    ) -> Result<Arc<MetadataRegistry>, AcceptMetadataError> {
        let name = format!("metadata_number/{}", rules.signer().unwrap_or_default());
        let previous = self
            .store()
            .read(|tx| -> Result<_, AcceptMetadataError> { Ok(settings::get_number(tx, &name)?) })?;
        let registry = MetadataRegistry::from_blob(blob, rules, previous, env.now.to_utc())?;
        let got = registry.number();
        let accepted = self
            .store()
            .write(|tx| -> Result<_, AcceptMetadataError> { Ok(settings::raise(tx, &name, got)?) })?;
        // Another node may have accepted a newer one since.
        if got < accepted {
            return Err(MetadataError::Rollback { accepted, got }.into());
        }
        let registry = Arc::new(registry);
        self.set_metadata(Some(Arc::clone(&registry)));
        Ok(registry)
    }

    /// Calls `look` with every FIDO2 model of the metadata.
    ///
    /// # Errors
    /// [`NoMetadata`].
    pub fn look_at_models<T>(&self, look: impl FnOnce(&[&MetadataEntry]) -> T) -> Result<T, NoMetadata> {
        let metadata = self.metadata().ok_or(NoMetadata)?;
        let models: Vec<&MetadataEntry> = metadata
            .entries()
            .iter()
            .filter(|entry| entry.protocol() == Some(&ProtocolFamily::Fido2))
            .collect();
        Ok(look(&models))
    }
}
