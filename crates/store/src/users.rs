//! Users: whoever owns a credential or an alias.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::{
    AggregateExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{self, count_star, max},
};
use icu_casemap::CaseMapper;
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

/// The first thousand owners of credentials and the first thousand owners of aliases, merged, in the order of their ids.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<UserSummary>, StoreError> {
    let mut found = owners_of_credentials(tx, app, None, LIST_LIMIT)?;
    found.extend(owners_of_aliases(tx, app, None, LIST_LIMIT)?);
    summarise(tx, app, found)
}

/// Some users in the order of their ids, and whether more follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    /// The users, in the order of their ids.
    pub users: Vec<UserSummary>,
    /// Where to go on: after this user; none if nobody is left. A search may have more to look at although it found
    /// nothing yet.
    pub next: Option<UserId>,
}

/// Users that one page of a search looks at, so that it reads a bounded number of rows whatever is searched for.
const SEARCHED: usize = 10_000;

/// Users in the order of their ids, at most `limit`, beginning after an id. With `search`, only those whose id or a
/// clear-text alias contains the text, whatever the case of its letters in any script. A page of a search looks at ten
/// thousand users at most.
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
) -> Result<UserPage, StoreError> {
    let mut after = after.map(|id| id.as_str().to_owned());
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if search.is_some_and(cannot_be_stored) || after.as_deref().is_some_and(cannot_be_stored) {
        return Ok(UserPage {
            users: Vec::new(),
            next: None,
        });
    }
    let needle = search.map(Needle::new);
    let (mut found, mut searched) = (Vec::new(), 0);
    let next = loop {
        // One more than is wanted tells whether there is more.
        let wanted = match needle {
            Some(_) => CHUNK,
            None => limit,
        };
        let (ids, more) = owners(tx, app, after.as_deref(), wanted)?;
        searched += ids.len();
        after = ids.last().cloned();
        match &needle {
            Some(needle) => found.extend(matching(tx, app, needle, ids)?),
            None => found.extend(ids),
        }
        if found.len() > limit || (found.len() == limit && more) {
            found.truncate(limit);
            break found.last().cloned();
        }
        if !more {
            break None;
        }
        if searched >= SEARCHED {
            break after;
        }
    };
    Ok(UserPage {
        users: summarise(tx, app, found)?,
        next: next
            .map(|id| column!(credentials.user_id).user_id(&id))
            .transpose()?,
    })
}

/// The ids of the users after one, in their order, and whether there are more.
fn owners(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<String>, bool), StoreError> {
    let one_more = u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1);
    let mut ids = owners_of_credentials(tx, app, after, one_more)?;
    ids.extend(owners_of_aliases(tx, app, after, one_more)?);
    ids.sort();
    ids.dedup();
    let more = ids.len() > limit;
    ids.truncate(limit);
    Ok((ids, more))
}

/// Which of these users a search finds.
fn matching(
    tx: &mut Tx<'_>,
    app: &AppId,
    needle: &Needle,
    ids: Vec<String>,
) -> Result<Vec<String>, StoreError> {
    let named = tx.run("users.search_aliases", |conn| {
        aliases::table
            .filter(aliases::app_id.eq(app.as_str()))
            .filter(aliases::user_id.eq_any(&ids))
            .filter(aliases::plaintext.is_not_null())
            .select((aliases::user_id, aliases::plaintext.assume_not_null()))
            .load::<(String, String)>(conn)
    })?;
    let by_alias: BTreeSet<String> = named
        .into_iter()
        .filter(|(_, alias)| needle.is_in(alias))
        .map(|(user_id, _)| user_id)
        .collect();
    Ok(ids
        .into_iter()
        .filter(|id| needle.is_in(id) || by_alias.contains(id))
        .collect())
}

/// What is searched for. Letters are compared by Unicode's simple case folding, which knows no language and is done here:
/// a database would fold by its collation, each another way.
struct Needle(String);

impl Needle {
    fn new(text: &str) -> Self {
        Self(folded(text))
    }

    fn is_in(&self, text: &str) -> bool {
        folded(text).contains(&self.0)
    }
}

fn folded(text: &str) -> String {
    let mapper = CaseMapper::new();
    text.chars().map(|letter| mapper.simple_fold(letter)).collect()
}

fn owners_of_credentials(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&str>,
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
    tx.run("users.owners_of_credentials", |conn| query.load(conn))
}

fn owners_of_aliases(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&str>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_folded_without_a_language() {
        for (needle, text) in [
            ("Ärger", "kein ÄRGER"),
            ("ärger", "Ärger"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("k", "\u{212a}elvin"),
            ("ſs", "SS"),
            ("istanbul", "ISTANBUL"),
            ("żółw", "ŻÓŁW"),
        ] {
            assert!(Needle::new(needle).is_in(text), "{needle} in {text}");
            assert!(Needle::new(&text.to_uppercase()).is_in(&text.to_uppercase()));
        }
        // A Turkish dotted capital is a letter of its own, and a sharp s is no two letters.
        for (needle, text) in [("i", "\u{130}"), ("ss", "ß"), ("a", "ä"), ("%", "a"), ("_", "a")] {
            assert!(!Needle::new(needle).is_in(text), "{needle} in {text}");
        }
    }
}
