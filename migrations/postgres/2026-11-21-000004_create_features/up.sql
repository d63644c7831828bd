-- What an application may do. A column per switch, so that an older binary that writes this row leaves the
-- switches it does not know alone.
CREATE TABLE features (
    app_id                    TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
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
);
