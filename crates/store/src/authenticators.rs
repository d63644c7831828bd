//! Authenticator models that an application allows or blocks.

use chrono::NaiveDateTime;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use passgate_core::{
    application::{AaguidSet, AppId},
    time::Timestamp,
};
use passgate_webauthn::Aaguid;

use crate::{
    column::column,
    connection::{Tx, on_either},
    error::StoreError,
    schema::authenticators,
};

/// One of an application's two lists. A model is on at most one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticatorList {
    /// Models that may register; if it is empty, all may.
    Allowed,
    /// Models that may not register.
    Blocked,
}

impl AuthenticatorList {
    const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed)
    }
}

/// A model on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedAuthenticator {
    /// The AAGUID of the authenticator model.
    pub aaguid: Aaguid,
    /// When it was put on a list first.
    pub created_at: Timestamp,
}

/// The row of a model. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = authenticators)]
struct AuthenticatorRow {
    app_id: String,
    aaguid: Vec<u8>,
    is_allowed: bool,
    created_at: NaiveDateTime,
}

impl TryFrom<AuthenticatorRow> for ListedAuthenticator {
    type Error = StoreError;

    fn try_from(row: AuthenticatorRow) -> Result<Self, StoreError> {
        let aaguid = column!(authenticators.aaguid).read(row.aaguid.try_into().ok())?;
        Ok(Self {
            aaguid: Aaguid::new(aaguid),
            created_at: row.created_at.into(),
        })
    }
}

/// The models on one list, in the order of their ids.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(
    tx: &mut Tx<'_>,
    app: &AppId,
    which: AuthenticatorList,
) -> Result<Vec<ListedAuthenticator>, StoreError> {
    let rows = tx.run("authenticators.list", |conn| {
        authenticators::table
            .filter(authenticators::app_id.eq(app.as_str()))
            .filter(authenticators::is_allowed.eq(which.is_allowed()))
            .order(authenticators::aaguid)
            .select(AuthenticatorRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryFrom::try_from).collect()
}

/// Puts models on a list; those on the other list move.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn upsert(
    tx: &mut Tx<'_>,
    app: &AppId,
    aaguids: &[Aaguid],
    which: AuthenticatorList,
    now: Timestamp,
) -> Result<(), StoreError> {
    for aaguid in aaguids {
        tx.run("authenticators.upsert", |conn| {
            let row = AuthenticatorRow {
                app_id: app.to_string(),
                aaguid: aaguid.as_bytes().to_vec(),
                is_allowed: which.is_allowed(),
                created_at: now.to_naive(),
            };
            on_either!(conn, conn => diesel::insert_into(authenticators::table)
                .values(row)
                .on_conflict((authenticators::app_id, authenticators::aaguid))
                .do_update()
                .set(authenticators::is_allowed.eq(which.is_allowed()))
                .execute(conn))
        })?;
    }
    Ok(())
}

/// Takes models off their list, whichever it is. Returns how many were on one.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn remove(tx: &mut Tx<'_>, app: &AppId, aaguids: &[Aaguid]) -> Result<usize, StoreError> {
    let mut removed = 0;
    for aaguid in aaguids {
        removed += tx.run("authenticators.remove", |conn| {
            diesel::delete(authenticators::table.find((app.as_str(), &aaguid.as_bytes()[..]))).execute(conn)
        })?;
    }
    Ok(removed)
}

/// Both lists: what is allowed, what is blocked.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn sets(tx: &mut Tx<'_>, app: &AppId) -> Result<(AaguidSet, AaguidSet), StoreError> {
    let rows = tx.run("authenticators.sets", |conn| {
        authenticators::table
            .filter(authenticators::app_id.eq(app.as_str()))
            .select(AuthenticatorRow::as_select())
            .load(conn)
    })?;
    let mut sets = (AaguidSet::new(), AaguidSet::new());
    for row in rows {
        let set = if row.is_allowed { &mut sets.0 } else { &mut sets.1 };
        set.insert(ListedAuthenticator::try_from(row)?.aaguid);
    }
    Ok(sets)
}
