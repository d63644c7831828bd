//! The `none` format (§8.7): browsers put it in the place of any statement that was not asked for.

use super::{
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    if input.statement.as_map().is_none_or(|map| !map.is_empty()) {
        return Err(AttestationError::NoneWithStatement);
    }
    Ok(Attestation::new(AttestationFormat::None, AttestationType::None))
}
