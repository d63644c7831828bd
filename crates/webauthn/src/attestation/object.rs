//! The attestation object: format, authenticator data and statement (§6.5.4).

use crate::{
    cbor::{CborError, Reader, Rules, Value},
    code::Code,
    leniency::{Leniencies, Leniency},
};

/// Why an attestation object cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationObjectError {
    /// The attestation object has no bytes.
    #[error("attestation object is empty")]
    Missing,
    /// Not CBOR as the format demands.
    #[error("attestation object is not acceptable CBOR")]
    Cbor(#[source] CborError),
    /// A member absent, unknown or of the wrong type.
    #[error("attestation object member {0:?} is missing, unknown or of the wrong type")]
    Malformed(&'static str),
    /// Members out of canonical order.
    #[error("attestation object members are out of order")]
    KeyOrder,
}

impl AttestationObjectError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Missing => Code::AttestationObjectMissing,
            Self::Cbor(error) => error.code(),
            Self::Malformed(_) => Code::AttestationObjectMalformed,
            Self::KeyOrder => Code::AttestationObjectKeyOrder,
        }
    }
}

/// An attestation object taken apart (§6.5.4).
#[derive(Debug, Clone)]
pub struct AttestationObject<'a> {
    /// `fmt`: the identifier of the statement's format, as sent.
    pub format: &'a str,
    /// `authData`, as signed.
    pub authenticator_data: &'a [u8],
    /// `attStmt`, decoded from CBOR.
    pub statement: Value<'a>,
}

impl<'a> AttestationObject<'a> {
    /// Takes an attestation object apart.
    ///
    /// # Errors
    /// [`AttestationObjectError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, AttestationObjectError> {
        Self::parse_with(bytes, Leniencies::default())
    }

    pub(crate) fn parse_with(
        bytes: &'a [u8],
        leniencies: Leniencies,
    ) -> Result<Self, AttestationObjectError> {
        use AttestationObjectError::{Cbor, Malformed, Missing};
        if bytes.is_empty() {
            return Err(Missing);
        }
        let indefinite = leniencies.allows(Leniency::CborIndefiniteLength);
        let envelope = Rules::ENVELOPE.with_indefinite(indefinite);
        let statement_rules = Rules::STATEMENT.with_indefinite(indefinite);
        let mut reader = Reader::new(bytes, envelope);
        let length = reader.map().map_err(Cbor)?;
        let (mut format, mut authenticator_data, mut statement) = (None, None, None);
        let mut names: Vec<&str> = Vec::with_capacity(3);
        while reader.more(length, names.len() as u64).map_err(Cbor)? {
            let name = reader.text().map_err(Cbor)?;
            if names.contains(&name) {
                return Err(Cbor(CborError::DuplicateKey));
            }
            match name {
                "fmt" => format = Some(reader.text().map_err(Cbor)?),
                "authData" => {
                    let value = reader.value().map_err(Cbor)?;
                    authenticator_data = Some(value.as_bytes().ok_or(Malformed("authData"))?);
                }
                "attStmt" => {
                    reader.set_rules(statement_rules);
                    statement = Some(reader.value().map_err(Cbor)?);
                    reader.set_rules(envelope);
                }
                // These two leak from CTAP through some clients.
                "epAtt" | "largeBlobKey" => {
                    reader.value().map_err(Cbor)?;
                }
                _ => return Err(Malformed("unknown member")),
            }
            names.push(name);
        }
        reader.finish().map_err(Cbor)?;
        let in_order = names.is_sorted_by_key(|name| (name.len(), *name));
        if !in_order && !leniencies.allows(Leniency::CborOuterKeyOrder) {
            return Err(AttestationObjectError::KeyOrder);
        }
        Ok(Self {
            format: format.ok_or(Malformed("fmt"))?,
            authenticator_data: authenticator_data.ok_or(Malformed("authData"))?,
            statement: statement.ok_or(Malformed("attStmt"))?,
        })
    }
}

#[cfg(test)]
mod tests;
