//! Attestation: which authenticator models may register, and what proves a model.

use passgate::Stopped;
use passgate_core::register::AuthenticatorRefused;
use passgate_core::register::CompleteError;
use std::sync::Arc;

use passgate::{
    Client,
    authenticators::{AddAuthenticatorsError, AuthenticatorsError},
    register::{RegisterBeginInput, RegisterCompleteError, RegisterCompleteInput, Registered},
    relying_party::RelyingPartyInput,
};
use passgate_core::event::EventKind;
use passgate_store::authenticators::AuthenticatorList;
use passgate_testkit::attestation::{
    AttestedResponse, Attester, Authority, PackedFlaw, SelfFlaw,
    metadata::{Blob, BlobFlaw, entry},
};
use passgate_webauthn::{
    Aaguid, RegistrationError, RegistrationResponse, TrustError,
    certificate::TrustAnchor,
    metadata::{BlobRules, MetadataRegistry},
};
use serde_json::{Value, json as value};

use crate::world::{World, json, page_at, registration_of};

const MODEL: Aaguid = Aaguid::new(*b"passgate-testkit");
const OTHER: Aaguid = Aaguid::new(*b"another-testkit!");
const UNHEARD_OF: Aaguid = Aaguid::new([9; 16]);

/// A world whose application may ask for attestation, at the time of the test authenticator, with metadata of two models.
fn world() -> World {
    with_metadata(World::sqlite(), |entry| entry)
}

fn with_metadata(world: World, change: impl Fn(Value) -> Value) -> World {
    let attester = Attester::new(&[0; 32]);
    world.clock.set(attester.now().into());
    world.set_features(|features| features.allow_attestation = true);
    let blob = [MODEL, OTHER].iter().fold(Blob::new(1), |blob, model| {
        blob.with(change(entry(&model.to_string(), &attester.issuer.certificate)))
    });
    let anchor = TrustAnchor::from_der(blob.issuer.certificate.clone()).unwrap();
    let rules = BlobRules::private(vec![anchor], Some(Blob::SIGNER.to_owned()));
    let registry =
        MetadataRegistry::from_blob(&blob.sign(BlobFlaw::None), &rules, None, attester.now()).unwrap();
    world.passgate.set_metadata(Some(Arc::new(registry)));
    world
}

fn page() -> RelyingPartyInput {
    page_at(Attester::RP_ID, Attester::ORIGIN)
}

/// Registers with what the test authenticator answers.
fn register(
    world: &World,
    attestation: &str,
    answer: impl FnOnce(Attester) -> AttestedResponse,
) -> Result<Registered, Stopped<RegisterCompleteError>> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    let mut input = registration_of("alice");
    input.attestation = Some(attestation.to_owned());
    let token = world
        .passgate
        .register_token(&world.backend(), input, world.env())
        .unwrap();
    let input = RegisterBeginInput {
        token: Some(token),
        relying_party: page(),
    };
    let begun = world
        .passgate
        .register_begin(&world.browser(), input, &world.client, world.env())
        .unwrap();
    let options = json(&begun.data);
    assert_eq!(options["attestation"], attestation);
    let challenge = URL_SAFE_NO_PAD
        .decode(options["challenge"].as_str().unwrap())
        .unwrap();
    let mut attester = Attester::new(&challenge);
    attester.credential_id = challenge;
    let input = RegisterCompleteInput {
        session: Some(begun.session),
        response: RegistrationResponse::from_json(answer(attester).to_json().to_string().as_bytes()),
        nickname: None,
        relying_party: page(),
    };
    world
        .passgate
        .register_complete(&world.browser(), input, &Client::default(), world.env())
}

fn add(
    world: &World,
    models: &[Aaguid],
    list: AuthenticatorList,
) -> Result<(), Stopped<AddAuthenticatorsError>> {
    let models = models.iter().copied().collect();
    world
        .passgate
        .add_authenticators(&world.backend(), &models, list, world.env())
}

fn listed(world: &World, list: AuthenticatorList) -> Vec<Aaguid> {
    let listed = world
        .passgate
        .list_authenticators(&world.backend(), list)
        .unwrap();
    listed.into_iter().map(|it| it.aaguid).collect()
}

#[test]
fn lists_hold_models_that_the_metadata_knows_each_on_one_list() {
    World::on_each(|world| {
        let refused = add(&world, &[MODEL], AuthenticatorList::Allowed);
        assert!(matches!(
            refused,
            Err(Stopped::Refused(AddAuthenticatorsError::NotOnPlan))
        ));
        let world = with_metadata(world, |entry| entry);
        assert!(matches!(
            add(&world, &[MODEL, UNHEARD_OF], AuthenticatorList::Allowed),
            Err(Stopped::Refused(AddAuthenticatorsError::UnknownAuthenticators { aaguids })) if aaguids == [UNHEARD_OF]
        ));
        add(&world, &[MODEL], AuthenticatorList::Blocked).unwrap();
        world.event(EventKind::ApiAuthenticatorsBlacklisted);
        add(&world, &[MODEL, OTHER], AuthenticatorList::Allowed).unwrap();
        world.event(EventKind::ApiAuthenticatorsAllowlisted);
        assert!(
            listed(&world, AuthenticatorList::Blocked).is_empty(),
            "moved, not copied"
        );
        assert_eq!(listed(&world, AuthenticatorList::Allowed).len(), 2);

        let all = [MODEL, OTHER, UNHEARD_OF].into();
        world
            .passgate
            .remove_authenticators(&world.backend(), &all, world.env())
            .unwrap();
        world.event(EventKind::ApiAuthenticatorsDelisted);
        assert!(listed(&world, AuthenticatorList::Allowed).is_empty());

        world.set_features(|features| features.allow_attestation = false);
        let refused = world
            .passgate
            .list_authenticators(&world.backend(), AuthenticatorList::Allowed);
        assert!(matches!(
            refused,
            Err(Stopped::Refused(AuthenticatorsError::NotOnPlan))
        ));

        world.passgate.set_metadata(None);
        world.set_features(|features| features.allow_attestation = true);
        assert!(matches!(
            add(&world, &[MODEL], AuthenticatorList::Allowed),
            Err(Stopped::Refused(
                AddAuthenticatorsError::UnknownAuthenticators { .. }
            ))
        ));
    });
}

#[test]
fn an_allow_list_admits_proven_models_only() {
    let world = world();
    add(&world, &[MODEL], AuthenticatorList::Allowed).unwrap();

    let registered = register(&world, "direct", |attester| attester.packed(PackedFlaw::None)).unwrap();
    let stored = world
        .passgate
        .list_credentials(&world.backend(), &registered.claims.user_id)
        .unwrap();
    assert_eq!(
        (stored[0].aaguid, stored[0].attestation_format.as_str()),
        (MODEL, "packed")
    );

    // Another model, proven as well.
    let refused = register(&world, "direct", |it| {
        it.with_aaguid(*OTHER.as_bytes()).packed(PackedFlaw::None)
    });
    assert!(
        matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::Authenticator(AuthenticatorRefused::NotAllowed { .. })
            )))
        ),
        "{refused:?}"
    );
    // The right model, claimed without proof.
    let refused = register(&world, "none", |it| it.none(None));
    assert!(
        matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::Authenticator(AuthenticatorRefused::AttestationRequired)
            )))
        ),
        "{refused:?}"
    );
    for claim in [
        |it: Attester| it.none(None),
        |it: Attester| it.packed_self(SelfFlaw::None),
    ] {
        let refused = register(&world, "direct", claim);
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(RegisterCompleteError::Rule(
                    CompleteError::Authenticator(AuthenticatorRefused::Unproven { .. })
                )))
            ),
            "{refused:?}"
        );
    }
    // Another model, claimed without proof: it is not on the list in any case.
    let refused = register(&world, "direct", |it| {
        it.with_aaguid(*OTHER.as_bytes()).none(None)
    });
    assert!(
        matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::Authenticator(AuthenticatorRefused::NotAllowed { .. })
            )))
        ),
        "{refused:?}"
    );
}

#[test]
fn a_claim_that_the_metadata_refutes_is_refused() {
    let world = world();
    // Without lists, too: a certificate that anybody can make for a model with roots of its own.
    let forged = |it: Attester| {
        it.issued_by(Authority::root("Somebody", 5), Vec::new())
            .packed(PackedFlaw::None)
    };
    let refused = register(&world, "direct", forged);
    assert!(
        matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::Verification(RegistrationError::Untrusted(_))
            )))
        ),
        "{refused:?}"
    );
    // Nobody can say anything of a model that the metadata does not know.
    register(&world, "direct", |it| {
        forged(it.with_aaguid(*UNHEARD_OF.as_bytes()))
    })
    .unwrap();
}

#[test]
fn a_revoked_model_does_not_register_proven_or_claimed() {
    let world = with_metadata(World::sqlite(), |mut entry| {
        entry["statusReports"] = value!([{ "status": "REVOKED", "effectiveDate": "2022-01-01" }]);
        entry
    });
    for attestation in ["direct", "none"] {
        let refused = register(&world, attestation, |it| match attestation {
            "direct" => it.packed(PackedFlaw::None),
            _ => it.none(None),
        });
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(RegisterCompleteError::Rule(
                    CompleteError::Verification(RegistrationError::Untrusted(TrustError::Status(_)))
                )))
            ),
            "{refused:?}"
        );
    }
    register(&world, "none", |it| {
        it.with_aaguid(*UNHEARD_OF.as_bytes()).none(None)
    })
    .unwrap();
}

#[test]
fn a_blocked_model_does_not_register_proven_or_claimed() {
    let world = world();
    add(&world, &[MODEL], AuthenticatorList::Blocked).unwrap();
    for attestation in ["direct", "none"] {
        let refused = register(&world, attestation, |it| match attestation {
            "direct" => it.packed(PackedFlaw::None),
            _ => it.none(None),
        });
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(RegisterCompleteError::Rule(
                    CompleteError::Authenticator(AuthenticatorRefused::Blocked { .. })
                )))
            ),
            "{refused:?}"
        );
    }
    register(&world, "none", |it| it.with_aaguid(*OTHER.as_bytes()).none(None)).unwrap();

    // With both lists, the block list speaks first.
    add(&world, &[OTHER], AuthenticatorList::Allowed).unwrap();
    let refused = register(&world, "direct", |it| it.packed(PackedFlaw::None));
    assert!(
        matches!(
            refused,
            Err(Stopped::Refused(RegisterCompleteError::Rule(
                CompleteError::Authenticator(AuthenticatorRefused::Blocked { .. })
            )))
        ),
        "{refused:?}"
    );

    // The lists count only while attestation may be asked for.
    world.set_features(|features| features.allow_attestation = false);
    register(&world, "none", |it| it.none(None)).unwrap();
}
