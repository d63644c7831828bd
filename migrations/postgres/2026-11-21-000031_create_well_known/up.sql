-- What applications publish under /.well-known/ beside their origins. One of which nothing was ever said has no row.
CREATE TABLE well_known (
    app_id            TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    -- JSON: an object as it is served, NULL if there is none
    passkey_endpoints TEXT,
    -- JSON: a list of texts
    apple_apps        TEXT NOT NULL,
    -- JSON: a list of objects
    android_apps      TEXT NOT NULL
);
