//! The features of an application, a column each.

use chrono::NaiveDateTime;
use diesel::{AsChangeset, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable};
use passgate_core::application::{AppId, BackupEligibilityChange, Features, SignCountRegression, TopOrigins};
use passgate_webauthn::{Algorithm, Origin, RpId};

use crate::{
    column::{column, list, optional_time},
    connection::Tx,
    error::StoreError,
    schema::features,
};

/// The row of an application's features. Columns are found by the names of the members, to read and to write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = features, primary_key(app_id), treat_none_as_null = true)]
pub(super) struct FeaturesRow {
    app_id: String,
    event_logging: bool,
    event_retention_days: i64,
    developer_logging_ends_at: Option<NaiveDateTime>,
    max_users: Option<i64>,
    allow_attestation: bool,
    generate_sign_in_token: bool,
    magic_links: bool,
    magic_link_monthly_quota: i64,
    magic_link_origins: String,
    magic_link_landing_page: bool,
    single_use_sign_in_tokens: bool,
    single_use_magic_links: bool,
    decoy_credentials: bool,
    sign_count_regression: String,
    allowed_origins: String,
    allowed_rp_ids: String,
    algorithms: Option<String>,
    record_failed_ceremonies: bool,
    allowed_top_origins: String,
    bind_named_sign_ins: bool,
    backup_eligibility_change: String,
}

impl FeaturesRow {
    fn new(app: &AppId, features: &Features) -> Result<Self, StoreError> {
        Ok(Self {
            app_id: app.to_string(),
            event_logging: features.event_logging,
            event_retention_days: features.event_retention_days.into(),
            developer_logging_ends_at: optional_time(features.developer_logging_ends_at),
            max_users: features
                .max_users
                .map(|users| column!(features.max_users).signed(users))
                .transpose()?,
            allow_attestation: features.allow_attestation,
            generate_sign_in_token: features.generate_sign_in_token,
            magic_links: features.magic_links,
            magic_link_monthly_quota: features.magic_link_monthly_quota.into(),
            magic_link_origins: list(features.magic_link_origins.iter().map(String::as_str)),
            magic_link_landing_page: features.magic_link_landing_page,
            single_use_sign_in_tokens: features.single_use_sign_in_tokens,
            single_use_magic_links: features.single_use_magic_links,
            decoy_credentials: features.decoy_credentials,
            sign_count_regression: features.sign_count_regression.as_str().to_owned(),
            allowed_origins: list(features.allowed_origins.iter().map(Origin::as_str)),
            allowed_rp_ids: list(features.allowed_rp_ids.iter().map(RpId::as_str)),
            algorithms: features.algorithms.as_deref().map(|algorithms| {
                serde_json::Value::from_iter(algorithms.iter().map(|algorithm| algorithm.id())).to_string()
            }),
            record_failed_ceremonies: features.record_failed_ceremonies,
            allowed_top_origins: list(features.allowed_top_origins.texts()),
            bind_named_sign_ins: features.bind_named_sign_ins,
            backup_eligibility_change: features.backup_eligibility_change.as_str().to_owned(),
        })
    }
}

impl TryFrom<FeaturesRow> for Features {
    type Error = StoreError;

    fn try_from(row: FeaturesRow) -> Result<Self, StoreError> {
        Ok(Self {
            event_logging: row.event_logging,
            event_retention_days: column!(features.event_retention_days)
                .unsigned(row.event_retention_days)?,
            developer_logging_ends_at: row.developer_logging_ends_at.map(Into::into),
            max_users: row
                .max_users
                .map(|users| column!(features.max_users).unsigned(users))
                .transpose()?,
            allow_attestation: row.allow_attestation,
            generate_sign_in_token: row.generate_sign_in_token,
            magic_links: row.magic_links,
            magic_link_monthly_quota: column!(features.magic_link_monthly_quota)
                .unsigned(row.magic_link_monthly_quota)?,
            magic_link_origins: column!(features.magic_link_origins)
                .list(&row.magic_link_origins, |origin| Some(origin.to_owned()))?,
            magic_link_landing_page: row.magic_link_landing_page,
            single_use_sign_in_tokens: row.single_use_sign_in_tokens,
            single_use_magic_links: row.single_use_magic_links,
            decoy_credentials: row.decoy_credentials,
            sign_count_regression: column!(features.sign_count_regression)
                .read(SignCountRegression::parse(&row.sign_count_regression))?,
            allowed_origins: column!(features.allowed_origins)
                .list(&row.allowed_origins, |origin| Origin::parse(origin).ok())?,
            allowed_rp_ids: column!(features.allowed_rp_ids)
                .list(&row.allowed_rp_ids, |rp_id| RpId::parse_any(rp_id).ok())?,
            algorithms: row.algorithms.as_deref().map(read_algorithms).transpose()?,
            record_failed_ceremonies: row.record_failed_ceremonies,
            allowed_top_origins: read_top_origins(&row.allowed_top_origins)?,
            bind_named_sign_ins: row.bind_named_sign_ins,
            backup_eligibility_change: column!(features.backup_eligibility_change)
                .read(BackupEligibilityChange::parse(&row.backup_eligibility_change))?,
        })
    }
}

fn read_top_origins(text: &str) -> Result<TopOrigins, StoreError> {
    let column = column!(features.allowed_top_origins);
    let texts = column.list(text, |text| Some(text.to_owned()))?;
    column.read(TopOrigins::try_from(texts).ok())
}

fn read_algorithms(text: &str) -> Result<Vec<Algorithm>, StoreError> {
    let column = column!(features.algorithms);
    let ids: Vec<i64> = column.read(serde_json::from_str(text).ok())?;
    ids.into_iter()
        .map(|id| column.read(Algorithm::from_id(id)))
        .collect()
}

pub(super) fn insert(tx: &mut Tx<'_>, app: &AppId, features: &Features) -> Result<(), StoreError> {
    let row = FeaturesRow::new(app, features)?;
    tx.run("features.insert", |conn| {
        diesel::insert_into(features::table).values(&row).execute(conn)
    })?;
    Ok(())
}

pub(super) fn update(tx: &mut Tx<'_>, app: &AppId, features: &Features) -> Result<bool, StoreError> {
    let row = FeaturesRow::new(app, features)?;
    let changed = tx.run("features.update", |conn| {
        diesel::update(features::table.find(app.as_str()))
            .set(&row)
            .execute(conn)
    })?;
    Ok(changed == 1)
}
