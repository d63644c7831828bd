-- Other names of users, found by digest.
CREATE TABLE aliases (
    app_id    TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    digest    BLOB NOT NULL,
    user_id   TEXT NOT NULL,
    plaintext TEXT,
    PRIMARY KEY (app_id, digest)
) WITHOUT ROWID;
CREATE INDEX aliases_by_user ON aliases (app_id, user_id);
