//! What applications publish under `/.well-known/`.

use diesel::{
    AsChangeset, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use passgate_core::{application::AppId, well_known::WellKnown};

use crate::{
    column::column,
    connection::{Tx, on_either},
    error::StoreError,
    schema::well_known,
};

/// The row of what an application publishes. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = well_known, primary_key(app_id), treat_none_as_null = true)]
struct WellKnownRow {
    app_id: String,
    passkey_endpoints: Option<String>,
    apple_apps: String,
    android_apps: String,
}

impl WellKnownRow {
    fn new(app: &AppId, published: &WellKnown) -> Result<Self, StoreError> {
        let endpoints = published.passkey_endpoints.as_ref();
        Ok(Self {
            app_id: app.to_string(),
            passkey_endpoints: endpoints
                .map(serde_json::to_string)
                .transpose()
                .map_err(|_| column!(well_known.passkey_endpoints).unstorable())?,
            apple_apps: serde_json::to_string(&published.apple_apps)
                .map_err(|_| column!(well_known.apple_apps).unstorable())?,
            android_apps: serde_json::to_string(&published.android_apps)
                .map_err(|_| column!(well_known.android_apps).unstorable())?,
        })
    }
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

/// What the application publishes; none if nothing was ever said about it.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<WellKnown>, StoreError> {
    let row = tx.run("well_known.find", |conn| {
        well_known::table
            .find(app.as_str())
            .select(WellKnownRow::as_select())
            .get_result(conn)
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
    let row = WellKnownRow::new(app, published)?;
    tx.run("well_known.replace", |conn| {
        on_either!(conn, conn => diesel::insert_into(well_known::table)
            .values(&row)
            .on_conflict(well_known::app_id)
            .do_update()
            .set(&row)
            .execute(conn))
    })?;
    Ok(())
}
