-- Authenticator models an application allows or blocks.
CREATE TABLE authenticators (
    app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    aaguid     BLOB NOT NULL,
    is_allowed BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, aaguid)
) WITHOUT ROWID;
