-- Registered passkeys.
CREATE TABLE credentials (
    app_id             TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    id                 BYTEA NOT NULL,
    user_id            TEXT COLLATE "C" NOT NULL,
    user_handle        BYTEA NOT NULL,
    -- COSE key, the bytes as they were signed at registration
    public_key         BYTEA NOT NULL,
    sign_count         BIGINT NOT NULL,
    -- JSON array of transports
    transports         TEXT NOT NULL,
    attestation_format TEXT NOT NULL,
    aaguid             BYTEA NOT NULL,
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
);
CREATE INDEX credentials_by_user ON credentials (app_id, user_id);
