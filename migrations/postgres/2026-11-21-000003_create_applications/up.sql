-- One row per application: who it is and where it stands. Kept narrow, because this row is what
-- `write_locked` takes.
CREATE TABLE applications (
    id                    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    created_at            TIMESTAMP NOT NULL,
    -- JSON array of addresses
    admin_emails          TEXT NOT NULL,
    -- active, frozen, deletion_scheduled
    state                 TEXT NOT NULL,
    frozen_at             TIMESTAMP,
    delete_at             TIMESTAMP,
    deletion_requested_by TEXT
);
CREATE INDEX applications_by_deletion ON applications (delete_at);
