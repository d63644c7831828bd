//! Format `fido-u2f` (§8.6): security keys from before FIDO2.

use crate::{
    algorithm::Algorithm,
    crypto::{self, Curve, Hash, PublicKey, Scheme},
    leniency::Leniency,
};

use super::{
    certified::X5c,
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// Verifies a statement. Its signature covers neither flags, counter nor AAGUID.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    let signature = input.bytes("sig")?;
    let x5c = X5c::from_u2f_statement(input)?;
    if x5c.len() != 1 {
        return Err(AttestationError::Statement("x5c"));
    }
    let key = x5c.leaf().key().map_err(AttestationError::Certificate)?;
    if !matches!(
        key,
        PublicKey::Ec {
            curve: Curve::P256,
            ..
        }
    ) {
        return Err(AttestationError::CertificateKey);
    }
    let credential = input.attested.key();
    let (
        Algorithm::Es256,
        PublicKey::Ec {
            curve: Curve::P256,
            x,
            y,
        },
    ) = (credential.algorithm, credential.key)
    else {
        return Err(AttestationError::AlgorithmMismatch(credential.algorithm.id()));
    };
    let message = [
        &[0x00],
        &input.authenticator_data.rp_id_hash()[..],
        &input.client_data_hash[..],
        input.attested.credential_id(),
        &[0x04],
        x,
        y,
    ]
    .concat();
    crypto::verify(&key, Scheme::Ecdsa(Hash::Sha256), &message, signature)
        .map_err(|_| AttestationError::Signature)?;
    if !input.attested.aaguid().is_zero() && !input.allows(Leniency::U2fNonzeroAaguid) {
        return Err(AttestationError::U2fAaguid);
    }
    Ok(
        Attestation::new(AttestationFormat::FidoU2f, AttestationType::Uncertain)
            .with_certificates(x5c.to_path()),
    )
}
