//! Format `android-safetynet` (§8.5): a signed answer of a Google service that was switched off in 2025.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    base64url,
    certificate::{Certificate, oids},
    crypto::Hash,
    jws::{Jws, JwsAlgorithm, JwsError},
    leniency::Leniency,
};

use super::{
    certified::check_der,
    error::{AttestationError, SafetyNetError},
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// Whom the signing certificate has to be for.
const SERVICE: &str = "attest.android.com";
/// How old an answer may be, in seconds.
const MAX_AGE: i64 = 60;

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
        input.allows(Leniency::SafetynetStaleTimestamp),
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
