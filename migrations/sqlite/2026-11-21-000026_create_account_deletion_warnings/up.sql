-- Administrators whom the first warning of a deletion did not reach: each has a link of their own.
CREATE TABLE account_deletion_warnings (
    app_id             TEXT NOT NULL REFERENCES account_deletions (app_id) ON DELETE CASCADE,
    address            TEXT NOT NULL,
    -- SHA-256 of the token in the link that was mailed last; null before the first
    abort_token_digest BLOB,
    attempts           BIGINT NOT NULL,
    reached            BOOLEAN NOT NULL,
    PRIMARY KEY (app_id, address)
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_deletion_warnings_by_abort_token ON account_deletion_warnings (abort_token_digest);
