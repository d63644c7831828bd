//! Reading the SQLite database of a Passwordless.dev server, for those who move in. Nothing is ever written to it.
//!
//! Rows come out as they are stored: what their texts mean is the importer's question.

use std::{fmt, fs, io, path::Path};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    query_builder::SqlQuery,
    sql_types::{BigInt, Binary, Bool, Double, Nullable, Text},
};

use crate::{error::StoreError, foreign_database::read_only_address};

/// The migration that a database must have seen; older schemas lack columns.
const NEWEST_MIGRATION: &str = "CredentialHints";

/// An open database of a Passwordless.dev server, as it was when it was opened.
pub struct OfficialDatabase(SqliteConnection);

impl fmt::Debug for OfficialDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficialDatabase(..)")
    }
}

/// Why a file cannot be read as such a database.
#[derive(Debug, thiserror::Error)]
pub enum OfficialDatabaseError {
    /// The file is not there, or may not be read.
    #[error("the file cannot be read")]
    File(#[source] io::Error),
    /// SQLite takes Unicode paths only.
    #[error("the path of the file is not valid Unicode")]
    Path,
    /// The file is no SQLite database, or not of that server.
    #[error("this is not the SQLite database of a Passwordless.dev server")]
    NotOne(#[source] StoreError),
    /// It was last used by an old version of that server.
    #[error(
        "the database was last used by an old version of the server (its newest migration is `{newest}`): \
         start version 2.0 or later of that server on it once, then try again"
    )]
    TooOld {
        /// The name of its newest migration.
        newest: String,
    },
    /// SQLite failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Declares a row: a struct, and the columns it is selected from.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $sql_type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, QueryableByName)]
        pub struct $name {
            $($(#[$field_doc])* #[diesel(sql_type = $sql_type)] pub $field: $type,)+
        }
    };
}

row! {
    /// An application: `AccountInfo` and `AppFeatures`.
    OfficialApplication {
        /// `AcountName`, as that schema spells it.
        name: String = Text,
        /// A JSON array of addresses.
        admin_emails: String = Text,
        /// When it was made.
        created_at: String = Text,
        /// When it goes.
        delete_at: Option<String> = Nullable<Text>,
        /// Whether it has a row of features; without, the following are the defaults.
        has_features: bool = Bool,
        /// Whether events are stored.
        event_logging: bool = Bool,
        /// For how many days.
        event_retention_days: i64 = BigInt,
        /// Unused.
        developer_logging_ends_at: Option<String> = Nullable<Text>,
        /// Most users.
        max_users: Option<i64> = Nullable<BigInt>,
        /// Whether attestation may be asked for.
        allow_attestation: bool = Bool,
        /// Whether sign-in tokens may be generated.
        generate_sign_in_token: bool = Bool,
        /// Whether magic links may be sent.
        magic_links: bool = Bool,
        /// Mails per month.
        magic_link_monthly_quota: i64 = BigInt,
    }
}

row! {
    /// `ApiKeys`.
    OfficialApiKey {
        /// The last four characters.
        id: String = Text,
        /// A public key in clear, or `salt:hash` of a secret one.
        material: String = Text,
        /// Texts joined by commas.
        scopes: String = Text,
        /// Whether it is locked.
        is_locked: bool = Bool,
        /// When it was last locked.
        last_locked_at: Option<String> = Nullable<Text>,
        /// When it was last unlocked.
        last_unlocked_at: Option<String> = Nullable<Text>,
        /// When it was made.
        created_at: String = Text,
    }
}

row! {
    /// A row of `Credentials`.
    OfficialCredential {
        /// The credential id.
        id: Vec<u8> = Binary,
        /// A JSON array of names or numbers, or `null`.
        transports: Option<String> = Nullable<Text>,
        /// The COSE key.
        public_key: Vec<u8> = Binary,
        /// Raw bytes, 1 to 64, as the authenticator keeps them.
        user_handle: Vec<u8> = Binary,
        /// The same as text.
        user_id: String = Text,
        /// 0 to 2³² − 1; 0 where the authenticator does not count.
        sign_count: i64 = BigInt,
        /// `fmt` of the attestation object, such as `packed`.
        attestation_format: String = Text,
        /// A UUID as text.
        aaguid: Option<String> = Nullable<Text>,
        /// When it was registered.
        created_at: String = Text,
        /// When it last signed in.
        last_used_at: String = Text,
        /// The RP ID of the registration.
        rp_id: String = Text,
        /// The origin of the registration.
        origin: String = Text,
        /// Country of the last use.
        country: Option<String> = Nullable<Text>,
        /// Device of the last use.
        device: Option<String> = Nullable<Text>,
        /// The user's name for it.
        nickname: Option<String> = Nullable<Text>,
        /// BS.
        backup_state: Option<bool> = Nullable<Bool>,
        /// BE.
        backup_eligible: Option<bool> = Nullable<Bool>,
        /// `credProps.rk`.
        discoverable: Option<bool> = Nullable<Bool>,
    }
}

row! {
    /// `Aliases`.
    OfficialAlias {
        /// Base64 of SHA-256.
        digest: String = Text,
        /// As the application calls the user.
        user_id: String = Text,
        /// In clear, if it was stored so.
        plaintext: Option<String> = Nullable<Text>,
    }
}

row! {
    /// `AuthenticationConfigurations`.
    OfficialAuthenticationConfig {
        /// Such as `sign-in`.
        purpose: String = Text,
        /// `required`, `preferred` or `discouraged`.
        user_verification: String = Text,
        /// Seconds.
        time_to_live: f64 = Double,
        /// Names joined by commas.
        hints: String = Text,
        /// Who made it.
        created_by: String = Text,
        /// The time of creation, as .NET writes it.
        created_at: Option<String> = Nullable<Text>,
        /// Who changed it.
        edited_by: Option<String> = Nullable<Text>,
        /// The time of the last change, as .NET writes it.
        edited_at: Option<String> = Nullable<Text>,
        /// When it was last used.
        last_used_at: Option<String> = Nullable<Text>,
    }
}

row! {
    /// A row of `Authenticators`.
    OfficialAuthenticator {
        /// The AAGUID, hyphenated.
        aaguid: String = Text,
        /// Allowed or blocked.
        is_allowed: bool = Bool,
        /// The time it was listed, as .NET writes it.
        created_at: String = Text,
    }
}

row! {
    /// `ApplicationEvents`.
    OfficialEvent {
        /// A GUID.
        id: String = Text,
        /// The time of the event, as .NET writes it.
        performed_at: String = Text,
        /// The kind's number.
        kind: i64 = BigInt,
        /// The severity's number.
        severity: i64 = BigInt,
        /// The sentence for people.
        message: String = Text,
        /// A user id or a person's name.
        performed_by: String = Text,
        /// To whom.
        subject: String = Text,
        /// The last four characters of the key that was used.
        api_key_id: Option<String> = Nullable<Text>,
    }
}

row! {
    /// A user id that another one differs from only in the case of ASCII letters.
    OfficialUserId {
        /// As the application calls the user.
        user_id: String = Text,
    }
}

row! {
    /// A row that is only a text.
    TextRow {
        /// The value of the one column.
        value: String = Text,
    }
}

impl OfficialDatabase {
    /// Opens the file for reading, and checks that it is what it is said to be.
    ///
    /// # Errors
    ///
    /// [`OfficialDatabaseError`].
    pub fn open(path: &Path) -> Result<Self, OfficialDatabaseError> {
        fs::File::open(path).map_err(OfficialDatabaseError::File)?;
        let address = read_only_address(path).ok_or(OfficialDatabaseError::Path)?;
        let opened = SqliteConnection::establish(&address).map_err(|error| StoreError::Unavailable {
            operation: "open the database to import",
            cause: crate::error::Cause::new(error),
        })?;
        let mut database = Self(opened);
        database
            .0
            .batch_execute("PRAGMA query_only = ON; BEGIN")
            .map_err(|error| StoreError::from_diesel("begin", error))?;
        let migrations = database
            .load::<TextRow>(
                r#"SELECT "MigrationId" AS value FROM "__EFMigrationsHistory" ORDER BY "MigrationId""#,
                &[],
            )
            .map_err(OfficialDatabaseError::NotOne)?;
        if migrations
            .iter()
            .any(|migration| migration.value.ends_with(NEWEST_MIGRATION))
        {
            Ok(database)
        } else {
            Err(OfficialDatabaseError::TooOld {
                newest: migrations
                    .last()
                    .map(|migration| migration.value.clone())
                    .unwrap_or_default(),
            })
        }
    }

    /// Every application, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn applications(&mut self) -> Result<Vec<OfficialApplication>, StoreError> {
        self.load(
            r#"SELECT a."AcountName" AS name, a."AdminEmailsSerialized" AS admin_emails, a."CreatedAt" AS created_at,
                a."DeleteAt" AS delete_at, f."Tenant" IS NOT NULL AS has_features,
                coalesce(f."EventLoggingIsEnabled", 0) AS event_logging,
                coalesce(f."EventLoggingRetentionPeriod", 365) AS event_retention_days,
                f."DeveloperLoggingEndsAt" AS developer_logging_ends_at, f."MaxUsers" AS max_users,
                coalesce(f."AllowAttestation", 0) AS allow_attestation,
                coalesce(f."IsGenerateSignInTokenEndpointEnabled", 1) AS generate_sign_in_token,
                coalesce(f."IsMagicLinksEnabled", 1) AS magic_links,
                coalesce(f."MagicLinkEmailMonthlyQuota", 0) AS magic_link_monthly_quota
            FROM "AccountInfo" a LEFT JOIN "AppFeatures" f ON f."Tenant" = a."AcountName" ORDER BY a."AcountName""#,
            &[],
        )
    }

    /// An application's keys.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn api_keys(&mut self, app: &str) -> Result<Vec<OfficialApiKey>, StoreError> {
        self.load(
            r#"SELECT "Id" AS id, "ApiKey" AS material, "Scopes" AS scopes, "IsLocked" AS is_locked,
                "LastLockedAt" AS last_locked_at, "LastUnlockedAt" AS last_unlocked_at, "CreatedAt" AS created_at
            FROM "ApiKeys" WHERE "Tenant" = ? ORDER BY "Id""#,
            &[Parameter::Text(app)],
        )
    }

    /// An application's credentials in the order of their ids, `limit` of them, beginning after an id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn credentials(
        &mut self,
        app: &str,
        after: &[u8],
        limit: u32,
    ) -> Result<Vec<OfficialCredential>, StoreError> {
        self.load(
            r#"SELECT "DescriptorId" AS id, "DescriptorTransports" AS transports, "PublicKey" AS public_key,
                "UserHandle" AS user_handle, "UserId" AS user_id, "SignatureCounter" AS sign_count,
                coalesce("AttestationFmt", 'none') AS attestation_format, "AaGuid" AS aaguid,
                "CreatedAt" AS created_at, "LastUsedAt" AS last_used_at, coalesce("RPID", '') AS rp_id,
                coalesce("Origin", '') AS origin, "Country" AS country, "Device" AS device, "Nickname" AS nickname,
                "BackupState" AS backup_state, "IsBackupEligible" AS backup_eligible, "IsDiscoverable" AS discoverable
            FROM "Credentials" WHERE "Tenant" = ? AND "DescriptorId" > ? ORDER BY "DescriptorId" LIMIT ?"#,
            &[Parameter::Text(app), Parameter::Bytes(after), Parameter::Number(limit.into())],
        )
    }

    /// An application's aliases in the order of their digests, `limit` of them, beginning after a digest.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn aliases(&mut self, app: &str, after: &str, limit: u32) -> Result<Vec<OfficialAlias>, StoreError> {
        self.load(
            r#"SELECT "Alias" AS digest, "UserId" AS user_id, "Plaintext" AS plaintext
            FROM "Aliases" WHERE "Tenant" = ? AND "Alias" > ? ORDER BY "Alias" LIMIT ?"#,
            &[
                Parameter::Text(app),
                Parameter::Text(after),
                Parameter::Number(limit.into()),
            ],
        )
    }

    /// An application's authentication configurations.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn authentication_configs(
        &mut self,
        app: &str,
    ) -> Result<Vec<OfficialAuthenticationConfig>, StoreError> {
        self.load(
            r#"SELECT "Purpose" AS purpose, "UserVerificationRequirement" AS user_verification,
                "TimeToLive" AS time_to_live, coalesce("Hints", '') AS hints, coalesce("CreatedBy", '') AS created_by,
                "CreatedOn" AS created_at, "EditedBy" AS edited_by, "EditedOn" AS edited_at, "LastUsedOn" AS last_used_at
            FROM "AuthenticationConfigurations" WHERE "Tenant" = ? ORDER BY "Purpose""#,
            &[Parameter::Text(app)],
        )
    }

    /// The models that an application allows or blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn authenticators(&mut self, app: &str) -> Result<Vec<OfficialAuthenticator>, StoreError> {
        self.load(
            r#"SELECT "AaGuid" AS aaguid, "IsAllowed" AS is_allowed, "CreatedAt" AS created_at
            FROM "Authenticators" WHERE "Tenant" = ? ORDER BY "AaGuid""#,
            &[Parameter::Text(app)],
        )
    }

    /// An application's events in the order of their ids, `limit` of them, beginning after an id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn events(&mut self, app: &str, after: &str, limit: u32) -> Result<Vec<OfficialEvent>, StoreError> {
        self.load(
            r#"SELECT "Id" AS id, "PerformedAt" AS performed_at, "EventType" AS kind, "Severity" AS severity,
                "Message" AS message, "PerformedBy" AS performed_by, "Subject" AS subject, "ApiKeyId" AS api_key_id
            FROM "ApplicationEvents" WHERE "TenantId" = ? AND "Id" > ? ORDER BY "Id" LIMIT ?"#,
            &[Parameter::Text(app), Parameter::Text(after), Parameter::Number(limit.into())],
        )
    }

    /// User ids of an application that differ from another one only in the case of ASCII letters: a database that does
    /// not tell letters from capitals took them for one user.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub fn colliding_user_ids(&mut self, app: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.load::<OfficialUserId>(
            r#"WITH users AS (
                SELECT "UserId" AS user_id FROM "Credentials" WHERE "Tenant" = ?1
                UNION SELECT "UserId" FROM "Aliases" WHERE "Tenant" = ?1
            )
            SELECT user_id FROM users WHERE lower(user_id) IN (
                SELECT lower(user_id) FROM users GROUP BY lower(user_id) HAVING count(*) > 1
            ) ORDER BY lower(user_id), user_id"#,
            &[Parameter::Text(app)],
        )?;
        Ok(rows.into_iter().map(|row| row.user_id).collect())
    }

    fn load<T>(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<diesel::sqlite::Sqlite> + 'static,
        SqlQuery: diesel::query_dsl::LoadQuery<'static, SqliteConnection, T>,
    {
        let mut query = diesel::sql_query(sql).into_boxed::<diesel::sqlite::Sqlite>();
        for parameter in parameters {
            query = match parameter {
                Parameter::Text(text) => query.bind::<Text, _>((*text).to_owned()),
                Parameter::Bytes(bytes) => query.bind::<Binary, _>(bytes.to_vec()),
                Parameter::Number(number) => query.bind::<BigInt, _>(*number),
            };
        }
        query
            .load(&mut self.0)
            .map_err(|error| StoreError::from_diesel("read the database to import", error))
    }
}

enum Parameter<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(i64),
}
