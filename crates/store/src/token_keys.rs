//! The wrapped sealing keys of an application.

use chrono::NaiveDateTime;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use passgate_core::{application::AppId, token::keyring::StoredTokenKey};

use crate::{
    column::column,
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::token_keys,
};

/// The row of a key. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = token_keys)]
struct TokenKeyRow {
    app_id: String,
    id: i64,
    created_at: NaiveDateTime,
    wrapped: Vec<u8>,
}

impl TryFrom<TokenKeyRow> for StoredTokenKey {
    type Error = StoreError;

    fn try_from(row: TokenKeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: column!(token_keys.id).unsigned(row.id)?,
            created_at: row.created_at.into(),
            wrapped: row.wrapped,
        })
    }
}

/// The application's keys, oldest first.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<StoredTokenKey>, StoreError> {
    let rows = tx.run("token_keys.list", |conn| {
        token_keys::table
            .filter(token_keys::app_id.eq(app.as_str()))
            .order((token_keys::created_at, token_keys::id))
            .select(TokenKeyRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryFrom::try_from).collect()
}

/// Stores a new key.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the application has a key with this id.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, key: &StoredTokenKey) -> Result<(), InsertError> {
    let inserted = tx.run("token_keys.insert", |conn| {
        let row = TokenKeyRow {
            app_id: app.to_string(),
            id: key.id.into(),
            created_at: key.created_at.to_naive(),
            wrapped: key.wrapped.clone(),
        };
        on_either!(conn, conn => diesel::insert_into(token_keys::table).values(row).on_conflict_do_nothing().execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// Replaces what is stored of a key: it was wrapped again under another master key. False if there is no such key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn rewrap(tx: &mut Tx<'_>, app: &AppId, id: u32, wrapped: &[u8]) -> Result<bool, StoreError> {
    let changed = tx.run("token_keys.rewrap", |conn| {
        diesel::update(token_keys::table.find((app.as_str(), i64::from(id))))
            .set(token_keys::wrapped.eq(wrapped))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Deletes a key. False if there is no such key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: u32) -> Result<bool, StoreError> {
    let deleted = tx.run("token_keys.delete", |conn| {
        diesel::delete(token_keys::table.find((app.as_str(), i64::from(id)))).execute(conn)
    })?;
    Ok(deleted == 1)
}
