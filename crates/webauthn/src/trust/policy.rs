//! What a relying party demands of attestations, and the anchors and metadata it relies on.

use std::{collections::BTreeMap, sync::Arc};

use super::aaguid::AaguidPolicy;
use crate::{
    attestation::AttestationFormat,
    certificate::{RevocationList, TrustAnchor, well_known::WellKnownAnchor},
    metadata::{CertificationLevel, MetadataRegistry},
};

/// How much is demanded of an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustRequirement {
    /// Nothing: the outcome is reported.
    #[default]
    Report,
    /// A statement with certificates has to lead to an anchor; none and self attestation are accepted.
    PathsToAnchor,
    /// Only a statement that leads to an anchor is accepted.
    Attested,
}

/// What to do about a model that the metadata does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownModels {
    /// Accept it; the configured anchors decide about trust.
    #[default]
    Accept,
    /// Refuse the registration.
    Refuse,
}

/// The relying party's decisions about trust. The default demands nothing and knows no anchors.
#[derive(Debug, Clone, Default)]
pub struct TrustPolicy {
    pub(super) anchors: Vec<TrustAnchor>,
    pub(super) format_anchors: BTreeMap<AttestationFormat, Vec<TrustAnchor>>,
    pub(super) metadata: Option<Arc<MetadataRegistry>>,
    pub(super) revoked: RevocationList,
    pub(super) requirement: TrustRequirement,
    pub(super) unknown_models: UnknownModels,
    pub(super) minimum_certification: Option<CertificationLevel>,
    pub(super) aaguids: AaguidPolicy,
}

impl TrustPolicy {
    /// Demands nothing and knows no anchors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds anchors for every format.
    #[must_use]
    pub fn with_anchors(mut self, anchors: impl IntoIterator<Item = TrustAnchor>) -> Self {
        self.anchors.extend(anchors);
        self
    }

    /// Adds anchors for one format, since an authority for one kind of statement says nothing
    /// about others.
    #[must_use]
    pub fn with_format_anchors(
        mut self,
        format: AttestationFormat,
        anchors: impl IntoIterator<Item = TrustAnchor>,
    ) -> Self {
        self.format_anchors.entry(format).or_default().extend(anchors);
        self
    }

    /// Adds the anchors that the makers of platforms publish, each for its own format.
    #[must_use]
    pub fn with_well_known_anchors(mut self) -> Self {
        for format in AttestationFormat::ALL {
            let anchors = format.well_known_anchors();
            if !anchors.is_empty() {
                self = self.with_format_anchors(format, anchors.iter().map(WellKnownAnchor::anchor));
            }
        }
        self
    }

    /// Uses FIDO metadata. A model that it lists is judged by its own roots only.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Arc<MetadataRegistry>) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Refuses certificates and keys.
    #[must_use]
    pub fn with_revoked(mut self, revoked: RevocationList) -> Self {
        self.revoked = revoked;
        self
    }

    /// Sets how much is demanded of an attestation.
    #[must_use]
    pub const fn with_requirement(mut self, requirement: TrustRequirement) -> Self {
        self.requirement = requirement;
        self
    }

    /// Sets what to do about models that the metadata does not list.
    #[must_use]
    pub const fn with_unknown_models(mut self, unknown_models: UnknownModels) -> Self {
        self.unknown_models = unknown_models;
        self
    }

    /// Demands a certification of at least this level, proven by a trusted attestation.
    #[must_use]
    pub const fn with_minimum_certification(mut self, level: CertificationLevel) -> Self {
        self.minimum_certification = Some(level);
        self
    }

    /// Sets which models may register.
    #[must_use]
    pub fn with_aaguids(mut self, aaguids: AaguidPolicy) -> Self {
        self.aaguids = aaguids;
        self
    }

    /// Which models may register.
    pub const fn aaguids(&self) -> &AaguidPolicy {
        &self.aaguids
    }

    /// How much is demanded of an attestation.
    pub const fn requirement(&self) -> TrustRequirement {
        self.requirement
    }
}
