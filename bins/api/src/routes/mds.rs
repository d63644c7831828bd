//! `/mds`: what the FIDO metadata says about authenticator models.

use std::collections::BTreeSet;

use passgate_webauthn::metadata::{AttestationKind, MetadataEntry};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json},
    input::{Input, Nothing, Parts, Unreadable},
    problem::Problem,
    shape::{Member, texts},
    validation::Validation,
    wire,
};

pub(super) const ATTESTATION_TYPES: Doc =
    Doc::new("listAttestationTypes", "The kinds of attestation in the metadata")
        .answers(&[json::<Vec<String>>()]);

pub(super) async fn attestation_types(call: Call<ManagementKey, Nothing>) -> Result<Answer, Problem> {
    let names = call
        .run(|passgate, _, _, _| passgate.look_at_models(|models| distinct(models, kinds)))
        .await?;
    Answer::json(&names)
}

pub(super) const CERTIFICATION_STATUSES: Doc =
    Doc::new("listCertificationStatuses", "The statuses in the metadata").answers(&[json::<Vec<String>>()]);

pub(super) async fn certification_statuses(call: Call<ManagementKey, Nothing>) -> Result<Answer, Problem> {
    let names = call
        .run(|passgate, _, _, _| passgate.look_at_models(|models| distinct(models, statuses)))
        .await?;
    Answer::json(&names)
}

pub(super) const ENTRIES: Doc = Doc::new("listMetadataEntries", "The authenticator models in the metadata")
    .answers(&[json::<Vec<Model>>()]);

pub(super) async fn entries(call: Call<ManagementKey, Wanted>) -> Result<Answer, Problem> {
    let models = call
        .run(|passgate, _, wanted, _| {
            passgate.look_at_models(|models| {
                let mut listed: Vec<Model> = models
                    .iter()
                    .filter_map(|entry| Model::new(entry, &wanted))
                    .collect();
                listed.sort_by(|one, other| (&one.name, &one.aa_guid).cmp(&(&other.name, &other.aa_guid)));
                listed
            })
        })
        .await?;
    Answer::json(&models)
}

/// Every name that occurs, once, sorted.
fn distinct(models: &[&MetadataEntry], names: fn(&MetadataEntry) -> Vec<&str>) -> BTreeSet<String> {
    models
        .iter()
        .flat_map(|entry| names(entry))
        .map(str::to_owned)
        .collect()
}

/// How a model attests, each way once.
fn kinds(entry: &MetadataEntry) -> Vec<&str> {
    once(entry.attestation_kinds().iter().map(AttestationKind::as_str))
}

/// What was ever reported about a model, each status once.
fn statuses(entry: &MetadataEntry) -> Vec<&str> {
    once(entry.reports().iter().map(|report| report.name.as_str()))
}

fn once<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

/// Which models are asked for: those with one of the values of each filter that has any.
pub(super) struct Wanted {
    kinds: Vec<String>,
    statuses: Vec<String>,
}

impl Input for Wanted {
    const QUERY: &'static [Member] = &[
        texts::<wire::AttestationKind>("attestationTypes").about("Models that attest in one of these ways."),
        texts::<wire::CertificationStatus>("certificationStatuses")
            .about("Models that ever had one of these statuses."),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let kinds = filter(parts, "AttestationTypes")?;
        let statuses = filter(parts, "CertificationStatuses")?;

        let mut check = Validation::default();
        for (member, values) in [("AttestationTypes", &kinds), ("CertificationStatuses", &statuses)] {
            check
                .member(member)
                .pattern(values.iter().all(|value| is_name(value)), "^[a-zA-Z0-9_]*$");
        }
        check.finish()?;
        Ok(Self { kinds, statuses })
    }
}

/// An empty value counts as absent.
fn filter(parts: &Parts<'_>, name: &str) -> Result<Vec<String>, Problem> {
    let mut values = parts.queries(name)?;
    values.retain(|value| !value.is_empty());
    Ok(values)
}

fn is_name(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn matches(wanted: &[String], present: &[&str]) -> bool {
    wanted.is_empty() || wanted.iter().any(|value| present.contains(&value.as_str()))
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    #[schemars(with = "wire::Aaguid")]
    aa_guid: String,
    #[schemars(with = "wire::ModelName")]
    name: String,
    /// Every status that was ever reported of the model.
    #[schemars(with = "Vec<wire::CertificationStatus>")]
    certification_statuses: Vec<String>,
    /// The ways in which it attests.
    #[schemars(with = "Vec<wire::AttestationKind>")]
    attestation_types: Vec<String>,
    #[schemars(with = "Option<wire::Icon>")]
    icon: Option<String>,
    /// Where a credential of the model may be used, as the metadata says it.
    #[schemars(example = &"device")]
    #[serde(skip_serializing_if = "Option::is_none")]
    key_scope: Option<String>,
    /// Whether credentials of the model are synced between devices, as the metadata says it.
    #[schemars(example = &"explicit")]
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_device_credential_support: Option<String>,
    /// Where the maker says how credentials are exchanged.
    #[schemars(example = &"https://example.com/cxp.json")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cxp_config_url: Option<String>,
    /// Members of the entry that could not be read; all the rest counts.
    #[schemars(example = ["icon is not text"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flaws: Vec<String>,
}

impl Model {
    /// A model without an AAGUID cannot be named in a list, so it is not offered.
    fn new(entry: &MetadataEntry, wanted: &Wanted) -> Option<Self> {
        let (kinds, statuses) = (kinds(entry), statuses(entry));
        let aaguid = entry.aaguid()?;
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        (matches(&wanted.kinds, &kinds) && matches(&wanted.statuses, &statuses)).then(|| Self {
            aa_guid: aaguid.to_string(),
            name: entry.description().to_owned(),
            certification_statuses: owned(statuses),
            attestation_types: owned(kinds),
            icon: entry.icon().map(str::to_owned),
            key_scope: entry.key_scope().map(str::to_owned),
            multi_device_credential_support: entry.multi_device_credential_support().map(str::to_owned),
            cxp_config_url: entry.cxp_config_url().map(str::to_owned),
            flaws: entry.flaws().iter().map(ToString::to_string).collect(),
        })
    }
}
