//! Daily reports: one row per application and day (UTC).

use chrono::NaiveDate;
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use passgate_core::{
    application::AppId,
    time::{DAY, Timestamp},
};

use crate::{
    applications,
    column::column,
    connection::{Tx, on_either},
    error::StoreError,
    schema::{active_user_reports, credential_reports},
    users,
};

/// How much an application holds on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialReport {
    /// The day in UTC.
    pub day: NaiveDate,
    /// Users that own a credential.
    pub users: u64,
    /// How many credentials there were at the end of the day.
    pub credentials: u64,
}

/// How many users were active up to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveUserReport {
    /// The day in UTC.
    pub day: NaiveDate,
    /// Users that own a credential used in the last 24 hours.
    pub daily_users: u64,
    /// Users that own a credential used in the last 7 days.
    pub weekly_users: u64,
    /// Users that own a credential.
    pub total_users: u64,
}

/// Counts what the application holds now.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count_credentials(
    tx: &mut Tx<'_>,
    app: &AppId,
    now: Timestamp,
) -> Result<CredentialReport, StoreError> {
    Ok(CredentialReport {
        day: now.to_naive().date(),
        users: users::count(tx, app)?,
        credentials: applications::count_credentials(tx, app)?,
    })
}

/// Counts who is active now.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count_active_users(
    tx: &mut Tx<'_>,
    app: &AppId,
    now: Timestamp,
) -> Result<ActiveUserReport, StoreError> {
    Ok(ActiveUserReport {
        day: now.to_naive().date(),
        daily_users: users::count_active_since(tx, app, now.minus(DAY))?,
        weekly_users: users::count_active_since(tx, app, now.minus(DAY * 7))?,
        total_users: users::count(tx, app)?,
    })
}

/// The row of a credential report. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = credential_reports, primary_key(app_id, day))]
struct CredentialReportRow {
    app_id: String,
    day: NaiveDate,
    users: i64,
    credentials: i64,
}

impl TryFrom<CredentialReportRow> for CredentialReport {
    type Error = StoreError;

    fn try_from(row: CredentialReportRow) -> Result<Self, StoreError> {
        Ok(Self {
            day: row.day,
            users: column!(credential_reports.users).unsigned(row.users)?,
            credentials: column!(credential_reports.credentials).unsigned(row.credentials)?,
        })
    }
}

/// The row of a report of active users. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = active_user_reports, primary_key(app_id, day))]
struct ActiveUserReportRow {
    app_id: String,
    day: NaiveDate,
    daily_users: i64,
    weekly_users: i64,
    total_users: i64,
}

impl TryFrom<ActiveUserReportRow> for ActiveUserReport {
    type Error = StoreError;

    fn try_from(row: ActiveUserReportRow) -> Result<Self, StoreError> {
        Ok(Self {
            day: row.day,
            daily_users: column!(active_user_reports.daily_users).unsigned(row.daily_users)?,
            weekly_users: column!(active_user_reports.weekly_users).unsigned(row.weekly_users)?,
            total_users: column!(active_user_reports.total_users).unsigned(row.total_users)?,
        })
    }
}

/// Stores a row of either kind of report, in place of the one that the day may have.
macro_rules! replace_row {
    ($conn:expr, $table:ident, $row:expr) => {
        on_either!($conn, conn => diesel::insert_into($table::table)
            .values($row)
            .on_conflict(($table::app_id, $table::day))
            .do_update()
            .set($row)
            .execute(conn))
    };
}

/// The rows of either kind of report in a span of days, both ends included, oldest first.
macro_rules! rows_between {
    ($table:ident, $row:ident, $app:expr, $from:expr, $to:expr) => {{
        let mut query = $table::table
            .filter($table::app_id.eq($app.as_str()))
            .order($table::day)
            .select($row::as_select())
            .into_boxed();
        if let Some(from) = $from {
            query = query.filter($table::day.ge(from));
        }
        if let Some(to) = $to {
            query = query.filter($table::day.le(to));
        }
        query
    }};
}

/// Stores the report of a day, or replaces it.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record_credentials(tx: &mut Tx<'_>, app: &AppId, report: &CredentialReport) -> Result<(), StoreError> {
    let row = CredentialReportRow {
        app_id: app.to_string(),
        day: report.day,
        users: column!(credential_reports.users).signed(report.users)?,
        credentials: column!(credential_reports.credentials).signed(report.credentials)?,
    };
    tx.run("reports.record_credentials", |conn| {
        replace_row!(conn, credential_reports, &row)
    })?;
    Ok(())
}

/// Stores the report of a day, or replaces it.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record_active_users(
    tx: &mut Tx<'_>,
    app: &AppId,
    report: &ActiveUserReport,
) -> Result<(), StoreError> {
    let row = ActiveUserReportRow {
        app_id: app.to_string(),
        day: report.day,
        daily_users: column!(active_user_reports.daily_users).signed(report.daily_users)?,
        weekly_users: column!(active_user_reports.weekly_users).signed(report.weekly_users)?,
        total_users: column!(active_user_reports.total_users).signed(report.total_users)?,
    };
    tx.run("reports.record_active_users", |conn| {
        replace_row!(conn, active_user_reports, &row)
    })?;
    Ok(())
}

/// The reports of a span of days, both ends included, oldest first.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_credentials(
    tx: &mut Tx<'_>,
    app: &AppId,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Vec<CredentialReport>, StoreError> {
    let query = rows_between!(credential_reports, CredentialReportRow, app, from, to);
    let rows = tx.run("reports.list_credentials", |conn| query.load(conn))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The reports of a span of days, both ends included, oldest first.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_active_users(
    tx: &mut Tx<'_>,
    app: &AppId,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Vec<ActiveUserReport>, StoreError> {
    let query = rows_between!(active_user_reports, ActiveUserReportRow, app, from, to);
    let rows = tx.run("reports.list_active_users", |conn| query.load(conn))?;
    rows.into_iter().map(TryInto::try_into).collect()
}
