//! Tests of query plans: no query that runs for a request looks at every row, and none about one user at those of all users.

use std::sync::{Arc, Mutex};

use diesel::{Connection, QueryableByName, RunQueryDsl, connection::InstrumentationEvent, sql_types::Text};
use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    api_key::{ApiKeyId, PublicApiKey},
    application::AppId,
    authentication_config::AuthenticationConfig,
    time::Timestamp,
    token::TokenId,
    user::UserId,
};
use passgate_testkit::TestDatabase;
use passgate_webauthn::CredentialId;

use crate::{
    DatabaseUrl, InsertError, StoreSettings, Tx, account_deletions, aliases, api_keys, applications,
    authentication_configs,
    connection::{Opener, Role},
    credentials, dispatched_emails, events, snapshot, spent_tokens, users, well_known,
};

/// What one request may ask.
fn ask_everything(tx: &mut Tx<'_>) -> Result<(), InsertError> {
    let app = AppId::parse("demo").unwrap();
    let user = UserId::parse("ann").unwrap();
    let key: ApiKeyId = PublicApiKey::generate(&app, [1; 16]).id();
    let id = CredentialId::new([1; 32]).unwrap();
    let now = Timestamp::from_seconds(1);
    let digest = AliasDigest([1; 32]);
    let [config, _] = AuthenticationConfig::presets();
    let application = passgate_core::application::Application {
        id: app.clone(),
        created_at: now,
        admin_emails: Vec::new(),
        state: passgate_core::application::ApplicationState::Active,
        features: passgate_core::application::Features::default(),
    };
    let used = passgate_core::credential::CredentialUse {
        id: id.clone(),
        observed_backup_eligible: None,
        observed_sign_count: 0,
        learned_user_handle: None,
        sign_count: 0,
        backup_state: true,
        backup_eligible: true,
        uv_initialized: true,
        at: now,
        country: String::new(),
        device: String::new(),
    };
    applications::insert(tx, &application)?;
    applications::count_credentials(tx, &app)?;
    snapshot::load(tx, &app)?;
    api_keys::find(tx, &app, &key)?;
    api_keys::unlock(tx, &app, &key, now)?;
    api_keys::lock_all(tx, &app, now)?;
    credentials::find(tx, &app, &id)?;
    credentials::list_by_user(tx, &app, &user)?;
    credentials::list_all(tx, &app, Some(&id), 10)?;
    credentials::user_owns_any(tx, &app, &user)?;
    credentials::record_use(tx, &app, &used)?;
    credentials::delete_by_user(tx, &app, &user)?;
    let alias = StoredAlias {
        digest,
        user_id: user.clone(),
        plaintext: None,
        is_sign_in_name: false,
    };
    aliases::replace(tx, &app, &user, &[alias])?;
    aliases::find_owner(tx, &app, &digest)?;
    aliases::find_owner_of_either(tx, &app, [&digest, &AliasDigest([2; 32])])?;
    aliases::list_by_user(tx, &app, &user)?;
    aliases::list_all(tx, &app, Some(&digest), 10)?;
    users::count(tx, &app)?;
    users::list(tx, &app)?;
    users::page(tx, &app, Some(&user), Some("a"), 10)?;
    authentication_configs::list(tx, &app)?;
    authentication_configs::find(tx, &app, &config.purpose)?;
    authentication_configs::touch(tx, &app, &config, now)?;
    events::list(tx, &app, 1, 10, &events::EventFilter::default())?;
    events::list_after(
        tx,
        &app,
        Some(uuid::Uuid::nil()),
        10,
        &events::EventFilter::default(),
    )?;
    let before = events::Position {
        performed_at: now,
        id: uuid::Uuid::nil(),
    };
    events::list_before(tx, &app, before, 10, &events::EventFilter::default())?;
    events::count(tx, &app, &events::EventFilter::default())?;
    events::purge(tx, &app, now, 10)?;
    spent_tokens::spend(tx, &app, &TokenId::from_bytes([1; 16]), now)?;
    spent_tokens::is_spent(tx, &app, &TokenId::from_bytes([1; 16]))?;
    spent_tokens::next_purge(tx, now)?;
    spent_tokens::purge(tx, now, 1)?;
    spent_tokens::finish_purge(tx, now)?;
    dispatched_emails::count_since(tx, &app, now, now)?;
    account_deletions::find(tx, &app)?;
    account_deletions::find_by_abort_token(tx, &[1; 32])?;
    well_known::replace(tx, &app, &passgate_core::well_known::WellKnown::default())?;
    well_known::find(tx, &app)?;
    applications::list_due_deletions(tx, now)?;
    applications::delete(tx, &app)?;
    Ok(())
}

#[derive(QueryableByName)]
struct PlanStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn every_query_of_a_request_finds_its_rows_through_an_index() {
    let database = TestDatabase::sqlite();
    let opener = Opener::new(
        DatabaseUrl::parse(database.url()).unwrap(),
        StoreSettings::default(),
        Role::Writer,
        Arc::default(),
    );
    crate::migration::run(&opener, &mut crate::migration::patiently).unwrap();
    let mut conn = opener.open().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            record.lock().unwrap().push(query.to_string());
        }
    });
    ask_everything(&mut Tx::new(&mut conn)).unwrap();
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert!(asked.len() > 40, "{asked:?}");
    for query in asked {
        let sql = query.split(" -- binds").next().unwrap();
        if sql.contains("SAVEPOINT") {
            continue;
        }
        // SQLite compiles a statement with a bound LIMIT again for each run: for pages, not for looking up a row.
        assert!(!sql.contains("LIMIT ?") || sql.contains("ORDER BY"), "{sql}");
        let of_one_user = sql.contains("`user_id` = ?");
        let plan: Vec<PlanStep> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
            .load(&mut conn)
            .unwrap();
        for step in plan {
            assert!(
                !step.detail.starts_with("SCAN"),
                "{} in the plan of {sql}",
                step.detail
            );
            assert!(
                !(of_one_user && step.detail.ends_with("(app_id=?)")),
                "{} in the plan of {sql}",
                step.detail
            );
        }
    }
}
