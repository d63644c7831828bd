//! API keys.

use chrono::NaiveDateTime;
use diesel::{
    ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use passgate_core::{
    api_key::{
        ApiKey, ApiKeyId, ApiKeyKind, ApiKeyMaterial, KeyLock, PublicApiKey, Scope, SecretApiKeyDigest,
    },
    application::AppId,
    time::Timestamp,
};

use crate::{
    column::{cannot_be_stored, column, optional_time},
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::api_keys,
};

/// The row of a key. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
struct ApiKeyRow {
    app_id: String,
    id: String,
    kind: String,
    material: String,
    scopes: String,
    created_at: NaiveDateTime,
    lock_kind: Option<String>,
    last_locked_at: Option<NaiveDateTime>,
    last_unlocked_at: Option<NaiveDateTime>,
}

impl ApiKeyRow {
    fn new(app: &AppId, key: &ApiKey) -> Result<Self, StoreError> {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        Ok(Self {
            app_id: app.to_string(),
            id: column!(api_keys.id).key(key.id.as_str())?.to_owned(),
            kind: key.material.kind().as_str().to_owned(),
            material: match &key.material {
                ApiKeyMaterial::Public(key) => key.as_str().to_owned(),
                ApiKeyMaterial::Secret(digest) => digest.to_stored(),
            },
            scopes: scopes.join(","),
            created_at: key.created_at.to_naive(),
            lock_kind: key.lock.map(|lock| lock.as_str().to_owned()),
            last_locked_at: optional_time(key.last_locked_at),
            last_unlocked_at: optional_time(key.last_unlocked_at),
        })
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        let material = column!(api_keys.material);
        Ok(Self {
            id: column!(api_keys.id).read(ApiKeyId::parse(&row.id).ok())?,
            material: match column!(api_keys.kind).read(ApiKeyKind::parse(&row.kind))? {
                ApiKeyKind::Public => {
                    ApiKeyMaterial::Public(material.read(PublicApiKey::parse(&row.material).ok())?)
                }
                ApiKeyKind::Secret => {
                    ApiKeyMaterial::Secret(material.read(SecretApiKeyDigest::parse(&row.material).ok())?)
                }
            },
            scopes: row
                .scopes
                .split(',')
                .filter(|scope| !scope.is_empty())
                .map(|scope| column!(api_keys.scopes).read(Scope::parse(scope)))
                .collect::<Result<_, _>>()?,
            created_at: row.created_at.into(),
            lock: row
                .lock_kind
                .map(|lock| column!(api_keys.lock_kind).read(KeyLock::parse(&lock)))
                .transpose()?,
            last_locked_at: row.last_locked_at.map(Into::into),
            last_unlocked_at: row.last_unlocked_at.map(Into::into),
        })
    }
}

/// The application's keys, oldest first.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<ApiKey>, StoreError> {
    let rows = tx.run("api_keys.list", |conn| {
        api_keys::table
            .filter(api_keys::app_id.eq(app.as_str()))
            .order((api_keys::created_at, api_keys::id))
            .select(ApiKeyRow::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The key with this id.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    if cannot_be_stored(id.as_str()) {
        return Ok(None);
    }
    let row = tx.run("api_keys.find", |conn| {
        api_keys::table
            .find((app.as_str(), id.as_str()))
            .select(ApiKeyRow::as_select())
            .get_result(conn)
            .optional()
    })?;
    row.map(TryInto::try_into).transpose()
}

/// Stores a new key.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the application has a key with this id: draw another one.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, key: &ApiKey) -> Result<(), InsertError> {
    let row = ApiKeyRow::new(app, key)?;
    let inserted = tx.run("api_keys.insert", |conn| {
        on_either!(conn, conn => diesel::insert_into(api_keys::table).values(&row).on_conflict_do_nothing().execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// Locks a key. False if there is no such key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn set_lock(
    tx: &mut Tx<'_>,
    app: &AppId,
    id: &ApiKeyId,
    lock: KeyLock,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if cannot_be_stored(id.as_str()) {
        return Ok(false);
    }
    let changed = tx.run("api_keys.set_lock", |conn| {
        diesel::update(api_keys::table.find((app.as_str(), id.as_str())))
            .set((
                api_keys::lock_kind.eq(lock.as_str()),
                api_keys::last_locked_at.eq(now.to_naive()),
            ))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Unlocks a key, however it was locked. False if there is no such key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn unlock(tx: &mut Tx<'_>, app: &AppId, id: &ApiKeyId, now: Timestamp) -> Result<bool, StoreError> {
    if cannot_be_stored(id.as_str()) {
        return Ok(false);
    }
    let changed = tx.run("api_keys.unlock", |conn| {
        diesel::update(api_keys::table.find((app.as_str(), id.as_str())))
            .set((
                api_keys::lock_kind.eq(None::<&str>),
                api_keys::last_unlocked_at.eq(now.to_naive()),
            ))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Deletes a key. False if there is no such key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: &ApiKeyId) -> Result<bool, StoreError> {
    if cannot_be_stored(id.as_str()) {
        return Ok(false);
    }
    let deleted = tx.run("api_keys.delete", |conn| {
        diesel::delete(api_keys::table.find((app.as_str(), id.as_str()))).execute(conn)
    })?;
    Ok(deleted == 1)
}

/// Locks all keys that are not locked, together with their application. Returns how many.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn lock_all(tx: &mut Tx<'_>, app: &AppId, now: Timestamp) -> Result<usize, StoreError> {
    tx.run("api_keys.lock_all", |conn| {
        diesel::update(
            api_keys::table
                .filter(api_keys::app_id.eq(app.as_str()))
                .filter(api_keys::lock_kind.is_null()),
        )
        .set((
            api_keys::lock_kind.eq(KeyLock::Application.as_str()),
            api_keys::last_locked_at.eq(now.to_naive()),
        ))
        .execute(conn)
    })
}

/// Unlocks the keys that were locked together with their application; a key that was locked by itself stays locked.
/// Returns how many.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn unlock_all(tx: &mut Tx<'_>, app: &AppId, now: Timestamp) -> Result<usize, StoreError> {
    tx.run("api_keys.unlock_all", |conn| {
        diesel::update(
            api_keys::table
                .filter(api_keys::app_id.eq(app.as_str()))
                .filter(api_keys::lock_kind.eq(KeyLock::Application.as_str())),
        )
        .set((
            api_keys::lock_kind.eq(None::<&str>),
            api_keys::last_unlocked_at.eq(now.to_naive()),
        ))
        .execute(conn)
    })
}

/// Replaces the digest of a secret key, once its text has been seen. False if there is no such secret key.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn upgrade_digest(
    tx: &mut Tx<'_>,
    app: &AppId,
    id: &ApiKeyId,
    digest: &SecretApiKeyDigest,
) -> Result<bool, StoreError> {
    let changed = tx.run("api_keys.upgrade_digest", |conn| {
        diesel::update(
            api_keys::table
                .filter(api_keys::app_id.eq(app.as_str()))
                .filter(api_keys::id.eq(id.as_str()))
                .filter(api_keys::kind.eq(ApiKeyKind::Secret.as_str())),
        )
        .set(api_keys::material.eq(digest.to_stored()))
        .execute(conn)
    })?;
    Ok(changed == 1)
}
