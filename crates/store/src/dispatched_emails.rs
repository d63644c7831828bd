//! Magic-link messages that were sent, and those on their way.

use chrono::NaiveDateTime;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use passgate_core::{application::AppId, time::Timestamp, user::UserId};
use uuid::Uuid;

use crate::{
    column::{column, free_text},
    connection::Tx,
    error::StoreError,
    schema::dispatched_emails,
};

/// A mail that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchedEmail {
    /// Its id: a version 7 UUID.
    pub id: Uuid,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Who can sign in with it.
    pub user_id: UserId,
    /// Where it was sent.
    pub email_address: String,
    /// The link with `$TOKEN` in the place of its secret.
    pub link_template: String,
}

/// The row of a mail. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = dispatched_emails)]
struct DispatchedEmailRow {
    app_id: String,
    id: Vec<u8>,
    created_at: NaiveDateTime,
    user_id: String,
    email_address: String,
    link_template: String,
    pending: bool,
}

impl DispatchedEmailRow {
    fn new(app: &AppId, email: &DispatchedEmail, pending: bool) -> Result<Self, StoreError> {
        let user_id = column!(dispatched_emails.user_id).key(email.user_id.as_str())?;
        Ok(Self {
            app_id: app.to_string(),
            id: email.id.as_bytes().to_vec(),
            created_at: email.created_at.to_naive(),
            user_id: user_id.to_owned(),
            email_address: free_text(&email.email_address).into_owned(),
            link_template: free_text(&email.link_template).into_owned(),
            pending,
        })
    }
}

impl TryFrom<DispatchedEmailRow> for DispatchedEmail {
    type Error = StoreError;

    fn try_from(row: DispatchedEmailRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: column!(dispatched_emails.id).read(Uuid::from_slice(&row.id).ok())?,
            created_at: row.created_at.into(),
            user_id: column!(dispatched_emails.user_id).user_id(&row.user_id)?,
            email_address: row.email_address,
            link_template: row.link_template,
        })
    }
}

/// Records a mail that was sent.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record(tx: &mut Tx<'_>, app: &AppId, email: &DispatchedEmail) -> Result<(), StoreError> {
    insert(tx, app, email, false)
}

/// Records a mail that is about to be sent.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn reserve(tx: &mut Tx<'_>, app: &AppId, email: &DispatchedEmail) -> Result<(), StoreError> {
    insert(tx, app, email, true)
}

/// Says that a reserved mail was sent. It is recorded all the same if its place has lapsed meanwhile.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn settle(tx: &mut Tx<'_>, app: &AppId, email: &DispatchedEmail) -> Result<(), StoreError> {
    let settled = tx.run("dispatched_emails.settle", |conn| {
        diesel::update(dispatched_emails::table.find((app.as_str(), &email.id.as_bytes()[..])))
            .set(dispatched_emails::pending.eq(false))
            .execute(conn)
    })?;
    if settled == 0 {
        record(tx, app, email)?;
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, app: &AppId, email: &DispatchedEmail, pending: bool) -> Result<(), StoreError> {
    let row = DispatchedEmailRow::new(app, email, pending)?;
    tx.run("dispatched_emails.insert", |conn| {
        diesel::insert_into(dispatched_emails::table)
            .values(row)
            .execute(conn)
    })?;
    Ok(())
}

/// Takes a mail off the record again: it was reserved and then not sent.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: Uuid) -> Result<bool, StoreError> {
    let deleted = tx.run("dispatched_emails.delete", |conn| {
        diesel::delete(dispatched_emails::table.find((app.as_str(), &id.as_bytes()[..]))).execute(conn)
    })?;
    Ok(deleted == 1)
}

/// How many messages the application has sent at or after a time, with those that it has reserved at or after another.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count_since(
    tx: &mut Tx<'_>,
    app: &AppId,
    since: Timestamp,
    reserved_since: Timestamp,
) -> Result<u64, StoreError> {
    let count = tx.run("dispatched_emails.count_since", |conn| {
        let counts = dispatched_emails::pending
            .eq(false)
            .or(dispatched_emails::created_at.ge(reserved_since.to_naive()));
        dispatched_emails::table
            .filter(dispatched_emails::app_id.eq(app.as_str()))
            .filter(dispatched_emails::created_at.ge(since.to_naive()))
            .filter(counts)
            .count()
            .get_result::<i64>(conn)
    })?;
    column!(dispatched_emails.id).unsigned(count)
}

/// Forgets the application's messages from before a time, and those reserved before another that nobody said were sent,
/// at most `limit` of them. Returns how many; zero means there are none left.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn purge(
    tx: &mut Tx<'_>,
    app: &AppId,
    before: Timestamp,
    reserved_before: Timestamp,
    limit: u32,
) -> Result<usize, StoreError> {
    let lapsed = dispatched_emails::pending
        .eq(true)
        .and(dispatched_emails::created_at.lt(reserved_before.to_naive()));
    let ids = tx.run("dispatched_emails.purge", |conn| {
        dispatched_emails::table
            .filter(dispatched_emails::app_id.eq(app.as_str()))
            // Says what the next line says, in the words that the index knows.
            .filter(dispatched_emails::created_at.lt(before.to_naive().max(reserved_before.to_naive())))
            .filter(dispatched_emails::created_at.lt(before.to_naive()).or(lapsed))
            .order(dispatched_emails::created_at)
            .limit(limit.into())
            .select(dispatched_emails::id)
            .load::<Vec<u8>>(conn)
    })?;
    tx.run("dispatched_emails.purge", |conn| {
        diesel::delete(
            dispatched_emails::table
                .filter(dispatched_emails::app_id.eq(app.as_str()))
                .filter(dispatched_emails::id.eq_any(ids)),
        )
        .execute(conn)
    })
}

/// The application's messages that were sent, in the order of their ids, `limit` of them, beginning after an id.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_after(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<DispatchedEmail>, StoreError> {
    let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let rows = tx.run("dispatched_emails.list_after", |conn| {
        dispatched_emails::table
            .filter(dispatched_emails::app_id.eq(app.as_str()))
            .filter(dispatched_emails::id.gt(after))
            .filter(dispatched_emails::pending.eq(false))
            .order(dispatched_emails::id)
            .limit(limit.into())
            .select(DispatchedEmailRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryFrom::try_from).collect()
}
