//! Deletions that an application asked for with its own secret key.

use chrono::NaiveDateTime;
use diesel::{
    ExpressionMethods, Insertable, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};
use passgate_core::{application::AppId, time::Timestamp};

use crate::{
    column::column,
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::{account_deletion_warnings, account_deletions},
};

/// A deletion on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountDeletion {
    /// SHA-256 of the token in the mailed link that aborts it.
    pub abort_token_digest: [u8; 32],
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the keys are to be frozen.
    pub freeze_at: Timestamp,
    /// When the data is to be deleted.
    pub delete_at: Timestamp,
}

/// The row of a deletion. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = account_deletions)]
struct AccountDeletionRow {
    app_id: String,
    abort_token_digest: Vec<u8>,
    requested_at: NaiveDateTime,
    freeze_at: NaiveDateTime,
    delete_at: NaiveDateTime,
}

impl AccountDeletionRow {
    fn new(app: &AppId, deletion: &AccountDeletion) -> Self {
        Self {
            app_id: app.to_string(),
            abort_token_digest: deletion.abort_token_digest.to_vec(),
            requested_at: deletion.requested_at.to_naive(),
            freeze_at: deletion.freeze_at.to_naive(),
            delete_at: deletion.delete_at.to_naive(),
        }
    }
}

impl TryFrom<AccountDeletionRow> for (AppId, AccountDeletion) {
    type Error = StoreError;

    fn try_from(row: AccountDeletionRow) -> Result<Self, StoreError> {
        let digest = column!(account_deletions.abort_token_digest);
        let deletion = AccountDeletion {
            abort_token_digest: digest.read(row.abort_token_digest.try_into().ok())?,
            requested_at: row.requested_at.into(),
            freeze_at: row.freeze_at.into(),
            delete_at: row.delete_at.into(),
        };
        Ok((column!(account_deletions.app_id).app_id(&row.app_id)?, deletion))
    }
}

/// Stores a deletion.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if one is on its way already.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, deletion: &AccountDeletion) -> Result<(), InsertError> {
    let inserted = tx.run("account_deletions.insert", |conn| {
        let row = AccountDeletionRow::new(app, deletion);
        on_either!(conn, conn => diesel::insert_into(account_deletions::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// The application's deletion, if one is on its way.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<AccountDeletion>, StoreError> {
    let row = tx.run("account_deletions.find", |conn| {
        account_deletions::table
            .find(app.as_str())
            .select(AccountDeletionRow::as_select())
            .get_result(conn)
            .optional()
    })?;
    let found: Option<(AppId, AccountDeletion)> = row.map(TryFrom::try_from).transpose()?;
    Ok(found.map(|(_, deletion)| deletion))
}

/// The deletion that a mailed link aborts, whichever administrator it went to. Global: the link names no application.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find_by_abort_token(
    tx: &mut Tx<'_>,
    digest: &[u8; 32],
) -> Result<Option<(AppId, AccountDeletion)>, StoreError> {
    let row = tx.run("account_deletions.find_by_abort_token", |conn| {
        account_deletions::table
            .filter(account_deletions::abort_token_digest.eq(&digest[..]))
            .select(AccountDeletionRow::as_select())
            .get_result(conn)
            .optional()
    })?;
    if let Some(row) = row {
        return row.try_into().map(Some);
    }
    let row = tx.run("account_deletions.find_by_later_abort_token", |conn| {
        account_deletions::table
            .inner_join(
                account_deletion_warnings::table
                    .on(account_deletion_warnings::app_id.eq(account_deletions::app_id)),
            )
            .filter(account_deletion_warnings::abort_token_digest.eq(&digest[..]))
            .select(AccountDeletionRow::as_select())
            .get_result(conn)
            .optional()
    })?;
    row.map(TryFrom::try_from).transpose()
}

/// An administrator whom no warning has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedAdministrator {
    /// The application on its way out.
    pub app: AppId,
    /// The administrator's address.
    pub address: String,
}

/// What is read of a warning's row, by the names of its columns.
#[derive(Queryable, Selectable)]
#[diesel(table_name = account_deletion_warnings)]
struct MissedRow {
    app_id: String,
    address: String,
}

/// Keeps an administrator whom the first warning did not reach. Nothing happens if the address is kept already.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn insert_missed(tx: &mut Tx<'_>, app: &AppId, address: &str) -> Result<(), StoreError> {
    let address = column!(account_deletion_warnings.address).key(address)?;
    tx.run("account_deletions.insert_missed", |conn| {
        let row = (
            account_deletion_warnings::app_id.eq(app.as_str()),
            account_deletion_warnings::address.eq(address),
            account_deletion_warnings::attempts.eq(0),
            account_deletion_warnings::reached.eq(false),
        );
        on_either!(conn, conn => diesel::insert_into(account_deletion_warnings::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    Ok(())
}

/// The administrators whom no warning has reached, tried fewer than `attempts` times since. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_missed(tx: &mut Tx<'_>, attempts: u32) -> Result<Vec<MissedAdministrator>, StoreError> {
    let rows = tx.run("account_deletions.list_missed", |conn| {
        account_deletion_warnings::table
            .filter(account_deletion_warnings::reached.eq(false))
            .filter(account_deletion_warnings::attempts.lt(i64::from(attempts)))
            .order((
                account_deletion_warnings::app_id,
                account_deletion_warnings::address,
            ))
            .select(MissedRow::as_select())
            .load(conn)
    })?;
    rows.into_iter()
        .map(|row| {
            Ok(MissedAdministrator {
                app: column!(account_deletion_warnings.app_id).app_id(&row.app_id)?,
                address: row.address,
            })
        })
        .collect()
}

/// Counts another attempt to reach an administrator, with the link that it mails. False if there is nobody to reach any
/// more.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn begin_attempt(
    tx: &mut Tx<'_>,
    missed: &MissedAdministrator,
    abort_token_digest: &[u8; 32],
) -> Result<bool, StoreError> {
    let changed = tx.run("account_deletions.begin_attempt", |conn| {
        let unreached = account_deletion_warnings::table
            .find((missed.app.as_str(), missed.address.as_str()))
            .filter(account_deletion_warnings::reached.eq(false));
        diesel::update(unreached)
            .set((
                account_deletion_warnings::abort_token_digest.eq(&abort_token_digest[..]),
                account_deletion_warnings::attempts.eq(account_deletion_warnings::attempts + 1),
            ))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Says that the last attempt reached the administrator, whose link stays good.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set_reached(tx: &mut Tx<'_>, missed: &MissedAdministrator) -> Result<(), StoreError> {
    tx.run("account_deletions.set_reached", |conn| {
        diesel::update(account_deletion_warnings::table.find((missed.app.as_str(), missed.address.as_str())))
            .set(account_deletion_warnings::reached.eq(true))
            .execute(conn)
    })?;
    Ok(())
}

/// Deletions whose keys are to be frozen by now, those to be carried out included. Global.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(AppId, AccountDeletion)>, StoreError> {
    let rows = tx.run("account_deletions.list_due", |conn| {
        account_deletions::table
            .filter(account_deletions::freeze_at.le(now.to_naive()))
            .order(account_deletions::app_id)
            .select(AccountDeletionRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryFrom::try_from).collect()
}

/// Forgets a deletion: it was aborted, or carried out. False if none is on its way.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId) -> Result<bool, StoreError> {
    let deleted = tx.run("account_deletions.delete", |conn| {
        diesel::delete(account_deletions::table.find(app.as_str())).execute(conn)
    })?;
    Ok(deleted == 1)
}
