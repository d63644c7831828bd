//! What a verification costs, for each algorithm, and how much of it is the signature check itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../tests/support/soft.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod soft;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use passgate_webauthn::{
    Algorithm, AuthenticationResponse, CredentialId, Policy, RegistrationResponse, StoredCredential,
    UserHandle,
};
use soft::{CREDENTIAL_ID, SoftAssertion, SoftKey, SoftRegistration, USER};

struct Assertion {
    json: Vec<u8>,
    response: AuthenticationResponse,
    signed: Vec<u8>,
    signature: Vec<u8>,
    cose: Vec<u8>,
    point: Vec<u8>,
    id: CredentialId,
    user: UserHandle,
}

impl Assertion {
    fn new(key: &SoftKey) -> Self {
        let soft = SoftAssertion::new();
        let signature = key.sign(&soft.signed());
        let point: Vec<u8> = key
            .parameters()
            .into_iter()
            .flat_map(|(_, bytes)| bytes)
            .collect();
        Self {
            json: soft.json_with(&signature),
            response: soft.response_with(&signature),
            signed: soft.signed(),
            cose: key.cose(),
            point: std::iter::once(4).chain(point).collect(),
            signature,
            id: CredentialId::new(CREDENTIAL_ID).unwrap(),
            user: UserHandle::new(USER).unwrap(),
        }
    }

    fn stored(&self) -> StoredCredential<'_> {
        StoredCredential {
            id: &self.id,
            public_key: &self.cose,
            sign_count: 1,
            user_handle: Some(&self.user),
            backup_eligible: Some(false),
        }
    }
}

fn verify_assertion(c: &mut Criterion) {
    let policy = Policy::default();
    let mut group = c.benchmark_group("verify_assertion");
    for key in SoftKey::all() {
        let assertion = Assertion::new(&key);
        let pending = soft::authentication();
        group.bench_function(key.algorithm.as_str().to_lowercase(), |b| {
            b.iter_batched(
                || pending.clone(),
                |pending| {
                    pending
                        .finish(&assertion.response, &assertion.stored(), &policy)
                        .unwrap()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
    let assertion = Assertion::new(&SoftKey::new(Algorithm::Es256));
    c.bench_function("parse_assertion_json", |b| {
        b.iter(|| AuthenticationResponse::from_json(black_box(&assertion.json)).unwrap());
    });
}

fn verify_registration(c: &mut Criterion) {
    let policy = Policy::default();
    let mut group = c.benchmark_group("verify_registration");
    let mut bench = |name: String, json: Vec<u8>| {
        let response = RegistrationResponse::from_json(&json).unwrap();
        let pending = soft::registration();
        group.bench_function(name, |b| {
            b.iter_batched(
                || pending.clone(),
                |pending| pending.finish(&response, &policy, soft::now()).unwrap(),
                BatchSize::SmallInput,
            );
        });
    };
    let es256 = SoftKey::new(Algorithm::Es256);
    bench("none".to_owned(), SoftRegistration::new(&es256).json());
    for key in SoftKey::all() {
        let name = format!("packed_self/{}", key.algorithm.as_str().to_lowercase());
        bench(name, SoftRegistration::self_attested(&key).json());
    }
    group.finish();
}

fn check_with_ring(assertion: &Assertion) {
    ring::signature::UnparsedPublicKey::new(
        &ring::signature::ECDSA_P256_SHA256_ASN1,
        black_box(&assertion.point),
    )
    .verify(black_box(&assertion.signed), black_box(&assertion.signature))
    .unwrap();
}

/// The bare check of the same signature, and the ratio of the full assertion to it, measured side by side.
fn baseline(c: &mut Criterion) {
    let assertion = Assertion::new(&SoftKey::new(Algorithm::Es256));
    c.bench_function("baseline/es256_verify", |b| {
        b.iter(|| check_with_ring(&assertion))
    });

    let policy = Policy::default();
    let pending = soft::authentication();
    let mut ratios: Vec<f64> = (0..200)
        .map(|_| {
            let clones: Vec<_> = (0..20).map(|_| pending.clone()).collect();
            let full = time(|| {
                for pending in clones {
                    black_box(
                        pending
                            .finish(&assertion.response, &assertion.stored(), &policy)
                            .unwrap(),
                    );
                }
            });
            let bare = time(|| (0..20).for_each(|_| check_with_ring(&assertion)));
            full.as_secs_f64() / bare.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "full ES256 assertion / bare ring check: {:.3}",
        ratios[ratios.len() / 2]
    );
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

criterion_group!(benches, verify_assertion, verify_registration, baseline);
criterion_main!(benches);
