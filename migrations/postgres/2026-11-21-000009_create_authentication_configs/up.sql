-- Purposes: how strong a sign-in must be and how long its token lives.
CREATE TABLE authentication_configs (
    app_id              TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    purpose             TEXT COLLATE "C" NOT NULL,
    user_verification   TEXT NOT NULL,
    time_to_live_micros BIGINT NOT NULL,
    -- names joined with commas
    hints               TEXT NOT NULL,
    created_by          TEXT NOT NULL,
    created_at          TIMESTAMP,
    edited_by           TEXT,
    edited_at           TIMESTAMP,
    last_used_at        TIMESTAMP,
    PRIMARY KEY (app_id, purpose)
);
