//! Format `compound` (§8.9): several statements about one credential.

use crate::cbor::{Key, Value};

use super::{
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    policy::CompoundPolicy,
    statement::{Attestation, AttestationType},
};

/// Runs the procedure of one format on a statement.
type Procedure = fn(AttestationFormat, &StatementInput<'_, '_>) -> Result<Attestation, AttestationError>;

/// The most statements that are looked at.
const MAX_STATEMENTS: usize = 8;

/// Verifies every statement by the procedure of its own format, over the same authenticator data and hash.
///
/// `verify` runs the procedure of a format.
pub(super) fn verify(
    input: &StatementInput<'_, '_>,
    verify: Procedure,
) -> Result<Attestation, AttestationError> {
    let statements = input
        .statement
        .as_array()
        .ok_or(AttestationError::Statement("attStmt"))?;
    if statements.len() < 2 || statements.len() > MAX_STATEMENTS {
        return Err(AttestationError::Statement("attStmt"));
    }
    let needed = match input.policy.compound {
        CompoundPolicy::All => statements.len(),
        CompoundPolicy::AtLeast(count) => count.get().min(statements.len()),
    };
    let mut elements = Vec::with_capacity(statements.len());
    let mut refused = None;
    for element in statements {
        let (format, statement) = split(element)?;
        let verified = match AttestationFormat::from_name(format) {
            Some(format) => verify(format, &StatementInput { statement, ..*input }),
            None => Err(AttestationError::UnsupportedFormat(format.to_owned())),
        };
        match verified {
            Ok(verified) => elements.push(verified),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        Some(error) if elements.len() < needed => Err(error),
        _ => Ok(
            Attestation::new(AttestationFormat::Compound, AttestationType::Uncertain).with_elements(elements),
        ),
    }
}

/// An element has exactly the members `fmt` and `attStmt`, and is not itself compound.
fn split<'v, 'a>(element: &'v Value<'a>) -> Result<(&'a str, &'v Value<'a>), AttestationError> {
    const MALFORMED: AttestationError = AttestationError::Statement("attStmt");
    let entries = element.as_map().ok_or(MALFORMED)?;
    if entries
        .iter()
        .any(|(key, _)| *key != Key::Text("fmt") && *key != Key::Text("attStmt"))
    {
        return Err(MALFORMED);
    }
    let format = element.member("fmt").and_then(Value::as_text).ok_or(MALFORMED)?;
    let statement = element.member("attStmt").ok_or(MALFORMED)?;
    if format == "compound" {
        Err(MALFORMED)
    } else {
        Ok((format, statement))
    }
}
