//! Paths to anchors, and what a relying party may demand of them (rules on certificates and AAGUID lists).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use passgate_testkit::attestation::certificate::COMMON_NAME;
use passgate_testkit::attestation::{
    AndroidFlaw, AppleFlaw, AttestedResponse, Attester, Authority, CompoundFlaw, DistinguishedName,
    Extension, PackedFlaw, SafetyNetFlaw, SelfFlaw, SignatureHash, TestKey, TpmFlaw, U2fFlaw, der,
};
use passgate_webauthn::AttestationError;
use passgate_webauthn::attestation::AttestationFormat;
use passgate_webauthn::certificate::{CertificateError, PathError, RevocationList, TrustAnchor};
use passgate_webauthn::policy::SafetyNetPolicy;
use passgate_webauthn::trust::{AaguidPolicy, AaguidProof, AnchorSource, TrustPolicy, TrustRequirement};
use passgate_webauthn::{Aaguid, Policy, RegistrationError, TrustError, TrustOutcome, VerifiedRegistration};

const CHALLENGE: &[u8] = b"a challenge of thirty-two bytes.";

fn attester() -> Attester {
    Attester::new(CHALLENGE)
}

fn now() -> DateTime<Utc> {
    attester().now()
}

fn anchor(authority: &Authority) -> TrustAnchor {
    TrustAnchor::from_der(authority.certificate.clone()).unwrap()
}

fn anchored(authority: &Authority) -> TrustPolicy {
    TrustPolicy::new()
        .with_anchors([anchor(authority)])
        .with_requirement(TrustRequirement::PathsToAnchor)
}

fn finish_at(
    response: &AttestedResponse,
    trust: TrustPolicy,
    now: DateTime<Utc>,
) -> Result<VerifiedRegistration, RegistrationError> {
    let policy = Policy::default()
        .with_safetynet(SafetyNetPolicy::Verify)
        .with_trust(trust);
    response.finish(&policy, now)
}

fn finish(
    response: &AttestedResponse,
    trust: TrustPolicy,
) -> Result<VerifiedRegistration, RegistrationError> {
    finish_at(response, trust, now())
}

#[track_caller]
fn accept(response: &AttestedResponse, trust: TrustPolicy) -> VerifiedRegistration {
    finish(response, trust).unwrap()
}

#[track_caller]
fn refuse(response: &AttestedResponse, trust: TrustPolicy, expected: impl Into<TrustError>) {
    let expected = expected.into();
    match finish(response, trust) {
        Err(RegistrationError::Untrusted(error)) => assert_eq!(error, expected),
        other => panic!("expected {expected:?}, got {other:?}"),
    }
}

/// A packed statement whose leaf is issued by `issuer`, with `chain` behind it.
fn packed(issuer: &Authority, chain: &[&Authority]) -> AttestedResponse {
    let chain = chain
        .iter()
        .map(|authority| authority.certificate.clone())
        .collect();
    attester()
        .issued_by(issuer.clone(), chain)
        .packed(PackedFlaw::None)
}

#[test]
fn the_outcome_names_the_anchor() {
    let root = Authority::root("Test Root", 1);
    let verified = accept(&packed(&root, &[]), anchored(&root));
    let TrustOutcome::Trusted {
        anchor: found,
        source,
        proves_aaguid,
        model,
    } = verified.trust()
    else {
        panic!("{:?}", verified.trust());
    };
    assert_eq!(found.der(), root.certificate);
    assert_eq!(
        (*source, *proves_aaguid, model),
        (AnchorSource::Configuration, true, &None)
    );
}

#[test]
fn paths_come_in_any_order_and_with_more_than_is_needed() {
    let root = Authority::root("Root", 2);
    let upper = Authority::below(&root, "Upper", 3);
    let lower = Authority::below(&upper, "Lower", 4);
    let stranger = Authority::root("Stranger", 5);
    for chain in [
        vec![&lower, &upper],
        vec![&lower, &upper, &root],
        vec![&root, &upper, &lower],
        vec![&stranger, &upper, &stranger, &lower],
    ] {
        assert!(
            accept(&packed(&lower, &chain), anchored(&root))
                .trust()
                .is_trusted(),
            "{chain:?}"
        );
    }
    refuse(&packed(&lower, &[&lower]), anchored(&root), PathError::NoPath);
    refuse(&packed(&lower, &[]), anchored(&root), PathError::NoPath);
}

#[test]
fn an_anchor_may_be_an_intermediate_or_the_leaf() {
    let root = Authority::root("Root", 2);
    let upper = Authority::below(&root, "Upper", 3);
    assert!(
        accept(&packed(&upper, &[&upper, &root]), anchored(&upper))
            .trust()
            .is_trusted()
    );
    assert!(
        accept(&packed(&upper, &[]), anchored(&upper))
            .trust()
            .is_trusted()
    );

    let response = packed(&upper, &[]);
    let verified = accept(&response, TrustPolicy::new());
    let leaf = TrustAnchor::from_der(verified.attestation().trust_path()[0].clone()).unwrap();
    let trust = TrustPolicy::new()
        .with_anchors([leaf])
        .with_requirement(TrustRequirement::Attested);
    // Byte for byte the anchor: no path, and no dates, are needed.
    let later = now() + TimeDelta::days(365 * 100);
    assert!(finish_at(&response, trust, later).unwrap().trust().is_trusted());
}

/// Makers of security keys have registered roots that say they are no authority, or do not say that they are one. An
/// anchor is a name and a key; whoever names it as one relies on what it signs. Below it, an authority has to say so.
#[test]
fn an_anchor_is_a_name_and_a_key_whatever_it_says_of_itself() {
    let root = Authority::root("Root", 2);
    for extensions in [vec![Extension::end_entity()], Vec::new()] {
        let device = Authority::below_with(&root, "Device", 3, |mut template| {
            template.extensions.clone_from(&extensions);
            template
        });
        assert!(
            accept(&packed(&device, &[]), anchored(&device))
                .trust()
                .is_trusted()
        );
        refuse(&packed(&device, &[&device]), anchored(&root), PathError::NotACa);
        let other = Authority::root("Device", 4);
        refuse(&packed(&other, &[]), anchored(&device), PathError::BadSignature);
    }
}

/// GHSA-6hxq-p678-4hr2: a self-signed root that came with the statement was taken for an anchor.
#[test]
fn a_root_in_the_statement_is_never_an_anchor() {
    let ours = Authority::root("Test Root", 1);
    let theirs = Authority::root("Their Root", 9);
    let chain = vec![theirs.certificate.clone()];
    let attacker = attester().issued_by(theirs.clone(), chain);
    for response in [
        attacker.packed(PackedFlaw::None),
        attacker.tpm(TpmFlaw::None),
        attacker.android_key(AndroidFlaw::None),
        attacker.apple(AppleFlaw::None),
        attacker.android_safetynet(SafetyNetFlaw::None),
        attacker.compound(CompoundFlaw::None),
    ] {
        refuse(&response, anchored(&ours), PathError::NoAnchor);
        refuse(
            &response,
            TrustPolicy::new().with_requirement(TrustRequirement::Attested),
            PathError::NoAnchor,
        );
        let reported = accept(&response, TrustPolicy::new().with_anchors([anchor(&ours)]));
        assert_eq!(
            reported.trust(),
            &TrustOutcome::Untrusted(PathError::NoAnchor.into())
        );
    }
    let u2f = attester()
        .for_u2f()
        .issued_by(theirs, Vec::new())
        .fido_u2f(U2fFlaw::None);
    refuse(&u2f, anchored(&ours), PathError::NoPath);
}

/// The attacker's root bears the name of ours.
#[test]
fn a_root_of_the_same_name_is_another_root() {
    let ours = Authority::root("Test Root", 1);
    let theirs = Authority::root("Test Root", 9);
    refuse(&packed(&theirs, &[&theirs]), anchored(&ours), PathError::NoAnchor);
    refuse(&packed(&theirs, &[]), anchored(&ours), PathError::BadSignature);
}

#[test]
fn issuers_have_to_be_authorities() {
    let root = Authority::root("Root", 2);
    let without = |id: &'static str| {
        Authority::below_with(&root, "Middle", 3, |mut template| {
            template.extensions.retain(|extension| extension.id != id);
            template
        })
    };
    let not_ca = without("2.5.29.19");
    refuse(&packed(&not_ca, &[&not_ca]), anchored(&root), PathError::NotACa);
    // keyUsage may be absent, but not without keyCertSign.
    let no_usage = without("2.5.29.15");
    assert!(finish(&packed(&no_usage, &[&no_usage]), anchored(&root)).is_ok());
    let no_signing = Authority::below_with(&root, "Middle", 3, |mut template| {
        template.extensions = vec![Extension::authority(None), Extension::key_usage(0x80)];
        template
    });
    refuse(
        &packed(&no_signing, &[&no_signing]),
        anchored(&root),
        PathError::NotACa,
    );
    let version_1 = Authority::below_with(&root, "Middle", 3, |mut template| {
        template.version = 1;
        template.extensions.clear();
        template
    });
    refuse(
        &packed(&version_1, &[&version_1]),
        anchored(&root),
        PathError::NotACa,
    );
}

#[test]
fn path_lengths_are_honoured() {
    let root = Authority::root("Root", 2);
    let limited = |length| {
        Authority::below_with(&root, "Upper", 3, |mut template| {
            template.extensions = vec![Extension::authority(Some(length))];
            template
        })
    };
    let (none, one) = (limited(0), limited(1));
    let below_none = Authority::below(&none, "Lower", 4);
    let below_one = Authority::below(&one, "Lower", 4);
    assert!(finish(&packed(&none, &[&none]), anchored(&root)).is_ok());
    assert!(finish(&packed(&below_one, &[&below_one, &one]), anchored(&root)).is_ok());
    refuse(
        &packed(&below_none, &[&below_none, &none]),
        anchored(&root),
        PathError::PathLengthExceeded,
    );
}

#[test]
fn validity_is_judged_at_the_time_of_registration_for_all_but_the_anchor() {
    let root = Authority::root("Root", 2);
    let dated = |not_before, not_after| {
        Authority::below_with(&root, "Middle", 3, |mut template| {
            (template.not_before, template.not_after) = (not_before, not_after);
            template
        })
    };
    let expired = dated("200101000000Z", "210101000000Z");
    refuse(
        &packed(&expired, &[&expired]),
        anchored(&root),
        PathError::Expired,
    );
    let coming = dated("400101000000Z", "20990101000000Z");
    refuse(
        &packed(&coming, &[&coming]),
        anchored(&root),
        PathError::NotYetValid,
    );
    let response = packed(&expired, &[&expired]);
    let then = "2020-06-01T00:00:00Z".parse().unwrap();
    assert!(finish_at(&response, anchored(&root), then).is_ok());
    // The dates of an anchor are advisory, also when its copy came with the statement.
    assert!(finish(&packed(&expired, &[&expired]), anchored(&expired)).is_ok());
}

#[test]
fn unknown_critical_extensions_are_refused_anywhere_in_the_path() {
    let root = Authority::root("Root", 2);
    let id = "1.3.6.1.4.1.99999.1";
    let strange = Authority::below_with(&root, "Middle", 3, |template| {
        template.with(Extension::new("1.3.6.1.4.1.99999.1", der::null()).critical())
    });
    let expected = PathError::UnknownCriticalExtension(id.to_owned());
    refuse(&packed(&strange, &[&strange]), anchored(&root), expected);
    let harmless = Authority::below_with(&root, "Middle", 3, |template| {
        template.with(Extension::new("1.3.6.1.4.1.99999.1", der::null()))
    });
    assert!(finish(&packed(&harmless, &[&harmless]), anchored(&root)).is_ok());
}

#[test]
fn name_constraints_are_enforced() {
    let root = Authority::root("Root", 2);
    let constrained = |subject: DistinguishedName| {
        let subtree = der::sequence(&[der::context(4, &subject.to_der())]);
        let value = der::sequence(&[der::context(0, &subtree)]);
        Authority::below_with(&root, "Middle", 3, |template| {
            template.with(Extension::new("2.5.29.30", value).critical())
        })
    };
    let elsewhere = constrained(DistinguishedName::common("Elsewhere"));
    refuse(
        &packed(&elsewhere, &[&elsewhere]),
        anchored(&root),
        PathError::NameConstraint,
    );
    let fitting = constrained(DistinguishedName::authenticator("Test Key").without(COMMON_NAME));
    assert!(finish(&packed(&fitting, &[&fitting]), anchored(&root)).is_ok());
}

#[test]
fn weak_hashes_are_refused() {
    let root = Authority::root("Root", 2);
    let weak = Authority::below_with(&root, "Middle", 3, |mut template| {
        template.hash = SignatureHash::Sha1;
        template
    });
    refuse(&packed(&weak, &[&weak]), anchored(&root), PathError::WeakHash);
    // Early U2F keys may have a leaf signed with SHA-1, directly under an anchor.
    let u2f = attester().for_u2f().fido_u2f(U2fFlaw::LeafSignedWithSha1);
    assert!(
        finish(&u2f, anchored(&attester().issuer))
            .unwrap()
            .trust()
            .is_trusted()
    );
}

/// Registered authenticators have serial numbers that are negative, zero or too long, and one maker miscounted the
/// unused bits of its signatures.
#[test]
fn odd_certificates_of_registered_authenticators_are_read() {
    let root = Authority::root("Root", 2);
    for serial in [vec![0x80], vec![0x00], vec![0x7f; 30], vec![0x00, 0x01]] {
        let odd = Authority::below_with(&root, "Middle", 3, |mut template| {
            template.serial = serial;
            template
        });
        assert!(finish(&packed(&odd, &[&odd]), anchored(&root)).is_ok());
    }
    assert!(
        finish(
            &miscounted(attester().for_u2f().fido_u2f(U2fFlaw::None)),
            anchored(&attester().issuer)
        )
        .is_ok()
    );
    let packed = finish(
        &miscounted(attester().packed(PackedFlaw::None)),
        anchored(&attester().issuer),
    );
    let expected = AttestationError::Certificate(CertificateError::Der);
    assert!(matches!(packed, Err(RegistrationError::Attestation(error)) if error == expected));
}

/// Claims that one bit of the last certificate's signature does not count.
fn miscounted(mut response: AttestedResponse) -> AttestedResponse {
    let object = &mut response.attestation_object;
    // The algorithm without parameters, then BIT STRING, length, unused bits and the SEQUENCE of the signature.
    let position = object
        .windows(7)
        .rposition(|window| window[..4] == [0x04, 0x03, 0x02, 0x03] && window[5..] == [0x00, 0x30])
        .unwrap();
    object[position + 5] = 1;
    response
}

/// The bytes decide, not what they mean: nothing of a statement, its certificates included, can be changed.
#[test]
fn no_statement_survives_a_flipped_bit() {
    let root = attester().issuer;
    let u2f = attester().for_u2f();
    for (name, honest) in [
        ("packed", attester().packed(PackedFlaw::WithAaguid)),
        ("tpm", attester().tpm(TpmFlaw::None)),
        ("android-key", attester().android_key(AndroidFlaw::None)),
        ("apple", attester().apple(AppleFlaw::None)),
        ("fido-u2f", u2f.fido_u2f(U2fFlaw::None)),
    ] {
        assert!(finish(&honest, anchored(&root)).is_ok(), "{name}");
        let object = &honest.attestation_object;
        let length = match name {
            // A U2F signature covers neither flags nor counter; authenticator data comes last.
            "fido-u2f" => object
                .windows(8)
                .position(|window| window == b"authData")
                .unwrap(),
            _ => object.len(),
        };
        for position in (0..length).step_by(7) {
            if name == "fido-u2f" && object[position..].starts_with(&[0x00, 0x30]) {
                continue; // the count of unused bits, see above
            }
            let mut changed = honest.clone();
            changed.attestation_object[position] ^= 1 << (position % 8);
            assert!(
                finish(&changed, anchored(&root)).is_err(),
                "{name}: byte {position}"
            );
        }
    }
}

#[test]
fn long_and_tangled_paths_end() {
    let mut authorities = vec![Authority::root("Authority 0", 100)];
    for number in 1..9_u16 {
        let below = Authority::below(
            &authorities[usize::from(number) - 1],
            &format!("Authority {number}"),
            100 + number,
        );
        authorities.push(below);
    }
    // Eight certificates in all, leaf and anchor included.
    let chain: Vec<&Authority> = authorities[2..9].iter().rev().collect();
    assert!(finish(&packed(&authorities[8], &chain[..6]), anchored(&authorities[2])).is_ok());
    refuse(
        &packed(&authorities[8], &chain),
        anchored(&authorities[1]),
        PathError::PathTooLong,
    );
    // Authorities of one name, each of which might have issued the other, and many such anchors.
    let mut same = vec![Authority::root("Same", 200)];
    for number in 1..5 {
        same.push(Authority::below(&same[number - 1], "Same", 200 + number as u16));
    }
    let anchors = (300..330).map(|key| anchor(&Authority::root("Same", key)));
    let trust = TrustPolicy::new()
        .with_anchors(anchors)
        .with_requirement(TrustRequirement::PathsToAnchor);
    let chain: Vec<&Authority> = same.iter().collect();
    refuse(&packed(&same[4], &chain), trust, PathError::TooManySignatures);
}

#[test]
fn revoked_keys_and_serials_are_refused() {
    let root = Authority::root("Root", 2);
    let middle = Authority::below_with(&root, "Middle", 3, |mut template| {
        template.serial = vec![0x0a, 0xbc];
        template
    });
    let response = packed(&middle, &[&middle]);
    let by_serial = RevocationList::new()
        .with_android_status_list(br#"{"entries":{"abc":{"status":"REVOKED"}}}"#)
        .unwrap();
    refuse(
        &response,
        anchored(&root).with_revoked(by_serial.clone()),
        PathError::Revoked,
    );
    // Undesired whatever the requirement.
    refuse(
        &response,
        TrustPolicy::new()
            .with_anchors([anchor(&root)])
            .with_revoked(by_serial),
        PathError::Revoked,
    );
    let spki = TestKey::new(3).spki();
    let hash = <[u8; 32]>::try_from(ring::digest::digest(&ring::digest::SHA256, &spki).as_ref()).unwrap();
    refuse(
        &response,
        anchored(&root).with_revoked(RevocationList::new().with_key_hash(hash)),
        PathError::Revoked,
    );
    assert!(
        finish(
            &response,
            anchored(&root).with_revoked(RevocationList::new().with_serial(&[0xab]))
        )
        .is_ok()
    );
}

/// Nothing in the crate opens a socket: addresses in a certificate, here of a revocation list and of the issuer,
/// are not even read.
#[test]
fn addresses_in_certificates_are_not_followed() {
    let root = Authority::root("Root", 2);
    let uri = der::element(0x86, b"http://127.0.0.1:1/list");
    let points = der::sequence(&[der::sequence(&[der::context(0, &der::context(0, &uri))])]);
    let access = der::sequence(&[der::sequence(&[der::oid("1.3.6.1.5.5.7.48.2"), uri])]);
    let addressed = Authority::below_with(&root, "Middle", 3, |template| {
        template
            .with(Extension::new("2.5.29.31", points))
            .with(Extension::new("1.3.6.1.5.5.7.1.1", access))
    });
    assert!(finish(&packed(&addressed, &[&addressed]), anchored(&root)).is_ok());
}

#[test]
fn anchors_of_one_format_say_nothing_about_others() {
    let root = attester().issuer;
    let trust = TrustPolicy::new()
        .with_format_anchors(AttestationFormat::Apple, [anchor(&root)])
        .with_requirement(TrustRequirement::PathsToAnchor);
    assert!(finish(&attester().apple(AppleFlaw::None), trust.clone()).is_ok());
    refuse(&attester().packed(PackedFlaw::None), trust, PathError::NoAnchor);
}

#[test]
fn the_requirement_decides_about_unattested_credentials() {
    let (none, own) = (attester().none(None), attester().packed_self(SelfFlaw::None));
    for requirement in [TrustRequirement::Report, TrustRequirement::PathsToAnchor] {
        let trust = TrustPolicy::new().with_requirement(requirement);
        assert!(finish(&none, trust.clone()).is_ok());
        assert!(finish(&own, trust).is_ok());
    }
    let trust = TrustPolicy::new().with_requirement(TrustRequirement::Attested);
    refuse(&none, trust.clone(), TrustError::AttestationMissing);
    refuse(&own, trust, TrustError::AttestationMissing);
}

#[test]
fn aaguid_lists_ask_for_proof() {
    let root = attester().issuer;
    let ours = Aaguid::new(attester().aaguid);
    let other = Aaguid::new([7; 16]);
    let with = |aaguids| {
        TrustPolicy::new()
            .with_anchors([anchor(&root)])
            .with_aaguids(aaguids)
    };
    let attested = attester().packed(PackedFlaw::None);
    let claims = [attester().none(None), attester().packed_self(SelfFlaw::None)];

    assert!(finish(&attested, with(AaguidPolicy::allow([ours]))).is_ok());
    refuse(
        &attested,
        with(AaguidPolicy::allow([other])),
        TrustError::AaguidNotAllowed(ours),
    );
    assert!(finish(&attested, with(AaguidPolicy::block([other]))).is_ok());
    refuse(
        &attested,
        with(AaguidPolicy::block([ours])),
        TrustError::AaguidBlocked(ours),
    );
    for claim in &claims {
        refuse(
            claim,
            with(AaguidPolicy::allow([ours])),
            TrustError::AaguidUnproven(ours),
        );
        refuse(
            claim,
            with(AaguidPolicy::block([other])),
            TrustError::AaguidUnproven(ours),
        );
        refuse(
            claim,
            with(AaguidPolicy::block([ours])),
            TrustError::AaguidBlocked(ours),
        );
        let at_its_word = AaguidPolicy::allow([ours]).with_proof(AaguidProof::NotRequired);
        assert!(finish(claim, with(at_its_word)).is_ok());
    }
    // The attacker's own root proves nothing.
    let theirs = Authority::root("Their Root", 9);
    let forged = packed(&theirs, &[&theirs]);
    refuse(
        &forged,
        with(AaguidPolicy::allow([ours])),
        TrustError::AaguidUnproven(ours),
    );
    // Nor does a U2F statement, whose signature does not cover the AAGUID.
    let zero = Aaguid::new([0; 16]);
    let u2f = attester().for_u2f().fido_u2f(U2fFlaw::None);
    refuse(
        &u2f,
        with(AaguidPolicy::allow([zero])),
        TrustError::AaguidUnproven(zero),
    );
}
