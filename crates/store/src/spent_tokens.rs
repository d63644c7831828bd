//! Spent tokens: the ids of sessions and sign-in tokens that worked once and may not again.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use passgate_core::{
    application::AppId,
    time::{DAY, Timestamp},
    token::TokenId,
};

use crate::{
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    installation,
    schema::spent_tokens,
};

/// Under this name the installation keeps what [`purge`] has forgotten: nothing that expired at that time, or before, is
/// taken for unspent.
const FORGOTTEN_UNTIL: &str = "spent_tokens_forgotten_until";

/// Under this name the installation keeps up to what time [`next_purge`] let tokens be forgotten last.
const PURGED_UNTIL: &str = "spent_tokens_purged_until";

/// How long after its expiry a spent token is remembered: no clock in use is further behind.
pub const MARGIN: Duration = DAY;

/// How much further a purge may go than the one before it, whatever the clock says.
const STRIDE: Duration = DAY;

/// Uses a token up. It is remembered until it could no longer be used anyway.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if it was used up before, or if it expired so long ago that nobody remembers.
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
    InsertError::unless_inserted(inserted)?;
    // After the row, which waits for a purge that is just deleting this very token: what that forgot is seen here.
    match installation::get_number(tx, FORGOTTEN_UNTIL)? {
        Some(forgotten) if micros(expires_at) <= forgotten => Err(InsertError::Duplicate),
        Some(_) | None => Ok(()),
    }
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
            .get_result::<NaiveDateTime>(conn)
            .optional()
    })?;
    Ok(found.is_some())
}

/// Up to what time the next [`purge`] may forget: a day before now, and never more than a day further than the last time.
/// So one run by a clock that is far ahead forgets nothing that a right clock would still accept. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn next_purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<Timestamp, StoreError> {
    let last = match installation::get_number(tx, PURGED_UNTIL)? {
        Some(last) => Some(i64::try_from(last).map_or(now, Timestamp::from_micros)),
        None => oldest_expiry(tx)?,
    };
    let latest = now.minus(MARGIN);
    Ok(last.map_or(latest, |last| latest.min(last.plus(STRIDE))))
}

/// Notes that everything up to `until` was forgotten. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn finish_purge(tx: &mut Tx<'_>, until: Timestamp) -> Result<(), StoreError> {
    installation::set(tx, PURGED_UNTIL, &micros(until).to_be_bytes())
}

/// Forgets tokens of all applications that expired before a time, about `limit` of the oldest of them, so that a large
/// purge does not hold up other writes. Returns how many; zero means there are none left. What is forgotten stays refused:
/// see [`spend`]. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn purge(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
    let last = tx.run("spent_tokens.purge", |conn| {
        spent_tokens::table
            .filter(spent_tokens::expires_at.lt(before.to_naive()))
            .order(spent_tokens::expires_at)
            .select(spent_tokens::expires_at)
            .offset(limit.max(1).into())
            .first::<NaiveDateTime>(conn)
            .optional()
    })?;
    // Those of one moment go together.
    let last = match last {
        Some(last) => Some(last),
        None => latest_expiry(tx, before)?,
    };
    let Some(last) = last else {
        return Ok(0);
    };
    installation::raise(tx, FORGOTTEN_UNTIL, micros(last.into()))?;
    tx.run("spent_tokens.purge", |conn| {
        diesel::delete(spent_tokens::table.filter(spent_tokens::expires_at.le(last))).execute(conn)
    })
}

fn oldest_expiry(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let oldest = tx.run("spent_tokens.oldest_expiry", |conn| {
        spent_tokens::table
            .select(diesel::dsl::min(spent_tokens::expires_at))
            .get_result::<Option<NaiveDateTime>>(conn)
    })?;
    Ok(oldest.map(Into::into))
}

fn latest_expiry(tx: &mut Tx<'_>, before: Timestamp) -> Result<Option<NaiveDateTime>, StoreError> {
    tx.run("spent_tokens.latest_expiry", |conn| {
        spent_tokens::table
            .filter(spent_tokens::expires_at.lt(before.to_naive()))
            .select(diesel::dsl::max(spent_tokens::expires_at))
            .get_result::<Option<NaiveDateTime>>(conn)
    })
}

/// Microseconds since 1970; a time before that counts as 1970.
fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(0)
}
