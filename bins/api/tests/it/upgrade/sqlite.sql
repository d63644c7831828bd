PRAGMA foreign_keys = OFF;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000001','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000002','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000003','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000004','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000005','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000006','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000007','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000008','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000009','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000010','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000011','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000012','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000013','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000014','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000015','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000021','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000022','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000024','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000025','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000026','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000027','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000028','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000029','2025-01-01 00:00:00');
INSERT INTO "__diesel_schema_migrations" VALUES('20261121000031','2025-01-01 00:00:00');
CREATE TABLE account_deletion_warnings (
    app_id             TEXT NOT NULL REFERENCES account_deletions (app_id) ON DELETE CASCADE,
    address            TEXT NOT NULL,
    -- SHA-256 of the token in the link that was mailed last; null before the first
    abort_token_digest BLOB,
    attempts           BIGINT NOT NULL,
    reached            BOOLEAN NOT NULL,
    PRIMARY KEY (app_id, address)
) WITHOUT ROWID;
CREATE TABLE account_deletions (
    app_id             TEXT NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    -- SHA-256 of the token in the mailed link
    abort_token_digest BLOB NOT NULL,
    requested_at       TIMESTAMP NOT NULL,
    freeze_at          TIMESTAMP NOT NULL,
    delete_at          TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE TABLE active_user_reports (
    app_id       TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    day          DATE NOT NULL,
    daily_users  BIGINT NOT NULL,
    weekly_users BIGINT NOT NULL,
    total_users  BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
) WITHOUT ROWID;
CREATE TABLE alias_keys (
    app_id  TEXT NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    wrapped BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE aliases (
    app_id    TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    digest    BLOB NOT NULL,
    user_id   TEXT NOT NULL,
    plaintext TEXT, sign_in_name BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (app_id, digest)
) WITHOUT ROWID;
INSERT INTO "aliases" VALUES('demoapp',X'929EB1BED78119A3B6FD4DC4E0DABB0C7BE6295FCFEF485C0294FC2057B01A94','alice',NULL,0);
INSERT INTO "aliases" VALUES('demoapp',X'F056FBC349B417F1F91522E4BECF698B6A115CE90D6A4C7A599FEBD96137A578','bob','bob@example.com',0);
CREATE TABLE api_keys (
    app_id           TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- the last four characters of the key
    id               TEXT NOT NULL,
    -- public, secret
    kind             TEXT NOT NULL,
    -- a public key in clear; the digest of a secret key
    material         TEXT NOT NULL,
    -- scope texts joined with commas
    scopes           TEXT NOT NULL,
    created_at       TIMESTAMP NOT NULL,
    -- null while unlocked; key, application
    lock_kind        TEXT,
    last_locked_at   TIMESTAMP,
    last_unlocked_at TIMESTAMP,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('demoapp','3a6f','secret','sha256:yzn5eyfovDEx4OKmlYBdAlJQot7J9SOa8/32yzN9FXA=','token_register,token_verify','2025-01-01 00:00:00',NULL,NULL,NULL);
INSERT INTO "api_keys" VALUES('demoapp','5955','public','demoapp:public:692865c9a37641a8ad161b0f95785955','register,login','2025-01-01 00:00:00',NULL,NULL,NULL);
INSERT INTO "api_keys" VALUES('demoapp','7426','public','demoapp:public:7c3ccd10bb7e437b86d37926ae627426','register,login','2025-01-01 00:00:00',NULL,NULL,NULL);
INSERT INTO "api_keys" VALUES('demoapp','7eaa','secret','sha256:XgZS4lEw+m1QK73/FxeColbkMtQbUiQ6LbPGRyXK4xQ=','token_register,token_verify','2025-01-01 00:00:00',NULL,NULL,NULL);
CREATE TABLE applications (
    id                    TEXT NOT NULL PRIMARY KEY,
    created_at            TIMESTAMP NOT NULL,
    -- JSON array of addresses
    admin_emails          TEXT NOT NULL,
    -- active, frozen, deletion_scheduled
    state                 TEXT NOT NULL,
    frozen_at             TIMESTAMP,
    delete_at             TIMESTAMP,
    deletion_requested_by TEXT
, frozen_by TEXT) WITHOUT ROWID;
INSERT INTO "applications" VALUES('demoapp','2025-01-01 00:00:00','["admin@example.com"]','active',NULL,NULL,NULL,NULL);
CREATE TABLE authentication_configs (
    app_id              TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    purpose             TEXT NOT NULL,
    user_verification   TEXT NOT NULL,
    time_to_live_micros BIGINT NOT NULL,
    -- names joined with commas
    hints               TEXT NOT NULL,
    created_by          TEXT NOT NULL,
    created_at          TIMESTAMP,
    edited_by           TEXT,
    edited_at           TIMESTAMP,
    last_used_at        TIMESTAMP,
    PRIMARY KEY (app_id, purpose)
) WITHOUT ROWID;
INSERT INTO "authentication_configs" VALUES('demoapp','payment','required',180000000,'SecurityKey','me','2025-02-10 00:00:00',NULL,NULL,'2025-02-10 00:00:00');
INSERT INTO "authentication_configs" VALUES('demoapp','sign-in','preferred',120000000,'','System',NULL,NULL,NULL,'2025-02-10 00:00:00');
CREATE TABLE authenticators (
    app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    aaguid     BLOB NOT NULL,
    is_allowed BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, aaguid)
) WITHOUT ROWID;
CREATE TABLE credential_reports (
    app_id      TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    day         DATE NOT NULL,
    users       BIGINT NOT NULL,
    credentials BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
) WITHOUT ROWID;
CREATE TABLE credentials (
    app_id             TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    id                 BLOB NOT NULL,
    user_id            TEXT NOT NULL,
    user_handle        BLOB NOT NULL,
    -- COSE key, the bytes as they were signed at registration
    public_key         BLOB NOT NULL,
    sign_count         BIGINT NOT NULL,
    -- JSON array of transports
    transports         TEXT NOT NULL,
    attestation_format TEXT NOT NULL,
    aaguid             BLOB NOT NULL,
    created_at         TIMESTAMP NOT NULL,
    last_used_at       TIMESTAMP NOT NULL,
    rp_id              TEXT NOT NULL,
    origin             TEXT NOT NULL,
    country            TEXT NOT NULL,
    device             TEXT NOT NULL,
    nickname           TEXT,
    backup_state       BOOLEAN,
    backup_eligible    BOOLEAN,
    discoverable       BOOLEAN,
    uv_initialized     BOOLEAN NOT NULL,
    suspended_at       TIMESTAMP,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
INSERT INTO "credentials" VALUES('demoapp',X'15226C7A5BCBCC2BB9686AD994907A09','alice',X'616C696365',X'A4010103272006215820492CDC77826294C279C80D52930B3D63D414AF230BC934541F1DD79E1BB9EF38',0,'["internal","hybrid"]','none',X'00000000000000000000000000000000','2025-02-10 00:00:00','2025-02-10 00:00:00','example.com','https://example.com','','Other, Other ','My phone',1,1,1,1,NULL);
INSERT INTO "credentials" VALUES('demoapp',X'16511E5EC891D41467ECD1B6EF4B23BA','bob',X'626F62',X'A4010103272006215820194B0581FED43FC1DA084AC3956446D0539D773CCC045E523F265707AA59DDFA',1,'["internal","hybrid"]','none',X'00000000000000000000000000000000','2025-02-10 00:00:00','2025-02-10 00:00:00','example.com','https://example.com','','Other, Other ','My phone',1,1,1,1,NULL);
INSERT INTO "credentials" VALUES('demoapp',X'D0A2938473D8DAF9EC689BA04B83E3D3','carol',X'6361726F6C',X'A40101032720062158205053519850498FD150687EE2FA52D87D84DB647622FA12E851E59C05D0C7A361',0,'["internal","hybrid"]','none',X'00000000000000000000000000000000','2025-02-10 00:00:00','2025-02-10 00:00:00','example.com','https://example.com','','Other, Other ','My phone',1,1,1,1,'2025-02-10 00:00:00');
CREATE TABLE dispatched_emails (
    app_id        TEXT NOT NULL,
    -- version 7 UUID, 16 bytes
    id            BLOB NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    user_id       TEXT NOT NULL,
    email_address TEXT NOT NULL,
    link_template TEXT NOT NULL, pending BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
INSERT INTO "dispatched_emails" VALUES('demoapp',X'0194ED27DC007000A8A6DD39744062DA','2025-02-10 00:00:00','alice','alice@example.com','https://example.com/in?token=$TOKEN',0);
CREATE TABLE events (
    app_id       TEXT NOT NULL,
    -- version 7 UUID, 16 bytes: sorts by time
    id           BLOB NOT NULL,
    performed_at TIMESTAMP NOT NULL,
    kind         INTEGER NOT NULL,
    severity     INTEGER NOT NULL,
    message      TEXT NOT NULL,
    performed_by TEXT NOT NULL,
    subject      TEXT NOT NULL,
    api_key_id   TEXT NOT NULL,
    reason       TEXT,
    ip           TEXT,
    user_agent   TEXT,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('demoapp',X'01941F297C0070008B9A02F579DA3FFA','2025-01-01 00:00:00',1202,3,'demoapp created.','admin@example.com','demoapp','',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070008062BAC012FA51D9','2025-02-10 00:00:00',1001,3,'Beginning passkey registration for carol','carol','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC00700080EBFB1D2B6EF3A0','2025-02-10 00:00:00',1000,3,'Created registration token for erin','erin','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000815C24DF8266CE88','2025-02-10 00:00:00',1001,3,'Beginning passkey registration for alice','alice','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000827B33083753B547','2025-02-10 00:00:00',1100,3,'Added set aliases for user (bob).','bob','bob','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000874943DBB30E507B','2025-02-10 00:00:00',1000,3,'Created registration token for dave','dave','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC00700087D94CDED5AC5F15','2025-02-10 00:00:00',1103,3,'User alice completed sign in.','alice','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070008C46C06EB480949A','2025-02-10 00:00:00',9101,3,'Suspended credential of user carol','System','carol','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC00700091F742C861F2ACA2','2025-02-10 00:00:00',1107,3,'Created signin token for alice','alice','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070009512F87B160A5ACF','2025-02-10 00:00:00',1100,3,'Added set aliases for user (alice).','alice','alice','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070009AA6C50255FF0C0D','2025-02-10 00:00:00',1000,3,'Created registration token for bob','bob','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070009AB698C3825F622A','2025-02-10 00:00:00',1002,3,'Completed passkey registration for user carol','carol','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070009DE0020FD09DD94F','2025-02-10 00:00:00',1104,3,'User bob verified sign in token.','bob','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC0070009E83E92498EF5A07','2025-02-10 00:00:00',1400,3,'payment auth config created.','me','demoapp','',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000A4B6DC68016058D9','2025-02-10 00:00:00',1000,3,'Created registration token for carol','carol','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000A4CC409E4615F043','2025-02-10 00:00:00',1001,3,'Beginning passkey registration for bob','bob','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000A6F5977890FAECBA','2025-02-10 00:00:00',1103,3,'User bob completed sign in.','bob','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000ADAD2F70256C7828','2025-02-10 00:00:00',1001,3,'Beginning passkey registration for erin','erin','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000AE0B9C4825966AD0','2025-02-10 00:00:00',1000,3,'Created registration token for alice','alice','demoapp','3a6f',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000BD48CCCA762888AF','2025-02-10 00:00:00',1002,3,'Completed passkey registration for user bob','bob','demoapp','7426',NULL,NULL,NULL);
INSERT INTO "events" VALUES('demoapp',X'0194ED27DC007000BEA4F17099A6EFC2','2025-02-10 00:00:00',1002,3,'Completed passkey registration for user alice','alice','demoapp','7426',NULL,NULL,NULL);
CREATE TABLE features (
    app_id                    TEXT NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    event_logging             BOOLEAN NOT NULL,
    event_retention_days      BIGINT NOT NULL,
    developer_logging_ends_at TIMESTAMP,
    max_users                 BIGINT,
    allow_attestation         BOOLEAN NOT NULL,
    generate_sign_in_token    BOOLEAN NOT NULL,
    magic_links               BOOLEAN NOT NULL,
    magic_link_monthly_quota  BIGINT NOT NULL,
    -- JSON array of origins
    magic_link_origins        TEXT NOT NULL,
    magic_link_landing_page   BOOLEAN NOT NULL,
    single_use_sign_in_tokens BOOLEAN NOT NULL,
    single_use_magic_links    BOOLEAN NOT NULL,
    decoy_credentials         BOOLEAN NOT NULL,
    -- refuse, warn
    sign_count_regression     TEXT NOT NULL,
    -- JSON array of origins
    allowed_origins           TEXT NOT NULL,
    -- JSON array of RP IDs
    allowed_rp_ids            TEXT NOT NULL,
    -- JSON array of COSE algorithm ids; null means the default offer
    algorithms                TEXT,
    record_failed_ceremonies  BOOLEAN NOT NULL
, allowed_top_origins TEXT NOT NULL DEFAULT '[]') WITHOUT ROWID;
INSERT INTO "features" VALUES('demoapp',1,365,NULL,NULL,0,1,1,100,'[]',0,1,0,0,'refuse','[]','[]',NULL,1,'[]');
CREATE TABLE leases (
    name       TEXT NOT NULL PRIMARY KEY,
    holder     TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE TABLE metadata (
    signer      TEXT NOT NULL PRIMARY KEY,
    number      BIGINT,
    next_update DATE,
    accepted_at TIMESTAMP,
    tried_at    TIMESTAMP,
    error       TEXT
) WITHOUT ROWID;
CREATE TABLE metadata_parts (
    signer  TEXT NOT NULL,
    part    BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (signer, part)
) WITHOUT ROWID;
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO "settings" VALUES('master_key_check',X'3461334C4E6F556F4F70794741456F382B505178324D453868754573456C6B78312F446254555A334259593D');
CREATE TABLE spent_tokens (
    app_id     TEXT NOT NULL,
    token_id   BLOB NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, token_id)
) WITHOUT ROWID;
INSERT INTO "spent_tokens" VALUES('demoapp',X'E3020E5B1E7748DC8A94856FF2F2C79E','2025-02-10 00:03:00');
INSERT INTO "spent_tokens" VALUES('demoapp',X'4F364343D16F45628F0FFF77056AC36F','2025-02-10 01:00:00');
INSERT INTO "spent_tokens" VALUES('demoapp',X'51FAB147986D4AA69DDFF61A4DC90EF5','2025-02-10 01:00:00');
INSERT INTO "spent_tokens" VALUES('demoapp',X'C78C900C4F774E5C8D75DD5881CEDF90','2025-02-10 01:00:00');
INSERT INTO "spent_tokens" VALUES('demoapp',X'436F19AAC2864B1285554831D9EE3BAF','2025-02-11 00:00:00');
INSERT INTO "spent_tokens" VALUES('demoapp',X'812C0F53660C4457885F93A8430AF273','2025-02-11 00:00:00');
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('credentials','credentials','1000000 10000 1');
INSERT INTO "sqlite_stat1" VALUES('credentials','credentials_by_user','1000000 10000 2');
INSERT INTO "sqlite_stat1" VALUES('aliases','aliases','1000000 10000 1');
INSERT INTO "sqlite_stat1" VALUES('aliases','aliases_by_user','1000000 10000 2');
CREATE TABLE token_keys (
    app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- unsigned 32 bits
    id         BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    wrapped    BLOB NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
INSERT INTO "token_keys" VALUES('demoapp',1,'2025-02-10 00:00:00',X'C03983E8C8370764EBFB8573318F5B713107DB27AEA681FD604418EA6B6338369CB08B740CEF22FAF907F0AA39A6FA31F5A11DB1033249E545AB1F15');
CREATE TABLE well_known (
    app_id            TEXT NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    -- JSON: an object as it is served, NULL if there is none
    passkey_endpoints TEXT,
    -- JSON: a list of texts
    apple_apps        TEXT NOT NULL,
    -- JSON: a list of objects
    android_apps      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX applications_by_deletion ON applications (delete_at);
CREATE INDEX credentials_by_user ON credentials (app_id, user_id);
CREATE INDEX aliases_by_user ON aliases (app_id, user_id);
CREATE INDEX events_by_time ON events (app_id, performed_at, id);
CREATE INDEX spent_tokens_by_expiry ON spent_tokens (expires_at);
CREATE INDEX dispatched_emails_by_time ON dispatched_emails (app_id, created_at);
CREATE UNIQUE INDEX account_deletions_by_abort_token ON account_deletions (abort_token_digest);
CREATE UNIQUE INDEX account_deletion_warnings_by_abort_token ON account_deletion_warnings (abort_token_digest);
