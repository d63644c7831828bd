CREATE TABLE __diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE account_deletion_warnings (
    app_id text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    abort_token_digest bytea,
    attempts bigint NOT NULL,
    reached boolean NOT NULL
);

CREATE TABLE account_deletions (
    app_id text NOT NULL COLLATE pg_catalog."C",
    abort_token_digest bytea NOT NULL,
    requested_at timestamp without time zone NOT NULL,
    freeze_at timestamp without time zone NOT NULL,
    delete_at timestamp without time zone NOT NULL
);

CREATE TABLE active_user_reports (
    app_id text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    daily_users bigint NOT NULL,
    weekly_users bigint NOT NULL,
    total_users bigint NOT NULL
);

CREATE TABLE alias_keys (
    app_id text NOT NULL COLLATE pg_catalog."C",
    wrapped bytea NOT NULL
);

CREATE TABLE aliases (
    app_id text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    plaintext text,
    sign_in_name boolean DEFAULT false NOT NULL
);

CREATE TABLE api_keys (
    app_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    material text NOT NULL,
    scopes text NOT NULL,
    created_at timestamp without time zone NOT NULL,
    lock_kind text,
    last_locked_at timestamp without time zone,
    last_unlocked_at timestamp without time zone
);

CREATE TABLE applications (
    id text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp without time zone NOT NULL,
    admin_emails text NOT NULL,
    state text NOT NULL,
    frozen_at timestamp without time zone,
    delete_at timestamp without time zone,
    deletion_requested_by text,
    frozen_by text
);

CREATE TABLE authentication_configs (
    app_id text NOT NULL COLLATE pg_catalog."C",
    purpose text NOT NULL COLLATE pg_catalog."C",
    user_verification text NOT NULL,
    time_to_live_micros bigint NOT NULL,
    hints text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp without time zone,
    edited_by text,
    edited_at timestamp without time zone,
    last_used_at timestamp without time zone
);

CREATE TABLE authenticators (
    app_id text NOT NULL COLLATE pg_catalog."C",
    aaguid bytea NOT NULL,
    is_allowed boolean NOT NULL,
    created_at timestamp without time zone NOT NULL
);

CREATE TABLE credential_reports (
    app_id text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    users bigint NOT NULL,
    credentials bigint NOT NULL
);

CREATE TABLE credentials (
    app_id text NOT NULL COLLATE pg_catalog."C",
    id bytea NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    user_handle bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text NOT NULL,
    attestation_format text NOT NULL,
    aaguid bytea NOT NULL,
    created_at timestamp without time zone NOT NULL,
    last_used_at timestamp without time zone NOT NULL,
    rp_id text NOT NULL,
    origin text NOT NULL,
    country text NOT NULL,
    device text NOT NULL,
    nickname text,
    backup_state boolean,
    backup_eligible boolean,
    discoverable boolean,
    uv_initialized boolean NOT NULL,
    suspended_at timestamp without time zone
);

CREATE TABLE dispatched_emails (
    app_id text NOT NULL COLLATE pg_catalog."C",
    id bytea NOT NULL,
    created_at timestamp without time zone NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    email_address text NOT NULL,
    link_template text NOT NULL,
    pending boolean DEFAULT false NOT NULL
);

CREATE TABLE events (
    app_id text NOT NULL COLLATE pg_catalog."C",
    id bytea NOT NULL,
    performed_at timestamp without time zone NOT NULL,
    kind integer NOT NULL,
    severity integer NOT NULL,
    message text NOT NULL,
    performed_by text NOT NULL,
    subject text NOT NULL,
    api_key_id text NOT NULL,
    reason text,
    ip text,
    user_agent text
);

CREATE TABLE features (
    app_id text NOT NULL COLLATE pg_catalog."C",
    event_logging boolean NOT NULL,
    event_retention_days bigint NOT NULL,
    developer_logging_ends_at timestamp without time zone,
    max_users bigint,
    allow_attestation boolean NOT NULL,
    generate_sign_in_token boolean NOT NULL,
    magic_links boolean NOT NULL,
    magic_link_monthly_quota bigint NOT NULL,
    magic_link_origins text NOT NULL,
    magic_link_landing_page boolean NOT NULL,
    single_use_sign_in_tokens boolean NOT NULL,
    single_use_magic_links boolean NOT NULL,
    decoy_credentials boolean NOT NULL,
    sign_count_regression text NOT NULL,
    allowed_origins text NOT NULL,
    allowed_rp_ids text NOT NULL,
    algorithms text,
    record_failed_ceremonies boolean NOT NULL,
    allowed_top_origins text DEFAULT '[]'::text NOT NULL
);

CREATE TABLE leases (
    name text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL,
    expires_at timestamp without time zone NOT NULL
);

CREATE TABLE metadata (
    signer text NOT NULL COLLATE pg_catalog."C",
    number bigint,
    next_update date,
    accepted_at timestamp without time zone,
    tried_at timestamp without time zone,
    error text
);

CREATE TABLE metadata_parts (
    signer text NOT NULL COLLATE pg_catalog."C",
    part bigint NOT NULL,
    content bytea NOT NULL
);

CREATE TABLE migration_lock (
    id bigint NOT NULL
);

CREATE TABLE settings (
    name text NOT NULL COLLATE pg_catalog."C",
    value bytea NOT NULL
);

CREATE TABLE spent_tokens (
    app_id text NOT NULL COLLATE pg_catalog."C",
    token_id bytea NOT NULL,
    expires_at timestamp without time zone NOT NULL
);

CREATE TABLE token_keys (
    app_id text NOT NULL COLLATE pg_catalog."C",
    id bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    wrapped bytea NOT NULL
);

CREATE TABLE well_known (
    app_id text NOT NULL COLLATE pg_catalog."C",
    passkey_endpoints text,
    apple_apps text NOT NULL,
    android_apps text NOT NULL
);

INSERT INTO __diesel_schema_migrations VALUES ('20261121000001', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000002', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000003', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000004', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000005', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000006', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000007', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000008', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000009', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000010', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000011', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000012', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000013', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000014', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000015', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000021', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000022', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000024', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000025', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000026', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000027', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000028', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000029', '2025-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('20261121000031', '2025-01-01 00:00:00');

INSERT INTO aliases VALUES ('demoapp', '\x929eb1bed78119a3b6fd4dc4e0dabb0c7be6295fcfef485c0294fc2057b01a94', 'alice', NULL, false);
INSERT INTO aliases VALUES ('demoapp', '\xf056fbc349b417f1f91522e4becf698b6a115ce90d6a4c7a599febd96137a578', 'bob', 'bob@example.com', false);

INSERT INTO api_keys VALUES ('demoapp', '7426', 'public', 'demoapp:public:7c3ccd10bb7e437b86d37926ae627426', 'register,login', '2025-01-01 00:00:00', NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('demoapp', '5955', 'public', 'demoapp:public:692865c9a37641a8ad161b0f95785955', 'register,login', '2025-01-01 00:00:00', NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('demoapp', '3a6f', 'secret', 'sha256:yzn5eyfovDEx4OKmlYBdAlJQot7J9SOa8/32yzN9FXA=', 'token_register,token_verify', '2025-01-01 00:00:00', NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('demoapp', '7eaa', 'secret', 'sha256:XgZS4lEw+m1QK73/FxeColbkMtQbUiQ6LbPGRyXK4xQ=', 'token_register,token_verify', '2025-01-01 00:00:00', NULL, NULL, NULL);

INSERT INTO applications VALUES ('demoapp', '2025-01-01 00:00:00', '["admin@example.com"]', 'active', NULL, NULL, NULL, NULL);

INSERT INTO authentication_configs VALUES ('demoapp', 'payment', 'required', 180000000, 'SecurityKey', 'me', '2025-02-10 00:00:00', NULL, NULL, '2025-02-10 00:00:00');
INSERT INTO authentication_configs VALUES ('demoapp', 'sign-in', 'preferred', 120000000, '', 'System', NULL, NULL, NULL, '2025-02-10 00:00:00');

INSERT INTO credentials VALUES ('demoapp', '\xd1f8af10986739c9eb87a1efc9fd2d75', 'carol', '\x6361726f6c', '\xa4010103272006215820b2155df27bc7d67cb7ba4bec6828561817e7525f5135699002489af4e2b10309', 0, '["internal","hybrid"]', 'none', '\x00000000000000000000000000000000', '2025-02-10 00:00:00', '2025-02-10 00:00:00', 'example.com', 'https://example.com', '', 'Other, Other ', 'My phone', true, true, true, true, '2025-02-10 00:00:00');
INSERT INTO credentials VALUES ('demoapp', '\x8a11304fe08f6b79b1fee3f48ddc82c2', 'bob', '\x626f62', '\xa4010103272006215820cc101c3cc30e7c4dcb3ffb3d599979ea918b5ed447b942930fc57a32922954ec', 1, '["internal","hybrid"]', 'none', '\x00000000000000000000000000000000', '2025-02-10 00:00:00', '2025-02-10 00:00:00', 'example.com', 'https://example.com', '', 'Other, Other ', 'My phone', true, true, true, true, NULL);
INSERT INTO credentials VALUES ('demoapp', '\x511d9c695f1af7034a0399fcaa23edc9', 'alice', '\x616c696365', '\xa401010327200621582088004327fec5048356334e09b2595be1a4f717fc8423e84afee6fe59b0eb4537', 0, '["internal","hybrid"]', 'none', '\x00000000000000000000000000000000', '2025-02-10 00:00:00', '2025-02-10 00:00:00', 'example.com', 'https://example.com', '', 'Other, Other ', 'My phone', true, true, true, true, NULL);

INSERT INTO dispatched_emails VALUES ('demoapp', '\x0194ed27dc007000a8a6dd39744062da', '2025-02-10 00:00:00', 'alice', 'alice@example.com', 'https://example.com/in?token=$TOKEN', false);

INSERT INTO events VALUES ('demoapp', '\x01941f297c0070008b9a02f579da3ffa', '2025-01-01 00:00:00', 1202, 3, 'demoapp created.', 'admin@example.com', 'demoapp', '', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000ae0b9c4825966ad0', '2025-02-10 00:00:00', 1000, 3, 'Created registration token for alice', 'alice', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000815c24df8266ce88', '2025-02-10 00:00:00', 1001, 3, 'Beginning passkey registration for alice', 'alice', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000bea4f17099a6efc2', '2025-02-10 00:00:00', 1002, 3, 'Completed passkey registration for user alice', 'alice', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070009512f87b160a5acf', '2025-02-10 00:00:00', 1100, 3, 'Added set aliases for user (alice).', 'alice', 'alice', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070009aa6c50255ff0c0d', '2025-02-10 00:00:00', 1000, 3, 'Created registration token for bob', 'bob', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000a4cc409e4615f043', '2025-02-10 00:00:00', 1001, 3, 'Beginning passkey registration for bob', 'bob', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000bd48ccca762888af', '2025-02-10 00:00:00', 1002, 3, 'Completed passkey registration for user bob', 'bob', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000827b33083753b547', '2025-02-10 00:00:00', 1100, 3, 'Added set aliases for user (bob).', 'bob', 'bob', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000a4b6dc68016058d9', '2025-02-10 00:00:00', 1000, 3, 'Created registration token for carol', 'carol', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070008062bac012fa51d9', '2025-02-10 00:00:00', 1001, 3, 'Beginning passkey registration for carol', 'carol', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070009ab698c3825f622a', '2025-02-10 00:00:00', 1002, 3, 'Completed passkey registration for user carol', 'carol', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070008c46c06eb480949a', '2025-02-10 00:00:00', 9101, 3, 'Suspended credential of user carol', 'System', 'carol', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070009e83e92498ef5a07', '2025-02-10 00:00:00', 1400, 3, 'payment auth config created.', 'me', 'demoapp', '', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000a6f5977890faecba', '2025-02-10 00:00:00', 1103, 3, 'User bob completed sign in.', 'bob', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc0070009de0020fd09dd94f', '2025-02-10 00:00:00', 1104, 3, 'User bob verified sign in token.', 'bob', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc00700087d94cded5ac5f15', '2025-02-10 00:00:00', 1103, 3, 'User alice completed sign in.', 'alice', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000874943dbb30e507b', '2025-02-10 00:00:00', 1000, 3, 'Created registration token for dave', 'dave', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc00700080ebfb1d2b6ef3a0', '2025-02-10 00:00:00', 1000, 3, 'Created registration token for erin', 'erin', 'demoapp', '3a6f', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc007000adad2f70256c7828', '2025-02-10 00:00:00', 1001, 3, 'Beginning passkey registration for erin', 'erin', 'demoapp', '7426', NULL, NULL, NULL);
INSERT INTO events VALUES ('demoapp', '\x0194ed27dc00700091f742c861f2aca2', '2025-02-10 00:00:00', 1107, 3, 'Created signin token for alice', 'alice', 'demoapp', '3a6f', NULL, NULL, NULL);

INSERT INTO features VALUES ('demoapp', true, 365, NULL, NULL, false, true, true, 100, '[]', false, true, false, false, 'refuse', '[]', '[]', NULL, true, '[]');

INSERT INTO migration_lock VALUES (1);

INSERT INTO settings VALUES ('master_key_check', '\x3461334c4e6f556f4f70794741456f382b505178324d453868754573456c6b78312f446254555a334259593d');

INSERT INTO spent_tokens VALUES ('demoapp', '\x4f364343d16f45628f0fff77056ac36f', '2025-02-10 01:00:00');
INSERT INTO spent_tokens VALUES ('demoapp', '\xc78c900c4f774e5c8d75dd5881cedf90', '2025-02-10 01:00:00');
INSERT INTO spent_tokens VALUES ('demoapp', '\x51fab147986d4aa69ddff61a4dc90ef5', '2025-02-10 01:00:00');
INSERT INTO spent_tokens VALUES ('demoapp', '\x812c0f53660c4457885f93a8430af273', '2025-02-11 00:00:00');
INSERT INTO spent_tokens VALUES ('demoapp', '\xe3020e5b1e7748dc8a94856ff2f2c79e', '2025-02-10 00:03:00');
INSERT INTO spent_tokens VALUES ('demoapp', '\x436f19aac2864b1285554831d9ee3baf', '2025-02-11 00:00:00');

INSERT INTO token_keys VALUES ('demoapp', 1, '2025-02-10 00:00:00', '\xc03983e8c8370764ebfb8573318f5b713107db27aea681fd604418ea6b6338369cb08b740cef22faf907f0aa39a6fa31f5a11db1033249e545ab1f15');

ALTER TABLE ONLY __diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY account_deletion_warnings
    ADD CONSTRAINT account_deletion_warnings_pkey PRIMARY KEY (app_id, address);

ALTER TABLE ONLY account_deletions
    ADD CONSTRAINT account_deletions_pkey PRIMARY KEY (app_id);

ALTER TABLE ONLY active_user_reports
    ADD CONSTRAINT active_user_reports_pkey PRIMARY KEY (app_id, day);

ALTER TABLE ONLY alias_keys
    ADD CONSTRAINT alias_keys_pkey PRIMARY KEY (app_id);

ALTER TABLE ONLY aliases
    ADD CONSTRAINT aliases_pkey PRIMARY KEY (app_id, digest);

ALTER TABLE ONLY api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (app_id, id);

ALTER TABLE ONLY applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY authentication_configs
    ADD CONSTRAINT authentication_configs_pkey PRIMARY KEY (app_id, purpose);

ALTER TABLE ONLY authenticators
    ADD CONSTRAINT authenticators_pkey PRIMARY KEY (app_id, aaguid);

ALTER TABLE ONLY credential_reports
    ADD CONSTRAINT credential_reports_pkey PRIMARY KEY (app_id, day);

ALTER TABLE ONLY credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (app_id, id);

ALTER TABLE ONLY dispatched_emails
    ADD CONSTRAINT dispatched_emails_pkey PRIMARY KEY (app_id, id);

ALTER TABLE ONLY events
    ADD CONSTRAINT events_pkey PRIMARY KEY (app_id, id);

ALTER TABLE ONLY features
    ADD CONSTRAINT features_pkey PRIMARY KEY (app_id);

ALTER TABLE ONLY leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY metadata_parts
    ADD CONSTRAINT metadata_parts_pkey PRIMARY KEY (signer, part);

ALTER TABLE ONLY metadata
    ADD CONSTRAINT metadata_pkey PRIMARY KEY (signer);

ALTER TABLE ONLY migration_lock
    ADD CONSTRAINT migration_lock_pkey PRIMARY KEY (id);

ALTER TABLE ONLY settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY spent_tokens
    ADD CONSTRAINT spent_tokens_pkey PRIMARY KEY (app_id, token_id);

ALTER TABLE ONLY token_keys
    ADD CONSTRAINT token_keys_pkey PRIMARY KEY (app_id, id);

ALTER TABLE ONLY well_known
    ADD CONSTRAINT well_known_pkey PRIMARY KEY (app_id);

CREATE UNIQUE INDEX account_deletion_warnings_by_abort_token ON account_deletion_warnings USING btree (abort_token_digest);

CREATE UNIQUE INDEX account_deletions_by_abort_token ON account_deletions USING btree (abort_token_digest);

CREATE INDEX aliases_by_user ON aliases USING btree (app_id, user_id);

CREATE INDEX applications_by_deletion ON applications USING btree (delete_at);

CREATE INDEX credentials_by_user ON credentials USING btree (app_id, user_id);

CREATE INDEX dispatched_emails_by_time ON dispatched_emails USING btree (app_id, created_at);

CREATE INDEX events_by_time ON events USING btree (app_id, performed_at, id);

CREATE INDEX spent_tokens_by_expiry ON spent_tokens USING btree (expires_at);

ALTER TABLE ONLY account_deletion_warnings
    ADD CONSTRAINT account_deletion_warnings_app_id_fkey FOREIGN KEY (app_id) REFERENCES account_deletions(app_id) ON DELETE CASCADE;

ALTER TABLE ONLY account_deletions
    ADD CONSTRAINT account_deletions_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY active_user_reports
    ADD CONSTRAINT active_user_reports_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY alias_keys
    ADD CONSTRAINT alias_keys_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY aliases
    ADD CONSTRAINT aliases_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY api_keys
    ADD CONSTRAINT api_keys_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY authentication_configs
    ADD CONSTRAINT authentication_configs_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY authenticators
    ADD CONSTRAINT authenticators_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY credential_reports
    ADD CONSTRAINT credential_reports_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY credentials
    ADD CONSTRAINT credentials_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY features
    ADD CONSTRAINT features_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY token_keys
    ADD CONSTRAINT token_keys_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;

ALTER TABLE ONLY well_known
    ADD CONSTRAINT well_known_app_id_fkey FOREIGN KEY (app_id) REFERENCES applications(id) ON DELETE CASCADE;
