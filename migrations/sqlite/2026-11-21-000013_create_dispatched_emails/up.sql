-- Magic-link mails that were sent, for the quota. No reference to applications: see migrations/README.md.
CREATE TABLE dispatched_emails (
    app_id        TEXT NOT NULL,
    -- version 7 UUID, 16 bytes
    id            BLOB NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    user_id       TEXT NOT NULL,
    email_address TEXT NOT NULL,
    link_template TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;
CREATE INDEX dispatched_emails_by_time ON dispatched_emails (app_id, created_at);
