//! Judging a verified attestation statement by anchors, metadata and policy (§7.1 steps 23 and 24).

use chrono::{DateTime, Utc};

use super::{
    error::TrustError,
    outcome::{AnchorSource, ModelFacts, TrustOutcome},
    policy::{TrustPolicy, TrustRequirement, UnknownModels},
};
use crate::{
    attestation::{Attestation, AttestationFormat, AttestationType},
    certificate::{ExtensionForm, PathError, PathRules, TrustAnchor, build_path},
    credential::Aaguid,
    metadata::{AttestationKind, MetadataEntry},
};

/// Judges a verified statement (§7.1 steps 23 and 24). Of a compound statement, every element is judged; the best
/// outcome counts, and an undesired model in any of them refuses the registration.
pub(crate) fn judge(
    policy: &TrustPolicy,
    attestation: &Attestation,
    aaguid: Aaguid,
    form: ExtensionForm,
    now: DateTime<Utc>,
) -> Result<TrustOutcome, TrustError> {
    let outcome = outcome(policy, attestation, aaguid, form, now)?;
    policy.enforce(&outcome, aaguid)?;
    Ok(outcome)
}

fn outcome(
    policy: &TrustPolicy,
    attestation: &Attestation,
    aaguid: Aaguid,
    form: ExtensionForm,
    now: DateTime<Utc>,
) -> Result<TrustOutcome, TrustError> {
    if !attestation.elements().is_empty() {
        let mut best = TrustOutcome::Unattested;
        for element in attestation.elements() {
            let outcome = outcome(policy, element, aaguid, form, now)?;
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
        form,
    };
    policy.judge(&statement, now)
}

impl TrustPolicy {
    /// Judges one verified statement.
    fn judge(&self, statement: &Statement<'_>, now: DateTime<Utc>) -> Result<TrustOutcome, TrustError> {
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
    fn enforce(&self, outcome: &TrustOutcome, aaguid: Aaguid) -> Result<(), TrustError> {
        match (self.requirement, outcome) {
            (TrustRequirement::Report, _) | (_, TrustOutcome::Trusted { .. }) => {}
            (_, TrustOutcome::Untrusted(error)) => return Err(error.clone()),
            (TrustRequirement::Attested, TrustOutcome::Unattested | TrustOutcome::SelfAttested { .. }) => {
                return Err(TrustError::AttestationMissing);
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
        let by_aaguid = if statement.format.covers_aaguid() {
            metadata.find_by_aaguid(statement.aaguid)
        } else {
            None
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
            check_status(entry, statement.certificates, now)?;
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
            check_status(entry, statement.certificates, now)?;
            if !attests(entry, statement.kind) {
                return Err(TrustError::AttestationTypeMismatch);
            }
            if !entry
                .protocol()
                .is_none_or(|protocol| statement.format.is_spoken_by(protocol))
            {
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
        let rules = PathRules {
            now,
            sha1: statement.format.sha1_links(),
            form: statement.form,
            revoked: &self.revoked,
        };
        Ok(match build_path(statement.certificates, anchors, rules) {
            Ok(position) => TrustOutcome::Trusted {
                anchor: anchors[position].clone(),
                source,
                proves_aaguid: statement.format.covers_aaguid(),
                model: facts,
            },
            Err(error @ PathError::Revoked) => return Err(error.into()),
            Err(error) => TrustOutcome::Untrusted(error.into()),
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

/// Refuses a model with an undesired status.
fn check_status(entry: &MetadataEntry, certificates: &[&[u8]], now: DateTime<Utc>) -> Result<(), TrustError> {
    match entry.undesired_status(certificates, now.date_naive()) {
        Some(status) => Err(TrustError::Status(status.clone())),
        None => Ok(()),
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

/// A verified statement, as trust is judged by.
#[derive(Debug, Clone, Copy)]
struct Statement<'a> {
    /// The statement's format.
    format: AttestationFormat,
    /// The type of attestation.
    kind: AttestationType,
    /// The certificates of the statement, leaf first; empty for none and self.
    certificates: &'a [&'a [u8]],
    /// The AAGUID in authenticator data.
    aaguid: Aaguid,
    /// What to do about malformed extension values.
    form: ExtensionForm,
}
