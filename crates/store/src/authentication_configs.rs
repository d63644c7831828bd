//! Purposes, as far as an application has its own.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, Insertable, OptionalExtension, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper,
};
use passgate_core::{
    application::AppId,
    authentication_config::{AuthenticationConfig, Purpose, hints_from_text, hints_to_text},
    time::Timestamp,
};
use passgate_webauthn::UserVerification;

use crate::{
    column::{cannot_be_stored, column, free_text, optional_free_text, optional_time},
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::authentication_configs,
};

/// The last use is recorded at most this often: it would be a second write, to one row, for every sign-in.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// The row of a configuration. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = authentication_configs, primary_key(app_id, purpose), treat_none_as_null = true)]
struct ConfigRow {
    app_id: String,
    purpose: String,
    user_verification: String,
    time_to_live_micros: i64,
    hints: String,
    created_by: String,
    created_at: Option<NaiveDateTime>,
    edited_by: Option<String>,
    edited_at: Option<NaiveDateTime>,
    last_used_at: Option<NaiveDateTime>,
}

impl ConfigRow {
    fn new(app: &AppId, config: &AuthenticationConfig) -> Result<Self, StoreError> {
        let micros = u64::try_from(config.time_to_live.as_micros()).unwrap_or(u64::MAX);
        Ok(Self {
            app_id: app.to_string(),
            purpose: column!(authentication_configs.purpose)
                .key(config.purpose.as_str())?
                .to_owned(),
            user_verification: config.user_verification.as_str().to_owned(),
            time_to_live_micros: column!(authentication_configs.time_to_live_micros).signed(micros)?,
            hints: hints_to_text(&config.hints),
            created_by: free_text(&config.created_by).into_owned(),
            created_at: optional_time(config.created_at),
            edited_by: optional_free_text(config.edited_by.as_deref()).map(Into::into),
            edited_at: optional_time(config.edited_at),
            last_used_at: optional_time(config.last_used_at),
        })
    }
}

impl TryFrom<ConfigRow> for AuthenticationConfig {
    type Error = StoreError;

    fn try_from(row: ConfigRow) -> Result<Self, StoreError> {
        Ok(Self {
            purpose: column!(authentication_configs.purpose).read(Purpose::parse(&row.purpose).ok())?,
            user_verification: column!(authentication_configs.user_verification)
                .read(UserVerification::parse(&row.user_verification).ok())?,
            time_to_live: Duration::from_micros(
                column!(authentication_configs.time_to_live_micros).unsigned(row.time_to_live_micros)?,
            ),
            hints: column!(authentication_configs.hints).read(hints_from_text(&row.hints).ok())?,
            created_by: row.created_by,
            created_at: row.created_at.map(Into::into),
            edited_by: row.edited_by,
            edited_at: row.edited_at.map(Into::into),
            last_used_at: row.last_used_at.map(Into::into),
        })
    }
}

/// The stored configuration of a purpose.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(
    tx: &mut Tx<'_>,
    app: &AppId,
    purpose: &Purpose,
) -> Result<Option<AuthenticationConfig>, StoreError> {
    if cannot_be_stored(purpose.as_str()) {
        return Ok(None);
    }
    let row = tx.run("authentication_configs.find", |conn| {
        authentication_configs::table
            .find((app.as_str(), purpose.as_str()))
            .select(ConfigRow::as_select())
            .get_result(conn)
            .optional()
    })?;
    row.map(TryInto::try_into).transpose()
}

/// All stored configurations, in the order of their purposes.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<AuthenticationConfig>, StoreError> {
    let rows = tx.run("authentication_configs.list", |conn| {
        authentication_configs::table
            .filter(authentication_configs::app_id.eq(app.as_str()))
            .order(authentication_configs::purpose)
            .select(ConfigRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Stores a new configuration.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the purpose has one.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, config: &AuthenticationConfig) -> Result<(), InsertError> {
    let row = ConfigRow::new(app, config)?;
    let inserted = tx.run("authentication_configs.insert", |conn| {
        on_either!(conn, conn => diesel::insert_into(authentication_configs::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// Replaces a configuration. False if the purpose has none.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn update(tx: &mut Tx<'_>, app: &AppId, config: &AuthenticationConfig) -> Result<bool, StoreError> {
    let row = ConfigRow::new(app, config)?;
    let changed = tx.run("authentication_configs.update", |conn| {
        diesel::update(authentication_configs::table.find((app.as_str(), config.purpose.as_str())))
            .set(&row)
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Deletes a configuration. False if the purpose has none.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, purpose: &Purpose) -> Result<bool, StoreError> {
    if cannot_be_stored(purpose.as_str()) {
        return Ok(false);
    }
    let deleted = tx.run("authentication_configs.delete", |conn| {
        diesel::delete(authentication_configs::table.find((app.as_str(), purpose.as_str()))).execute(conn)
    })?;
    Ok(deleted == 1)
}

/// Records that a sign-in used a configuration, unless that was recorded less than a minute ago. A preset that was never
/// stored is stored now. Returns whether anything was written.
///
/// The `last_used_at` that the caller read saves the statement: while it is fresh, nothing is asked of the database.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn touch(
    tx: &mut Tx<'_>,
    app: &AppId,
    config: &AuthenticationConfig,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let stale = now.minus(TOUCH_INTERVAL);
    if config
        .last_used_at
        .is_some_and(|last_used_at| last_used_at > stale)
    {
        return Ok(false);
    }
    let touched = tx.run("authentication_configs.touch", |conn| {
        let due = authentication_configs::last_used_at
            .is_null()
            .or(authentication_configs::last_used_at.le(stale.to_naive()));
        diesel::update(
            authentication_configs::table
                .filter(authentication_configs::app_id.eq(app.as_str()))
                .filter(authentication_configs::purpose.eq(config.purpose.as_str()))
                .filter(due),
        )
        .set(authentication_configs::last_used_at.eq(now.to_naive()))
        .execute(conn)
    })?;
    if touched == 1 || !config.purpose.is_preset() {
        return Ok(touched == 1);
    }
    let used = AuthenticationConfig {
        last_used_at: Some(now),
        ..config.clone()
    };
    match insert(tx, app, &used) {
        Ok(()) => Ok(true),
        // The row exists, and was touched by somebody else a moment ago.
        Err(InsertError::Duplicate) => Ok(false),
        Err(InsertError::Store(error)) => Err(error),
    }
}
