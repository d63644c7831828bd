//! The records of the export format, one JSON object a line. `docs/migration.md` describes them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{NaiveDate, SecondsFormat};
use passgate_core::{
    alias::{AliasDigest, AliasKey, StoredAlias},
    api_key::{
        ApiKey, ApiKeyId, ApiKeyKind, ApiKeyMaterial, KeyLock, PublicApiKey, Scope, SecretApiKeyDigest,
    },
    application::{AppId, Application, ApplicationState, Features, FrozenBy},
    authentication_config::{AuthenticationConfig, Purpose, hints_from_text, hints_to_text},
    credential::Credential,
    event::{Event, EventKind, Severity},
    secret::Secret,
    time::Timestamp,
    well_known::WellKnown,
};
use passgate_store::{
    account_deletions::AccountDeletion,
    dispatched_emails::DispatchedEmail,
    reports::{ActiveUserReport, CredentialReport},
};
use passgate_webauthn::{Aaguid, CredentialId, Origin, RpId, UserHandle, UserVerification};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use super::{
    DigestKind, Item, ListedModel,
    report::Flaw,
    text::{cose_key, parse_time, transports, user_id},
};

/// The version of the format. It changes whenever a reader of the version before would lose something.
pub const FORMAT_VERSION: u32 = 1;

/// What the first line calls the format.
pub(super) const FORMAT: &str = "passgate-export";

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum Line {
    Header(HeaderLine),
    Application(Box<ApplicationLine>),
    AliasKey(AliasKeyLine),
    ApiKey(ApiKeyLine),
    AuthenticationConfig(AuthenticationConfigLine),
    WellKnown(Box<WellKnown>),
    Authenticator(AuthenticatorLine),
    Credential(Box<CredentialLine>),
    Alias(AliasLine),
    CredentialReport(CredentialReportLine),
    ActiveUserReport(ActiveUserReportLine),
    AccountDeletion(AccountDeletionLine),
    DispatchedEmail(DispatchedEmailLine),
    Event(EventLine),
    End(EndLine),
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeaderLine {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) application: AppId,
    pub(super) exported_at: Time,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ApplicationLine {
    created_at: Time,
    admin_emails: Vec<String>,
    state: StateLine,
    features: Features,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StateLine {
    Active,
    Frozen {
        at: Time,
        /// Whether the deletion that the application asked for froze it, and no operator.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_account_deletion: bool,
    },
    DeletionScheduled {
        delete_at: Time,
        requested_by: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct AliasKeyLine {
    key: Bytes,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ApiKeyLine {
    id: String,
    kind: String,
    material: String,
    scopes: Vec<String>,
    created_at: Time,
    lock: Option<String>,
    last_locked_at: Option<Time>,
    last_unlocked_at: Option<Time>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AuthenticationConfigLine {
    purpose: String,
    user_verification: String,
    time_to_live_micros: u64,
    hints: String,
    created_by: String,
    created_at: Option<Time>,
    edited_by: Option<String>,
    edited_at: Option<Time>,
    last_used_at: Option<Time>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AuthenticatorLine {
    aaguid: Aaguid,
    allowed: bool,
    created_at: Time,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CredentialLine {
    id: CredentialId,
    user_id: String,
    /// Null until the first sign-in tells it.
    user_handle: Option<UserHandle>,
    public_key: Bytes,
    sign_count: u32,
    transports: Vec<String>,
    attestation_format: String,
    aaguid: Aaguid,
    created_at: Time,
    last_used_at: Time,
    rp_id: String,
    origin: String,
    country: String,
    device: String,
    nickname: Option<String>,
    backup_state: Option<bool>,
    backup_eligible: Option<bool>,
    discoverable: Option<bool>,
    uv_initialized: bool,
    suspended_at: Option<Time>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AliasLine {
    digest: Bytes,
    user_id: String,
    plaintext: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_sign_in_name: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CredentialReportLine {
    day: NaiveDate,
    users: u64,
    credentials: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ActiveUserReportLine {
    day: NaiveDate,
    daily_users: u64,
    weekly_users: u64,
    total_users: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AccountDeletionLine {
    abort_token_digest: Bytes,
    requested_at: Time,
    freeze_at: Time,
    delete_at: Time,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DispatchedEmailLine {
    id: Uuid,
    created_at: Time,
    user_id: String,
    email_address: String,
    link_template: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventLine {
    id: Uuid,
    performed_at: Time,
    kind: i32,
    severity: i32,
    message: String,
    performed_by: String,
    subject: String,
    api_key_id: String,
    reason: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EndLine {
    /// Lines between the header and this one.
    pub(super) records: u64,
}

/// Bytes as base64url without padding.
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD
            .decode(text)
            .map(Self)
            .map_err(|_| D::Error::custom("not base64url without padding"))
    }
}

/// A point in time as RFC 3339 text with microseconds.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_time(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a date and time"))
    }
}

fn time(time: Option<Timestamp>) -> Option<Time> {
    time.map(Time)
}

fn timestamp(time: Option<Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}

impl From<&Item> for Line {
    fn from(item: &Item) -> Self {
        match item {
            Item::Application(application) => Self::Application(Box::new(ApplicationLine {
                created_at: Time(application.created_at),
                admin_emails: application.admin_emails.clone(),
                state: match &application.state {
                    ApplicationState::Active => StateLine::Active,
                    ApplicationState::Frozen { at, by } => StateLine::Frozen {
                        at: Time(*at),
                        by_account_deletion: *by == FrozenBy::AccountDeletion,
                    },
                    ApplicationState::DeletionScheduled {
                        delete_at,
                        requested_by,
                    } => StateLine::DeletionScheduled {
                        delete_at: Time(*delete_at),
                        requested_by: requested_by.clone(),
                    },
                },
                features: application.features.clone(),
            })),
            Item::AliasKey(key) => Self::AliasKey(AliasKeyLine {
                key: Bytes(key.expose().to_vec()),
            }),
            Item::ApiKey(key) => Self::ApiKey(ApiKeyLine {
                id: key.id.to_string(),
                kind: key.kind().as_str().to_owned(),
                material: match &key.material {
                    ApiKeyMaterial::Public(key) => key.as_str().to_owned(),
                    ApiKeyMaterial::Secret(digest) => digest.to_stored(),
                },
                scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
                created_at: Time(key.created_at),
                lock: key.lock.map(|lock| lock.as_str().to_owned()),
                last_locked_at: time(key.last_locked_at),
                last_unlocked_at: time(key.last_unlocked_at),
            }),
            Item::AuthenticationConfig(config) => Self::AuthenticationConfig(AuthenticationConfigLine {
                purpose: config.purpose.as_str().to_owned(),
                user_verification: config.user_verification.as_str().to_owned(),
                time_to_live_micros: u64::try_from(config.time_to_live.as_micros()).unwrap_or(u64::MAX),
                hints: hints_to_text(&config.hints),
                created_by: config.created_by.clone(),
                created_at: time(config.created_at),
                edited_by: config.edited_by.clone(),
                edited_at: time(config.edited_at),
                last_used_at: time(config.last_used_at),
            }),
            Item::WellKnown(published) => Self::WellKnown(published.clone()),
            Item::Authenticator(model) => Self::Authenticator(AuthenticatorLine {
                aaguid: model.aaguid,
                allowed: model.allowed,
                created_at: Time(model.created_at),
            }),
            Item::Credential(credential) => Self::Credential(Box::new(CredentialLine {
                id: credential.id.clone(),
                user_id: credential.user_id.as_str().to_owned(),
                user_handle: credential.user_handle.clone(),
                public_key: Bytes(credential.public_key.clone()),
                sign_count: credential.sign_count,
                transports: credential
                    .transports
                    .iter()
                    .map(|name| name.as_str().to_owned())
                    .collect(),
                attestation_format: credential.attestation_format.clone(),
                aaguid: credential.aaguid,
                created_at: Time(credential.created_at),
                last_used_at: Time(credential.last_used_at),
                rp_id: credential.rp_id.as_str().to_owned(),
                origin: credential.origin.as_str().to_owned(),
                country: credential.country.clone(),
                device: credential.device.clone(),
                nickname: credential.nickname.clone(),
                backup_state: credential.backup_state,
                backup_eligible: credential.backup_eligible,
                discoverable: credential.discoverable,
                uv_initialized: credential.uv_initialized,
                suspended_at: time(credential.suspended_at),
            })),
            Item::Alias { alias, .. } => Self::Alias(AliasLine {
                digest: Bytes(alias.digest.0.to_vec()),
                user_id: alias.user_id.as_str().to_owned(),
                plaintext: alias.plaintext.clone(),
                is_sign_in_name: alias.is_sign_in_name,
            }),
            Item::CredentialReport(report) => Self::CredentialReport(CredentialReportLine {
                day: report.day,
                users: report.users,
                credentials: report.credentials,
            }),
            Item::ActiveUserReport(report) => Self::ActiveUserReport(ActiveUserReportLine {
                day: report.day,
                daily_users: report.daily_users,
                weekly_users: report.weekly_users,
                total_users: report.total_users,
            }),
            Item::AccountDeletion(deletion) => Self::AccountDeletion(AccountDeletionLine {
                abort_token_digest: Bytes(deletion.abort_token_digest.to_vec()),
                requested_at: Time(deletion.requested_at),
                freeze_at: Time(deletion.freeze_at),
                delete_at: Time(deletion.delete_at),
            }),
            Item::DispatchedEmail(email) => Self::DispatchedEmail(DispatchedEmailLine {
                id: email.id,
                created_at: Time(email.created_at),
                user_id: email.user_id.as_str().to_owned(),
                email_address: email.email_address.clone(),
                link_template: email.link_template.clone(),
            }),
            Item::Event(event) => Self::Event(EventLine {
                id: event.id,
                performed_at: Time(event.performed_at),
                kind: event.kind.number(),
                severity: event.severity.number(),
                message: event.message.clone(),
                performed_by: event.performed_by.clone(),
                subject: event.subject.clone(),
                api_key_id: event.api_key_id.clone(),
                reason: event.reason.clone(),
                ip: event.ip.clone(),
                user_agent: event.user_agent.clone(),
            }),
        }
    }
}

impl Line {
    /// The item of this line; none of a header or an end.
    pub(super) fn into_item(self, app: &AppId) -> Result<Option<Item>, Flaw> {
        Ok(Some(match self {
            Self::Header(_) | Self::End(_) => return Ok(None),
            Self::Application(line) => Item::Application(Box::new(Application {
                id: app.clone(),
                created_at: line.created_at.0,
                admin_emails: line.admin_emails,
                state: match line.state {
                    StateLine::Active => ApplicationState::Active,
                    StateLine::Frozen {
                        at,
                        by_account_deletion,
                    } => ApplicationState::Frozen {
                        at: at.0,
                        by: if by_account_deletion {
                            FrozenBy::AccountDeletion
                        } else {
                            FrozenBy::Operator
                        },
                    },
                    StateLine::DeletionScheduled {
                        delete_at,
                        requested_by,
                    } => ApplicationState::DeletionScheduled {
                        delete_at: delete_at.0,
                        requested_by,
                    },
                },
                features: line.features,
            })),
            Self::AliasKey(line) => Item::AliasKey(AliasKey::new(Secret::new(exact("key", line.key)?))),
            Self::ApiKey(line) => Item::ApiKey(Box::new(line.into_key()?)),
            Self::AuthenticationConfig(line) => Item::AuthenticationConfig(Box::new(line.into_config()?)),
            Self::WellKnown(published) => Item::WellKnown(published),
            Self::Authenticator(line) => Item::Authenticator(ListedModel {
                aaguid: line.aaguid,
                allowed: line.allowed,
                created_at: line.created_at.0,
            }),
            Self::Credential(line) => Item::Credential(Box::new(line.into_credential()?)),
            Self::Alias(line) => Item::Alias {
                alias: StoredAlias {
                    digest: AliasDigest(exact("digest", line.digest)?),
                    user_id: user_id("user_id", &line.user_id)?,
                    plaintext: line.plaintext,
                    is_sign_in_name: line.is_sign_in_name,
                },
                digest: DigestKind::Keyed,
            },
            Self::CredentialReport(line) => Item::CredentialReport(CredentialReport {
                day: line.day,
                users: line.users,
                credentials: line.credentials,
            }),
            Self::ActiveUserReport(line) => Item::ActiveUserReport(ActiveUserReport {
                day: line.day,
                daily_users: line.daily_users,
                weekly_users: line.weekly_users,
                total_users: line.total_users,
            }),
            Self::AccountDeletion(line) => Item::AccountDeletion(AccountDeletion {
                abort_token_digest: exact("abort_token_digest", line.abort_token_digest)?,
                requested_at: line.requested_at.0,
                freeze_at: line.freeze_at.0,
                delete_at: line.delete_at.0,
            }),
            Self::DispatchedEmail(line) => Item::DispatchedEmail(Box::new(DispatchedEmail {
                id: line.id,
                created_at: line.created_at.0,
                user_id: user_id("user_id", &line.user_id)?,
                email_address: line.email_address,
                link_template: line.link_template,
            })),
            Self::Event(line) => Item::Event(Box::new(Event {
                id: line.id,
                performed_at: line.performed_at.0,
                kind: EventKind::from_number(line.kind)
                    .ok_or_else(|| Flaw::invalid("kind", "this version does not know it"))?,
                severity: Severity::from_number(line.severity)
                    .ok_or_else(|| Flaw::invalid("severity", "this version does not know it"))?,
                message: line.message,
                performed_by: line.performed_by,
                subject: line.subject,
                api_key_id: line.api_key_id,
                reason: line.reason,
                ip: line.ip,
                user_agent: line.user_agent,
            })),
        }))
    }
}

impl ApiKeyLine {
    fn into_key(self) -> Result<ApiKey, Flaw> {
        let material = match ApiKeyKind::parse(&self.kind) {
            Some(ApiKeyKind::Public) => PublicApiKey::parse(&self.material)
                .map(ApiKeyMaterial::Public)
                .map_err(|error| Flaw::invalid("material", error))?,
            Some(ApiKeyKind::Secret) => SecretApiKeyDigest::parse(&self.material)
                .map(ApiKeyMaterial::Secret)
                .map_err(|error| Flaw::invalid("material", error))?,
            None => return Err(Flaw::invalid("kind", "neither public nor secret")),
        };
        let id = ApiKeyId::parse(&self.id).map_err(|error| Flaw::invalid("id", error))?;
        if let ApiKeyMaterial::Public(public) = &material
            && public.id() != id
        {
            return Err(Flaw::invalid("id", "not the last four characters of the key"));
        }
        let scope = |text: &String| {
            Scope::parse(text)
                .filter(|scope| scope.kind() == material.kind())
                .ok_or_else(|| Flaw::invalid("scopes", "not a scope of such a key"))
        };
        Ok(ApiKey {
            id,
            scopes: self.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            created_at: self.created_at.0,
            lock: self
                .lock
                .map(|text| KeyLock::parse(&text).ok_or_else(|| Flaw::invalid("lock", "not a kind of lock")))
                .transpose()?,
            last_locked_at: timestamp(self.last_locked_at),
            last_unlocked_at: timestamp(self.last_unlocked_at),
            material,
        })
    }
}

impl AuthenticationConfigLine {
    fn into_config(self) -> Result<AuthenticationConfig, Flaw> {
        Ok(AuthenticationConfig {
            purpose: Purpose::parse(&self.purpose)
                .map_err(|_| Flaw::invalid("purpose", "not the name of a purpose"))?,
            user_verification: UserVerification::parse(&self.user_verification)
                .map_err(|error| Flaw::invalid("user_verification", error))?,
            time_to_live: Duration::from_micros(self.time_to_live_micros),
            hints: hints_from_text(&self.hints).map_err(|error| Flaw::invalid("hints", error))?,
            created_by: self.created_by,
            created_at: timestamp(self.created_at),
            edited_by: self.edited_by,
            edited_at: timestamp(self.edited_at),
            last_used_at: timestamp(self.last_used_at),
        })
    }
}

impl CredentialLine {
    fn into_credential(self) -> Result<Credential, Flaw> {
        // What is stored was read when it was registered; what is imported is read now.
        cose_key(&self.public_key.0).map_err(|error| Flaw::invalid("public_key", error))?;
        Ok(Credential {
            id: self.id,
            user_id: user_id("user_id", &self.user_id)?,
            user_handle: self.user_handle,
            public_key: self.public_key.0,
            sign_count: self.sign_count,
            transports: transports("transports", self.transports)?,
            attestation_format: self.attestation_format,
            aaguid: self.aaguid,
            created_at: self.created_at.0,
            last_used_at: self.last_used_at.0,
            rp_id: RpId::parse_any(&self.rp_id).map_err(|error| Flaw::invalid("rp_id", error))?,
            origin: Origin::parse(&self.origin).map_err(|error| Flaw::invalid("origin", error))?,
            country: self.country,
            device: self.device,
            nickname: self.nickname,
            backup_state: self.backup_state,
            backup_eligible: self.backup_eligible,
            discoverable: self.discoverable,
            uv_initialized: self.uv_initialized,
            suspended_at: timestamp(self.suspended_at),
        })
    }
}

fn exact<const N: usize>(field: &'static str, bytes: Bytes) -> Result<[u8; N], Flaw> {
    bytes
        .0
        .try_into()
        .map_err(|_| Flaw::invalid(field, format!("not {N} bytes")))
}
