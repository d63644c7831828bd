//! Registered passkeys.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
};
use passgate_core::{
    application::AppId,
    credential::{Credential, CredentialUse},
    time::Timestamp,
    user::UserId,
};
use passgate_webauthn::{Aaguid, CredentialId, Origin, RpId, Transport, UserHandle};

use crate::{
    column::{cannot_be_stored, column, free_text, list, optional_free_text, optional_time},
    connection::{Tx, on_either},
    error::{InsertError, StoreError},
    schema::credentials,
};

/// The row of a credential. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credentials)]
struct CredentialRow<'a> {
    app_id: Cow<'a, str>,
    id: Cow<'a, [u8]>,
    user_id: Cow<'a, str>,
    /// Empty if it is not known: no handle is, and the column has never been nullable.
    user_handle: Cow<'a, [u8]>,
    public_key: Cow<'a, [u8]>,
    sign_count: i64,
    transports: String,
    attestation_format: Cow<'a, str>,
    aaguid: Cow<'a, [u8]>,
    created_at: NaiveDateTime,
    last_used_at: NaiveDateTime,
    rp_id: Cow<'a, str>,
    origin: Cow<'a, str>,
    country: Cow<'a, str>,
    device: Cow<'a, str>,
    nickname: Option<Cow<'a, str>>,
    backup_state: Option<bool>,
    backup_eligible: Option<bool>,
    discoverable: Option<bool>,
    uv_initialized: bool,
    suspended_at: Option<NaiveDateTime>,
}

impl<'a> CredentialRow<'a> {
    fn new(app: &'a AppId, credential: &'a Credential) -> Result<Self, StoreError> {
        Ok(Self {
            app_id: app.as_str().into(),
            id: credential.id.as_bytes().into(),
            user_id: column!(credentials.user_id)
                .key(credential.user_id.as_str())?
                .into(),
            user_handle: credential
                .user_handle
                .as_ref()
                .map_or(&[][..], UserHandle::as_bytes)
                .into(),
            public_key: credential.public_key.as_slice().into(),
            sign_count: credential.sign_count.into(),
            transports: list(credential.transports.iter().map(Transport::as_str)),
            attestation_format: free_text(&credential.attestation_format),
            aaguid: credential.aaguid.as_bytes().as_slice().into(),
            created_at: credential.created_at.to_naive(),
            last_used_at: credential.last_used_at.to_naive(),
            rp_id: credential.rp_id.as_str().into(),
            origin: credential.origin.as_str().into(),
            country: free_text(&credential.country),
            device: free_text(&credential.device),
            nickname: optional_free_text(credential.nickname.as_deref()),
            backup_state: credential.backup_state,
            backup_eligible: credential.backup_eligible,
            discoverable: credential.discoverable,
            uv_initialized: credential.uv_initialized,
            suspended_at: optional_time(credential.suspended_at),
        })
    }
}

impl TryFrom<CredentialRow<'_>> for Credential {
    type Error = StoreError;

    fn try_from(row: CredentialRow<'_>) -> Result<Self, StoreError> {
        let aaguid = <[u8; 16]>::try_from(&*row.aaguid).ok();
        Ok(Self {
            id: column!(credentials.id).read(CredentialId::new(row.id.into_owned()).ok())?,
            user_id: column!(credentials.user_id).user_id(&row.user_id)?,
            user_handle: if row.user_handle.is_empty() {
                None
            } else {
                let handle = UserHandle::new(row.user_handle.into_owned()).ok();
                Some(column!(credentials.user_handle).read(handle)?)
            },
            public_key: row.public_key.into_owned(),
            sign_count: column!(credentials.sign_count).unsigned(row.sign_count)?,
            transports: column!(credentials.transports).list(&row.transports, |name| Transport::new(name))?,
            attestation_format: row.attestation_format.into_owned(),
            aaguid: Aaguid::new(column!(credentials.aaguid).read(aaguid)?),
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.into(),
            rp_id: column!(credentials.rp_id).read(RpId::parse_any(&row.rp_id).ok())?,
            origin: column!(credentials.origin).read(Origin::parse(&row.origin).ok())?,
            country: row.country.into_owned(),
            device: row.device.into_owned(),
            nickname: row.nickname.map(Cow::into_owned),
            backup_state: row.backup_state,
            backup_eligible: row.backup_eligible,
            discoverable: row.discoverable,
            uv_initialized: row.uv_initialized,
            suspended_at: row.suspended_at.map(Into::into),
        })
    }
}

fn read_all(rows: Vec<CredentialRow<'_>>) -> Result<Vec<Credential>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The credential with this id.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn find(tx: &mut Tx<'_>, app: &AppId, id: &CredentialId) -> Result<Option<Credential>, StoreError> {
    let row = tx.run("credentials.find", |conn| {
        on_either!(conn, conn => credentials::table
            .find((app.as_str(), id.as_bytes()))
            .select(CredentialRow::as_select())
            .get_result(conn)
            .optional())
    })?;
    row.map(TryInto::try_into).transpose()
}

/// A user's credentials, oldest first.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_by_user(tx: &mut Tx<'_>, app: &AppId, user_id: &UserId) -> Result<Vec<Credential>, StoreError> {
    if cannot_be_stored(user_id.as_str()) {
        return Ok(Vec::new());
    }
    let rows = tx.run("credentials.list_by_user", |conn| {
        on_either!(conn, conn => credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .filter(credentials::user_id.eq(user_id.as_str()))
            .order((credentials::created_at, credentials::id))
            .select(CredentialRow::as_select())
            .load(conn))
    })?;
    read_all(rows)
}

/// The application's credentials in the order of their ids, `limit` of them, beginning after an id.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn list_all(
    tx: &mut Tx<'_>,
    app: &AppId,
    after: Option<&CredentialId>,
    limit: u32,
) -> Result<Vec<Credential>, StoreError> {
    let rows = tx.run("credentials.list_all", |conn| {
        credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .filter(credentials::id.gt(after.map_or(&[][..], CredentialId::as_bytes)))
            .order(credentials::id)
            .limit(limit.into())
            .select(CredentialRow::as_select())
            .load(conn)
    })?;
    read_all(rows)
}

/// Stores a new credential.
///
/// # Errors
///
/// [`InsertError::Duplicate`] if the application has a credential with this id, whoever owns it.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, credential: &Credential) -> Result<(), InsertError> {
    let row = CredentialRow::new(app, credential)?;
    let inserted = tx.run("credentials.insert", |conn| {
        on_either!(conn, conn => diesel::insert_into(credentials::table).values(&row).on_conflict_do_nothing().execute(conn))
    })?;
    InsertError::unless_inserted(inserted)
}

/// Records a verified sign-in, if the credential is still as it was when it was verified: its sign count and backup
/// eligibility are those observed, it was not suspended, and a user handle that is learned now is not known yet. False if it is not, or if it
/// is gone: then the sign-in must be refused, or verified again.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn record_use(tx: &mut Tx<'_>, app: &AppId, used: &CredentialUse) -> Result<bool, StoreError> {
    if let Some(handle) = &used.learned_user_handle
        && !learn_user_handle(tx, app, used, handle)?
    {
        return Ok(false);
    }
    let changed = tx.run("credentials.record_use", |conn| {
        on_either!(conn, conn => diesel::update(
            credentials::table
                .filter(credentials::app_id.eq(app.as_str()))
                .filter(credentials::id.eq(used.id.as_bytes()))
                .filter(credentials::sign_count.eq(i64::from(used.observed_sign_count)))
                .filter(
                    // Once known it never is unknown again.
                    credentials::backup_eligible
                        .is_null()
                        .or(credentials::backup_eligible.eq(used.observed_backup_eligible)),
                )
                .filter(credentials::suspended_at.is_null()),
        )
        .set((
            credentials::sign_count.eq(i64::from(used.sign_count)),
            credentials::backup_state.eq(used.backup_state),
            credentials::backup_eligible.eq(used.backup_eligible),
            credentials::uv_initialized.eq(used.uv_initialized),
            credentials::last_used_at.eq(used.at.to_naive()),
            credentials::country.eq(free_text(&used.country)),
            credentials::device.eq(free_text(&used.device)),
        ))
        .execute(conn))
    })?;
    Ok(changed == 1)
}

/// Keeps the user handle of a credential that had none. False if it has one.
fn learn_user_handle(
    tx: &mut Tx<'_>,
    app: &AppId,
    used: &CredentialUse,
    handle: &UserHandle,
) -> Result<bool, StoreError> {
    let changed = tx.run("credentials.learn_user_handle", |conn| {
        diesel::update(
            credentials::table
                .filter(credentials::app_id.eq(app.as_str()))
                .filter(credentials::id.eq(used.id.as_bytes()))
                .filter(credentials::user_handle.eq(&[][..])),
        )
        .set(credentials::user_handle.eq(handle.as_bytes()))
        .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Deletes a credential and returns what it was; none if there is no such credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: &CredentialId) -> Result<Option<Credential>, StoreError> {
    let Some(credential) = find(tx, app, id)? else {
        return Ok(None);
    };
    let deleted = tx.run("credentials.delete", |conn| {
        diesel::delete(credentials::table.find((app.as_str(), id.as_bytes()))).execute(conn)
    })?;
    Ok((deleted == 1).then_some(credential))
}

/// Deletes a user's credentials. Returns how many.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn delete_by_user(tx: &mut Tx<'_>, app: &AppId, user_id: &UserId) -> Result<usize, StoreError> {
    if cannot_be_stored(user_id.as_str()) {
        return Ok(0);
    }
    tx.run("credentials.delete_by_user", |conn| {
        diesel::delete(
            credentials::table
                .filter(credentials::app_id.eq(app.as_str()))
                .filter(credentials::user_id.eq(user_id.as_str())),
        )
        .execute(conn)
    })
}

/// Whether the user owns a credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn user_owns_any(tx: &mut Tx<'_>, app: &AppId, user_id: &UserId) -> Result<bool, StoreError> {
    if cannot_be_stored(user_id.as_str()) {
        return Ok(false);
    }
    let owned = tx.run("credentials.user_owns_any", |conn| {
        credentials::table
            .filter(credentials::app_id.eq(app.as_str()))
            .filter(credentials::user_id.eq(user_id.as_str()))
            .count()
            .get_result::<i64>(conn)
    })?;
    Ok(owned > 0)
}

/// Gives a credential another nickname, or none. False if there is no such credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn rename(
    tx: &mut Tx<'_>,
    app: &AppId,
    id: &CredentialId,
    nickname: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = tx.run("credentials.rename", |conn| {
        diesel::update(credentials::table.find((app.as_str(), id.as_bytes())))
            .set(credentials::nickname.eq(optional_free_text(nickname)))
            .execute(conn)
    })?;
    Ok(changed == 1)
}

/// Suspends a credential: it exists, and cannot sign in. False if there is no such credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn suspend(tx: &mut Tx<'_>, app: &AppId, id: &CredentialId, now: Timestamp) -> Result<bool, StoreError> {
    set_suspended(tx, app, id, Some(now))
}

/// Ends a suspension. False if there is no such credential.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn resume(tx: &mut Tx<'_>, app: &AppId, id: &CredentialId) -> Result<bool, StoreError> {
    set_suspended(tx, app, id, None)
}

fn set_suspended(
    tx: &mut Tx<'_>,
    app: &AppId,
    id: &CredentialId,
    since: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let changed = tx.run("credentials.set_suspended", |conn| {
        diesel::update(credentials::table.find((app.as_str(), id.as_bytes())))
            .set(credentials::suspended_at.eq(optional_time(since)))
            .execute(conn)
    })?;
    Ok(changed == 1)
}
