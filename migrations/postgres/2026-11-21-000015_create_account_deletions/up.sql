-- Deletions asked for with a secret key: abortable by a mailed link, then frozen, then carried out.
CREATE TABLE account_deletions (
    app_id             TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    -- SHA-256 of the token in the mailed link
    abort_token_digest BYTEA NOT NULL,
    requested_at       TIMESTAMP NOT NULL,
    freeze_at          TIMESTAMP NOT NULL,
    delete_at          TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX account_deletions_by_abort_token ON account_deletions (abort_token_digest);
