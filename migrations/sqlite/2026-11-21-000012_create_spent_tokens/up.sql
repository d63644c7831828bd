-- Sessions and tokens that were used up. No reference to applications: see migrations/README.md.
CREATE TABLE spent_tokens (
    app_id     TEXT NOT NULL,
    token_id   BLOB NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, token_id)
) WITHOUT ROWID;
CREATE INDEX spent_tokens_by_expiry ON spent_tokens (expires_at);
