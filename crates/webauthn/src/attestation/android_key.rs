//! Format `android-key` (§8.4): a certificate that Android's key store issued for the credential key.

mod key_description;

use crate::{certificate::oids, crypto::Rs1, leniency::Leniency};

use self::key_description::{AuthorizationList, KeyDescription, SecurityLevel};
use super::{
    certified::{Signed, X5c, is_same_key},
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// KM_PURPOSE_SIGN.
const SIGN: u64 = 2;
/// KM_ORIGIN_GENERATED.
const GENERATED: u64 = 0;

/// Verifies a statement.
///
/// The strict reading wants a key that hardware holds and vouches for. Three policy switches relax it, each in one
/// respect: `android_software_attestation`, `android_purpose_not_tee_enforced`, `android_origin_not_tee_enforced`.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    let signed = Signed::from_statement(input)?;
    let x5c = X5c::from_statement(input)?;
    signed.verify(x5c.leaf(), input.signed, Rs1::Refused)?;
    if !is_same_key(x5c.leaf(), &input.attested.key().key)? {
        return Err(AttestationError::CertificateKeyMismatch);
    }
    let extension = x5c
        .leaf()
        .extensions()
        .find(oids::ANDROID_KEY_DESCRIPTION)
        .ok_or(AttestationError::AndroidKeyDescription)?;
    let description =
        KeyDescription::parse(extension.value).map_err(|_| AttestationError::AndroidKeyDescription)?;
    check(&description, input)?;
    Ok(
        Attestation::new(AttestationFormat::AndroidKey, AttestationType::Basic)
            .with_certificates(x5c.to_path()),
    )
}

fn check(description: &KeyDescription<'_>, input: &StatementInput<'_, '_>) -> Result<(), AttestationError> {
    let KeyDescription {
        attestation_level,
        challenge,
        software,
        hardware,
    } = description;
    if *challenge != input.client_data_hash {
        return Err(AttestationError::AndroidChallenge);
    }
    // A key that every application may use is not bound to the RP ID.
    if software.all_applications || hardware.all_applications {
        return Err(AttestationError::AndroidAllApplications);
    }
    let allows = |leniency| input.allows(leniency);
    if *attestation_level == SecurityLevel::Software && !allows(Leniency::AndroidSoftwareAttestation) {
        return Err(AttestationError::AndroidSecurityLevel);
    }
    if !holds(
        software.origin.map(|origin| origin == GENERATED),
        hardware.origin.map(|origin| origin == GENERATED),
        allows(Leniency::AndroidOriginNotTeeEnforced),
    ) {
        return Err(AttestationError::AndroidOrigin);
    }
    if !holds(
        signs_only(software),
        signs_only(hardware),
        allows(Leniency::AndroidPurposeNotTeeEnforced),
    ) {
        return Err(AttestationError::AndroidPurpose);
    }
    Ok(())
}

/// Whether a property has the value it needs: in the hardware-enforced list, or, where that is enough, in either
/// list or in none. A wrong value in any list is never enough.
fn holds(software: Option<bool>, hardware: Option<bool>, anywhere: bool) -> bool {
    if anywhere {
        software != Some(false) && hardware != Some(false)
    } else {
        hardware == Some(true)
    }
}

fn signs_only(list: &AuthorizationList) -> Option<bool> {
    list.purposes.as_ref().map(|purposes| purposes == &[SIGN])
}
