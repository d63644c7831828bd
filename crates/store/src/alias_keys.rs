//! Alias keys that applications brought along, or kept when the master key changed, wrapped under the master key.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use passgate_core::application::AppId;

use crate::{
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::alias_keys,
};

/// The wrapped alias key that the application brought along; none if its key is derived from the master key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<Vec<u8>>, StoreError> {
    tx.run("alias_keys.find", |conn| {
        alias_keys::table
            .find(app.as_str())
            .select(alias_keys::wrapped)
            .get_result::<Vec<u8>>(conn)
            .optional()
    })
}

/// Stores the application's wrapped alias key, in place of the one it has, if it has one: it was wrapped again under
/// another master key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set(tx: &mut Tx<'_>, app: &AppId, wrapped: &[u8]) -> Result<(), StoreError> {
    tx.run("alias_keys.set", |conn| {
        on_either!(conn, conn => diesel::insert_into(alias_keys::table)
            .values((alias_keys::app_id.eq(app.as_str()), alias_keys::wrapped.eq(wrapped)))
            .on_conflict(alias_keys::app_id)
            .do_update()
            .set(alias_keys::wrapped.eq(wrapped))
            .execute(conn))
    })?;
    Ok(())
}

/// Stores the application's wrapped alias key.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if it has one: its digests would be lost.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, wrapped: &[u8]) -> Result<(), InsertError> {
    let inserted = tx.run("alias_keys.insert", |conn| {
        let row = (
            alias_keys::app_id.eq(app.as_str()),
            alias_keys::wrapped.eq(wrapped),
        );
        on_either!(conn, conn => diesel::insert_into(alias_keys::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}
