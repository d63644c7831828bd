//! Whom an attestation is believed, and what is demanded of it (§7.1 steps 23 and 24).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    attestation::{Attestation, AttestationFormat, AttestationType},
    certificate::{
        CertificateError, ExtensionForm, PathRules, RevocationList, Sha1Links, TrustAnchor, build_path,
        well_known,
    },
    credential::Aaguid,
    metadata::{
        AttestationKind, AuthenticatorStatus, CertificationLevel, MetadataEntry, MetadataRegistry,
        ProtocolFamily,
    },
    policy::Policy,
};

/// An attestation is not trusted, or its authenticator is not wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The path ends at a root that is not an anchor, or there are no anchors.
    #[error("the certificate path does not lead to an anchor")]
    NoAnchor,
    /// An issuer is missing.
    #[error("there is no path to an anchor")]
    NoPath,
    /// More certificates than a path may have.
    #[error("the certificate path is too long")]
    PathTooLong,
    /// Finding a path would take too many signature checks.
    #[error("the certificates need too many signature checks")]
    TooManySignatures,
    /// The signature of a certificate is not its issuer's.
    #[error("the signature of a certificate is invalid")]
    BadSignature,
    /// A certificate is signed with an algorithm that is not known.
    #[error("the signature algorithm of a certificate is not supported")]
    SignatureAlgorithm,
    /// A certificate is signed with MD5, or with SHA-1 where that is not accepted.
    #[error("a certificate is signed with a weak hash")]
    WeakHash,
    /// An issuer is not a certificate authority.
    #[error("an issuer is not a certificate authority")]
    NotACa,
    /// More authorities follow than an issuer allows.
    #[error("an issuer does not allow a path of this length")]
    PathLengthExceeded,
    /// A name lies outside what an issuer may vouch for.
    #[error("a name violates the constraints of an issuer")]
    NameConstraint,
    /// A certificate is no longer valid.
    #[error("a certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("a certificate is not valid yet")]
    NotYetValid,
    /// A critical extension is not understood; its identifier.
    #[error("critical extension {0} is not understood")]
    UnknownCriticalExtension(String),
    /// A certificate of the path is malformed.
    #[error("a certificate is malformed")]
    MalformedCertificate(#[from] CertificateError),
    /// A certificate or key of the path is on the revocation list.
    #[error("a certificate is revoked")]
    Revoked,
    /// A key is too small.
    #[error("a certificate key is too weak")]
    WeakKey,
    /// The model has an undesired status in the metadata.
    #[error("the authenticator model is reported as {0}")]
    Status(AuthenticatorStatus),
    /// The model does not attest in this way, says the metadata.
    #[error("the model does not use this type of attestation")]
    AttestationTypeMismatch,
    /// The model does not speak the protocol of this format, says the metadata.
    #[error("the model does not use this protocol")]
    ProtocolMismatch,
    /// The metadata does not know the model.
    #[error("the authenticator model is not in the metadata")]
    UnknownModel,
    /// The model's certification is below the level demanded.
    #[error("the authenticator model is not certified at the level demanded")]
    CertificationLevel,
    /// The AAGUID is on the block list.
    #[error("authenticator model {0} is blocked")]
    AaguidBlocked(Aaguid),
    /// The AAGUID is not on the allow list.
    #[error("authenticator model {0} is not allowed")]
    AaguidNotAllowed(Aaguid),
    /// The AAGUID is claimed, not proven, and a list decides by AAGUID.
    #[error("authenticator model {0} is claimed without proof")]
    AaguidUnproven(Aaguid),
    /// The statement vouches for nothing (type none or self) and a trusted attestation is demanded.
    #[error("a trusted attestation is required")]
    AttestationRequired,
}

impl TrustError {
    /// A stable name for logs and tools.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoAnchor => "trust_no_anchor",
            Self::NoPath => "trust_no_path",
            Self::PathTooLong => "trust_path_too_long",
            Self::TooManySignatures => "trust_too_many_signatures",
            Self::BadSignature => "trust_bad_signature",
            Self::SignatureAlgorithm => "trust_signature_algorithm",
            Self::WeakHash => "trust_weak_hash",
            Self::NotACa => "trust_not_a_ca",
            Self::PathLengthExceeded => "trust_path_length_exceeded",
            Self::NameConstraint => "trust_name_constraint",
            Self::Expired => "trust_expired",
            Self::NotYetValid => "trust_not_yet_valid",
            Self::UnknownCriticalExtension(_) => "trust_unknown_critical_extension",
            Self::MalformedCertificate(_) => "trust_malformed_certificate",
            Self::Revoked => "trust_revoked",
            Self::WeakKey => "trust_weak_key",
            Self::Status(_) => "trust_status",
            Self::AttestationTypeMismatch => "trust_attestation_type_mismatch",
            Self::ProtocolMismatch => "trust_protocol_mismatch",
            Self::UnknownModel => "trust_unknown_model",
            Self::CertificationLevel => "trust_certification_level",
            Self::AaguidBlocked(_) => "trust_aaguid_blocked",
            Self::AaguidNotAllowed(_) => "trust_aaguid_not_allowed",
            Self::AaguidUnproven(_) => "trust_aaguid_unproven",
            Self::AttestationRequired => "attestation_required",
        }
    }
}

/// Judges a verified statement (§7.1 steps 23 and 24). Of a compound statement, every element is judged; the best
/// outcome counts, and an undesired model in any of them refuses the registration.
pub(crate) fn judge(
    attestation: &Attestation,
    aaguid: Aaguid,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<TrustOutcome, TrustError> {
    let outcome = outcome(attestation, aaguid, policy, now)?;
    policy.trust.enforce(&outcome, aaguid)?;
    Ok(outcome)
}

fn outcome(
    attestation: &Attestation,
    aaguid: Aaguid,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<TrustOutcome, TrustError> {
    if attestation.format() == AttestationFormat::Compound {
        let mut best = TrustOutcome::Unattested;
        for element in attestation.elements() {
            let outcome = outcome(element, aaguid, policy, now)?;
            if outcome.rank() > best.rank() {
                best = outcome;
            }
        }
        return Ok(best);
    }
    let certificates: Vec<&[u8]> = attestation.trust_path().iter().map(Vec::as_slice).collect();
    let statement = Statement {
        format: attestation.format(),
        kind: attestation.attestation_type(),
        certificates: &certificates,
        aaguid,
        form: policy.extension_form(),
    };
    policy.trust.judge(&statement, now)
}

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
    /// Refuse it.
    Refuse,
}

/// What proof a list of AAGUIDs asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AaguidProof {
    /// A trusted attestation: anybody can claim any AAGUID.
    #[default]
    Required,
    /// The claim is taken at its word. The list is then a convenience, not a protection.
    NotRequired,
}

/// Which authenticator models may register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AaguidPolicy {
    /// Any.
    #[default]
    Any,
    /// Only these.
    Allow {
        /// The models.
        aaguids: BTreeSet<Aaguid>,
        /// Whether a claim needs proof.
        proof: AaguidProof,
    },
    /// All but these. Without proof required, a blocked model only has to lie.
    Block {
        /// The models.
        aaguids: BTreeSet<Aaguid>,
        /// Whether a claim of another model needs proof.
        proof: AaguidProof,
    },
}

impl AaguidPolicy {
    /// Only these models, proven by a trusted attestation.
    pub fn allow(aaguids: impl IntoIterator<Item = Aaguid>) -> Self {
        Self::Allow {
            aaguids: aaguids.into_iter().collect(),
            proof: AaguidProof::Required,
        }
    }

    /// All models but these; what a model is has to be proven by a trusted attestation.
    pub fn block(aaguids: impl IntoIterator<Item = Aaguid>) -> Self {
        Self::Block {
            aaguids: aaguids.into_iter().collect(),
            proof: AaguidProof::Required,
        }
    }

    /// The same list with another demand for proof.
    #[must_use]
    pub fn with_proof(mut self, wanted: AaguidProof) -> Self {
        match &mut self {
            Self::Any => {}
            Self::Allow { proof, .. } | Self::Block { proof, .. } => *proof = wanted,
        }
        self
    }

    fn check(&self, aaguid: Aaguid, proven: bool) -> Result<(), TrustError> {
        let (listed_ok, aaguids, proof) = match self {
            Self::Any => return Ok(()),
            Self::Allow { aaguids, proof } => (true, aaguids, *proof),
            Self::Block { aaguids, proof } => (false, aaguids, *proof),
        };
        match (aaguids.contains(&aaguid), listed_ok) {
            (true, false) => Err(TrustError::AaguidBlocked(aaguid)),
            (false, true) => Err(TrustError::AaguidNotAllowed(aaguid)),
            _ if !proven && proof == AaguidProof::Required => Err(TrustError::AaguidUnproven(aaguid)),
            _ => Ok(()),
        }
    }
}

/// The relying party's decisions about trust. The default demands nothing and knows no anchors.
#[derive(Debug, Clone, Default)]
pub struct TrustPolicy {
    anchors: Vec<TrustAnchor>,
    format_anchors: BTreeMap<AttestationFormat, Vec<TrustAnchor>>,
    metadata: Option<Arc<MetadataRegistry>>,
    revoked: RevocationList,
    requirement: TrustRequirement,
    unknown_models: UnknownModels,
    minimum_certification: Option<CertificationLevel>,
    aaguids: AaguidPolicy,
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
        for (format, anchors) in [
            (AttestationFormat::Apple, well_known::APPLE),
            (AttestationFormat::AndroidKey, well_known::ANDROID_KEY),
            (AttestationFormat::Tpm, well_known::TPM),
            (AttestationFormat::AndroidSafetyNet, well_known::SAFETYNET),
        ] {
            self = self.with_format_anchors(format, anchors.iter().map(well_known::WellKnownAnchor::anchor));
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

    /// Judges one verified statement.
    pub(crate) fn judge(
        &self,
        statement: &Statement<'_>,
        now: DateTime<Utc>,
    ) -> Result<TrustOutcome, TrustError> {
        let entry = self.find_entry(statement);
        let facts = entry.map(|entry| self.facts(entry, now));
        let outcome = if statement.certificates.is_empty() {
            self.judge_without_path(statement, entry, facts, now)?
        } else {
            self.judge_path(statement, entry, facts, now)?
        };
        Ok(outcome)
    }

    /// Applies what is demanded to the outcome of the whole registration.
    pub(crate) fn enforce(&self, outcome: &TrustOutcome, aaguid: Aaguid) -> Result<(), TrustError> {
        match (self.requirement, outcome) {
            (TrustRequirement::Report, _) | (_, TrustOutcome::Trusted { .. }) => {}
            (_, TrustOutcome::Untrusted(error)) => return Err(error.clone()),
            (TrustRequirement::Attested, TrustOutcome::Unattested | TrustOutcome::SelfAttested { .. }) => {
                return Err(TrustError::AttestationRequired);
            }
            (
                TrustRequirement::PathsToAnchor,
                TrustOutcome::Unattested | TrustOutcome::SelfAttested { .. },
            ) => {}
        }
        if let Some(minimum) = self.minimum_certification {
            let reached = match outcome {
                TrustOutcome::Trusted {
                    model: Some(model), ..
                } => model.certification >= Some(minimum),
                _ => false,
            };
            if !reached {
                return Err(TrustError::CertificationLevel);
            }
        }
        self.aaguids.check(aaguid, outcome.proves_aaguid())
    }

    fn find_entry(&self, statement: &Statement<'_>) -> Option<&MetadataEntry> {
        let metadata = self.metadata.as_deref()?;
        // A U2F statement covers no AAGUID.
        let by_aaguid = if statement.format == AttestationFormat::FidoU2f {
            None
        } else {
            metadata.find_by_aaguid(statement.aaguid)
        };
        by_aaguid.or_else(|| metadata.find_by_certificates(statement.certificates))
    }

    fn facts(&self, entry: &MetadataEntry, now: DateTime<Utc>) -> ModelFacts {
        let today = now.date_naive();
        let update = entry.update_available(today);
        ModelFacts {
            description: entry.description().to_owned(),
            certification: entry.certification_level(today),
            update_version: update.and_then(|report| report.authenticator_version),
            update_url: update.and_then(|report| report.url.clone()),
            metadata_number: self.metadata.as_ref().map_or(0, |metadata| metadata.number()),
            metadata_stale: self
                .metadata
                .as_ref()
                .is_some_and(|metadata| metadata.is_stale(now)),
        }
    }

    fn judge_without_path(
        &self,
        statement: &Statement<'_>,
        entry: Option<&MetadataEntry>,
        facts: Option<ModelFacts>,
        now: DateTime<Utc>,
    ) -> Result<TrustOutcome, TrustError> {
        // What is only claimed can speak against an authenticator, as long as nothing is proven for it.
        if let Some(entry) = entry {
            entry.check_status(statement.certificates, now.date_naive())?;
        }
        if statement.kind != AttestationType::SelfAttestation {
            return Ok(TrustOutcome::Unattested);
        }
        if let Some(entry) = entry {
            if !attests(entry, statement.kind) {
                return Ok(TrustOutcome::Untrusted(TrustError::AttestationTypeMismatch));
            }
        } else {
            self.check_unknown_model()?;
        }
        Ok(TrustOutcome::SelfAttested { model: facts })
    }

    fn judge_path(
        &self,
        statement: &Statement<'_>,
        entry: Option<&MetadataEntry>,
        facts: Option<ModelFacts>,
        now: DateTime<Utc>,
    ) -> Result<TrustOutcome, TrustError> {
        if let Some(entry) = entry {
            entry.check_status(statement.certificates, now.date_naive())?;
            if !attests(entry, statement.kind) {
                return Err(TrustError::AttestationTypeMismatch);
            }
            if !speaks(entry, statement.format) {
                return Err(TrustError::ProtocolMismatch);
            }
        } else {
            self.check_unknown_model()?;
        }
        let own: Vec<TrustAnchor>;
        let (anchors, source) = match entry {
            Some(entry) => (entry.attestation_roots(), AnchorSource::Metadata),
            None => {
                let of_format = self.format_anchors.get(&statement.format).into_iter().flatten();
                own = self.anchors.iter().chain(of_format).cloned().collect();
                (own.as_slice(), AnchorSource::Configuration)
            }
        };
        let sha1 = match statement.format {
            AttestationFormat::FidoU2f => Sha1Links::LeafUnderAnchor,
            _ => Sha1Links::Refuse,
        };
        let rules = PathRules {
            now,
            sha1,
            form: statement.form,
            revoked: &self.revoked,
        };
        Ok(match build_path(statement.certificates, anchors, rules) {
            Ok(position) => TrustOutcome::Trusted {
                anchor: anchors[position].clone(),
                source,
                proves_aaguid: statement.format != AttestationFormat::FidoU2f,
                model: facts,
            },
            Err(TrustError::Revoked) => return Err(TrustError::Revoked),
            Err(error) => TrustOutcome::Untrusted(error),
        })
    }

    fn check_unknown_model(&self) -> Result<(), TrustError> {
        if self.metadata.is_some() && self.unknown_models == UnknownModels::Refuse {
            Err(TrustError::UnknownModel)
        } else {
            Ok(())
        }
    }
}

/// Whether the metadata lists this type of attestation for a model. A certificate may be shared (basic) or
/// issued per credential; most formats do not tell which.
fn attests(entry: &MetadataEntry, kind: AttestationType) -> bool {
    let kinds = entry.attestation_kinds();
    let lists = |kind: &AttestationKind| kinds.contains(kind);
    match kind {
        AttestationType::None => true,
        AttestationType::SelfAttestation => lists(&AttestationKind::BasicSurrogate),
        AttestationType::AnonCa => lists(&AttestationKind::AnonCa),
        AttestationType::Basic | AttestationType::AttCa | AttestationType::Uncertain => {
            lists(&AttestationKind::BasicFull) || lists(&AttestationKind::AttCa)
        }
    }
}

fn speaks(entry: &MetadataEntry, format: AttestationFormat) -> bool {
    match entry.protocol() {
        None => true,
        Some(ProtocolFamily::U2f) => format == AttestationFormat::FidoU2f,
        // A FIDO2 key also answers U2F requests, with the attestation key its entry lists.
        Some(ProtocolFamily::Fido2) => true,
        Some(ProtocolFamily::Other(_)) => false,
    }
}

/// A verified statement, as trust is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    /// The format.
    pub(crate) format: AttestationFormat,
    /// The type of attestation.
    pub(crate) kind: AttestationType,
    /// The certificates of the statement, leaf first; empty for none and self.
    pub(crate) certificates: &'a [&'a [u8]],
    /// The AAGUID in authenticator data.
    pub(crate) aaguid: Aaguid,
    /// What to do about malformed extension values.
    pub(crate) form: ExtensionForm,
}

/// Where an anchor came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorSource {
    /// The caller's list.
    Configuration,
    /// The metadata entry of the model.
    Metadata,
}

/// What the metadata says about a model at the time of registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// What the maker calls it.
    pub description: String,
    /// Certification level in effect.
    pub certification: Option<CertificationLevel>,
    /// Firmware version of an announced update.
    pub update_version: Option<u64>,
    /// Where the update is described.
    pub update_url: Option<String>,
    /// Number of the metadata BLOB that was used.
    pub metadata_number: u64,
    /// Whether a newer BLOB should have been fetched by then.
    pub metadata_stale: bool,
}

/// What came of judging an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustOutcome {
    /// Nothing vouches for anything.
    Unattested,
    /// The credential key vouches for itself: the statement was not altered, the model is a claim.
    SelfAttested {
        /// What the metadata says about the claimed model.
        model: Option<ModelFacts>,
    },
    /// There are certificates, and they lead to no anchor.
    Untrusted(TrustError),
    /// The certificates lead to an anchor.
    Trusted {
        /// The anchor.
        anchor: TrustAnchor,
        /// Where the anchor came from.
        source: AnchorSource,
        /// Whether the statement covers the AAGUID.
        proves_aaguid: bool,
        /// What the metadata says about the model.
        model: Option<ModelFacts>,
    },
}

impl TrustOutcome {
    /// Whether the certificates lead to an anchor.
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted { .. })
    }

    /// Whether the AAGUID is more than a claim.
    pub const fn proves_aaguid(&self) -> bool {
        matches!(
            self,
            Self::Trusted {
                proves_aaguid: true,
                ..
            }
        )
    }

    /// What the metadata says about the model.
    pub const fn model(&self) -> Option<&ModelFacts> {
        match self {
            Self::Trusted { model, .. } | Self::SelfAttested { model } => model.as_ref(),
            Self::Unattested | Self::Untrusted(_) => None,
        }
    }

    /// How much the outcome is worth, among the elements of a compound statement.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Unattested => 0,
            Self::SelfAttested { .. } => 1,
            Self::Untrusted(_) => 2,
            Self::Trusted {
                proves_aaguid: false, ..
            } => 3,
            Self::Trusted {
                proves_aaguid: true, ..
            } => 4,
        }
    }

    /// A stable name for logs and tools.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unattested => "unattested",
            Self::SelfAttested { .. } => "self_attested",
            Self::Untrusted(_) => "untrusted",
            Self::Trusted { .. } => "trusted",
        }
    }
}
