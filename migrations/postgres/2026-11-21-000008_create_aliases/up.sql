-- Other names of users, found by digest.
CREATE TABLE aliases (
    app_id    TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    digest    BYTEA NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    plaintext TEXT,
    PRIMARY KEY (app_id, digest)
);
CREATE INDEX aliases_by_user ON aliases (app_id, user_id);
