//! Empty databases, and sample values to fill them.

use std::{sync::Barrier, thread, time::Duration};

use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    application::{AppId, Application, ApplicationState, Features},
    credential::Credential,
    event::{Event, EventKind},
    time::Timestamp,
    user::UserId,
};
use passgate_store::{DatabaseUrl, Store, StoreError, StoreSettings, Tx, applications};
use passgate_testkit::TestDatabase;
use passgate_webauthn::{Aaguid, CredentialId, Origin, RpId, Transport, UserHandle};
use uuid::Uuid;

/// 2026-01-02T03:04:05.678901Z: every microsecond digit is there to be lost.
pub const NOW: Timestamp = Timestamp::from_micros(1_767_323_045_678_901);

pub const SECOND: Duration = Duration::from_secs(1);

/// Runs a test on a migrated SQLite database with the applications `demo` and `other`.
pub fn on_sqlite(test: impl FnOnce(&Store)) {
    on(&TestDatabase::sqlite(), test);
}

/// Runs a test on a migrated PostgreSQL schema with the applications `demo` and `other`.
pub fn on_postgres(test: impl FnOnce(&Store)) {
    if let Some(database) = TestDatabase::postgres() {
        on(&database, test);
    }
}

fn on(database: &TestDatabase, test: impl FnOnce(&Store)) {
    let store = connect(database);
    store.migrate().unwrap();
    store
        .write(|tx| -> Result<(), StoreError> {
            applications::insert(tx, &application("demo")).unwrap();
            applications::insert(tx, &application("other")).unwrap();
            Ok(())
        })
        .unwrap();
    test(&store);
}

/// Connects with few connections: many tests share one server.
pub fn connect(database: &TestDatabase) -> Store {
    let settings = StoreSettings {
        connections: 4,
        ..StoreSettings::default()
    };
    Store::connect(&DatabaseUrl::parse(database.url()).unwrap(), settings).unwrap()
}

/// Reads, where only the store can fail.
pub fn read<T>(store: &Store, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).unwrap()
}

/// Writes, where only the store can fail.
pub fn write<T>(store: &Store, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.write(work).unwrap()
}

/// Runs the same closure on two threads that start together.
pub fn race<T: Send>(work: impl Fn(usize) -> T + Sync) -> [T; 2] {
    let start = Barrier::new(2);
    let run = |contestant| {
        start.wait();
        work(contestant)
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        let one = run(0);
        [one, other.join().unwrap()]
    })
}

pub fn app(id: &str) -> AppId {
    AppId::parse(id).unwrap()
}

pub fn demo() -> AppId {
    app("demo")
}

pub fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub fn application(id: &str) -> Application {
    Application {
        id: app(id),
        created_at: NOW,
        admin_emails: vec!["admin@example.com".to_owned()],
        state: ApplicationState::Active,
        features: Features::default(),
    }
}

pub fn credential_id(number: u8) -> CredentialId {
    CredentialId::new(vec![number; 32]).unwrap()
}

pub fn credential(number: u8, owner: &str) -> Credential {
    Credential {
        id: credential_id(number),
        user_id: user(owner),
        user_handle: UserHandle::new(owner.as_bytes()).ok(),
        public_key: vec![0xA5, number],
        sign_count: 7,
        transports: vec![
            Transport::new("internal").unwrap(),
            Transport::new("hybrid").unwrap(),
        ],
        attestation_format: "none".to_owned(),
        aaguid: Aaguid::new([number; 16]),
        created_at: NOW.plus(SECOND * u32::from(number)),
        last_used_at: NOW.plus(SECOND * u32::from(number)),
        rp_id: RpId::parse("example.com").unwrap(),
        origin: Origin::parse("https://login.example.com").unwrap(),
        country: "PL".to_owned(),
        device: "Firefox, Linux".to_owned(),
        nickname: Some("Zażółć's key".to_owned()),
        backup_state: Some(false),
        backup_eligible: Some(true),
        discoverable: Some(true),
        uv_initialized: true,
        suspended_at: None,
    }
}

pub fn alias(number: u8, owner: &str) -> StoredAlias {
    StoredAlias {
        digest: AliasDigest([number; 32]),
        user_id: user(owner),
        plaintext: None,
        is_sign_in_name: false,
    }
}

pub fn event(number: u8) -> Event {
    let performed_at = NOW.plus(SECOND * u32::from(number));
    let mut id = [number; 16];
    id[0] = 0;
    Event {
        id: Uuid::from_bytes(id),
        performed_at,
        kind: EventKind::ApiUserSignInCompleted,
        severity: EventKind::ApiUserSignInCompleted.severity(),
        message: format!("User {number} completed sign in."),
        performed_by: format!("user{number}"),
        subject: "demo".to_owned(),
        api_key_id: "eeff".to_owned(),
        reason: None,
        ip: None,
        user_agent: None,
    }
}

/// The same features, each switch among them as `on` makes of it what it is.
pub fn with_all_switches(features: &Features, on: impl Fn(bool) -> bool) -> Features {
    let mut written = serde_json::to_value(features).unwrap();
    for value in written.as_object_mut().unwrap().values_mut() {
        if let serde_json::Value::Bool(switch) = value {
            *switch = on(*switch);
        }
    }
    serde_json::from_value(written).unwrap()
}
