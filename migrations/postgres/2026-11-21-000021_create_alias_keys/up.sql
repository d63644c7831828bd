-- The alias keys that applications brought along from elsewhere, wrapped under the master key. An application that was
-- created here has none: its key is derived.
CREATE TABLE alias_keys (
    app_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    wrapped BYTEA NOT NULL
);
