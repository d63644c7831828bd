-- An application's sealing keys, wrapped under the master key.
CREATE TABLE token_keys (
    app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- unsigned 32 bits
    id         BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    wrapped    BLOB NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
