//! Trust in authenticators: the FIDO metadata in use and the manufacturers' roots, and what they demand of a registration.

use std::sync::{Arc, PoisonError, RwLock};

use passgate_core::{application::Features, sign_in::verification_policy};
use passgate_webauthn::{Policy, metadata::MetadataRegistry, trust::TrustPolicy};

#[derive(Debug)]
pub(crate) struct Trust(RwLock<InUse>);

#[derive(Clone, Debug)]
struct InUse {
    policy: TrustPolicy,
    metadata: Option<Arc<MetadataRegistry>>,
}

impl InUse {
    fn new(metadata: Option<Arc<MetadataRegistry>>) -> Self {
        let policy = TrustPolicy::new().with_well_known_anchors();
        let policy = match &metadata {
            Some(metadata) => policy.with_metadata(Arc::clone(metadata)),
            None => policy,
        };
        Self { policy, metadata }
    }
}

impl Default for Trust {
    /// The well-known roots, and no metadata.
    fn default() -> Self {
        Self(RwLock::new(InUse::new(None)))
    }
}

impl Trust {
    pub(crate) fn metadata(&self) -> Option<Arc<MetadataRegistry>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .metadata
            .clone()
    }

    pub(crate) fn set_metadata(&self, metadata: Option<Arc<MetadataRegistry>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = InUse::new(metadata);
    }

    /// Uses this metadata from now on, unless what is in use has a larger number.
    pub(crate) fn set_metadata_unless_newer(&self, metadata: Arc<MetadataRegistry>) {
        let mut in_use = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let newer = in_use
            .metadata
            .as_ref()
            .is_some_and(|in_use| in_use.number() > metadata.number());
        if !newer {
            *in_use = InUse::new(Some(metadata));
        }
    }

    /// What a registration for an application has to satisfy.
    pub(crate) fn registration_policy(&self, features: &Features) -> Policy {
        let trust = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .policy
            .clone();
        verification_policy(&Policy::compatible().with_trust(trust), features)
    }
}
