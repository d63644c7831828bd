//! What applications publish under `/.well-known/`.

use diesel::{
    AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
};
use passgate_core::{application::AppId, well_known::WellKnown};

use crate::{
    column::column,
    connection::{Tx, on_either},
    error::StoreError,
    schema::well_known,
};

#[derive(Queryable)]
struct WellKnownRow {
    _app_id: String,
    passkey_endpoints: Option<String>,
    apple_apps: String,
    android_apps: String,
}

impl TryFrom<WellKnownRow> for WellKnown {
    type Error = StoreError;

    fn try_from(row: WellKnownRow) -> Result<Self, StoreError> {
        Ok(Self {
            passkey_endpoints: row
                .passkey_endpoints
                .map(|text| column!(well_known.passkey_endpoints).read(serde_json::from_str(&text).ok()))
                .transpose()?,
            apple_apps: column!(well_known.apple_apps).read(serde_json::from_str(&row.apple_apps).ok())?,
            android_apps: column!(well_known.android_apps)
                .read(serde_json::from_str(&row.android_apps).ok())?,
        })
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = well_known, treat_none_as_null = true)]
struct WellKnownColumns {
    passkey_endpoints: Option<String>,
    apple_apps: String,
    android_apps: String,
}

impl TryFrom<&WellKnown> for WellKnownColumns {
    type Error = StoreError;

    fn try_from(well_known: &WellKnown) -> Result<Self, StoreError> {
        let endpoints = well_known.passkey_endpoints.as_ref();
        Ok(Self {
            passkey_endpoints: endpoints
                .map(serde_json::to_string)
                .transpose()
                .map_err(|_| column!(well_known.passkey_endpoints).unstorable())?,
            apple_apps: serde_json::to_string(&well_known.apple_apps)
                .map_err(|_| column!(well_known.apple_apps).unstorable())?,
            android_apps: serde_json::to_string(&well_known.android_apps)
                .map_err(|_| column!(well_known.android_apps).unstorable())?,
        })
    }
}

/// What the application publishes; none if nothing was ever said about it.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<WellKnown>, StoreError> {
    let row = tx.run("well_known.find", |conn| {
        well_known::table
            .find(app.as_str())
            .get_result::<WellKnownRow>(conn)
            .optional()
    })?;
    row.map(TryInto::try_into).transpose()
}

/// Replaces what the application publishes. The application must exist.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn replace(tx: &mut Tx<'_>, app: &AppId, published: &WellKnown) -> Result<(), StoreError> {
    let columns = || WellKnownColumns::try_from(published);
    let (inserted, updated) = (columns()?, columns()?);
    tx.run("well_known.replace", |conn| {
        let row = (well_known::app_id.eq(app.as_str()), inserted);
        on_either!(conn, conn => diesel::insert_into(well_known::table)
            .values(row)
            .on_conflict(well_known::app_id)
            .do_update()
            .set(updated)
            .execute(conn))
    })?;
    Ok(())
}
