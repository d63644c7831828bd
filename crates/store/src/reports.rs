//! Daily reports: one row per application and day (UTC).

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
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
    /// The day.
    pub day: NaiveDate,
    /// Users that own a credential.
    pub users: u64,
    /// Credentials.
    pub credentials: u64,
}

/// How many users were active up to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveUserReport {
    /// The day.
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

/// Stores the report of a day, or replaces it.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record_credentials(tx: &mut Tx<'_>, app: &AppId, report: &CredentialReport) -> Result<(), StoreError> {
    let counts = (
        credential_reports::users.eq(column!(credential_reports.users).signed(report.users)?),
        credential_reports::credentials
            .eq(column!(credential_reports.credentials).signed(report.credentials)?),
    );
    let key = (
        credential_reports::app_id.eq(app.as_str()),
        credential_reports::day.eq(report.day),
    );
    tx.run("reports.record_credentials", |conn| {
        on_either!(conn, conn => diesel::insert_into(credential_reports::table)
            .values((key, counts))
            .on_conflict((credential_reports::app_id, credential_reports::day))
            .do_update()
            .set(counts)
            .execute(conn))
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
    let counts = (
        active_user_reports::daily_users
            .eq(column!(active_user_reports.daily_users).signed(report.daily_users)?),
        active_user_reports::weekly_users
            .eq(column!(active_user_reports.weekly_users).signed(report.weekly_users)?),
        active_user_reports::total_users
            .eq(column!(active_user_reports.total_users).signed(report.total_users)?),
    );
    let key = (
        active_user_reports::app_id.eq(app.as_str()),
        active_user_reports::day.eq(report.day),
    );
    tx.run("reports.record_active_users", |conn| {
        on_either!(conn, conn => diesel::insert_into(active_user_reports::table)
            .values((key, counts))
            .on_conflict((active_user_reports::app_id, active_user_reports::day))
            .do_update()
            .set(counts)
            .execute(conn))
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
    let mut query = credential_reports::table
        .filter(credential_reports::app_id.eq(app.as_str()))
        .order(credential_reports::day)
        .select((
            credential_reports::day,
            credential_reports::users,
            credential_reports::credentials,
        ))
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(credential_reports::day.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(credential_reports::day.le(to));
    }
    let rows = tx.run("reports.list_credentials", |conn| {
        query.load::<(NaiveDate, i64, i64)>(conn)
    })?;
    rows.into_iter()
        .map(|(day, users, credentials)| {
            Ok(CredentialReport {
                day,
                users: column!(credential_reports.users).unsigned(users)?,
                credentials: column!(credential_reports.credentials).unsigned(credentials)?,
            })
        })
        .collect()
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
    let mut query = active_user_reports::table
        .filter(active_user_reports::app_id.eq(app.as_str()))
        .order(active_user_reports::day)
        .select((
            active_user_reports::day,
            active_user_reports::daily_users,
            active_user_reports::weekly_users,
            active_user_reports::total_users,
        ))
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(active_user_reports::day.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(active_user_reports::day.le(to));
    }
    let rows = tx.run("reports.list_active_users", |conn| {
        query.load::<(NaiveDate, i64, i64, i64)>(conn)
    })?;
    rows.into_iter()
        .map(|(day, daily, weekly, total)| {
            Ok(ActiveUserReport {
                day,
                daily_users: column!(active_user_reports.daily_users).unsigned(daily)?,
                weekly_users: column!(active_user_reports.weekly_users).unsigned(weekly)?,
                total_users: column!(active_user_reports.total_users).unsigned(total)?,
            })
        })
        .collect()
}
