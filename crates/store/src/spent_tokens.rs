//! Spent tokens: the ids of sessions and sign-in tokens that worked once and may not again.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use passgate_core::{application::AppId, time::Timestamp, token::TokenId};

use crate::{
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::spent_tokens,
};

/// Uses a token up. It is remembered until it could no longer be used anyway.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if it was used up before.
pub fn spend(
    tx: &mut Tx<'_>,
    app: &AppId,
    token: &TokenId,
    expires_at: Timestamp,
) -> Result<(), InsertError> {
    let inserted = tx.run("spent_tokens.spend", |conn| {
        let row = (
            spent_tokens::app_id.eq(app.as_str()),
            spent_tokens::token_id.eq(&token.as_bytes()[..]),
            spent_tokens::expires_at.eq(expires_at.to_naive()),
        );
        on_either!(conn, conn => diesel::insert_into(spent_tokens::table).values(row).on_conflict_do_nothing().execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// Whether a token was used up: a cheap answer before expensive work. Only [`spend`] decides.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn is_spent(tx: &mut Tx<'_>, app: &AppId, token: &TokenId) -> Result<bool, StoreError> {
    let found = tx.run("spent_tokens.is_spent", |conn| {
        spent_tokens::table
            .find((app.as_str(), &token.as_bytes()[..]))
            .select(spent_tokens::expires_at)
            .get_result::<chrono::NaiveDateTime>(conn)
            .optional()
    })?;
    Ok(found.is_some())
}

/// Forgets tokens of all applications that have expired. Returns how many. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    tx.run("spent_tokens.purge", |conn| {
        diesel::delete(spent_tokens::table.filter(spent_tokens::expires_at.lt(now.to_naive()))).execute(conn)
    })
}
