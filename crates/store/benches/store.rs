//! Reads and durable writes, alone and with 32 writers, on SQLite and (with `TEST_POSTGRES_URL`) on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a bench a panic is the failure")]

use std::{
    fs::File,
    hint::black_box,
    io::Write,
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use passgate_core::{
    application::{AppId, Application, ApplicationState, Features},
    credential::{Credential, CredentialUse},
    time::Timestamp,
    user::UserId,
};
use passgate_store::{
    DatabaseUrl, InsertError, Store, StoreError, StoreSettings, Synchronous, applications, credentials,
};
use passgate_testkit::TestDatabase;
use passgate_webauthn::{Aaguid, CredentialId, Origin, RpId, UserHandle};

const NOW: Timestamp = Timestamp::from_seconds(1_767_323_045);
const CREDENTIALS: u32 = 1000;

fn id(number: u32) -> CredentialId {
    // Spread over the tree, as real ids are.
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    CredentialId::new(bytes).unwrap()
}

fn credential(number: u32) -> Credential {
    Credential {
        id: id(number),
        user_id: UserId::parse(&format!("user{number}")).unwrap(),
        user_handle: UserHandle::new(number.to_be_bytes()).ok(),
        public_key: vec![7; 77],
        sign_count: 0,
        transports: Vec::new(),
        attestation_format: "none".to_owned(),
        aaguid: Aaguid::new([0; 16]),
        created_at: NOW,
        last_used_at: NOW,
        rp_id: RpId::parse("example.com").unwrap(),
        origin: Origin::parse("https://example.com").unwrap(),
        country: "FR".to_owned(),
        device: "Firefox, Linux".to_owned(),
        nickname: None,
        backup_state: Some(true),
        backup_eligible: Some(true),
        discoverable: Some(true),
        uv_initialized: true,
        suspended_at: None,
    }
}

fn open(database: &TestDatabase, app: &AppId, synchronous: Synchronous) -> Store {
    let settings = StoreSettings {
        connections: 8,
        synchronous,
        ..StoreSettings::default()
    };
    let store = Store::connect(&DatabaseUrl::parse(database.url()).unwrap(), settings).unwrap();
    store.migrate().unwrap();
    let application = Application {
        id: app.clone(),
        created_at: NOW,
        admin_emails: Vec::new(),
        state: ApplicationState::Active,
        features: Features::default(),
    };
    store
        .write(|tx| -> Result<(), InsertError> {
            applications::insert(tx, &application)?;
            (0..CREDENTIALS).try_for_each(|number| credentials::insert(tx, app, &credential(number)))
        })
        .unwrap();
    store
}

fn read(store: &Store, app: &AppId, number: u32) {
    let id = id(number % CREDENTIALS);
    let found = store.read(|tx| credentials::find(tx, app, &id)).unwrap();
    assert!(black_box(found).is_some());
}

fn update(store: &Store, app: &AppId, number: u32) {
    let used = CredentialUse {
        id: id(number % CREDENTIALS),
        observed_sign_count: 0,
        observed_backup_eligible: Some(true),
        learned_user_handle: None,
        sign_count: 0,
        backup_state: true,
        backup_eligible: true,
        uv_initialized: true,
        at: NOW.plus(Duration::from_secs(number.into())),
        country: "FR".to_owned(),
        device: "Firefox, Linux".to_owned(),
    };
    assert!(
        store
            .write(|tx| -> Result<_, StoreError> { credentials::record_use(tx, app, &used) })
            .unwrap()
    );
}

/// The time per operation when `threads` of them share `iterations`.
fn together(threads: u32, iterations: u64, operation: impl Fn(u32) + Sync) -> Duration {
    let each = u32::try_from(iterations).unwrap().div_ceil(threads);
    let start = Instant::now();
    thread::scope(|scope| {
        for worker in 0..threads {
            let operation = &operation;
            scope.spawn(move || (0..each).for_each(|round| operation(round * threads + worker)));
        }
    });
    let done = u64::from(each * threads);
    Duration::from_secs_f64(start.elapsed().as_secs_f64() * iterations as f64 / done as f64)
}

fn store(criterion: &mut Criterion) {
    let app = AppId::parse("bench").unwrap();
    let databases = [
        ("sqlite", Some(TestDatabase::sqlite())),
        ("postgres", TestDatabase::postgres()),
    ];
    for (name, database) in &databases {
        let Some(database) = database else { continue };
        let store = open(database, &app, Synchronous::Full);
        let mut group = criterion.benchmark_group(format!("store/{name}"));
        group.sample_size(20);
        let mut number = 0;
        let mut next = || {
            number += 1;
            number
        };
        group.bench_function("read", |bencher| bencher.iter(|| read(&store, &app, next())));
        group.bench_function("update", |bencher| bencher.iter(|| update(&store, &app, next())));
        group.bench_function("update_by_8", |bencher| {
            bencher.iter_custom(|iterations| together(8, iterations, |number| update(&store, &app, number)));
        });
        group.bench_function("update_by_32", |bencher| {
            bencher.iter_custom(|iterations| together(32, iterations, |number| update(&store, &app, number)));
        });
        group.finish();
    }

    let database = TestDatabase::sqlite();
    let store = open(&database, &app, Synchronous::Normal);
    let mut group = criterion.benchmark_group("store/sqlite_not_durable");
    group.sample_size(20);
    let mut number = 0;
    group.bench_function("update", |bencher| {
        bencher.iter(|| {
            number += 1;
            update(&store, &app, number);
        });
    });
    group.finish();

    // What the disk alone takes: the durable figures mean something only as a ratio to this.
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create(folder.path().join("probe")).unwrap();
    criterion
        .benchmark_group("baseline")
        .sample_size(20)
        .bench_function("fsync_4k", |bencher| {
            bencher.iter(|| {
                file.write_all(&[1; 4096]).unwrap();
                file.sync_data().unwrap();
            });
        });
}

criterion_group!(benches, store);
criterion_main!(benches);
