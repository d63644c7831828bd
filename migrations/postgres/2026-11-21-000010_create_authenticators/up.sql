-- Authenticator models an application allows or blocks.
CREATE TABLE authenticators (
    app_id     TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    aaguid     BYTEA NOT NULL,
    is_allowed BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (app_id, aaguid)
);
