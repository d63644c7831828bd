-- Public keys in clear, secret keys as a digest.
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
