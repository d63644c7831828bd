-- Sessions and tokens that were used up. No reference to applications: see migrations/README.md.
CREATE TABLE spent_tokens (
    app_id     TEXT COLLATE "C" NOT NULL,
    token_id   BYTEA NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, token_id)
);
CREATE INDEX spent_tokens_by_expiry ON spent_tokens (expires_at);
