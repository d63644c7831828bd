//! What a registration costs with each attestation format, path to the anchor included.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use passgate_testkit::attestation::{
    AndroidFlaw, AppleFlaw, AttestedResponse, Attester, Authority, PackedFlaw, SelfFlaw, TpmFlaw, U2fFlaw,
};
use passgate_webauthn::Policy;
use passgate_webauthn::certificate::TrustAnchor;
use passgate_webauthn::trust::{TrustPolicy, TrustRequirement};

fn verify_registration(c: &mut Criterion) {
    let attester = Attester::new(b"a challenge of thirty-two bytes.");
    let root = attester.issuer.clone();
    let middle = Authority::below(&root, "Middle", 2);
    let chained = attester
        .clone()
        .issued_by(middle.clone(), vec![middle.certificate]);
    let anchor = TrustAnchor::from_der(root.certificate).unwrap();
    let trust = TrustPolicy::new()
        .with_anchors([anchor])
        .with_requirement(TrustRequirement::PathsToAnchor);
    let policy = Policy::default().with_trust(trust);

    let mut group = c.benchmark_group("verify_registration_attested");
    let mut bench = |name: &str, response: AttestedResponse| {
        let (pending, response) = response.begin();
        group.bench_function(name, |b| {
            b.iter_batched(
                || pending.clone(),
                |pending| black_box(pending.finish(&response, &policy, attester.now()).unwrap()),
                BatchSize::SmallInput,
            );
        });
    };
    bench("none", attester.none(None));
    bench("packed_self", attester.packed_self(SelfFlaw::None));
    bench("packed_x5c", attester.packed(PackedFlaw::None));
    bench("packed_x5c_intermediate", chained.packed(PackedFlaw::None));
    bench("tpm", attester.tpm(TpmFlaw::None));
    bench("android_key", attester.android_key(AndroidFlaw::None));
    bench("apple", attester.apple(AppleFlaw::None));
    bench("fido_u2f", attester.clone().for_u2f().fido_u2f(U2fFlaw::None));
    group.finish();
}

criterion_group!(benches, verify_registration);
criterion_main!(benches);
