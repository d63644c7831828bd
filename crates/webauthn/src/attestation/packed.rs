//! Format `packed` (§8.2), the usual one of security keys: with certificates, or signed by the credential itself.

use crate::{
    certificate::{Certificate, oids},
    crypto::Rs1,
};

use super::{
    certified::{Signed, X5c, check_aaguid, check_end_entity, device_facts},
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// Verifies a statement. An empty `x5c` is malformed, not self attestation.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    if input.statement.as_map().is_none() {
        return Err(AttestationError::Statement("attStmt"));
    }
    if input.statement.member("ecdaaKeyId").is_some() {
        return Err(AttestationError::EcdaaUnsupported);
    }
    let signed = Signed::from_statement(input)?;
    if input.statement.member("x5c").is_some() {
        verify_certified(input, signed)
    } else {
        verify_self(input, signed)
    }
}

fn verify_self(input: &StatementInput<'_, '_>, signed: Signed<'_>) -> Result<Attestation, AttestationError> {
    let key = input.attested.key();
    if signed.algorithm != key.algorithm.id() {
        return Err(AttestationError::AlgorithmMismatch(signed.algorithm));
    }
    key.verify(input.signed, signed.signature)
        .map_err(|error| AttestationError::from_signature(error, signed.algorithm))?;
    Ok(Attestation::new(
        AttestationFormat::Packed,
        AttestationType::SelfAttestation,
    ))
}

fn verify_certified(
    input: &StatementInput<'_, '_>,
    signed: Signed<'_>,
) -> Result<Attestation, AttestationError> {
    let x5c = X5c::from_statement(input)?;
    signed.verify(x5c.leaf(), input.signed, Rs1::Refused)?;
    check_certificate(x5c.leaf(), input)?;
    check_aaguid(x5c.leaf(), input.attested.aaguid())?;
    // Full basic attestation or a privacy authority: only metadata can tell.
    Ok(
        Attestation::new(AttestationFormat::Packed, AttestationType::Uncertain)
            .with_certificates(x5c.to_path())
            .with_device(device_facts(x5c.leaf())?),
    )
}

/// The requirements on a packed attestation certificate (§8.2.1).
fn check_certificate(leaf: &Certificate<'_>, input: &StatementInput<'_, '_>) -> Result<(), AttestationError> {
    if leaf.version() != 3 {
        return Err(AttestationError::CertificateVersion);
    }
    let subject = leaf.subject();
    let one = |kind, accepted: &dyn Fn(&str) -> bool| {
        let values = subject.texts(kind);
        values.len() == 1 && values.iter().all(|value| accepted(value))
    };
    // Any two letters: user-assigned codes occur.
    let country = |value: &str| value.len() == 2 && value.bytes().all(|letter| letter.is_ascii_alphabetic());
    let complete = one(oids::COUNTRY, &country)
        && !subject.texts(oids::ORGANIZATION).is_empty()
        && subject
            .texts(oids::ORGANIZATIONAL_UNIT)
            .iter()
            .any(|unit| unit == "Authenticator Attestation")
        && !subject.texts(oids::COMMON_NAME).is_empty();
    if !complete {
        return Err(AttestationError::CertificateSubject);
    }
    check_end_entity(leaf, input)
}
