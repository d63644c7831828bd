//! Aliases: other names of users, found by digest.

use std::borrow::Cow;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
};
use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    application::AppId,
    user::UserId,
};

use crate::{
    column::{cannot_be_stored, column, optional_free_text},
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::aliases,
};

/// The row of an alias. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = aliases)]
struct AliasRow<'a> {
    app_id: Cow<'a, str>,
    digest: Cow<'a, [u8]>,
    user_id: Cow<'a, str>,
    plaintext: Option<Cow<'a, str>>,
    sign_in_name: bool,
}

impl<'a> AliasRow<'a> {
    fn new(app: &'a AppId, user_id: &'a UserId, alias: &'a StoredAlias) -> Result<Self, StoreError> {
        Ok(Self {
            app_id: app.as_str().into(),
            digest: alias.digest.0.as_slice().into(),
            user_id: column!(aliases.user_id).key(user_id.as_str())?.into(),
            plaintext: optional_free_text(alias.plaintext.as_deref()),
            sign_in_name: alias.is_sign_in_name,
        })
    }

    /// Stores the row, unless there is one with this digest. Returns how many rows were stored.
    fn insert(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        tx.run("aliases.insert", |conn| {
            on_either!(conn, conn => diesel::insert_into(aliases::table)
                .values(self)
                .on_conflict_do_nothing()
                .execute(conn))
        })
    }
}

impl TryFrom<AliasRow<'_>> for StoredAlias {
    type Error = StoreError;

    fn try_from(row: AliasRow<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            digest: AliasDigest(column!(aliases.digest).read((&*row.digest).try_into().ok())?),
            user_id: column!(aliases.user_id).user_id(&row.user_id)?,
            plaintext: row.plaintext.map(Cow::into_owned),
            is_sign_in_name: row.sign_in_name,
        })
    }
}

/// A user's aliases, in the order of their digests.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_by_user(tx: &mut Tx<'_>, app: &AppId, user_id: &UserId) -> Result<Vec<StoredAlias>, StoreError> {
    if cannot_be_stored(user_id.as_str()) {
        return Ok(Vec::new());
    }
    let rows = tx.run("aliases.list_by_user", |conn| {
        aliases::table
            .filter(aliases::app_id.eq(app.as_str()))
            .filter(aliases::user_id.eq(user_id.as_str()))
            .order(aliases::digest)
            .select(AliasRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The application's aliases in the order of their digests, `limit` of them, beginning after a digest.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_all(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&AliasDigest>,
    limit: u32,
) -> Result<Vec<StoredAlias>, StoreError> {
    let after = after.map_or(&[][..], |digest| &digest.0);
    let rows = tx.run("aliases.list_all", |conn| {
        aliases::table
            .filter(aliases::app_id.eq(app.as_str()))
            .filter(aliases::digest.gt(after))
            .order(aliases::digest)
            .limit(limit.into())
            .select(AliasRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whose alias this is.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find_owner(tx: &mut Tx<'_>, app: &AppId, digest: &AliasDigest) -> Result<Option<UserId>, StoreError> {
    let owner = tx.run("aliases.find_owner", |conn| {
        aliases::table
            .find((app.as_str(), &digest.0[..]))
            .select(aliases::user_id)
            .get_result::<String>(conn)
            .optional()
    })?;
    owner
        .map(|user_id| column!(aliases.user_id).user_id(&user_id))
        .transpose()
}

/// Whose alias this is that may be stored under either of two digests, and under which it is. The first one wins.
///
/// One statement, whoever it finds: how long it takes does not tell whether there is an owner.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find_owner_of_either(
    tx: &mut Tx<'_>,
    app: &AppId,
    [first, second]: [&AliasDigest; 2],
) -> Result<Option<StoredAlias>, StoreError> {
    let rows = tx.run("aliases.find_owner_of_either", |conn| {
        aliases::table
            .filter(aliases::app_id.eq(app.as_str()))
            .filter(
                aliases::digest
                    .eq(&first.0[..])
                    .or(aliases::digest.eq(&second.0[..])),
            )
            .select(AliasRow::as_select())
            .load(conn)
    })?;
    let found: Vec<StoredAlias> = rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<_, _>>()?;
    Ok(found.into_iter().min_by_key(|alias| alias.digest != *first))
}

/// Replaces all aliases of a user. The `user_id` of the given aliases is not looked at: they become the user's.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if one of them belongs to another user. Then nothing has changed.
pub fn replace(
    tx: &mut Tx<'_>,
    app: &AppId,
    user_id: &UserId,
    replacement: &[StoredAlias],
) -> Result<(), InsertError> {
    tx.part(|tx| {
        delete_by_user(tx, app, user_id)?;
        for alias in replacement {
            let inserted = AliasRow::new(app, user_id, alias)?.insert(tx)?;
            if inserted == 0 && find_owner(tx, app, &alias.digest)?.as_ref() != Some(user_id) {
                return Err(InsertError::Duplicate);
            }
        }
        Ok(())
    })
}

/// Stores an alias.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the application has one with this digest, whoever owns it.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, alias: &StoredAlias) -> Result<(), InsertError> {
    let inserted = AliasRow::new(app, &alias.user_id, alias)?.insert(tx)?;
    InsertError::unless_inserted(inserted)
}

/// Stores an alias under another digest: it was seen in clear, and had been imported under an older kind of digest.
/// False if there is no such alias, or if the new digest exists already.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn rekey(tx: &mut Tx<'_>, app: &AppId, from: &AliasDigest, to: &AliasDigest) -> Result<bool, StoreError> {
    if find_owner(tx, app, to)?.is_some() {
        return Ok(false);
    }
    let changed = tx.run("aliases.rekey", |conn| {
        diesel::update(aliases::table.find((app.as_str(), &from.0[..])))
            .set(aliases::digest.eq(&to.0[..]))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Deletes a user's aliases. Returns how many.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete_by_user(tx: &mut Tx<'_>, app: &AppId, user_id: &UserId) -> Result<usize, StoreError> {
    if cannot_be_stored(user_id.as_str()) {
        return Ok(0);
    }
    tx.run("aliases.delete_by_user", |conn| {
        diesel::delete(
            aliases::table
                .filter(aliases::app_id.eq(app.as_str()))
                .filter(aliases::user_id.eq(user_id.as_str())),
        )
        .execute(conn)
    })
}
