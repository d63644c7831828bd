//! The database of a Passwordless.dev server, for tests of moving in.

/// The tables that an importer reads, as that server's migrations make them.
///
/// For [`run_sqlite_script`](crate::database::run_sqlite_script).
pub const SCHEMA: &str = r#"
CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
CREATE TABLE "AccountInfo" ("AcountName" TEXT NOT NULL PRIMARY KEY, "AdminEmailsSerialized" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL, "DeleteAt" TEXT NULL, "Tenant" TEXT NOT NULL);
CREATE TABLE "AppFeatures" ("Tenant" TEXT NOT NULL PRIMARY KEY, "AllowAttestation" INTEGER NOT NULL,
    "DeveloperLoggingEndsAt" TEXT NULL, "EventLoggingIsEnabled" INTEGER NOT NULL,
    "EventLoggingRetentionPeriod" INTEGER NOT NULL, "IsGenerateSignInTokenEndpointEnabled" INTEGER NOT NULL DEFAULT 1,
    "IsMagicLinksEnabled" INTEGER NOT NULL DEFAULT 1, "MagicLinkEmailMonthlyQuota" INTEGER NOT NULL, "MaxUsers" INTEGER NULL);
CREATE TABLE "ApiKeys" ("Tenant" TEXT NOT NULL, "Id" TEXT NOT NULL, "ApiKey" TEXT NOT NULL, "CreatedAt" TEXT NOT NULL,
    "IsLocked" INTEGER NOT NULL, "LastLockedAt" TEXT NULL, "LastUnlockedAt" TEXT NULL, "Scopes" TEXT NOT NULL,
    PRIMARY KEY ("Tenant", "Id"));
CREATE TABLE "Credentials" ("Tenant" TEXT NOT NULL, "DescriptorId" BLOB NOT NULL, "DescriptorType" INTEGER NULL,
    "DescriptorTransports" TEXT NULL, "PublicKey" BLOB NOT NULL, "UserHandle" BLOB NOT NULL, "SignatureCounter" INTEGER NOT NULL,
    "AttestationFmt" TEXT NOT NULL, "CreatedAt" TEXT NOT NULL, "AaGuid" TEXT NULL, "LastUsedAt" TEXT NOT NULL,
    "RPID" TEXT NOT NULL, "Origin" TEXT NOT NULL, "Country" TEXT NULL, "Device" TEXT NULL, "Nickname" TEXT NULL,
    "UserId" TEXT NOT NULL, "BackupState" INTEGER NULL, "IsBackupEligible" INTEGER NULL, "IsDiscoverable" INTEGER NULL,
    PRIMARY KEY ("Tenant", "DescriptorId"));
CREATE TABLE "Aliases" ("Tenant" TEXT NOT NULL, "Alias" TEXT NOT NULL, "UserId" TEXT NOT NULL, "Plaintext" TEXT NULL,
    PRIMARY KEY ("Tenant", "Alias"));
CREATE TABLE "AuthenticationConfigurations" ("Tenant" TEXT NOT NULL, "Purpose" TEXT NOT NULL,
    "UserVerificationRequirement" TEXT NOT NULL, "TimeToLive" REAL NOT NULL, "Hints" TEXT NOT NULL, "CreatedBy" TEXT NOT NULL,
    "CreatedOn" TEXT NULL, "EditedBy" TEXT NULL, "EditedOn" TEXT NULL, "LastUsedOn" TEXT NULL, PRIMARY KEY ("Tenant", "Purpose"));
CREATE TABLE "Authenticators" ("Tenant" TEXT NOT NULL, "AaGuid" TEXT NOT NULL, "CreatedAt" TEXT NOT NULL,
    "IsAllowed" INTEGER NOT NULL, PRIMARY KEY ("Tenant", "AaGuid"));
CREATE TABLE "ApplicationEvents" ("Id" TEXT NOT NULL PRIMARY KEY, "PerformedAt" TEXT NOT NULL, "EventType" INTEGER NOT NULL,
    "Message" TEXT NOT NULL, "Severity" INTEGER NOT NULL, "PerformedBy" TEXT NOT NULL, "Subject" TEXT NOT NULL,
    "TenantId" TEXT NOT NULL, "ApiKeyId" TEXT NOT NULL);
"#;
