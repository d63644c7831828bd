//! Format `apple` (§8.8): a certificate made for one credential by an anonymising authority.

use crate::{
    certificate::{Certificate, der, oids},
    crypto::Hash,
};

use super::{
    certified::{X5c, is_same_key},
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// Verifies a statement.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    let x5c = X5c::from_statement(input)?;
    let nonce = Hash::Sha256.digest(&[input.signed]);
    if attested_nonce(x5c.leaf()) != Some(nonce.as_ref()) {
        return Err(AttestationError::AppleNonce);
    }
    if !is_same_key(x5c.leaf(), &input.attested.key().key)? {
        return Err(AttestationError::CertificateKeyMismatch);
    }
    Ok(Attestation::new(AttestationFormat::Apple, AttestationType::AnonCa).with_certificates(x5c.to_path()))
}

/// SEQUENCE { [1] { OCTET STRING } }.
fn attested_nonce<'a>(leaf: &Certificate<'a>) -> Option<&'a [u8]> {
    let extension = leaf.extensions().find(oids::APPLE_NONCE)?;
    let mut value = der::Cursor::new(extension.value);
    let mut fields = value.sequence().ok()?;
    value.finish().ok()?;
    let mut tagged = fields.expect(der::context(1, true)).ok()?.contents();
    fields.finish().ok()?;
    let nonce = tagged.octet_string().ok()?;
    tagged.finish().ok()?;
    Some(nonce)
}
