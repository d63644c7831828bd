//! The `packed` format (§8.2): signed by a certified key, or by the credential key itself.

use super::{Attestation, AttestationError, AttestationFormat, AttestationType, StatementInput};

pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    if input.statement.as_map().is_none() {
        return Err(AttestationError::Statement("attStmt"));
    }
    if input.statement.member("ecdaaKeyId").is_some() {
        return Err(AttestationError::EcdaaUnsupported);
    }
    let algorithm = input.algorithm()?;
    let signature = input.bytes("sig")?;
    // An `x5c` that is present but empty is malformed, not self attestation.
    if input.statement.member("x5c").is_some() {
        return verify_certified(input, algorithm, signature);
    }
    let key = input.attested.key();
    if algorithm != key.algorithm.id() {
        return Err(AttestationError::AlgorithmMismatch(algorithm));
    }
    key.verify(input.signed, signature)
        .map_err(|error| AttestationError::from_signature(error, algorithm))?;
    Ok(Attestation {
        format: AttestationFormat::Packed,
        attestation_type: AttestationType::SelfAttestation,
        trust_path: Vec::new(),
        elements: Vec::new(),
    })
}

fn verify_certified(
    _input: &StatementInput<'_, '_>,
    _algorithm: i64,
    _signature: &[u8],
) -> Result<Attestation, AttestationError> {
    Err(AttestationError::UnsupportedFormat("packed".to_owned()))
}
