//! Removing an application: at once for everybody who asks, and row by row for the database.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use passgate_core::application::AppId;

use crate::{
    connection::Tx,
    error::StoreError,
    schema::{
        account_deletions, alias_keys, aliases, api_keys, applications, credentials, dispatched_emails,
        events, spent_tokens, token_keys,
    },
};

/// Rows that [`delete`] removes by itself: whatever has no more is gone at once.
const AT_ONCE: u32 = 200;

/// What a step of a removal came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Rows that it removed.
    pub rows: usize,
    /// Whether nothing is left, and the id is free.
    pub is_complete: bool,
}

/// Deletes the application: from here on it is not found, and its keys open nothing. What belongs to it goes with it if
/// that is little; else it is left to [`remove_some`], and its id stays taken until that is done. None if there is no
/// such application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<Removal>, StoreError> {
    let marked = tx.run("applications.delete", |conn| {
        diesel::update(super::alive(app))
            .set(applications::deleted.eq(true))
            .execute(conn)
    })?;
    if marked == 0 {
        return Ok(None);
    }
    let app_id = app.as_str();
    tx.run("api_keys.delete_all", |conn| {
        diesel::delete(api_keys::table.filter(api_keys::app_id.eq(app_id))).execute(conn)
    })?;
    tx.run("token_keys.delete_all", |conn| {
        diesel::delete(token_keys::table.filter(token_keys::app_id.eq(app_id))).execute(conn)
    })?;
    tx.run("alias_keys.delete_all", |conn| {
        diesel::delete(alias_keys::table.filter(alias_keys::app_id.eq(app_id))).execute(conn)
    })?;
    tx.run("account_deletions.delete_all", |conn| {
        diesel::delete(account_deletions::table.filter(account_deletions::app_id.eq(app_id))).execute(conn)
    })?;
    remove_some(tx, app, AT_ONCE).map(Some)
}

/// The ids of the applications that were deleted and of which rows are left. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_deleted(tx: &mut Tx<'_>) -> Result<Vec<AppId>, StoreError> {
    let ids = tx.run("applications.list_deleted", |conn| {
        applications::table
            .filter(applications::deleted.eq(true))
            .select(applications::id)
            .order(applications::id)
            .load::<String>(conn)
    })?;
    super::app_ids(&ids)
}

/// Deletes rows of one table, in the order of its key, at most `$limit` of them, and says how many.
macro_rules! delete_some {
    ($tx:expr, $table:ident.$id:ident: $Id:ty, $app:expr, $limit:expr) => {{
        let rows = || $table::table.filter($table::app_id.eq($app.as_str()));
        let last = $tx.run(concat!(stringify!($table), ".delete_some"), |conn| {
            rows()
                .order($table::$id)
                .select($table::$id)
                .offset(i64::from($limit) - 1)
                .first::<$Id>(conn)
                .optional()
        })?;
        $tx.run(concat!(stringify!($table), ".delete_some"), |conn| match last {
            Some(last) => diesel::delete(rows().filter($table::$id.le(last))).execute(conn),
            None => diesel::delete(rows()).execute(conn),
        })?
    }};
}

/// Removes some of what is left of a deleted application: at most `limit` rows of the tables that grow with its users,
/// so that other writes need not wait long. The last step removes its row, with the few that follow it by themselves.
/// Does nothing to an application that was not deleted.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn remove_some(tx: &mut Tx<'_>, app: &AppId, limit: u32) -> Result<Removal, StoreError> {
    let is_deleted = tx.run("applications.is_deleted", |conn| {
        applications::table
            .find(app.as_str())
            .select(applications::deleted)
            .get_result::<bool>(conn)
            .optional()
    })?;
    if is_deleted != Some(true) {
        return Ok(Removal {
            rows: 0,
            is_complete: true,
        });
    }
    let limit = limit.max(1);
    let steps: [fn(&mut Tx<'_>, &AppId, u32) -> Result<usize, StoreError>; 5] = [
        |tx, app, limit| Ok(delete_some!(tx, credentials.id: Vec<u8>, app, limit)),
        |tx, app, limit| Ok(delete_some!(tx, aliases.digest: Vec<u8>, app, limit)),
        |tx, app, limit| Ok(delete_some!(tx, events.id: Vec<u8>, app, limit)),
        |tx, app, limit| Ok(delete_some!(tx, spent_tokens.token_id: Vec<u8>, app, limit)),
        |tx, app, limit| Ok(delete_some!(tx, dispatched_emails.id: Vec<u8>, app, limit)),
    ];
    let (mut rows, mut left) = (0, limit);
    for step in steps {
        let removed = step(tx, app, left)?;
        rows += removed;
        left = left.saturating_sub(u32::try_from(removed).unwrap_or(u32::MAX));
        if left == 0 {
            return Ok(Removal {
                rows,
                is_complete: false,
            });
        }
    }
    // Whoever adds a credential at the same time is waited for, and what they added goes with this row.
    tx.run("applications.remove", |conn| {
        diesel::delete(applications::table.find(app.as_str())).execute(conn)
    })?;
    Ok(Removal {
        rows,
        is_complete: true,
    })
}

/// Deletes from the tables that do not refer to the application's row.
pub(super) fn delete_unreferenced(tx: &mut Tx<'_>, app: &AppId) -> Result<(), StoreError> {
    let app = app.as_str();
    tx.run("events.delete_all", |conn| {
        diesel::delete(events::table.filter(events::app_id.eq(app))).execute(conn)
    })?;
    tx.run("spent_tokens.delete_all", |conn| {
        diesel::delete(spent_tokens::table.filter(spent_tokens::app_id.eq(app))).execute(conn)
    })?;
    tx.run("dispatched_emails.delete_all", |conn| {
        diesel::delete(dispatched_emails::table.filter(dispatched_emails::app_id.eq(app))).execute(conn)
    })?;
    Ok(())
}
