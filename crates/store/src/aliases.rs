//! Aliases: other names of users, found by digest.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
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

type Row = (Vec<u8>, String, Option<String>, bool);

fn read(row: Row) -> Result<StoredAlias, StoreError> {
    let (digest, user_id, plaintext, is_sign_in_name) = row;
    Ok(StoredAlias {
        digest: AliasDigest(column!(aliases.digest).read(digest.try_into().ok())?),
        user_id: column!(aliases.user_id).user_id(&user_id)?,
        plaintext,
        is_sign_in_name,
    })
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
            .select((
                aliases::digest,
                aliases::user_id,
                aliases::plaintext,
                aliases::sign_in_name,
            ))
            .load::<Row>(conn)
    })?;
    rows.into_iter().map(read).collect()
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
            .select((
                aliases::digest,
                aliases::user_id,
                aliases::plaintext,
                aliases::sign_in_name,
            ))
            .load::<Row>(conn)
    })?;
    rows.into_iter().map(read).collect()
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
    let user = column!(aliases.user_id).key(user_id.as_str())?;
    tx.part(|tx| {
        delete_by_user(tx, app, user_id)?;
        for alias in replacement {
            let inserted = tx.run("aliases.replace", |conn| {
                let row = (
                    aliases::app_id.eq(app.as_str()),
                    aliases::digest.eq(&alias.digest.0[..]),
                    aliases::user_id.eq(user),
                    aliases::plaintext.eq(optional_free_text(alias.plaintext.as_deref())),
                    aliases::sign_in_name.eq(alias.is_sign_in_name),
                );
                on_either!(conn, conn => diesel::insert_into(aliases::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(conn))
            })?;
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
    let user = column!(aliases.user_id).key(alias.user_id.as_str())?;
    let inserted = tx.run("aliases.insert", |conn| {
        let row = (
            aliases::app_id.eq(app.as_str()),
            aliases::digest.eq(&alias.digest.0[..]),
            aliases::user_id.eq(user),
            aliases::plaintext.eq(optional_free_text(alias.plaintext.as_deref())),
            aliases::sign_in_name.eq(alias.is_sign_in_name),
        );
        on_either!(conn, conn => diesel::insert_into(aliases::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
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
