-- Magic-link mails that were sent, for the quota. No reference to applications: see migrations/README.md.
CREATE TABLE dispatched_emails (
    app_id        TEXT COLLATE "C" NOT NULL,
    -- version 7 UUID, 16 bytes
    id            BYTEA NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    email_address TEXT NOT NULL,
    link_template TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX dispatched_emails_by_time ON dispatched_emails (app_id, created_at);
