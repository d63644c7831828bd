//! Events: what stays on record of an application.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
};
use passgate_core::{
    application::AppId,
    event::{Event, EventKind, Severity},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    column::{cannot_be_stored, column, free_text, optional_free_text},
    connection::{Conn, Tx},
    error::StoreError,
    schema::events,
};

/// Which events to list; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only these kinds; empty means any.
    pub kinds: Vec<EventKind>,
    /// Only these severities; empty means any.
    pub severities: Vec<Severity>,
    /// Only this subject.
    pub subject: Option<String>,
    /// Only what this one did.
    pub performed_by: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// The row of an event. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = events)]
struct EventRow<'a> {
    app_id: Cow<'a, str>,
    id: Cow<'a, [u8]>,
    performed_at: NaiveDateTime,
    kind: i32,
    severity: i32,
    message: Cow<'a, str>,
    performed_by: Cow<'a, str>,
    subject: Cow<'a, str>,
    api_key_id: Cow<'a, str>,
    reason: Option<Cow<'a, str>>,
    ip: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
}

impl<'a> EventRow<'a> {
    fn new(app: &'a AppId, event: &'a Event) -> Self {
        Self {
            app_id: app.as_str().into(),
            id: event.id.as_bytes().as_slice().into(),
            performed_at: event.performed_at.to_naive(),
            kind: event.kind.number(),
            severity: event.severity.number(),
            message: free_text(&event.message),
            performed_by: free_text(&event.performed_by),
            subject: free_text(&event.subject),
            api_key_id: free_text(&event.api_key_id),
            reason: optional_free_text(event.reason.as_deref()),
            ip: optional_free_text(event.ip.as_deref()),
            user_agent: optional_free_text(event.user_agent.as_deref()),
        }
    }
}

impl TryFrom<EventRow<'_>> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: column!(events.id).read(Uuid::from_slice(&row.id).ok())?,
            performed_at: row.performed_at.into(),
            kind: column!(events.kind).read(EventKind::from_number(row.kind))?,
            severity: column!(events.severity).read(Severity::from_number(row.severity))?,
            message: row.message.into_owned(),
            performed_by: row.performed_by.into_owned(),
            subject: row.subject.into_owned(),
            api_key_id: row.api_key_id.into_owned(),
            reason: row.reason.map(Cow::into_owned),
            ip: row.ip.map(Cow::into_owned),
            user_agent: row.user_agent.map(Cow::into_owned),
        })
    }
}

/// Where an event stands among those of its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// When it happened.
    pub performed_at: Timestamp,
    /// Its id, which tells it from others of the same time.
    pub id: Uuid,
}

impl Position {
    /// Where this event stands.
    pub const fn of(event: &Event) -> Self {
        Self {
            performed_at: event.performed_at,
            id: event.id,
        }
    }
}

/// Records an event. Whether the application stores events is the caller's question.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record(tx: &mut Tx<'_>, app: &AppId, event: &Event) -> Result<(), StoreError> {
    let row = EventRow::new(app, event);
    tx.run("events.record", |conn| {
        let insert = diesel::insert_into(events::table).values(&row);
        match conn {
            // What it did is told by the next statement, with which it travels: the commit, in most cases.
            Conn::Postgres(conn) => conn.queue(&insert),
            Conn::Sqlite(conn) => insert.execute(conn).map(drop),
        }
    })
}

type Filtered<'a> = events::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// The application's events that pass the filter; none if nothing can.
fn filtered<'a>(app: &'a AppId, filter: &'a EventFilter) -> Option<Filtered<'a>> {
    let mut query = events::table.filter(events::app_id.eq(app.as_str())).into_boxed();
    if !filter.kinds.is_empty() {
        query = query.filter(events::kind.eq_any(filter.kinds.iter().map(|kind| kind.number())));
    }
    if !filter.severities.is_empty() {
        query =
            query.filter(events::severity.eq_any(filter.severities.iter().map(|severity| severity.number())));
    }
    if let Some(subject) = filter.subject.as_deref() {
        if cannot_be_stored(subject) {
            return None;
        }
        query = query.filter(events::subject.eq(subject));
    }
    if let Some(performed_by) = filter.performed_by.as_deref() {
        if cannot_be_stored(performed_by) {
            return None;
        }
        query = query.filter(events::performed_by.eq(performed_by));
    }
    if let Some(from) = filter.from {
        query = query.filter(events::performed_at.ge(from.to_naive()));
    }
    if let Some(until) = filter.until {
        query = query.filter(events::performed_at.lt(until.to_naive()));
    }
    Some(query)
}

/// A page of the application's events, newest first. Pages count from 1.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(
    tx: &mut Tx<'_>,
    app: &AppId,
    page: u32,
    page_size: u32,
    filter: &EventFilter,
) -> Result<Vec<Event>, StoreError> {
    let Some(query) = filtered(app, filter) else {
        return Ok(Vec::new());
    };
    let skipped = i64::from(page.saturating_sub(1)) * i64::from(page_size);
    let rows = tx.run("events.list", |conn| {
        query
            .order((events::performed_at.desc(), events::id.desc()))
            .limit(page_size.into())
            .offset(skipped)
            .select(EventRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The application's newest events from before another, newest first. Pages that begin where the page before ended do
/// not overlap while events arrive.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_before(
    tx: &mut Tx<'_>,
    app: &AppId,
    before: Position,
    limit: u32,
    filter: &EventFilter,
) -> Result<Vec<Event>, StoreError> {
    let Some(query) = filtered(app, filter) else {
        return Ok(Vec::new());
    };
    let (at, id) = (before.performed_at.to_naive(), before.id.as_bytes().to_vec());
    let rows = tx.run("events.list_before", |conn| {
        query
            // Says what the next line says, in the words that the index knows.
            .filter(events::performed_at.le(at))
            .filter(events::performed_at.lt(at).or(events::id.lt(id)))
            .order((events::performed_at.desc(), events::id.desc()))
            .limit(limit.into())
            .select(EventRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The application's events in the order of their ids, which is the order of time, `limit` of them, beginning after an
/// id. For exports: it does not slow down towards the end.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_after(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<Uuid>,
    limit: u32,
    filter: &EventFilter,
) -> Result<Vec<Event>, StoreError> {
    let Some(mut query) = filtered(app, filter) else {
        return Ok(Vec::new());
    };
    if let Some(after) = after {
        query = query.filter(events::id.gt(after.as_bytes().to_vec()));
    }
    let rows = tx.run("events.list_after", |conn| {
        query
            .order(events::id)
            .limit(limit.into())
            .select(EventRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many of the application's events pass the filter.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count(tx: &mut Tx<'_>, app: &AppId, filter: &EventFilter) -> Result<u64, StoreError> {
    let Some(query) = filtered(app, filter) else {
        return Ok(0);
    };
    let count = tx.run("events.count", |conn| query.count().get_result::<i64>(conn))?;
    column!(events.id).unsigned(count)
}

/// Deletes the application's oldest events from before a time, about `limit` of them, so that a large purge can be
/// done in steps and does not hold up other writes. Returns how many; zero means there is nothing left to delete.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn purge(tx: &mut Tx<'_>, app: &AppId, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
    let old = |before: NaiveDateTime| {
        events::table
            .filter(events::app_id.eq(app.as_str()))
            .filter(events::performed_at.lt(before))
    };
    let step_end = tx.run("events.purge", |conn| {
        old(before.to_naive())
            .order(events::performed_at)
            .select(events::performed_at)
            .offset(limit.max(1).into())
            .first::<NaiveDateTime>(conn)
            .optional()
    })?;
    let deleted = match step_end {
        Some(step_end) => tx.run("events.purge", |conn| diesel::delete(old(step_end)).execute(conn))?,
        None => tx.run("events.purge", |conn| {
            diesel::delete(old(before.to_naive())).execute(conn)
        })?,
    };
    match step_end {
        // More than `limit` events of one moment: they go together.
        Some(step_end) if deleted == 0 => tx.run("events.purge", |conn| {
            diesel::delete(
                events::table
                    .filter(events::app_id.eq(app.as_str()))
                    .filter(events::performed_at.le(step_end)),
            )
            .execute(conn)
        }),
        _ => Ok(deleted),
    }
}
