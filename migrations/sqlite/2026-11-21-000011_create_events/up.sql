-- What stays on record. No reference to applications: see migrations/README.md.
CREATE TABLE events (
    app_id       TEXT NOT NULL,
    -- version 7 UUID, 16 bytes: sorts by time
    id           BLOB NOT NULL,
    performed_at TIMESTAMP NOT NULL,
    kind         INTEGER NOT NULL,
    severity     INTEGER NOT NULL,
    message      TEXT NOT NULL,
    performed_by TEXT NOT NULL,
    subject      TEXT NOT NULL,
    api_key_id   TEXT NOT NULL,
    reason       TEXT,
    ip           TEXT,
    user_agent   TEXT,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
CREATE INDEX events_by_time ON events (app_id, performed_at, id);
