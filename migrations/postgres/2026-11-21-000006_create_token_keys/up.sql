-- An application's sealing keys, wrapped under the master key.
CREATE TABLE token_keys (
    app_id     TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- unsigned 32 bits
    id         BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    wrapped    BYTEA NOT NULL,
    PRIMARY KEY (app_id, id)
);
