//! Format `android-safetynet` (§8.5): a signed answer of a Google service that was switched off in 2025.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    base64url,
    certificate::{Certificate, oids},
    crypto::Hash,
    jws::{Jws, JwsAlgorithm, JwsError},
    policy::Leniency,
};

use super::{
    Attestation, AttestationError, AttestationFormat, AttestationType, StatementInput, certified::check_der,
};

/// Whom the signing certificate has to be for.
const SERVICE: &str = "attest.android.com";
/// How old an answer may be, in seconds.
const MAX_AGE: i64 = 60;

/// Why a SafetyNet response is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SafetyNetError {
    /// `response` is not a compact JWS with the members it needs.
    #[error("the response is not a SafetyNet JWS")]
    Malformed,
    /// The certificate is not for the attestation service.
    #[error("the certificate is not for the attestation service")]
    WrongSigner,
    /// The algorithm is not known or does not fit the certificate's key.
    #[error("the algorithm does not fit the certificate's key")]
    Algorithm,
    /// The signature is not the certificate's.
    #[error("the signature of the response is invalid")]
    Signature,
    /// The nonce is for another ceremony.
    #[error("the nonce is for another ceremony")]
    Nonce,
    /// The device failed the compatibility test.
    #[error("the device did not pass the compatibility test")]
    CtsProfile,
    /// The response is from the future.
    #[error("the response is from the future")]
    FromFuture,
    /// The response is older than a minute. Policy switch: `safetynet_stale_timestamp`.
    #[error("the response is stale")]
    Stale,
}

impl SafetyNetError {
    /// A stable name for logs and tools.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "safetynet_malformed",
            Self::WrongSigner => "safetynet_wrong_signer",
            Self::Algorithm => "safetynet_algorithm",
            Self::Signature => "safetynet_signature",
            Self::Nonce => "safetynet_nonce",
            Self::CtsProfile => "safetynet_cts_profile",
            Self::FromFuture => "safetynet_from_future",
            Self::Stale => "safetynet_stale",
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    x5c: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    nonce: String,
    timestamp_ms: i64,
    cts_profile_match: bool,
}

/// Verifies a statement.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    let version = input
        .member("ver")?
        .as_text()
        .ok_or(AttestationError::Statement("ver"))?;
    if version.is_empty() {
        return Err(AttestationError::Statement("ver"));
    }
    let response = input.bytes("response")?;
    let refuse = AttestationError::SafetyNet;
    let malformed = || refuse(SafetyNetError::Malformed);

    let text = str::from_utf8(response).map_err(|_| malformed())?;
    let jws = Jws::parse(text).ok_or_else(malformed)?;
    let header: Header = serde_json::from_slice(&jws.header).map_err(|_| malformed())?;
    let certificates: Vec<Vec<u8>> = header
        .x5c
        .iter()
        .map(|certificate| base64url::decode_tolerant(certificate))
        .collect::<Option<_>>()
        .ok_or_else(malformed)?;
    let parsed = check_der(&certificates, input.extension_form())?;
    let leaf = &parsed[0];
    if !is_for_service(leaf) {
        return Err(refuse(SafetyNetError::WrongSigner));
    }
    let algorithm = JwsAlgorithm::from_name(&header.alg).ok_or_else(|| refuse(SafetyNetError::Algorithm))?;
    let key = leaf.key().map_err(AttestationError::Certificate)?;
    algorithm
        .verify(&key, jws.signed, &jws.signature)
        .map_err(|error| {
            refuse(match error {
                JwsError::Algorithm => SafetyNetError::Algorithm,
                JwsError::Signature => SafetyNetError::Signature,
            })
        })?;
    let payload = base64url::decode_strict(jws.payload).ok_or_else(malformed)?;
    let payload: Payload = serde_json::from_slice(&payload).map_err(|_| malformed())?;
    check_payload(&payload, input).map_err(refuse)?;
    drop(parsed);
    Ok(
        Attestation::new(AttestationFormat::AndroidSafetyNet, AttestationType::Basic)
            .with_certificates(certificates),
    )
}

/// Whether a certificate names the service: as an alternative name, or as its common name if it has no
/// alternative names at all.
fn is_for_service(leaf: &Certificate<'_>) -> bool {
    let is_service = |name: &str| name.eq_ignore_ascii_case(SERVICE);
    match &leaf.extensions().alternative_names {
        Some(_) => leaf.extensions().dns_names().any(is_service),
        None => leaf
            .subject()
            .texts(oids::COMMON_NAME)
            .iter()
            .any(|name| is_service(name)),
    }
}

fn check_payload(payload: &Payload, input: &StatementInput<'_, '_>) -> Result<(), SafetyNetError> {
    let nonce = Hash::Sha256.digest(&[input.signed]);
    if base64url::decode_tolerant(&payload.nonce).as_deref() != Some(nonce.as_ref()) {
        return Err(SafetyNetError::Nonce);
    }
    if !payload.cts_profile_match {
        return Err(SafetyNetError::CtsProfile);
    }
    check_age(
        payload.timestamp_ms,
        input.now,
        input.policy.allows(Leniency::SafetynetStaleTimestamp),
    )
}

fn check_age(timestamp_ms: i64, now: DateTime<Utc>, stale_accepted: bool) -> Result<(), SafetyNetError> {
    // Whole seconds: the caller's clock may have dropped the fraction.
    let age = now.timestamp().saturating_sub(timestamp_ms.div_euclid(1000));
    match age {
        ..0 => Err(SafetyNetError::FromFuture),
        0..=MAX_AGE => Ok(()),
        _ if stale_accepted => Ok(()),
        _ => Err(SafetyNetError::Stale),
    }
}
