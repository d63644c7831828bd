//! The FIDO metadata that was accepted last, for each signer, and what came of the last attempt to get a newer one.
//! Global: it belongs to no application.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};
use passgate_core::time::Timestamp;

use crate::{
    column::{column, free_text},
    connection::{Tx, on_either},
    error::StoreError,
    schema::{metadata, metadata_parts},
};

/// The bytes of a BLOB that are in one row: databases that spread their rows over machines do not like larger ones.
const PART: usize = 1024 * 1024;

/// Which BLOB was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedBlob {
    /// `no` of the BLOB: it only grows.
    pub number: u64,
    /// By when its successor is promised.
    pub next_update: NaiveDate,
    /// When it was accepted last.
    pub accepted_at: Timestamp,
}

/// What is known of a signer's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataState {
    /// The BLOB that is stored.
    pub accepted: Option<AcceptedBlob>,
    /// When somebody tried last to get a newer one.
    pub tried_at: Option<Timestamp>,
    /// Why that failed, if it did.
    pub error: Option<String>,
}

/// The row of a signer, by the names of its columns.
#[derive(Queryable, Selectable)]
#[diesel(table_name = metadata)]
struct MetadataRow {
    number: Option<i64>,
    next_update: Option<NaiveDate>,
    accepted_at: Option<NaiveDateTime>,
    tried_at: Option<NaiveDateTime>,
    error: Option<String>,
}

impl TryFrom<MetadataRow> for MetadataState {
    type Error = StoreError;

    fn try_from(row: MetadataRow) -> Result<Self, StoreError> {
        let accepted = match (row.number, row.next_update, row.accepted_at) {
            (Some(number), Some(next_update), Some(accepted_at)) => Some(AcceptedBlob {
                number: column!(metadata.number).unsigned(number)?,
                next_update,
                accepted_at: accepted_at.into(),
            }),
            _ => None,
        };
        Ok(Self {
            accepted,
            tried_at: row.tried_at.map(Into::into),
            error: row.error,
        })
    }
}

/// What is known of a signer's metadata, without the BLOB itself.
///
/// # Errors
///
/// [`StoreError`] if the database fails or holds what was never written.
pub fn find(tx: &mut Tx<'_>, signer: &str) -> Result<MetadataState, StoreError> {
    let row = tx.run("metadata.find", |conn| {
        metadata::table
            .find(signer)
            .select(MetadataRow::as_select())
            .first(conn)
            .optional()
    })?;
    row.map_or_else(|| Ok(MetadataState::default()), TryFrom::try_from)
}

/// The BLOB that is stored.
///
/// # Errors
///
/// [`StoreError`] if the database fails or holds what was never written.
pub fn read_blob(tx: &mut Tx<'_>, signer: &str) -> Result<Option<String>, StoreError> {
    let parts = tx.run("metadata.read_blob", |conn| {
        metadata_parts::table
            .filter(metadata_parts::signer.eq(signer))
            .order(metadata_parts::part)
            .select(metadata_parts::content)
            .load::<Vec<u8>>(conn)
    })?;
    if parts.is_empty() {
        return Ok(None);
    }
    let blob = String::from_utf8(parts.concat()).ok();
    Ok(Some(column!(metadata_parts.content).read(blob)?))
}

/// Stores a BLOB, unless one of the same or a larger number is there: then only the time is noted if the number is the
/// same. Of two nodes that accept at once, the larger number stays. Whatever failed before is over.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn accept(tx: &mut Tx<'_>, signer: &str, accepted: AcceptedBlob, blob: &str) -> Result<(), StoreError> {
    let number = column!(metadata.number).signed(accepted.number)?;
    insert_if_absent(tx, signer)?;
    let row = metadata::table.find(signer);
    let newer = tx.run("metadata.accept", |conn| {
        diesel::update(row.filter(metadata::number.is_null().or(metadata::number.lt(number))))
            .set((
                metadata::number.eq(number),
                metadata::next_update.eq(accepted.next_update),
                metadata::accepted_at.eq(accepted.accepted_at.to_naive()),
                metadata::error.eq(None::<String>),
            ))
            .execute(conn)
    })?;
    if newer == 0 {
        tx.run("metadata.accept", |conn| {
            diesel::update(row.filter(metadata::number.eq(number)))
                .set((
                    metadata::accepted_at.eq(accepted.accepted_at.to_naive()),
                    metadata::error.eq(None::<String>),
                ))
                .execute(conn)
        })?;
        return Ok(());
    }
    tx.run("metadata.accept", |conn| {
        diesel::delete(metadata_parts::table.filter(metadata_parts::signer.eq(signer))).execute(conn)
    })?;
    for (part, content) in (0_i64..).zip(blob.as_bytes().chunks(PART)) {
        tx.run("metadata.accept", |conn| {
            diesel::insert_into(metadata_parts::table)
                .values((
                    metadata_parts::signer.eq(signer),
                    metadata_parts::part.eq(part),
                    metadata_parts::content.eq(content),
                ))
                .execute(conn)
        })?;
    }
    Ok(())
}

/// Notes an attempt to get a newer BLOB, and why it failed, if it did.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record_attempt(
    tx: &mut Tx<'_>,
    signer: &str,
    tried_at: Timestamp,
    error: Option<&str>,
) -> Result<(), StoreError> {
    insert_if_absent(tx, signer)?;
    tx.run("metadata.record_attempt", |conn| {
        diesel::update(metadata::table.find(signer))
            .set((
                metadata::tried_at.eq(tried_at.to_naive()),
                metadata::error.eq(error.map(free_text)),
            ))
            .execute(conn)
    })?;
    Ok(())
}

fn insert_if_absent(tx: &mut Tx<'_>, signer: &str) -> Result<(), StoreError> {
    let signer = column!(metadata.signer).key(signer)?;
    tx.run("metadata.insert_if_absent", |conn| {
        on_either!(conn, conn => diesel::insert_into(metadata::table)
            .values(metadata::signer.eq(signer))
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    Ok(())
}
