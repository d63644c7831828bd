//! Users: whoever owns a credential or an alias.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::{
    AggregateExpressionMethods, BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods,
    NullableExpressionMethods, QueryDsl, RunQueryDsl, TextExpressionMethods,
    dsl::{self, count_star, max},
};
use passgate_core::{application::AppId, time::Timestamp, user::UserId};

use crate::{
    column::{cannot_be_stored, column},
    connection::Tx,
    error::StoreError,
    schema::{aliases, credentials},
};

/// Users of each kind (owners of credentials, owners of aliases) that [`list`] looks at.
const LIST_LIMIT: u32 = 1000;

/// A user, as lists show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSummary {
    /// The application's id for them.
    pub user_id: UserId,
    /// Their aliases: clear text, or none where only the digest is stored.
    pub aliases: Vec<Option<String>>,
    /// How many credentials they own.
    pub credentials: u64,
    /// When one of their credentials signed in last, or was registered.
    pub last_used_at: Option<Timestamp>,
}

diesel::define_sql_function! {
    /// Lower case. Both databases fold ASCII letters only: SQLite always, PostgreSQL under the collation of the column.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The first thousand owners of credentials and the first thousand owners of aliases, merged, in the order of their ids.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<UserSummary>, StoreError> {
    let mut found = owners_of_credentials(tx, app, None, None, LIST_LIMIT)?;
    found.extend(owners_of_aliases(tx, app, None, None, LIST_LIMIT)?);
    summarise(tx, app, found)
}

/// Users in the order of their ids, at most `limit`, beginning after an id. With `search`, only those whose id or a
/// clear-text alias contains the text, whatever the case of its ASCII letters.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn page(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&UserId>,
    search: Option<&str>,
    limit: u32,
) -> Result<Vec<UserSummary>, StoreError> {
    let after = after.map(UserId::as_str);
    if search.is_some_and(cannot_be_stored) || after.is_some_and(cannot_be_stored) {
        return Ok(Vec::new());
    }
    let pattern = search.map(containing);
    let mut found = owners_of_credentials(tx, app, after, pattern.as_deref(), limit)?;
    found.extend(owners_of_aliases(tx, app, after, pattern.as_deref(), limit)?);
    found.sort();
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    summarise(tx, app, found)
}

/// The `LIKE` pattern for texts that contain `text`; a backslash takes the meaning from the two wildcards.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

fn owners_of_credentials(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&str>,
    pattern: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut query = credentials::table
        .filter(credentials::app_id.eq(app.as_str()))
        .select(credentials::user_id)
        .distinct()
        .order(credentials::user_id)
        .limit(limit.into())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(credentials::user_id.gt(after));
    }
    if let Some(pattern) = pattern {
        // An owner of credentials may be found by an alias, too; `owners_of_aliases` does that.
        query = query.filter(lower(credentials::user_id).like(pattern).escape('\\'));
    }
    tx.run("users.owners_of_credentials", |conn| query.load(conn))
}

fn owners_of_aliases(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&str>,
    pattern: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut query = aliases::table
        .filter(aliases::app_id.eq(app.as_str()))
        .select(aliases::user_id)
        .distinct()
        .order(aliases::user_id)
        .limit(limit.into())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(aliases::user_id.gt(after));
    }
    if let Some(pattern) = pattern {
        let by_id = lower(aliases::user_id).like(pattern).escape('\\');
        let by_alias = lower(aliases::plaintext.assume_not_null())
            .like(pattern)
            .escape('\\');
        query = query.filter(by_id.or(aliases::plaintext.is_not_null().and(by_alias)));
    }
    tx.run("users.owners_of_aliases", |conn| query.load(conn))
}

/// Users per statement: SQLite takes 32 766 parameters, and statements of one size are prepared once.
const CHUNK: usize = 500;

fn summarise(tx: &mut Tx<'_>, app: &AppId, mut ids: Vec<String>) -> Result<Vec<UserSummary>, StoreError> {
    ids.sort();
    ids.dedup();
    let mut summaries = BTreeMap::new();
    for id in &ids {
        let user_id = column!(credentials.user_id).user_id(id)?;
        summaries.insert(
            id.clone(),
            UserSummary {
                user_id,
                aliases: Vec::new(),
                credentials: 0,
                last_used_at: None,
            },
        );
    }
    for chunk in ids.chunks(CHUNK) {
        let owned = tx.run("users.count_credentials", |conn| {
            credentials::table
                .filter(credentials::app_id.eq(app.as_str()))
                .filter(credentials::user_id.eq_any(chunk))
                .group_by(credentials::user_id)
                .select((credentials::user_id, count_star(), max(credentials::last_used_at)))
                .load::<(String, i64, Option<NaiveDateTime>)>(conn)
        })?;
        for (user_id, owned, last_used_at) in owned {
            if let Some(summary) = summaries.get_mut(&user_id) {
                summary.credentials = column!(credentials.id).unsigned(owned)?;
                summary.last_used_at = last_used_at.map(Into::into);
            }
        }
        let named = tx.run("users.list_aliases", |conn| {
            aliases::table
                .filter(aliases::app_id.eq(app.as_str()))
                .filter(aliases::user_id.eq_any(chunk))
                .order((aliases::user_id, aliases::digest))
                .select((aliases::user_id, aliases::plaintext))
                .load::<(String, Option<String>)>(conn)
        })?;
        for (user_id, plaintext) in named {
            if let Some(summary) = summaries.get_mut(&user_id) {
                summary.aliases.push(plaintext);
            }
        }
    }
    Ok(summaries.into_values().collect())
}

/// How many users own a credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count(tx: &mut Tx<'_>, app: &AppId) -> Result<u64, StoreError> {
    let users = tx.run("users.count", |conn| {
        credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .select(dsl::count(credentials::user_id).aggregate_distinct())
            .get_result::<i64>(conn)
    })?;
    column!(credentials.user_id).unsigned(users)
}

/// How many users own a credential that was used at or after a time.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count_active_since(tx: &mut Tx<'_>, app: &AppId, since: Timestamp) -> Result<u64, StoreError> {
    let users = tx.run("users.count_active_since", |conn| {
        credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .filter(credentials::last_used_at.ge(since.to_naive()))
            .select(dsl::count(credentials::user_id).aggregate_distinct())
            .get_result::<i64>(conn)
    })?;
    column!(credentials.user_id).unsigned(users)
}
