//! Facts about the installation, each under a name: the check value of the master key, for example, or the number of the
//! metadata in use. Global: they belong to no application. Their table is called `settings`.

use diesel::{OptionalExtension, QueryDsl, RunQueryDsl};
use passgate_core::time::Timestamp;

use crate::{
    connection::{Conn, Tx, on_either},
    error::StoreError,
    schema::settings,
};

/// The value stored under a name.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    tx.run("installation.get", |conn| {
        settings::table
            .find(name)
            .select(settings::value)
            .get_result::<Vec<u8>>(conn)
            .optional()
    })
}

/// Stores a value unless there already is one, and returns the value that is stored now: of two nodes that start at
/// once, both learn which value won.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn insert_if_absent(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    use diesel::ExpressionMethods;
    tx.run("installation.insert_if_absent", |conn| {
        on_either!(conn, conn => diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    Ok(get(tx, name)?.unwrap_or_else(|| value.to_vec()))
}

/// Replaces a value if it still is the one expected, and says whether it was. Until the transaction ends, nobody else
/// replaces it; with the same value twice, that is all that happens.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn replace(tx: &mut Tx<'_>, name: &str, expected: &[u8], value: &[u8]) -> Result<bool, StoreError> {
    use diesel::ExpressionMethods;
    let replaced = tx.run("installation.replace", |conn| {
        diesel::update(settings::table.find(name).filter(settings::value.eq(expected)))
            .set(settings::value.eq(value))
            .execute(conn)
    })?;
    Ok(replaced == 1)
}

/// Raises a number that never goes back, and returns the number that is stored now: the given one, or a larger one that
/// was there before or came in between.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn raise(tx: &mut Tx<'_>, name: &str, number: u64) -> Result<u64, StoreError> {
    use diesel::ExpressionMethods;
    // Both databases compare such values byte by byte, which for this form is by size.
    let value = number.to_be_bytes().to_vec();
    insert_if_absent(tx, name, &value)?;
    tx.run("installation.raise", |conn| {
        diesel::update(settings::table.find(name).filter(settings::value.lt(&value)))
            .set(settings::value.eq(&value))
            .execute(conn)
    })?;
    Ok(get_number(tx, name)?.unwrap_or(number))
}

/// The number stored by [`raise`] under a name.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn get_number(tx: &mut Tx<'_>, name: &str) -> Result<Option<u64>, StoreError> {
    let value = get(tx, name)?.and_then(|value| value.try_into().ok());
    Ok(value.map(u64::from_be_bytes))
}

/// Replaces a value, whether or not there is one.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    use diesel::ExpressionMethods;
    tx.run("installation.set", |conn| {
        on_either!(conn, conn => diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .on_conflict(settings::name)
            .do_update()
            .set(settings::value.eq(value))
            .execute(conn))
    })?;
    Ok(())
}

/// What the clock of the database's machine says; none on SQLite, where that is this machine.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn database_time(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Timestamp)]
        at: chrono::NaiveDateTime,
    }
    tx.run("installation.database_time", |conn| match conn {
        Conn::Postgres(conn) => diesel::sql_query("SELECT clock_timestamp() AT TIME ZONE 'UTC' AS at")
            .get_result::<Row>(conn)
            .map(|row| Some(row.at.into())),
        Conn::Sqlite(_) => Ok(None),
    })
}
