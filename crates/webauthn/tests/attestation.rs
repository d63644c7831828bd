//! Every attestation format, honest and broken in one named way: the exact refusal for each check of §8.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use passgate_testkit::attestation::{
    AndroidFlaw, AppleFlaw, AttestedResponse, Attester, CompoundFlaw, PackedFlaw, SafetyNetFlaw, SelfFlaw,
    TestKey, TpmFlaw, U2fFlaw,
};
use passgate_webauthn::attestation::{Attestation, SafetyNetError};
use passgate_webauthn::certificate::{CertificateError, TrustAnchor};
use passgate_webauthn::policy::{CompoundPolicy, EnterprisePolicy, SafetyNetPolicy};
use passgate_webauthn::trust::{TrustPolicy, TrustRequirement};
use passgate_webauthn::{
    AttestationError, AttestationType, Leniency, Policy, RegistrationError, TrustOutcome,
    VerifiedRegistration,
};

const CHALLENGE: &[u8] = b"a challenge of thirty-two bytes.";

fn attester() -> Attester {
    Attester::new(CHALLENGE)
}

fn now() -> DateTime<Utc> {
    attester().now()
}

fn finish(response: &AttestedResponse, policy: &Policy) -> Result<VerifiedRegistration, RegistrationError> {
    response.finish(policy, now())
}

fn accept(response: &AttestedResponse, policy: &Policy) -> VerifiedRegistration {
    finish(response, policy).unwrap()
}

#[track_caller]
fn refuse(response: &AttestedResponse, expected: AttestationError) {
    refuse_with(response, &Policy::default(), expected);
}

#[track_caller]
fn refuse_with(response: &AttestedResponse, policy: &Policy, expected: AttestationError) {
    match finish(response, policy) {
        Err(RegistrationError::Attestation(error)) => assert_eq!(error, expected),
        other => panic!("expected {expected:?}, got {other:?}"),
    }
}

#[test]
fn none_is_the_empty_map() {
    let verified = accept(&attester().none(None), &Policy::default());
    assert_eq!(verified.attestation_type(), AttestationType::None);
    assert_eq!(verified.trust(), &TrustOutcome::Unattested);
    refuse(&attester().none(Some("sig")), AttestationError::NoneWithStatement);
}

#[test]
fn packed_with_certificates_is_verified() {
    for flaw in [
        PackedFlaw::None,
        PackedFlaw::ExplicitFalse,
        PackedFlaw::WithAaguid,
        // The hash comes from `alg`, not from how the certificate was signed.
        PackedFlaw::LeafSignedWithSha384,
        PackedFlaw::StatementSignedWithSha384,
    ] {
        let verified = accept(&attester().packed(flaw), &Policy::default());
        assert_eq!(
            verified.attestation_type(),
            AttestationType::Uncertain,
            "{flaw:?}"
        );
        assert_eq!(verified.attestation().trust_path().len(), 1, "{flaw:?}");
        assert!(!verified.trust().is_trusted(), "{flaw:?}");
    }
}

#[test]
fn each_flaw_of_a_packed_statement_is_named() {
    use AttestationError as E;
    for (flaw, expected) in [
        (PackedFlaw::AlgMissing, E::Statement("alg")),
        (PackedFlaw::SigMissing, E::Statement("sig")),
        (PackedFlaw::X5cEmpty, E::Statement("x5c")),
        (PackedFlaw::X5cNotBytes, E::Statement("x5c")),
        (PackedFlaw::X5cTooMany, E::Statement("x5c")),
        (PackedFlaw::X5cTrailingByte, E::Certificate(CertificateError::Der)),
        (PackedFlaw::OtherKeyType, E::AlgorithmMismatch(-257)),
        (PackedFlaw::OtherHash, E::Signature),
        (PackedFlaw::Signature, E::Signature),
        (PackedFlaw::SignatureTrailingByte, E::Signature),
        (PackedFlaw::SignedWithoutClientData, E::Signature),
        (PackedFlaw::Version1, E::CertificateVersion),
        (PackedFlaw::NoCountry, E::CertificateSubject),
        (PackedFlaw::LongCountry, E::CertificateSubject),
        (PackedFlaw::NoOrganization, E::CertificateSubject),
        (PackedFlaw::NoUnit, E::CertificateSubject),
        (PackedFlaw::OtherUnit, E::CertificateSubject),
        (PackedFlaw::NoCommonName, E::CertificateSubject),
        (PackedFlaw::IsCa, E::CertificateIsCa),
        (PackedFlaw::NoBasicConstraints, E::CertificateBasicConstraints),
        (PackedFlaw::OtherAaguid, E::AaguidMismatch),
        (PackedFlaw::AaguidWrappedOnce, E::AaguidMismatch),
        (PackedFlaw::AaguidCritical, E::AaguidMismatch),
        (
            PackedFlaw::MalformedExtension,
            E::Certificate(CertificateError::Extension),
        ),
        (
            PackedFlaw::DuplicateExtension,
            E::Certificate(CertificateError::DuplicateExtension),
        ),
        (PackedFlaw::NegativeFirmware, E::FidoExtension),
        (PackedFlaw::Ecdaa, E::EcdaaUnsupported),
    ] {
        refuse(&attester().packed(flaw), expected);
    }
}

/// Other verifiers take such a certificate, and security keys have one; a certificate that says it is an authority is
/// refused whatever is open.
#[test]
fn a_leaf_without_basic_constraints_opens_by_name_only() {
    let policy = Policy::default().with_leniency(Leniency::X509MissingBasicConstraints);
    accept(&attester().packed(PackedFlaw::NoBasicConstraints), &policy);
    accept(
        &attester().packed(PackedFlaw::NoBasicConstraints),
        &Policy::compatible(),
    );
    refuse_with(
        &attester().packed(PackedFlaw::IsCa),
        &policy,
        AttestationError::CertificateIsCa,
    );
}

#[test]
fn a_malformed_extension_opens_by_name_only() {
    let policy = Policy::default().with_leniency(Leniency::X509MalformedExtension);
    // TRUE written as 1 is read as TRUE: the leaf is then an authority.
    refuse_with(
        &attester().packed(PackedFlaw::MalformedExtension),
        &policy,
        AttestationError::CertificateIsCa,
    );
    refuse_with(
        &attester().packed(PackedFlaw::DuplicateExtension),
        &policy,
        AttestationError::Certificate(CertificateError::DuplicateExtension),
    );
}

#[test]
fn self_attestation_is_signed_by_the_credential() {
    let verified = accept(&attester().packed_self(SelfFlaw::None), &Policy::default());
    assert_eq!(verified.attestation_type(), AttestationType::SelfAttestation);
    assert_eq!(verified.trust(), &TrustOutcome::SelfAttested { model: None });
    refuse(
        &attester().packed_self(SelfFlaw::OtherAlgorithm),
        AttestationError::AlgorithmMismatch(-35),
    );
    refuse(
        &attester().packed_self(SelfFlaw::Signature),
        AttestationError::Signature,
    );
    refuse(
        &attester().packed_self(SelfFlaw::OtherKey),
        AttestationError::Signature,
    );
}

#[test]
fn enterprise_serial_numbers_are_reported_or_refused() {
    let response = attester().packed(PackedFlaw::WithSerial);
    let verified = accept(&response, &Policy::default());
    assert_eq!(
        verified.attestation().device().serial.as_deref(),
        Some(&b"0815"[..])
    );
    let strict = Policy::default().with_enterprise(EnterprisePolicy::RefuseUnrequested);
    refuse_with(&response, &strict, AttestationError::UnsolicitedEnterprise);
}

#[test]
fn tpm_statements_are_verified() {
    for flaw in [TpmFlaw::None, TpmFlaw::OneRdn] {
        let verified = accept(&attester().tpm(flaw), &Policy::default());
        assert_eq!(verified.attestation_type(), AttestationType::AttCa, "{flaw:?}");
    }
}

#[test]
fn each_flaw_of_a_tpm_statement_is_named() {
    use AttestationError as E;
    for (flaw, expected) in [
        (TpmFlaw::Version, E::Statement("ver")),
        (TpmFlaw::CertInfoMissing, E::Statement("certInfo")),
        (TpmFlaw::PubAreaMissing, E::Statement("pubArea")),
        (TpmFlaw::PubAreaTruncated, E::TpmPubArea),
        (TpmFlaw::PubAreaTrailing, E::TpmPubArea),
        (TpmFlaw::PubAreaType, E::TpmPubArea),
        (TpmFlaw::OtherKey, E::TpmPublicKeyMismatch),
        (TpmFlaw::OtherCurve, E::TpmPublicKeyMismatch),
        (TpmFlaw::Magic, E::TpmCertInfo),
        (TpmFlaw::AttestType, E::TpmCertInfo),
        (TpmFlaw::CertInfoTrailing, E::TpmCertInfo),
        (TpmFlaw::ExtraDataOtherHash, E::TpmExtraData),
        (TpmFlaw::ExtraDataOther, E::TpmExtraData),
        (TpmFlaw::NameOverSized, E::TpmName),
        (TpmFlaw::NameWithoutAlgorithm, E::TpmName),
        (TpmFlaw::Signature, E::Signature),
        (TpmFlaw::Subject, E::TpmCertificate),
        (TpmFlaw::NoPurpose, E::TpmCertificate),
        (TpmFlaw::NoAlternativeName, E::TpmCertificate),
        (TpmFlaw::AlternativeNameNotCritical, E::TpmCertificate),
        (TpmFlaw::NoManufacturer, E::TpmCertificate),
        (TpmFlaw::NoModel, E::TpmCertificate),
        (TpmFlaw::NoVersion, E::TpmCertificate),
        (TpmFlaw::IsCa, E::TpmCertificate),
        (TpmFlaw::UnknownVendor, E::TpmVendor("FFFFF1D0".to_owned())),
        (TpmFlaw::OtherAaguid, E::AaguidMismatch),
        (TpmFlaw::Ecdaa, E::EcdaaUnsupported),
    ] {
        refuse(&attester().tpm(flaw), expected);
    }
}

#[test]
fn tpm_vendors_open_one_by_one() {
    let response = attester().tpm(TpmFlaw::UnknownVendor);
    assert!(finish(&response, &Policy::default().with_tpm_vendor("fffff1d0")).is_ok());
    let other = Policy::default().with_tpm_vendor("00000000");
    refuse_with(
        &response,
        &other,
        AttestationError::TpmVendor("FFFFF1D0".to_owned()),
    );
}

/// Old Windows machines sign with RSA and SHA-1; this is the only place where that can be accepted.
#[test]
fn rs1_opens_by_name_and_in_tpm_statements_only() {
    let file: serde_json::Value = serde_json::from_str(include_str!("data/tpm-rs1.json")).unwrap();
    let member = |name: &str| URL_SAFE_NO_PAD.decode(file[name].as_str().unwrap()).unwrap();
    let response = AttestedResponse {
        challenge: CHALLENGE.to_vec(),
        credential_id: member("credential_id"),
        client_data_json: member("client_data_json"),
        attestation_object: member("attestation_object"),
    };
    refuse(&response, AttestationError::UnsupportedAlgorithm(-65535));
    let policy = Policy::default().with_leniency(Leniency::Rs1);
    let root = TrustAnchor::from_der(member("root")).unwrap();
    let trust = TrustPolicy::new()
        .with_anchors([root])
        .with_requirement(TrustRequirement::Attested);
    assert!(
        accept(&response, &policy.clone().with_trust(trust))
            .trust()
            .is_trusted()
    );
    let packed = attester().packed(PackedFlaw::Rs1);
    refuse_with(&packed, &policy, AttestationError::UnsupportedAlgorithm(-65535));
}

#[test]
fn a_shortened_tpm_coordinate_opens_by_name_only() {
    // The first key one of whose coordinates begins with a zero byte.
    let key = (1..)
        .map(TestKey::new)
        .find(|key| key.point()[1] == 0 || key.point()[33] == 0)
        .unwrap();
    let response = attester().with_key(key).tpm(TpmFlaw::CoordinateShortened);
    refuse(&response, AttestationError::TpmPublicKeyMismatch);
    let policy = Policy::default().with_leniency(Leniency::TpmCoordinateLeadingZero);
    assert!(finish(&response, &policy).is_ok());
}

#[test]
fn each_flaw_of_an_android_statement_is_named() {
    use AttestationError as E;
    let verified = accept(&attester().android_key(AndroidFlaw::None), &Policy::default());
    assert_eq!(verified.attestation_type(), AttestationType::Basic);
    for (flaw, expected) in [
        (AndroidFlaw::Signature, E::Signature),
        (AndroidFlaw::OtherKey, E::CertificateKeyMismatch),
        (AndroidFlaw::NoDescription, E::AndroidKeyDescription),
        (AndroidFlaw::DescriptionTruncated, E::AndroidKeyDescription),
        (AndroidFlaw::Challenge, E::AndroidChallenge),
        (AndroidFlaw::AllApplicationsSoftware, E::AndroidAllApplications),
        (AndroidFlaw::AllApplicationsHardware, E::AndroidAllApplications),
        (AndroidFlaw::SoftwareLevel, E::AndroidSecurityLevel),
        (AndroidFlaw::OriginInSoftware, E::AndroidOrigin),
        (AndroidFlaw::OriginMissing, E::AndroidOrigin),
        (AndroidFlaw::OriginImported, E::AndroidOrigin),
        (AndroidFlaw::PurposeInSoftware, E::AndroidPurpose),
        (AndroidFlaw::PurposeMissing, E::AndroidPurpose),
        (AndroidFlaw::PurposeEncrypt, E::AndroidPurpose),
        (AndroidFlaw::PurposeMore, E::AndroidPurpose),
    ] {
        refuse(&attester().android_key(flaw), expected);
    }
}

#[test]
fn android_leniencies_open_one_property_each() {
    use AttestationError as E;
    for (leniency, opened, closed) in [
        (
            Leniency::AndroidSoftwareAttestation,
            vec![AndroidFlaw::SoftwareLevel],
            vec![
                (AndroidFlaw::OriginMissing, E::AndroidOrigin),
                (AndroidFlaw::PurposeMissing, E::AndroidPurpose),
            ],
        ),
        (
            Leniency::AndroidOriginNotTeeEnforced,
            vec![AndroidFlaw::OriginInSoftware, AndroidFlaw::OriginMissing],
            vec![
                (AndroidFlaw::OriginImported, E::AndroidOrigin),
                (AndroidFlaw::SoftwareLevel, E::AndroidSecurityLevel),
            ],
        ),
        (
            Leniency::AndroidPurposeNotTeeEnforced,
            vec![AndroidFlaw::PurposeInSoftware, AndroidFlaw::PurposeMissing],
            vec![
                (AndroidFlaw::PurposeEncrypt, E::AndroidPurpose),
                (AndroidFlaw::PurposeMore, E::AndroidPurpose),
            ],
        ),
    ] {
        let policy = Policy::default().with_leniency(leniency);
        for flaw in opened {
            assert!(
                finish(&attester().android_key(flaw), &policy).is_ok(),
                "{leniency:?} {flaw:?}"
            );
        }
        for (flaw, expected) in closed {
            refuse_with(&attester().android_key(flaw), &policy, expected);
        }
    }
}

#[test]
fn each_flaw_of_an_apple_statement_is_named() {
    use AttestationError as E;
    let verified = accept(&attester().apple(AppleFlaw::None), &Policy::default());
    assert_eq!(verified.attestation_type(), AttestationType::AnonCa);
    for (flaw, expected) in [
        (AppleFlaw::NoNonce, E::AppleNonce),
        (AppleFlaw::OtherNonce, E::AppleNonce),
        (AppleFlaw::NonceInOtherStructure, E::AppleNonce),
        (AppleFlaw::NonceTrailing, E::AppleNonce),
        (AppleFlaw::OtherKey, E::CertificateKeyMismatch),
    ] {
        refuse(&attester().apple(flaw), expected);
    }
}

#[test]
fn each_flaw_of_a_u2f_statement_is_named() {
    use AttestationError as E;
    let u2f = attester().for_u2f();
    assert!(finish(&u2f.fido_u2f(U2fFlaw::None), &Policy::default()).is_ok());
    for (flaw, expected) in [
        (U2fFlaw::SigMissing, E::Statement("sig")),
        (U2fFlaw::TwoCertificates, E::Statement("x5c")),
        (U2fFlaw::OtherKeyType, E::CertificateKey),
        (U2fFlaw::Signature, E::Signature),
        (U2fFlaw::MessageWithoutZero, E::Signature),
    ] {
        refuse(&u2f.fido_u2f(flaw), expected);
    }
    let with_aaguid = attester().fido_u2f(U2fFlaw::None);
    refuse(&with_aaguid, E::U2fAaguid);
    let policy = Policy::default().with_leniency(Leniency::U2fNonzeroAaguid);
    assert!(finish(&with_aaguid, &policy).is_ok());
}

#[test]
fn safetynet_is_refused_unless_enabled() {
    refuse(
        &attester().android_safetynet(SafetyNetFlaw::None),
        AttestationError::UnsupportedFormat("android-safetynet".to_owned()),
    );
}

#[test]
fn each_flaw_of_a_safetynet_statement_is_named() {
    use AttestationError as E;
    let policy = Policy::default().with_safetynet(SafetyNetPolicy::Verify);
    let verified = accept(&attester().android_safetynet(SafetyNetFlaw::None), &policy);
    assert_eq!(verified.attestation_type(), AttestationType::Basic);
    for (flaw, expected) in [
        (SafetyNetFlaw::VersionEmpty, E::Statement("ver")),
        (SafetyNetFlaw::NotJws, E::SafetyNet(SafetyNetError::Malformed)),
        (
            SafetyNetFlaw::OtherHost,
            E::SafetyNet(SafetyNetError::WrongSigner),
        ),
        (SafetyNetFlaw::AlgNone, E::SafetyNet(SafetyNetError::Algorithm)),
        (
            SafetyNetFlaw::AlgOtherKeyType,
            E::SafetyNet(SafetyNetError::Algorithm),
        ),
        (SafetyNetFlaw::Signature, E::SafetyNet(SafetyNetError::Signature)),
        (SafetyNetFlaw::Nonce, E::SafetyNet(SafetyNetError::Nonce)),
        (
            SafetyNetFlaw::CtsProfile,
            E::SafetyNet(SafetyNetError::CtsProfile),
        ),
        (SafetyNetFlaw::Stale, E::SafetyNet(SafetyNetError::Stale)),
        (SafetyNetFlaw::Future, E::SafetyNet(SafetyNetError::FromFuture)),
    ] {
        refuse_with(&attester().android_safetynet(flaw), &policy, expected);
    }
    let policy = policy.with_leniency(Leniency::SafetynetStaleTimestamp);
    assert!(finish(&attester().android_safetynet(SafetyNetFlaw::Stale), &policy).is_ok());
    refuse_with(
        &attester().android_safetynet(SafetyNetFlaw::Future),
        &policy,
        E::SafetyNet(SafetyNetError::FromFuture),
    );
}

#[test]
fn each_flaw_of_a_compound_statement_is_named() {
    use AttestationError as E;
    let verified = accept(&attester().compound(CompoundFlaw::None), &Policy::default());
    let kinds: Vec<_> = verified
        .attestation()
        .elements()
        .iter()
        .map(Attestation::attestation_type)
        .collect();
    assert_eq!(kinds, [AttestationType::Uncertain, AttestationType::AnonCa]);
    for (flaw, expected) in [
        (CompoundFlaw::One, E::Statement("attStmt")),
        (CompoundFlaw::Nested, E::Statement("attStmt")),
        (CompoundFlaw::NotArray, E::Statement("attStmt")),
        (CompoundFlaw::ExtraMember, E::Statement("attStmt")),
        (CompoundFlaw::ElementSignature, E::Signature),
        (
            CompoundFlaw::UnknownFormat,
            E::UnsupportedFormat("unheard-of".to_owned()),
        ),
    ] {
        refuse(&attester().compound(flaw), expected);
    }
    let one_is_enough = Policy::default().with_compound(CompoundPolicy::AtLeast(NonZeroUsize::MIN));
    let verified = accept(
        &attester().compound(CompoundFlaw::ElementSignature),
        &one_is_enough,
    );
    assert_eq!(verified.attestation().elements().len(), 1);
}
