//! `POST /doctor/origin`: would a browser accept this origin with this RP ID, and would this application?

use passgate_core::relying_party::RelyingParty;
use passgate_webauthn::doctor::{Finding, diagnose};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    validation::Validation,
    wire,
};

/// Longest origin or RP ID that is looked at: no domain name is longer than 253 characters.
const MAX_CHARS: usize = 512;

pub(super) struct Request {
    origin: String,
    rp_id: String,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "DiagnoseOrigin",
        &[
            text::<wire::Origin>("origin")
                .at_most(MAX_CHARS as u64)
                .required(),
            text::<wire::RpId>("rpId").at_most(MAX_CHARS as u64).required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let (origin, rp_id) = (parts.body().text("origin")?, parts.body().text("rpId")?);
        let mut check = Validation::default();
        for (name, text) in [("Origin", &origin), ("RpId", &rp_id)] {
            let length = text.as_deref().unwrap_or_default().chars().count();
            check
                .member(name)
                .required(text.as_deref())
                .at_most(length, MAX_CHARS);
        }
        check.finish()?;
        Ok(Self {
            origin: origin.unwrap_or_default(),
            rp_id: rp_id.unwrap_or_default(),
        })
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Diagnosis")]
struct Diagnosed {
    /// The origin that was asked about.
    #[schemars(with = "wire::Origin")]
    origin: String,
    /// The RP ID that was asked about.
    #[schemars(with = "wire::RpId")]
    rp_id: String,
    /// Whether a browser would accept the pair.
    accepted: bool,
    /// Whether the application's lists of origins and RP IDs allow the pair.
    allowed: bool,
    /// What there is to say about the pair.
    findings: Vec<Found>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
struct Found {
    #[schemars(with = "wire::FindingCode")]
    code: &'static str,
    #[schemars(with = "wire::FindingSeverity")]
    severity: &'static str,
    /// What was found.
    #[schemars(with = "wire::Sentence")]
    message: String,
    /// What can be done about it; `null` for nothing.
    #[schemars(with = "Option<wire::Sentence>")]
    advice: Option<String>,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.as_str(),
            message: finding.message,
            advice: finding.advice,
        }
    }
}

pub(super) const DOC: Doc = Doc::new(
    "diagnoseOrigin",
    "Would a browser accept this origin with this RP ID?",
)
.answers(&[json::<Diagnosed>()]);

pub(super) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let features = call.caller.features();
    let Request { origin, rp_id } = &call.input;
    // The origins that the application lists are the ones its site would list as related.
    let diagnosis = diagnose(origin, rp_id, &features.allowed_origins);
    let allowed = RelyingParty::parse(rp_id, origin).is_ok_and(|party| party.check(features).is_ok());
    Answer::json(&Diagnosed {
        origin: origin.clone(),
        rp_id: rp_id.clone(),
        accepted: diagnosis.accepted,
        allowed,
        findings: diagnosis.findings.into_iter().map(Found::from).collect(),
    })
}
