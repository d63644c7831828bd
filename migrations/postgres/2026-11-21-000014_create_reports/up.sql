-- One row per application and day (UTC).
CREATE TABLE credential_reports (
    app_id      TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    day         DATE NOT NULL,
    users       BIGINT NOT NULL,
    credentials BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
);
CREATE TABLE active_user_reports (
    app_id       TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    day          DATE NOT NULL,
    daily_users  BIGINT NOT NULL,
    weekly_users BIGINT NOT NULL,
    total_users  BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
);
