//! What a request spends in the domain rules: opening and sealing tokens, digesting aliases, checking keys.

#![expect(
    clippy::expect_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use passgate_core::{
    alias::{Alias, legacy_digest},
    api_key::{ApiKey, ApiKeyKind, PresentedKey, SecretApiKey},
    application::AppId,
    master_key::MasterKey,
    secret::Secret,
    sign_in::{GenerateToken, generated_token},
    time::Timestamp,
    token::{
        SignInToken, TokenId,
        keyring::{Keyring, SealingKey},
        open, seal,
    },
    user::UserId,
};

fn demo_app() -> AppId {
    AppId::parse("demoapp").expect("an application id")
}

fn tokens(c: &mut Criterion) {
    let (app, now) = (demo_app(), Timestamp::from_seconds(1_735_689_600));
    let key = SealingKey::new(1, now, Secret::new([7; 32]));
    let keyring = Keyring::new(vec![key.clone()]);
    let request = GenerateToken {
        user_id: UserId::parse("107fb578-9559-4540-a0e2-f82ad78852f7").expect("a user id"),
        lifetime: Duration::from_secs(120),
        purpose: None,
        rp_id: Some("example.com".to_owned()),
        origin: Some("https://example.com".to_owned()),
    };
    let claims = generated_token(request, TokenId::from_random([1; 16]), now);
    let text = seal(&claims, &app, &key, [0; 12]);

    let mut group = c.benchmark_group("token");
    group.bench_function("seal", |b| {
        b.iter(|| seal(black_box(&claims), &app, &key, [0; 12]))
    });
    group.bench_function("open", |b| {
        b.iter(|| open::<SignInToken>(black_box(text.as_str()), &app, &keyring, now))
    });
    group.finish();
}

fn aliases(c: &mut Criterion) {
    let (app, alias) = (demo_app(), Alias::parse("pjfry@example.com").expect("an alias"));
    let key = MasterKey::new([1; 32]).alias_key(&app);
    let mut group = c.benchmark_group("alias_digest");
    group.bench_function("keyed", |b| b.iter(|| key.digest(black_box(&alias))));
    group.bench_function("legacy", |b| b.iter(|| legacy_digest(&app, black_box(&alias))));
    group.finish();
}

fn keys(c: &mut Criterion) {
    let key = SecretApiKey::generate(&demo_app(), [1; 16]);
    let stored = ApiKey::secret(&key, &[].into(), Timestamp::from_seconds(0));
    c.bench_function("secret_key_check", |b| {
        b.iter(|| {
            PresentedKey::parse(ApiKeyKind::Secret, black_box(key.expose())).map(|key| stored.check(&key))
        })
    });
}

criterion_group!(benches, tokens, aliases, keys);
criterion_main!(benches);
