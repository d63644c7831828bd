//! One ceremony from a JSON document: the logic of `passgate webauthn verify`.
//!
//! The document says what the relying party expected and what came; the answer is one line of JSON. What the
//! document expects is taken at its word: RP IDs and origins are not judged, only compared.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::authentication::{self, Record, VerifiedAssertion};
use crate::authenticator_data::Flags;
use crate::base64url;
use crate::causes::causes;
use crate::ceremony::{Authentication, AuthenticationPromise, Pending, Registration, RegistrationPromise};
use crate::certificate::TrustAnchor;
use crate::code::Code;
use crate::credential::{Challenge, UserHandle};
use crate::envelope::{AuthenticationResponse, RegistrationResponse};
use crate::error::{AssertionError, RegistrationError};
use crate::extension::Requested;
use crate::policy::{CrossOriginPolicy, Leniency, Policy, SafetyNetPolicy, SignCountPolicy, UserHandleRule};
use crate::preference::{AttestationConveyance, Mediation, UserVerification};
use crate::registration::{self, UserPresence, VerifiedRegistration};
use crate::relying_party::{Origin, RpId};
use crate::trust::{TrustOutcome, TrustPolicy, TrustRequirement};

/// What became of a document; the order is that of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Every check held.
    Verified,
    /// The ceremony was read and is refused.
    Refused,
    /// The document does not describe a ceremony.
    Unusable,
}

impl Outcome {
    /// The exit code of the command.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Refused => 1,
            Self::Unusable => 2,
        }
    }

    /// The `outcome` member of the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "ok",
            Self::Refused => "refused",
            Self::Unusable => "unusable",
        }
    }
}

/// Verifies the ceremony a document describes; the text is one line of JSON, without a line end.
///
/// `now` is the time of verification where the document names none.
pub fn verify_document(document: &[u8], now: DateTime<Utc>) -> (Outcome, String) {
    let (outcome, answer) = match run(document, now) {
        Ok(answer) => (Outcome::Verified, answer),
        Err(Failure::Refused { code, detail }) => (
            Outcome::Refused,
            json!({ "outcome": Outcome::Refused.as_str(), "code": code.as_str(), "detail": detail }),
        ),
        Err(Failure::Unusable(detail)) => (
            Outcome::Unusable,
            json!({ "outcome": Outcome::Unusable.as_str(), "code": "unusable_input", "detail": detail }),
        ),
    };
    (outcome, answer.to_string())
}

/// The same for one line of text.
pub fn verify_line(line: &str, now: DateTime<Utc>) -> (Outcome, String) {
    verify_document(line.as_bytes(), now)
}

enum Failure {
    Refused { code: Code, detail: String },
    Unusable(String),
}

impl Failure {
    fn refused(code: Code, error: &dyn std::error::Error) -> Self {
        let detail = causes(error);
        Self::Refused { code, detail }
    }

    fn unusable(what: impl Into<String>) -> Self {
        Self::Unusable(what.into())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Registration,
    Authentication,
}

#[derive(Deserialize)]
struct Document<'a> {
    kind: Kind,
    expected_challenge: String,
    expected_origin: Vec<String>,
    expected_rp_id: Vec<String>,
    require_user_verification: bool,
    require_user_presence: bool,
    allowed_algs: Option<Vec<i64>>,
    app_id: Option<String>,
    verification_time: Option<DateTime<Utc>>,
    #[serde(borrow)]
    credential: &'a RawValue,
    public_key: Option<String>,
    sign_count: Option<u32>,
    trust_roots: Option<Vec<String>>,
    #[serde(default)]
    allow_cross_origin: bool,
    top_origins: Option<Vec<String>>,
    /// Whether SafetyNet statements are verified; they are if it is absent.
    #[serde(default)]
    safetynet: SafetyNet,
    #[serde(default)]
    allow: Vec<String>,
}

/// What to do about SafetyNet statements, whose service was switched off in 2025.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SafetyNet {
    #[default]
    Verify,
    Refuse,
}

fn run(document: &[u8], now: DateTime<Utc>) -> Result<Value, Failure> {
    let text = std::str::from_utf8(document).map_err(|_| Failure::unusable("not UTF-8"))?;
    let document: Document<'_> =
        serde_json::from_str(text).map_err(|error| Failure::unusable(error.to_string()))?;
    if !document.credential.get().starts_with('{') {
        return Err(Failure::unusable("credential: not an object"));
    }
    match document.kind {
        Kind::Registration => document.register(now),
        Kind::Authentication => document.authenticate(),
    }
}

impl Document<'_> {
    fn register(&self, now: DateTime<Utc>) -> Result<Value, Failure> {
        let promise = RegistrationPromise {
            user_handle: UserHandle::new([0]).map_err(|error| Failure::unusable(error.to_string()))?,
            algorithms: self.algorithms(),
            excluded: Vec::new(),
            mediation: Mediation::Modal,
            attestation: AttestationConveyance::Direct,
        };
        let (pending, rp_ids) = self.pending::<Registration>(promise)?;
        let policy = self.policy()?;
        let now = self.verification_time.unwrap_or(now);
        let response = RegistrationResponse::from_json(self.credential.get().as_bytes())
            .map_err(|error| Failure::refused(error.code(), &error))?;
        registration::verify(&pending, &rp_ids, self.user_presence(), &response, &policy, now)
            .map(|verified| describe_registration(&verified))
            .map_err(|error: RegistrationError| Failure::refused(error.code(), &error))
    }

    fn authenticate(&self) -> Result<Value, Failure> {
        let promise = AuthenticationPromise {
            user_handle: None,
            allowed: Vec::new(),
        };
        let (pending, rp_ids) = self.pending::<Authentication>(promise)?;
        let policy = self.policy()?;
        let public_key = self
            .public_key
            .as_deref()
            .ok_or_else(|| Failure::unusable("public_key is missing"))
            .and_then(|text| bytes(text, "public_key"))?;
        let record = Record {
            public_key: &public_key,
            sign_count: self
                .sign_count
                .ok_or_else(|| Failure::unusable("sign_count is missing"))?,
            backup_eligible: None,
        };
        let response = AuthenticationResponse::from_json(self.credential.get().as_bytes())
            .map_err(|error| Failure::refused(error.code(), &error))?;
        let verified = authentication::verify(
            &pending,
            &rp_ids,
            self.user_presence(),
            &response,
            &record,
            &policy,
        )
        .map_err(|error: AssertionError| Failure::refused(error.code(), &error))?;
        if !self.algorithms().contains(&verified.algorithm()) {
            let got = verified.algorithm();
            let error = RegistrationError::AlgorithmNotOffered { got };
            return Err(Failure::refused(error.code(), &error));
        }
        Ok(describe_assertion(&verified))
    }

    fn pending<C: crate::ceremony::Ceremony>(
        &self,
        promise: C::Promise,
    ) -> Result<(Pending<C>, Vec<RpId>), Failure> {
        let challenge = bytes(&self.expected_challenge, "expected_challenge")?;
        let rp_ids: Vec<RpId> = self
            .expected_rp_id
            .iter()
            .map(|text| RpId::as_given(text))
            .collect();
        let rp_id = rp_ids
            .first()
            .ok_or_else(|| Failure::unusable("expected_rp_id is empty"))?;
        if challenge.is_empty() {
            return Err(Failure::unusable("expected_challenge is empty"));
        }
        if self.expected_origin.is_empty() {
            return Err(Failure::unusable("expected_origin is empty"));
        }
        let pending = Pending {
            challenge: Challenge::of_any_length(challenge),
            rp_id: rp_id.clone(),
            origins: origins(&self.expected_origin),
            user_verification: if self.require_user_verification {
                UserVerification::Required
            } else {
                UserVerification::Preferred
            },
            extensions: Requested::app_id(self.app_id.clone()),
            promise,
        };
        Ok((pending, rp_ids))
    }

    fn user_presence(&self) -> UserPresence {
        if self.require_user_presence {
            UserPresence::Required
        } else {
            UserPresence::NotRequired
        }
    }

    fn algorithms(&self) -> Vec<Algorithm> {
        match &self.allowed_algs {
            None if self
                .allow
                .iter()
                .any(|name| name == Leniency::Rs1CredentialKey.as_str()) =>
            {
                let mut algorithms = Algorithm::supported();
                algorithms.push(Algorithm::Rs1);
                algorithms
            }
            None => Algorithm::supported(),
            Some(ids) => ids.iter().filter_map(|&id| Algorithm::from_id(id)).collect(),
        }
    }

    fn policy(&self) -> Result<Policy, Failure> {
        let mut policy = Policy::default()
            .with_sign_count(SignCountPolicy::Reject)
            .with_user_handle(UserHandleRule::IfPresent)
            .with_safetynet(match self.safetynet {
                SafetyNet::Verify => SafetyNetPolicy::Verify,
                SafetyNet::Refuse => SafetyNetPolicy::Refuse,
            });
        let mut cross_origin = self.allow_cross_origin;
        for name in &self.allow {
            if let Some(leniency) = Leniency::from_name(name) {
                policy = policy.with_leniency(leniency);
            } else if let Some(vendor) = tpm_vendor(name) {
                policy = policy.with_tpm_vendor(vendor);
            } else {
                match name.as_str() {
                    "allow_cross_origin" => cross_origin = true,
                    // Named where `top_origins` lists some; the list itself decides.
                    "allowed_top_origins" => {}
                    _ => return Err(Failure::unusable(format!("allow: unknown name {name:?}"))),
                }
            }
        }
        if cross_origin {
            let top_origins = origins(self.top_origins.as_deref().unwrap_or_default());
            policy = policy.with_cross_origin(CrossOriginPolicy::TopOrigins(top_origins));
        }
        if let Some(roots) = &self.trust_roots {
            let anchors = roots
                .iter()
                .map(|root| {
                    let der = bytes(root, "trust_roots")?;
                    TrustAnchor::from_der(der)
                        .map_err(|error| Failure::unusable(format!("trust_roots: {error}")))
                })
                .collect::<Result<Vec<_>, _>>()?;
            let trust = TrustPolicy::new()
                .with_anchors(anchors)
                .with_requirement(TrustRequirement::PathsToAnchor);
            policy = policy.with_trust(trust);
        }
        Ok(policy)
    }
}

fn bytes(text: &str, member: &str) -> Result<Vec<u8>, Failure> {
    base64url::decode_tolerant(text).ok_or_else(|| Failure::unusable(format!("{member}: not base64url")))
}

fn origins(texts: &[String]) -> Vec<Origin> {
    texts.iter().map(|text| Origin::as_given(text)).collect()
}

/// The vendor that a leniency of the form `tpm_vendor_464f4f00` lets pass.
fn tpm_vendor(name: &str) -> Option<&str> {
    name.strip_prefix("tpm_vendor_")
        .filter(|vendor| vendor.len() == 8 && vendor.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn describe_registration(verified: &VerifiedRegistration) -> Value {
    let reason = match verified.trust() {
        TrustOutcome::Untrusted(error) => Some(error.code().as_str()),
        TrustOutcome::Unattested | TrustOutcome::SelfAttested { .. } | TrustOutcome::Trusted { .. } => None,
    };
    json!({
        "outcome": Outcome::Verified.as_str(),
        "code": "ok",
        "detail": reason,
        "kind": "registration",
        "attestation_format": verified.attestation_format(),
        "attestation_type": verified.attestation_type().as_str(),
        "trust": verified.trust().as_str(),
        "aaguid": verified.aaguid().to_string(),
        "algorithm": verified.public_key().algorithm().id(),
        "algorithm_name": verified.public_key().algorithm().as_str(),
        "flags": describe_flags(verified.flags()),
        "sign_count": verified.sign_count(),
        "rp_id": verified.rp_id().as_str(),
        "origin": verified.origin().as_str(),
    })
}

fn describe_assertion(verified: &VerifiedAssertion) -> Value {
    json!({
        "outcome": Outcome::Verified.as_str(),
        "code": "ok",
        "detail": null,
        "kind": "authentication",
        "attestation_type": null,
        "trust": null,
        "aaguid": null,
        "algorithm": verified.algorithm().id(),
        "algorithm_name": verified.algorithm().as_str(),
        "flags": describe_flags(verified.flags()),
        "sign_count": verified.sign_count(),
        "origin": verified.origin().as_str(),
    })
}

fn describe_flags(flags: Flags) -> Value {
    json!({
        "up": flags.user_present(),
        "uv": flags.user_verified(),
        "be": flags.backup_eligible(),
        "bs": flags.backup_state(),
        "at": flags.attested_credential_data(),
        "ed": flags.extension_data(),
    })
}

#[cfg(test)]
mod tests;
