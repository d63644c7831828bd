//! Both ceremonies from outside: good ones verify under every algorithm, and each broken property has its variant.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/soft.rs"]
mod soft;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate_webauthn::policy::{
    AlgorithmMatch, BackupEligibilityRule, BackupPolicy, UnaskedStatement, UserHandleForm, UserHandleRule,
};
use passgate_webauthn::*;
use serde_json::json;
use soft::*;

fn es256() -> SoftKey {
    SoftKey::new(Algorithm::Es256)
}

fn register(soft: &SoftRegistration) -> Result<VerifiedRegistration, RegistrationError> {
    registration().finish(&soft.response(), &Policy::default(), now())
}

/// A good registration with one change, refused.
fn refusal(change: impl FnOnce(&mut SoftRegistration)) -> RegistrationError {
    let mut soft = SoftRegistration::new(&es256());
    change(&mut soft);
    register(&soft).map(|_| ()).unwrap_err()
}

struct Stored {
    id: CredentialId,
    cose: Vec<u8>,
    user: Option<UserHandle>,
    sign_count: u32,
    backup_eligible: Option<bool>,
}

impl Stored {
    fn new(key: &SoftKey) -> Self {
        Self {
            id: CredentialId::new(CREDENTIAL_ID).unwrap(),
            cose: key.cose(),
            user: UserHandle::new(USER).ok(),
            sign_count: 1,
            backup_eligible: Some(false),
        }
    }

    fn credential(&self) -> StoredCredential<'_> {
        StoredCredential {
            id: &self.id,
            public_key: &self.cose,
            sign_count: self.sign_count,
            user_handle: self.user.as_ref(),
            backup_eligible: self.backup_eligible,
        }
    }
}

fn assert_with(
    soft: &SoftAssertion,
    key: &SoftKey,
    stored: &Stored,
    policy: &Policy,
) -> Result<VerifiedAssertion, AssertionError> {
    authentication().finish(&soft.response(key), &stored.credential(), policy)
}

/// A good assertion with one change, refused.
fn assertion_refusal(change: impl FnOnce(&mut SoftAssertion, &mut Stored)) -> AssertionError {
    let (mut soft, mut stored) = (SoftAssertion::new(), Stored::new(&es256()));
    change(&mut soft, &mut stored);
    assert_with(&soft, &es256(), &stored, &Policy::default())
        .map(|_| ())
        .unwrap_err()
}

#[test]
fn every_algorithm_registers_and_signs_in() {
    for key in SoftKey::all() {
        let name = key.algorithm;
        for soft in [SoftRegistration::new(&key), SoftRegistration::self_attested(&key)] {
            let registered = register(&soft).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(registered.public_key().as_bytes(), key.cose());
            assert_eq!(registered.public_key().algorithm(), name);
            assert_eq!(registered.attestation_format(), soft.format);
        }
        let stored = Stored::new(&key);
        let assertion = assert_with(&SoftAssertion::new(), &key, &stored, &Policy::default())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!((assertion.algorithm(), assertion.sign_count()), (name, 2));
        let mut other = SoftAssertion::new();
        let response = other.response(&key);
        other.sign_count = 3;
        let signature = key.sign(&SoftAssertion::new().signed());
        let forged = other.response_with(&signature);
        assert!(
            authentication()
                .finish(&response, &stored.credential(), &Policy::default())
                .is_ok()
        );
        assert_eq!(
            authentication()
                .finish(&forged, &stored.credential(), &Policy::default())
                .map(|_| ()),
            Err(AssertionError::SignatureInvalid),
            "{name}"
        );
    }
}

#[test]
fn each_broken_registration_has_its_variant() {
    use AuthenticatorDataError as Data;
    use RegistrationError as E;
    assert_eq!(refusal(|soft| soft.flags &= !0x01), E::UserNotPresent);
    assert_eq!(refusal(|soft| soft.rp_id_hash[31] ^= 1), E::RpIdMismatch);
    assert_eq!(refusal(|soft| soft.id[0] ^= 1), E::CredentialIdMismatch);
    assert_eq!(
        refusal(|soft| soft.credential_id[0] ^= 1),
        E::CredentialIdMismatch
    );
    assert_eq!(
        refusal(|soft| soft.flags &= !0x40),
        Data::AttestedCredentialDataMissing.into()
    );
    assert_eq!(
        refusal(|soft| soft.flags |= 0x10),
        Data::BackedUpButNotEligible.into()
    );
    assert_eq!(
        refusal(|soft| soft.credential_id = vec![1; 1024]),
        Data::CredentialIdLength(1024).into()
    );
    assert_eq!(
        refusal(|soft| soft.credential_id = vec![]),
        Data::CredentialIdLength(0).into()
    );
    assert_eq!(refusal(|soft| soft.tail.push(0)), Data::TrailingBytes.into());
    assert_eq!(
        refusal(|soft| soft.flags |= 0x80),
        Data::Extensions(CborError::Malformed).into()
    );
    assert_eq!(
        refusal(|soft| soft.client_data = client_data("webauthn.get")),
        ClientDataError::WrongType {
            expected: "webauthn.create",
            got: "webauthn.get".into()
        }
        .into()
    );
    assert_eq!(
        refusal(|soft| soft.format = "None"),
        E::UnsupportedFormat("None".into())
    );
    assert_eq!(
        refusal(|soft| soft.format = "apple-appattest"),
        E::UnsupportedFormat("apple-appattest".into())
    );
    assert_eq!(
        refusal(|soft| soft.statement = hex::decode("a1617800").unwrap()),
        AttestationError::NoneWithStatement.into()
    );
    assert_eq!(
        refusal(|soft| soft.client_extension_results = json!({"credProps": {"rk": "yes"}})),
        ExtensionError::Malformed("credProps").into()
    );
    let mut soft = SoftRegistration::new(&es256());
    soft.flags &= !0x04;
    assert!(register(&soft).is_ok(), "user verification was only preferred");
    let mut options = registration_options();
    options.user_verification = UserVerification::Required;
    let pending = options.begin(origins()).1;
    assert_eq!(
        pending
            .finish(&soft.response(), &Policy::default(), now())
            .map(|_| ()),
        Err(E::UserNotVerified)
    );
}

#[test]
fn self_attestation_is_checked() {
    use RegistrationError as E;
    let key = es256();
    let change = |change: &dyn Fn(&mut SoftRegistration)| {
        let mut soft = SoftRegistration::self_attested(&key);
        change(&mut soft);
        register(&soft).map(|_| ())
    };
    assert_eq!(change(&|_| {}), Ok(()));
    assert_eq!(
        change(&|soft| soft.sign_count += 1),
        Err(E::Attestation(AttestationError::Signature))
    );
    assert_eq!(
        change(&|soft| soft.client_data.push(' ')),
        Err(E::Attestation(AttestationError::Signature))
    );
    assert_eq!(
        change(&|soft| soft.attest_self(&key, -9)),
        Err(E::Attestation(AttestationError::AlgorithmMismatch(-9)))
    );
    let statement = |text: &str| hex::decode(text.replace(' ', "")).unwrap();
    for (broken, expected) in [
        ("a0", AttestationError::Statement("alg")),
        ("80", AttestationError::Statement("attStmt")),
        ("a1 63616c67 26", AttestationError::Statement("sig")),
        ("a2 63616c67 6126 63736967 40", AttestationError::Statement("alg")),
        ("a2 63616c67 26 63736967 60", AttestationError::Statement("sig")),
        (
            "a3 63616c67 26 63736967 40 63783563 80",
            AttestationError::Statement("x5c"),
        ),
        (
            "a3 63616c67 26 63736967 40 6a65636461614b65794964 40",
            AttestationError::EcdaaUnsupported,
        ),
    ] {
        assert_eq!(
            change(&|soft| soft.statement = statement(broken)),
            Err(E::Attestation(expected)),
            "{broken}"
        );
    }
}

#[test]
fn offers_exclusions_and_policies_are_kept() {
    let soft = SoftRegistration::new(&SoftKey::new(Algorithm::Esp256));
    let finish = |change: &dyn Fn(&mut RegistrationOptions), policy: Policy| {
        let mut options = registration_options();
        change(&mut options);
        options
            .begin(origins())
            .1
            .finish(&soft.response(), &policy, now())
            .map(|_| ())
    };
    let only_es256 = |options: &mut RegistrationOptions| options.algorithms = vec![Algorithm::Es256];
    assert_eq!(
        finish(&only_es256, Policy::default()),
        Err(RegistrationError::AlgorithmNotOffered {
            got: Algorithm::Esp256
        })
    );
    let equivalent = Policy::default().with_algorithm_match(AlgorithmMatch::Equivalent);
    assert_eq!(finish(&only_es256, equivalent), Ok(()));
    let id = CredentialId::new(CREDENTIAL_ID).unwrap();
    let excluded = CredentialDescriptor {
        id: id.clone(),
        transports: Vec::new(),
    };
    assert_eq!(
        finish(
            &|options| options.exclude_credentials = vec![excluded.clone()],
            Policy::default()
        ),
        Err(RegistrationError::CredentialExcluded(id))
    );
    assert_eq!(
        finish(&|_| {}, Policy::default().with_backup(BackupPolicy::EligibleOnly)),
        Err(RegistrationError::BackupPolicy {
            backup_eligible: false
        })
    );
    assert_eq!(
        finish(
            &|_| {},
            Policy::default().with_backup(BackupPolicy::DeviceBoundOnly)
        ),
        Ok(())
    );
}

#[test]
fn conditional_create_may_do_without_presence() {
    let mut soft = SoftRegistration::new(&es256());
    soft.flags = 0x40;
    let options = RegistrationOptions {
        mediation: Mediation::Conditional,
        ..registration_options()
    };
    let registered = options
        .begin(origins())
        .1
        .finish(&soft.response(), &Policy::default(), now())
        .unwrap();
    assert!(!registered.user_verified());
    assert_eq!(
        register(&soft).map(|_| ()),
        Err(RegistrationError::UserNotPresent)
    );
}

#[test]
fn statements_that_were_not_asked_for_are_not_judged() {
    let judged = Policy::default().with_unasked_statement(UnaskedStatement::Judge);
    let register_with = |soft: &SoftRegistration, asked, policy: &Policy| {
        let options = RegistrationOptions {
            attestation: asked,
            ..registration_options()
        };
        options.begin(origins()).1.finish(&soft.response(), policy, now())
    };
    let mut unknown = SoftRegistration::new(&es256());
    unknown.format = "future";
    unknown.statement = hex::decode("a1617800").unwrap();
    let mut broken = SoftRegistration::new(&es256());
    broken.format = "packed";
    for (soft, expected) in [
        (&unknown, RegistrationError::UnsupportedFormat("future".into())),
        (&broken, AttestationError::Statement("alg").into()),
    ] {
        let registered = register_with(soft, AttestationConveyance::None, &Policy::default()).unwrap();
        assert_eq!(registered.attestation_type(), AttestationType::None);
        assert_eq!(registered.attestation_format(), soft.format);
        assert_eq!(registered.trust(), &TrustOutcome::Unattested);
        for (asked, policy) in [
            (AttestationConveyance::None, &judged),
            (AttestationConveyance::Indirect, &Policy::default()),
            (AttestationConveyance::Direct, &Policy::default()),
            (AttestationConveyance::Enterprise, &Policy::default()),
        ] {
            assert_eq!(
                register_with(soft, asked, policy).map(|_| ()),
                Err(expected.clone()),
                "{asked}"
            );
        }
    }
}

#[test]
fn each_broken_assertion_has_its_variant() {
    use AssertionError as E;
    use AuthenticatorDataError as Data;
    assert_eq!(assertion_refusal(|soft, _| soft.flags = 0x04), E::UserNotPresent);
    assert_eq!(
        assertion_refusal(|soft, _| soft.rp_id_hash[0] ^= 1),
        E::RpIdMismatch
    );
    assert_eq!(
        assertion_refusal(|soft, _| soft.flags |= 0x10),
        Data::BackedUpButNotEligible.into()
    );
    assert_eq!(
        assertion_refusal(|soft, _| soft.flags |= 0x40),
        Data::UnexpectedAttestedCredentialData.into()
    );
    assert_eq!(
        assertion_refusal(|soft, _| soft.tail.push(0)),
        Data::TrailingBytes.into()
    );
    assert_eq!(
        assertion_refusal(|soft, _| soft.flags |= 0x08),
        E::BackupEligibilityChanged {
            stored: false,
            reported: true
        }
    );
    assert_eq!(
        assertion_refusal(|_, stored| stored.backup_eligible = Some(true)),
        E::BackupEligibilityChanged {
            stored: true,
            reported: false
        }
    );
    for (stored_count, reported) in [(2, 2), (3, 2), (9, 0)] {
        assert_eq!(
            assertion_refusal(|soft, stored| {
                soft.sign_count = reported;
                stored.sign_count = stored_count;
            }),
            E::SignCountRegression {
                stored: stored_count,
                reported
            }
        );
    }
    assert_eq!(
        assertion_refusal(|soft, _| soft.id[0] ^= 1),
        E::StoredCredentialMismatch
    );
    assert_eq!(
        assertion_refusal(|soft, _| soft.user_handle = Some(b"user two".to_vec())),
        E::WrongUser
    );
    assert_eq!(
        assertion_refusal(|_, stored| stored.cose[1] ^= 0x40),
        E::PublicKey(CoseKeyError::Cbor(CborError::Type))
    );
    assert!(matches!(
        assertion_refusal(|soft, _| soft.client_data = client_data("webauthn.create")),
        E::ClientData(ClientDataError::WrongType { .. })
    ));
    let other = SoftKey::new(Algorithm::Es384);
    let response = SoftAssertion::new().response(&other);
    assert_eq!(
        authentication()
            .finish(&response, &Stored::new(&es256()).credential(), &Policy::default())
            .map(|_| ()),
        Err(E::SignatureInvalid)
    );
}

#[test]
fn required_verification_cannot_be_lowered_by_the_response() {
    let mut soft = SoftAssertion::new();
    soft.flags = 0x01;
    let options = AuthenticationOptions {
        user_verification: UserVerification::Required,
        ..authentication_options()
    };
    let pending = options.begin(origins()).1;
    // A body that names another requirement is only an unknown member.
    let json = String::from_utf8(soft.json_with(&es256().sign(&soft.signed()))).unwrap();
    let json = json.replacen('{', r#"{"userVerification":"discouraged","#, 1);
    let response = AuthenticationResponse::from_json(json.as_bytes()).unwrap();
    assert_eq!(
        pending
            .finish(&response, &Stored::new(&es256()).credential(), &Policy::default())
            .map(|_| ()),
        Err(AssertionError::UserNotVerified)
    );
}

#[test]
fn users_are_identified() {
    let stored = Stored::new(&es256());
    let finish = |known: Option<&[u8]>, handle: Option<&[u8]>, policy: Policy| {
        let mut soft = SoftAssertion::new();
        soft.user_handle = handle.map(<[u8]>::to_vec);
        let user_handle = known.map(|bytes| UserHandle::new(bytes).unwrap());
        let options = AuthenticationOptions {
            user_handle,
            ..authentication_options()
        };
        options
            .begin(origins())
            .1
            .finish(&soft.response(&es256()), &stored.credential(), &policy)
            .map(|_| ())
    };
    let (one, two) = (Some(&USER[..]), Some(&b"user two"[..]));
    assert_eq!(finish(one, None, Policy::default()), Ok(()));
    assert_eq!(finish(one, one, Policy::default()), Ok(()));
    assert_eq!(finish(None, one, Policy::default()), Ok(()));
    // A known-user ceremony answered with another user's credential, with and without a handle.
    assert_eq!(
        finish(two, one, Policy::default()),
        Err(AssertionError::WrongUser)
    );
    assert_eq!(
        finish(two, two, Policy::default()),
        Err(AssertionError::WrongUser)
    );
    assert_eq!(
        finish(two, None, Policy::default()),
        Err(AssertionError::WrongUser)
    );
    assert_eq!(
        finish(None, two, Policy::default()),
        Err(AssertionError::WrongUser)
    );
    assert_eq!(
        finish(None, None, Policy::default()),
        Err(AssertionError::UserHandleMissing)
    );
    let lax = Policy::default().with_user_handle(UserHandleRule::IfPresent);
    assert_eq!(finish(None, None, lax.clone()), Ok(()));
    assert_eq!(finish(None, two, lax), Err(AssertionError::WrongUser));
    let text = base64url(&USER);
    let as_text = Some(text.as_bytes());
    assert_eq!(
        finish(None, as_text, Policy::default()),
        Err(AssertionError::WrongUser)
    );
    let tolerant = Policy::default().with_user_handle_form(UserHandleForm::BytesOrBase64UrlText);
    assert_eq!(finish(None, as_text, tolerant), Ok(()));
}

/// A browser sends an empty handle with a security key of before FIDO2, another one for a handle of no bytes.
#[test]
fn a_record_without_a_handle_tells_the_one_that_came_and_belongs_to_no_named_user() {
    let mut stored = Stored::new(&es256());
    stored.user = None;
    let finish = |known: Option<&[u8]>, handle: Option<&[u8]>, policy: &Policy| {
        let mut soft = SoftAssertion::new();
        soft.user_handle = handle.map(<[u8]>::to_vec);
        let options = AuthenticationOptions {
            user_handle: known.map(|bytes| UserHandle::new(bytes).unwrap()),
            ..authentication_options()
        };
        let pending = options.begin(origins()).1;
        let verified = pending.finish(&soft.response(&es256()), &stored.credential(), policy)?;
        Ok(verified.user_handle().map(|handle| handle.as_bytes().to_vec()))
    };
    let (strict, lax) = (
        &Policy::default(),
        &Policy::default().with_user_handle(UserHandleRule::IfPresent),
    );
    let foreign = b"whatever the old place gave";
    assert_eq!(finish(None, Some(foreign), strict), Ok(Some(foreign.to_vec())));
    assert_eq!(finish(None, None, lax), Ok(None));
    assert_eq!(finish(None, None, strict), Err(AssertionError::UserHandleMissing));
    for handle in [None, Some(&USER[..])] {
        assert_eq!(finish(Some(&USER), handle, lax), Err(AssertionError::WrongUser));
    }
}

#[test]
fn whose_credential_it_is_shows_only_to_who_can_sign() {
    let mut soft = SoftAssertion::new();
    soft.user_handle = Some(b"user two".to_vec());
    let stranger = SoftKey::new(Algorithm::Es384);
    for owner in [
        UserHandle::new(USER).ok(),
        UserHandle::new(*b"user two").ok(),
        None,
    ] {
        let mut stored = Stored::new(&es256());
        stored.user = owner;
        // Nobody was named: whose it is shows in the answer alone.
        let options = AuthenticationOptions {
            user_handle: None,
            ..authentication_options()
        };
        let refused = options.begin(origins()).1.finish(
            &soft.response(&stranger),
            &stored.credential(),
            &Policy::default(),
        );
        assert_eq!(refused.map(|_| ()), Err(AssertionError::SignatureInvalid));
    }
}

#[test]
fn an_empty_user_handle_is_none_where_the_credential_was_asked_for() {
    let stored = Stored::new(&es256());
    let finish = |known: bool, listed: bool, policy: &Policy| {
        let mut soft = SoftAssertion::new();
        soft.user_handle = Some(Vec::new());
        let mut options = authentication_options();
        options.user_handle = known.then(|| UserHandle::new(USER).unwrap());
        if listed {
            options.allow_credentials = vec![CredentialDescriptor {
                id: CredentialId::new(CREDENTIAL_ID).unwrap(),
                transports: Vec::new(),
            }];
        }
        options
            .begin(origins())
            .1
            .finish(&soft.response(&es256()), &stored.credential(), policy)
            .map(|_| ())
    };
    let if_present = Policy::default().with_user_handle(UserHandleRule::IfPresent);
    for policy in [&Policy::default(), &if_present] {
        assert_eq!(finish(true, false, policy), Ok(()));
        assert_eq!(finish(true, true, policy), Ok(()));
        assert_eq!(finish(false, false, policy), Err(AssertionError::UserHandleEmpty));
    }
    assert_eq!(finish(false, true, &if_present), Ok(()));
    assert_eq!(
        finish(false, true, &Policy::default()),
        Err(AssertionError::UserHandleMissing)
    );
}

#[test]
fn a_user_handle_as_plain_text_is_told_from_another_user_s() {
    let finish = |owner: &str, sent: &str| {
        let mut stored = Stored::new(&es256());
        stored.user = UserHandle::new(owner.as_bytes()).ok();
        let mut soft = SoftAssertion::new();
        soft.user_handle = Some(URL_SAFE_NO_PAD.decode(sent).unwrap());
        let options = AuthenticationOptions {
            user_handle: None,
            ..authentication_options()
        };
        options
            .begin(origins())
            .1
            .finish(
                &soft.response(&es256()),
                &stored.credential(),
                &Policy::compatible(),
            )
            .map(|_| ())
    };
    assert_eq!(finish("alice-12", &base64url(b"alice-12")), Ok(()));
    assert_eq!(
        finish("alice-12", "alice-12"),
        Err(AssertionError::UserHandleNotBase64Url)
    );
    assert_eq!(finish("alice-12", "alice-13"), Err(AssertionError::WrongUser));
}

#[test]
fn allow_lists_are_kept() {
    let descriptor = |bytes: [u8; 16]| CredentialDescriptor {
        id: CredentialId::new(bytes).unwrap(),
        transports: Vec::new(),
    };
    let finish = |allowed| {
        let options = AuthenticationOptions {
            allow_credentials: vec![descriptor(allowed)],
            ..authentication_options()
        };
        let response = SoftAssertion::new().response(&es256());
        options
            .begin(origins())
            .1
            .finish(&response, &Stored::new(&es256()).credential(), &Policy::default())
            .map(|_| ())
    };
    assert_eq!(finish(CREDENTIAL_ID), Ok(()));
    assert_eq!(finish([7; 16]), Err(AssertionError::CredentialNotAllowed));
}

#[test]
fn sign_counts_follow_the_policy() {
    let key = es256();
    let run = |stored_count, reported, syncable: bool, policy: SignCountPolicy| {
        let (mut soft, mut stored) = (SoftAssertion::new(), Stored::new(&key));
        soft.sign_count = reported;
        soft.flags |= if syncable { 0x08 } else { 0 };
        stored.sign_count = stored_count;
        stored.backup_eligible = None;
        assert_with(&soft, &key, &stored, &Policy::default().with_sign_count(policy))
            .map(|assertion| (assertion.sign_count(), assertion.sign_count_regressed()))
    };
    let regression = |stored, reported| Err(AssertionError::SignCountRegression { stored, reported });
    use SignCountPolicy::{Reject, RejectDeviceBound, RejectUnlessZero, Report};
    for policy in [Reject, RejectDeviceBound, RejectUnlessZero, Report] {
        assert_eq!(run(0, 0, false, policy), Ok((0, false)));
        assert_eq!(run(4, 5, false, policy), Ok((5, false)));
    }
    assert_eq!(run(5, 4, false, Reject), regression(5, 4));
    assert_eq!(run(5, 4, true, Reject), regression(5, 4));
    assert_eq!(run(5, 5, false, RejectDeviceBound), regression(5, 5));
    assert_eq!(run(5, 4, true, RejectDeviceBound), Ok((5, true)));
    assert_eq!(run(5, 0, false, Report), Ok((5, true)));
    assert_eq!(run(5, 0, false, RejectUnlessZero), Ok((5, true)));
    assert_eq!(run(5, 4, true, RejectUnlessZero), regression(5, 4));
    assert_eq!(run(5, 5, false, RejectUnlessZero), regression(5, 5));
}

#[test]
fn backup_eligibility_may_appear_by_policy_only() {
    let key = es256();
    let learn = Policy::default().with_backup_eligibility(BackupEligibilityRule::LearnOnce);
    let run = |stored_eligible: Option<bool>, eligible: bool, policy: &Policy| {
        let (mut soft, mut stored) = (SoftAssertion::new(), Stored::new(&key));
        soft.flags |= if eligible { 0x18 } else { 0 };
        stored.backup_eligible = stored_eligible;
        assert_with(&soft, &key, &stored, policy)
            .map(|assertion| (assertion.backup_eligible(), assertion.backup_eligibility_learnt()))
    };
    let changed = |stored, reported| Err(AssertionError::BackupEligibilityChanged { stored, reported });
    assert_eq!(run(Some(false), true, &Policy::default()), changed(false, true));
    assert_eq!(
        run(Some(false), true, &Policy::compatible()),
        changed(false, true)
    );
    assert_eq!(run(Some(false), true, &learn), Ok((true, true)));
    // Once learnt, it stays.
    for policy in [&Policy::default(), &learn] {
        assert_eq!(run(Some(true), true, policy), Ok((true, false)));
        assert_eq!(run(Some(false), false, policy), Ok((false, false)));
        assert_eq!(run(Some(true), false, policy), changed(true, false));
        assert_eq!(run(None, true, policy), Ok((true, false)));
    }
}

#[test]
fn backup_state_may_change_and_unknown_eligibility_is_adopted() {
    let key = es256();
    let (mut soft, mut stored) = (SoftAssertion::new(), Stored::new(&key));
    soft.flags |= 0x18;
    stored.backup_eligible = None;
    let assertion = assert_with(&soft, &key, &stored, &Policy::default()).unwrap();
    assert!(assertion.backup_eligible() && assertion.backup_state());
    assert_eq!(
        assertion.backup_transition(false),
        Some(BackupTransition::BecameBackedUp)
    );
    assert_eq!(assertion.backup_transition(true), None);
    soft.flags &= !0x10;
    let assertion = assert_with(&soft, &key, &stored, &Policy::default()).unwrap();
    assert_eq!(
        assertion.backup_transition(true),
        Some(BackupTransition::NoLongerBackedUp)
    );
}

#[test]
fn app_ids_count_only_when_asked_for_and_used() {
    let app_id = "https://example.org/appid.json";
    let run = |asked: bool, result: serde_json::Value, hashed: &str| {
        let mut soft = SoftAssertion::new();
        soft.rp_id_hash = crypto::sha256(hashed.as_bytes());
        soft.client_extension_results = result;
        let mut options = authentication_options();
        options.extensions.app_id = asked.then(|| app_id.to_owned());
        let response = soft.response(&es256());
        options
            .begin(origins())
            .1
            .finish(&response, &Stored::new(&es256()).credential(), &Policy::default())
            .map(|_| ())
    };
    assert_eq!(run(true, json!({"appid": true}), app_id), Ok(()));
    assert_eq!(run(true, json!({"appid": false}), RP_ID), Ok(()));
    assert_eq!(run(true, json!({}), RP_ID), Ok(()));
    assert_eq!(
        run(true, json!({"appid": "yes"}), RP_ID),
        Err(ExtensionError::Malformed("appid").into())
    );
    assert_eq!(run(false, json!({"appid": "yes"}), RP_ID), Ok(()));
    for (asked, result, hashed) in [
        (true, json!({"appid": true}), RP_ID),
        (true, json!({"appid": false}), app_id),
        (true, json!({}), app_id),
        (false, json!({"appid": true}), app_id),
    ] {
        assert_eq!(
            run(asked, result.clone(), hashed),
            Err(AssertionError::RpIdMismatch),
            "{asked} {result}"
        );
    }
    assert_eq!(
        run(false, json!({"appid": true}), RP_ID),
        Ok(()),
        "unasked for, it is ignored"
    );
}

#[test]
fn the_stored_key_is_a_slice_of_what_was_signed() {
    let mut soft = SoftRegistration::new(&es256());
    soft.flags |= 0x80;
    soft.tail = hex::decode("a16b6372656450726f7465637402").unwrap();
    let registered = register(&soft).unwrap();
    assert_eq!(registered.public_key().as_bytes(), es256().cose());
}

#[test]
fn bytes_in_the_signature_that_do_not_belong_there() {
    let key = es256();
    let soft = SoftAssertion::new();
    let good = key.sign(&soft.signed());
    let mut trailing = good.clone();
    trailing.push(0);
    let long_form = [&[0x30, 0x81, good[1]], &good[2..]].concat();
    let zero = vec![0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
    for bad in [trailing, long_form, zero, vec![], good[..good.len() - 1].to_vec()] {
        assert_eq!(
            authentication()
                .finish(
                    &soft.response_with(&bad),
                    &Stored::new(&key).credential(),
                    &Policy::default()
                )
                .map(|_| ()),
            Err(AssertionError::SignatureInvalid)
        );
    }
}

/// One hint named twice makes a second signature for one message (CVE-2026-24850).
#[cfg(feature = "ml-dsa")]
#[test]
fn an_ml_dsa_hint_named_twice_is_refused() {
    let key = SoftKey::new(Algorithm::MlDsa44);
    let soft = SoftAssertion::new();
    let mut signature = key.sign(&soft.signed());
    // FIPS 204, section 7.1: 80 indices, then for each of 4 polynomials where its own end.
    let hints = signature.len() - 84;
    let (first_end, last_end) = (
        usize::from(signature[hints + 80]),
        usize::from(signature[hints + 83]),
    );
    assert!(
        0 < first_end && last_end < 80,
        "there is a hint to repeat, and room for it"
    );
    signature.copy_within(hints + first_end - 1..hints + last_end, hints + first_end);
    for end in &mut signature[hints + 80..] {
        *end += 1;
    }
    let result = authentication().finish(
        &soft.response_with(&signature),
        &Stored::new(&key).credential(),
        &Policy::default(),
    );
    assert_eq!(result.map(|_| ()), Err(AssertionError::SignatureInvalid));
}

/// Signatures whose numbers are zero or the order of the curve say nothing about the key (CVE-2022-21449).
#[test]
fn zero_and_the_order_are_no_signature_on_any_curve() {
    let order = |algorithm| match algorithm {
        Algorithm::Es256 => "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        Algorithm::Es384 => {
            "00ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        _ => "00fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    };
    let integer = |bytes: &[u8]| [&[0x02, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let keys = SoftKey::all().into_iter().filter(|key| {
        matches!(
            key.algorithm,
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es256k
        )
    });
    let mut tried = 0;
    for key in keys {
        let soft = SoftAssertion::new();
        let order = hex::decode(order(key.algorithm)).unwrap();
        for number in [vec![0], order] {
            let numbers = integer(&number).repeat(2);
            let signature = [&[0x30, u8::try_from(numbers.len()).unwrap()], &numbers[..]].concat();
            let result = authentication().finish(
                &soft.response_with(&signature),
                &Stored::new(&key).credential(),
                &Policy::default(),
            );
            assert_eq!(
                result.map(|_| ()),
                Err(AssertionError::SignatureInvalid),
                "{:?}",
                key.algorithm
            );
            tried += 1;
        }
    }
    assert!(tried >= 4, "P-256 and P-384 at least");
}
