//! The procedure of each attestation format (§7.1 step 22), found by the format.

use super::{
    android_key, android_safetynet, apple, compound, error::AttestationError, fido_u2f,
    format::AttestationFormat, input::StatementInput, none, packed, policy::SafetyNetPolicy,
    statement::Attestation, tpm,
};

/// Runs the procedure of one format (§7.1 step 22).
pub(crate) fn verify(
    format: AttestationFormat,
    input: &StatementInput<'_, '_>,
) -> Result<Attestation, AttestationError> {
    match format {
        AttestationFormat::None => none::verify(input),
        AttestationFormat::Packed => packed::verify(input),
        AttestationFormat::Tpm => tpm::verify(input),
        AttestationFormat::AndroidKey => android_key::verify(input),
        AttestationFormat::Apple => apple::verify(input),
        AttestationFormat::FidoU2f => fido_u2f::verify(input),
        AttestationFormat::AndroidSafetyNet if input.policy.safetynet == SafetyNetPolicy::Verify => {
            android_safetynet::verify(input)
        }
        AttestationFormat::AndroidSafetyNet => {
            Err(AttestationError::UnsupportedFormat(format.as_str().to_owned()))
        }
        AttestationFormat::Compound => compound::verify(input, verify),
    }
}
