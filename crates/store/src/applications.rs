//! Applications and their features.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};
use passgate_core::{
    application::{AppId, Application, ApplicationState, Features, FrozenBy},
    time::Timestamp,
};

use crate::{
    column::{column, free_text, list},
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::{applications, credentials},
};

mod features;
mod removal;

pub use removal::{Removal, delete, list_deleted, remove_some};

const ACTIVE: &str = "active";
const FROZEN: &str = "frozen";
const DELETION_SCHEDULED: &str = "deletion_scheduled";

const BY_OPERATOR: &str = "operator";
const BY_ACCOUNT_DELETION: &str = "account_deletion";

/// The row of an application. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = applications)]
struct ApplicationRow {
    id: String,
    created_at: NaiveDateTime,
    admin_emails: String,
    #[diesel(embed)]
    state: StateColumns,
}

impl ApplicationRow {
    fn into_application(self, features: Features) -> Result<Application, StoreError> {
        Ok(Application {
            id: column!(applications.id).app_id(&self.id)?,
            created_at: self.created_at.into(),
            admin_emails: column!(applications.admin_emails)
                .list(&self.admin_emails, |email| Some(email.to_owned()))?,
            state: self.state.try_into()?,
            features,
        })
    }
}

/// A state as its columns.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = applications, treat_none_as_null = true)]
struct StateColumns {
    state: Cow<'static, str>,
    frozen_at: Option<NaiveDateTime>,
    frozen_by: Option<Cow<'static, str>>,
    delete_at: Option<NaiveDateTime>,
    deletion_requested_by: Option<String>,
}

impl From<&ApplicationState> for StateColumns {
    fn from(state: &ApplicationState) -> Self {
        let none = Self {
            state: ACTIVE.into(),
            frozen_at: None,
            frozen_by: None,
            delete_at: None,
            deletion_requested_by: None,
        };
        match state {
            ApplicationState::Active => none,
            ApplicationState::Frozen { at, by } => Self {
                state: FROZEN.into(),
                frozen_at: Some(at.to_naive()),
                frozen_by: Some(
                    match by {
                        FrozenBy::Operator => BY_OPERATOR,
                        FrozenBy::AccountDeletion => BY_ACCOUNT_DELETION,
                    }
                    .into(),
                ),
                ..none
            },
            ApplicationState::DeletionScheduled {
                delete_at,
                requested_by,
            } => Self {
                state: DELETION_SCHEDULED.into(),
                delete_at: Some(delete_at.to_naive()),
                deletion_requested_by: Some(free_text(requested_by).into_owned()),
                ..none
            },
        }
    }
}

impl TryFrom<StateColumns> for ApplicationState {
    type Error = StoreError;

    fn try_from(columns: StateColumns) -> Result<Self, StoreError> {
        Ok(match &*columns.state {
            ACTIVE => Self::Active,
            FROZEN => Self::Frozen {
                at: column!(applications.frozen_at).read(columns.frozen_at)?.into(),
                by: match columns.frozen_by.as_deref() {
                    // Rows from before somebody else could freeze.
                    Some(BY_OPERATOR) | None => FrozenBy::Operator,
                    Some(BY_ACCOUNT_DELETION) => FrozenBy::AccountDeletion,
                    Some(_) => return Err(column!(applications.frozen_by).corrupt()),
                },
            },
            DELETION_SCHEDULED => Self::DeletionScheduled {
                delete_at: column!(applications.delete_at).read(columns.delete_at)?.into(),
                requested_by: columns.deletion_requested_by.unwrap_or_default(),
            },
            _ => return Err(column!(applications.state).corrupt()),
        })
    }
}

/// The application with this id.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<Application>, StoreError> {
    let row = tx.run("applications.find", |conn| {
        applications::table
            .inner_join(crate::schema::features::table)
            .filter(applications::id.eq(app.as_str()))
            .filter(applications::deleted.eq(false))
            .select((ApplicationRow::as_select(), features::FeaturesRow::as_select()))
            .get_result(conn)
            .optional()
    })?;
    row.map(
        |(application, features): (ApplicationRow, features::FeaturesRow)| {
            application.into_application(features.try_into()?)
        },
    )
    .transpose()
}

/// Whether no new application can have this id: there is one, or one that was deleted is still being removed.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn is_taken(tx: &mut Tx<'_>, app: &AppId) -> Result<bool, StoreError> {
    let id = tx.run("applications.is_taken", |conn| {
        applications::table
            .find(app.as_str())
            .select(applications::id)
            .get_result::<String>(conn)
            .optional()
    })?;
    Ok(id.is_some())
}

/// Stores a new application with its features. What an application of the same id may have left in tables that do not
/// refer to this one is removed first, so that it cannot come back to life.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the id is taken, see [`is_taken`].
pub fn insert(tx: &mut Tx<'_>, application: &Application) -> Result<(), InsertError> {
    let app = &application.id;
    let row = ApplicationRow {
        id: app.to_string(),
        created_at: application.created_at.to_naive(),
        admin_emails: list(application.admin_emails.iter().map(String::as_str)),
        state: StateColumns::from(&application.state),
    };
    let inserted = tx.run("applications.insert", |conn| {
        on_either!(conn, conn => diesel::insert_into(applications::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    InsertError::unless_inserted(inserted)?;
    removal::delete_unreferenced(tx, app)?;
    Ok(features::insert(tx, app, &application.features)?)
}

/// The ids of all applications, in their order. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_ids(tx: &mut Tx<'_>) -> Result<Vec<AppId>, StoreError> {
    let ids = tx.run("applications.list_ids", |conn| {
        applications::table
            .filter(applications::deleted.eq(false))
            .select(applications::id)
            .order(applications::id)
            .load::<String>(conn)
    })?;
    app_ids(&ids)
}

/// The ids of the applications whose deletion date has passed, the longest overdue first. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_due_deletions(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<AppId>, StoreError> {
    let ids = tx.run("applications.list_due_deletions", |conn| {
        applications::table
            .filter(applications::delete_at.le(now.to_naive()))
            .filter(applications::deleted.eq(false))
            .select(applications::id)
            .order((applications::delete_at, applications::id))
            .load::<String>(conn)
    })?;
    app_ids(&ids)
}

/// The application, unless it was deleted.
#[diesel::dsl::auto_type]
fn alive<'a>(app: &'a AppId) -> _ {
    let id: &'a str = app.as_str();
    applications::table
        .filter(applications::id.eq(id))
        .filter(applications::deleted.eq(false))
}

fn app_ids(ids: &[String]) -> Result<Vec<AppId>, StoreError> {
    ids.iter().map(|id| column!(applications.id).app_id(id)).collect()
}

/// Replaces the features. False if there is no such application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn update_features(tx: &mut Tx<'_>, app: &AppId, features: &Features) -> Result<bool, StoreError> {
    features::update(tx, app, features)
}

/// Replaces the state. False if there is no such application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set_state(tx: &mut Tx<'_>, app: &AppId, state: &ApplicationState) -> Result<bool, StoreError> {
    let changed = tx.run("applications.set_state", |conn| {
        diesel::update(alive(app))
            .set(StateColumns::from(state))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Replaces the addresses of the administrators. False if there is no such application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set_admin_emails(tx: &mut Tx<'_>, app: &AppId, emails: &[String]) -> Result<bool, StoreError> {
    let emails = list(emails.iter().map(String::as_str));
    let changed = tx.run("applications.set_admin_emails", |conn| {
        diesel::update(alive(app))
            .set(applications::admin_emails.eq(&emails))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// How many credentials the application holds.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn count_credentials(tx: &mut Tx<'_>, app: &AppId) -> Result<u64, StoreError> {
    let count = tx.run("applications.count_credentials", |conn| {
        credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .count()
            .get_result::<i64>(conn)
    })?;
    column!(credentials.id).unsigned(count)
}
