//! Applications of a Passwordless.dev server, read from its SQLite database.

use std::{collections::VecDeque, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    api_key::{ApiKey, ApiKeyId, ApiKeyMaterial, KeyLock, PublicApiKey, Scope, SecretApiKeyDigest},
    application::{AppId, Application, ApplicationState, Features, FrozenBy},
    authentication_config::{AuthenticationConfig, Purpose, hints_from_text},
    credential::Credential,
    event::{Event, EventKind, Severity},
    relying_party::parse_origin,
    time::Timestamp,
};
use passgate_store::StoreError;
use passgate_store::official_database::{
    OfficialAlias, OfficialApiKey, OfficialApplication, OfficialAuthenticationConfig, OfficialAuthenticator,
    OfficialCredential, OfficialDatabase, OfficialEvent,
};
use passgate_webauthn::{Aaguid, CredentialId, RpId, Transport, UserHandle, UserVerification};
use uuid::Uuid;

use super::{
    DigestKind, Item, ListedModel, Source, Unreadable,
    report::{Flaw, Kind, Note, Problem},
    text::{cose_key, optional_time, time, user_id},
};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// The applications of the database, and those that cannot be imported because of their names.
///
/// # Errors
/// If the database cannot be read.
pub fn plan_official(database: &mut OfficialDatabase) -> Result<(Vec<AppId>, Vec<Problem>), StoreError> {
    let (mut apps, mut problems) = (Vec::new(), Vec::new());
    for application in database.applications()? {
        match AppId::parse(&application.name) {
            Ok(app) => apps.push(app),
            Err(error) => problems.push(Problem {
                kind: Kind::Application,
                name: application.name,
                flaw: Flaw::invalid("name", error),
            }),
        }
    }
    Ok((apps, problems))
}

/// Reads one application of such a database.
#[derive(Debug)]
pub struct OfficialSource<'d> {
    database: &'d mut OfficialDatabase,
    app: AppId,
    queue: VecDeque<Result<Item, Unreadable>>,
    stage: Stage,
}

/// What is read next, and after which row.
#[derive(Clone, Debug)]
enum Stage {
    Settings,
    Credentials(Vec<u8>),
    Aliases(String),
    Events(String),
    End,
}

impl<'d> OfficialSource<'d> {
    /// Reads one application, which [`plan_official`] named.
    pub const fn new(database: &'d mut OfficialDatabase, app: AppId) -> Self {
        Self {
            database,
            app,
            queue: VecDeque::new(),
            stage: Stage::Settings,
        }
    }

    /// What an administrator should know before the import.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn colliding_users(&mut self) -> Result<Vec<Note>, StoreError> {
        let ids = self.database.colliding_user_ids(self.app.as_str())?;
        Ok(if ids.is_empty() {
            Vec::new()
        } else {
            vec![Note::CollidingUserIds(ids)]
        })
    }

    /// Reads the next rows.
    fn fill(&mut self) -> Result<(), StoreError> {
        let app = self.app.as_str();
        self.stage = match std::mem::replace(&mut self.stage, Stage::End) {
            Stage::Settings => {
                self.settings()?;
                Stage::Credentials(Vec::new())
            }
            Stage::Credentials(after) => {
                let rows = self.database.credentials(app, &after, PAGE)?;
                let next = rows.last().map(|row| row.id.clone());
                self.queue.extend(rows.into_iter().map(|row| {
                    let name = CredentialId::new(row.id.clone())
                        .map(|id| id.to_base64url())
                        .unwrap_or_default();
                    named(
                        Kind::Credential,
                        name,
                        credential(row).map(|it| Item::Credential(Box::new(it))),
                    )
                }));
                next.map_or(Stage::Aliases(String::new()), Stage::Credentials)
            }
            Stage::Aliases(after) => {
                let rows = self.database.aliases(app, &after, PAGE)?;
                let next = rows.last().map(|row| row.digest.clone());
                self.queue.extend(rows.into_iter().map(|row| {
                    let name = row.digest.clone();
                    let item = alias(row).map(|alias| Item::Alias {
                        alias,
                        digest: DigestKind::Legacy,
                    });
                    named(Kind::Alias, name, item)
                }));
                next.map_or(Stage::Events(String::new()), Stage::Aliases)
            }
            Stage::Events(after) => {
                let rows = self.database.events(app, &after, PAGE)?;
                let next = rows.last().map(|row| row.id.clone());
                self.queue.extend(rows.into_iter().map(|row| {
                    let name = row.id.clone();
                    named(
                        Kind::Event,
                        name,
                        event(row).map(|event| Item::Event(Box::new(event))),
                    )
                }));
                next.map_or(Stage::End, Stage::Events)
            }
            Stage::End => Stage::End,
        };
        Ok(())
    }

    /// The application, its keys, configurations and lists.
    fn settings(&mut self) -> Result<(), StoreError> {
        let name = self.app.as_str();
        let keys = self.database.api_keys(name)?;
        let row = self
            .database
            .applications()?
            .into_iter()
            .find(|row| row.name == name);
        let keys: Vec<_> = keys
            .into_iter()
            .map(|row| {
                let (name, lock) = (row.id.clone(), row.is_locked);
                (name, lock, api_key(row))
            })
            .collect();
        // Freezing is nothing but locking every key there.
        let locked = !keys.is_empty() && keys.iter().all(|(_, locked, _)| *locked);
        let frozen_at = keys
            .iter()
            .filter_map(|(_, _, key)| key.as_ref().ok()?.last_locked_at)
            .max()
            .filter(|_| locked);
        let application = row
            .ok_or(Flaw::Missing("AccountInfo".into()))
            .and_then(|row| application(&self.app, row, frozen_at));
        let with_application = application
            .as_ref()
            .is_ok_and(|it| it.state != ApplicationState::Active);
        let application = application.map(|it| Item::Application(Box::new(it)));
        self.queue.push_back(named(Kind::Application, name, application));
        for (name, _, key) in keys {
            let key = key.map(|key| ApiKey {
                lock: key.lock.map(|lock| {
                    if with_application {
                        KeyLock::Application
                    } else {
                        lock
                    }
                }),
                ..key
            });
            self.queue.push_back(named(
                Kind::ApiKey,
                name,
                key.map(|key| Item::ApiKey(Box::new(key))),
            ));
        }
        for row in self.database.authentication_configs(name)? {
            let purpose = row.purpose.clone();
            let config = authentication_config(row).map(|it| Item::AuthenticationConfig(Box::new(it)));
            self.queue
                .push_back(named(Kind::AuthenticationConfig, purpose, config));
        }
        for row in self.database.authenticators(name)? {
            let aaguid = row.aaguid.clone();
            self.queue.push_back(named(
                Kind::Authenticator,
                aaguid,
                model(&row).map(Item::Authenticator),
            ));
        }
        Ok(())
    }
}

impl Source for OfficialSource<'_> {}

impl Iterator for OfficialSource<'_> {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Some(item);
            }
            if matches!(self.stage, Stage::End) {
                return None;
            }
            if let Err(error) = self.fill() {
                self.stage = Stage::End;
                return Some(Err(Unreadable::Source(Box::new(error))));
            }
        }
    }
}

fn named(kind: Kind, name: impl Into<String>, item: Result<Item, Flaw>) -> Result<Item, Unreadable> {
    item.map_err(|flaw| Unreadable::record(kind, name, flaw))
}

fn application(
    app: &AppId,
    row: OfficialApplication,
    frozen_at: Option<Timestamp>,
) -> Result<Application, Flaw> {
    let delete_at = optional_time("DeleteAt", row.delete_at.as_deref())?;
    let defaults = Features::imported();
    Ok(Application {
        id: app.clone(),
        created_at: time("CreatedAt", &row.created_at)?,
        admin_emails: serde_json::from_str(&row.admin_emails)
            .map_err(|_| Flaw::invalid("AdminEmailsSerialized", "not a list of texts"))?,
        state: match (delete_at, frozen_at) {
            (Some(delete_at), _) => ApplicationState::DeletionScheduled {
                delete_at,
                requested_by: "imported".to_owned(),
            },
            (None, Some(at)) => ApplicationState::Frozen {
                at,
                by: FrozenBy::Operator,
            },
            (None, None) => ApplicationState::Active,
        },
        features: Features {
            event_logging: row.event_logging,
            event_retention_days: number("EventLoggingRetentionPeriod", row.event_retention_days)?,
            developer_logging_ends_at: optional_time(
                "DeveloperLoggingEndsAt",
                row.developer_logging_ends_at.as_deref(),
            )?,
            max_users: row.max_users.map(|users| number("MaxUsers", users)).transpose()?,
            allow_attestation: row.allow_attestation,
            generate_sign_in_token: row.generate_sign_in_token,
            magic_links: row.magic_links,
            magic_link_monthly_quota: number("MagicLinkEmailMonthlyQuota", row.magic_link_monthly_quota)?,
            ..defaults
        },
    })
}

fn api_key(row: OfficialApiKey) -> Result<ApiKey, Flaw> {
    let material = if row.material.contains(":public:") {
        PublicApiKey::parse(&row.material)
            .map(ApiKeyMaterial::Public)
            .map_err(|error| Flaw::invalid("ApiKey", error))?
    } else {
        SecretApiKeyDigest::parse(&row.material)
            .map(ApiKeyMaterial::Secret)
            .map_err(|error| Flaw::invalid("ApiKey", error))?
    };
    let scopes = row
        .scopes
        .split(',')
        .map(str::trim)
        .filter(|scope| !scope.is_empty());
    let scope = |text| {
        Scope::parse(text)
            .filter(|scope| scope.kind() == material.kind())
            .ok_or_else(|| Flaw::invalid("Scopes", "not a scope of such a key"))
    };
    Ok(ApiKey {
        id: ApiKeyId::parse(&row.id).map_err(|error| Flaw::invalid("Id", error))?,
        scopes: scopes.map(scope).collect::<Result<_, _>>()?,
        created_at: time("CreatedAt", &row.created_at)?,
        lock: row.is_locked.then_some(KeyLock::Key),
        last_locked_at: optional_time("LastLockedAt", row.last_locked_at.as_deref())?,
        last_unlocked_at: optional_time("LastUnlockedAt", row.last_unlocked_at.as_deref())?,
        material,
    })
}

fn authentication_config(row: OfficialAuthenticationConfig) -> Result<AuthenticationConfig, Flaw> {
    let time_to_live =
        Duration::try_from_secs_f64(row.time_to_live).map_err(|error| Flaw::invalid("TimeToLive", error))?;
    Ok(AuthenticationConfig {
        purpose: Purpose::parse(&row.purpose)
            .map_err(|_| Flaw::invalid("Purpose", "not the name of a purpose"))?,
        user_verification: UserVerification::parse(&row.user_verification.to_ascii_lowercase())
            .map_err(|error| Flaw::invalid("UserVerificationRequirement", error))?,
        // The server never refused zero.
        time_to_live: if time_to_live.is_zero() {
            AuthenticationConfig::DEFAULT_TIME_TO_LIVE
        } else {
            Duration::from_micros(u64::try_from(time_to_live.as_micros()).unwrap_or(u64::MAX))
        },
        hints: hints_from_text(&row.hints).map_err(|error| Flaw::invalid("Hints", error))?,
        created_by: row.created_by,
        created_at: optional_time("CreatedOn", row.created_at.as_deref())?,
        edited_by: row.edited_by,
        edited_at: optional_time("EditedOn", row.edited_at.as_deref())?,
        last_used_at: optional_time("LastUsedOn", row.last_used_at.as_deref())?,
    })
}

fn model(row: &OfficialAuthenticator) -> Result<ListedModel, Flaw> {
    Ok(ListedModel {
        aaguid: Aaguid::parse(&row.aaguid).map_err(|error| Flaw::invalid("AaGuid", error))?,
        allowed: row.is_allowed,
        created_at: time("CreatedAt", &row.created_at)?,
    })
}

fn credential(row: OfficialCredential) -> Result<Credential, Flaw> {
    cose_key(&row.public_key).map_err(|error| Flaw::invalid("PublicKey", error))?;
    let aaguid = row.aaguid.as_deref().map_or(Ok(Aaguid::ZERO), Aaguid::parse);
    Ok(Credential {
        id: CredentialId::new(row.id).map_err(|error| Flaw::invalid("DescriptorId", error))?,
        user_id: user_id("UserId", &row.user_id)?,
        user_handle: Some(
            UserHandle::new(row.user_handle).map_err(|error| Flaw::invalid("UserHandle", error))?,
        ),
        public_key: row.public_key,
        sign_count: number("SignatureCounter", row.sign_count)?,
        transports: transports(row.transports.as_deref())?,
        attestation_format: row.attestation_format,
        aaguid: aaguid.map_err(|error| Flaw::invalid("AaGuid", error))?,
        created_at: time("CreatedAt", &row.created_at)?,
        last_used_at: time("LastUsedAt", &row.last_used_at)?,
        rp_id: RpId::parse_any(&row.rp_id).map_err(|error| Flaw::invalid("RPID", error))?,
        origin: parse_origin(&row.origin).map_err(|error| Flaw::invalid("Origin", error))?,
        country: row.country.unwrap_or_default(),
        device: row.device.unwrap_or_default(),
        nickname: row.nickname,
        backup_state: row.backup_state,
        backup_eligible: row.backup_eligible,
        discoverable: row.discoverable,
        // Never recorded there: the next sign-in tells.
        uv_initialized: false,
        suspended_at: None,
    })
}

/// A JSON array of names, or of the numbers that an older version wrote.
fn transports(text: Option<&str>) -> Result<Vec<Transport>, Flaw> {
    const BY_NUMBER: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];
    let invalid = || Flaw::invalid("DescriptorTransports", "not a list of transports");
    let values: Option<Vec<serde_json::Value>> =
        serde_json::from_str(text.unwrap_or("null")).map_err(|_| invalid())?;
    let name = |value: &serde_json::Value| match value {
        serde_json::Value::String(name) => Some(name.to_ascii_lowercase()),
        serde_json::Value::Number(number) => {
            let index = usize::try_from(number.as_u64()?).ok()?;
            BY_NUMBER.get(index).map(|name| (*name).to_owned())
        }
        _ => None,
    };
    values
        .unwrap_or_default()
        .iter()
        .map(|value| name(value).and_then(Transport::new).ok_or_else(invalid))
        .collect()
}

fn alias(row: OfficialAlias) -> Result<StoredAlias, Flaw> {
    let digest = STANDARD
        .decode(&row.digest)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    Ok(StoredAlias {
        digest: AliasDigest(digest.ok_or_else(|| Flaw::invalid("Alias", "not base64 of 32 bytes"))?),
        user_id: user_id("UserId", &row.user_id)?,
        plaintext: row.plaintext,
        is_sign_in_name: false,
    })
}

fn event(row: OfficialEvent) -> Result<Event, Flaw> {
    let number = |number| i32::try_from(number).unwrap_or_default();
    Ok(Event {
        id: Uuid::parse_str(&row.id).map_err(|error| Flaw::invalid("Id", error))?,
        performed_at: time("PerformedAt", &row.performed_at)?,
        kind: EventKind::from_number(number(row.kind)).unwrap_or(EventKind::Unknown),
        severity: Severity::from_number(number(row.severity)).unwrap_or(Severity::Informational),
        message: row.message,
        performed_by: row.performed_by,
        subject: row.subject,
        api_key_id: row.api_key_id.unwrap_or_default(),
        reason: None,
        ip: None,
        user_agent: None,
    })
}

fn number<T: TryFrom<i64>>(field: &'static str, value: i64) -> Result<T, Flaw> {
    T::try_from(value).map_err(|_| Flaw::invalid(field, "out of range"))
}
