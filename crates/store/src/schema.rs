//! The tables, as both databases have them. Kept equal to `migrations/` by a test that selects from each.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    metadata (signer) {
        signer -> Text,
        number -> Nullable<BigInt>,
        next_update -> Nullable<Date>,
        accepted_at -> Nullable<Timestamp>,
        tried_at -> Nullable<Timestamp>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    metadata_parts (signer, part) {
        signer -> Text,
        part -> BigInt,
        content -> Binary,
    }
}

diesel::table! {
    applications (id) {
        id -> Text,
        created_at -> Timestamp,
        admin_emails -> Text,
        state -> Text,
        frozen_at -> Nullable<Timestamp>,
        delete_at -> Nullable<Timestamp>,
        deletion_requested_by -> Nullable<Text>,
        frozen_by -> Nullable<Text>,
        deleted -> Bool,
    }
}

diesel::table! {
    features (app_id) {
        app_id -> Text,
        event_logging -> Bool,
        event_retention_days -> BigInt,
        developer_logging_ends_at -> Nullable<Timestamp>,
        max_users -> Nullable<BigInt>,
        allow_attestation -> Bool,
        generate_sign_in_token -> Bool,
        magic_links -> Bool,
        magic_link_monthly_quota -> BigInt,
        magic_link_origins -> Text,
        magic_link_landing_page -> Bool,
        single_use_sign_in_tokens -> Bool,
        single_use_magic_links -> Bool,
        decoy_credentials -> Bool,
        sign_count_regression -> Text,
        allowed_origins -> Text,
        allowed_rp_ids -> Text,
        algorithms -> Nullable<Text>,
        record_failed_ceremonies -> Bool,
        allowed_top_origins -> Text,
        bind_named_sign_ins -> Bool,
        backup_eligibility_change -> Text,
    }
}

diesel::table! {
    api_keys (app_id, id) {
        app_id -> Text,
        id -> Text,
        kind -> Text,
        material -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        lock_kind -> Nullable<Text>,
        last_locked_at -> Nullable<Timestamp>,
        last_unlocked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    token_keys (app_id, id) {
        app_id -> Text,
        id -> BigInt,
        created_at -> Timestamp,
        wrapped -> Binary,
    }
}

diesel::table! {
    alias_keys (app_id) {
        app_id -> Text,
        wrapped -> Binary,
    }
}

diesel::table! {
    well_known (app_id) {
        app_id -> Text,
        passkey_endpoints -> Nullable<Text>,
        apple_apps -> Text,
        android_apps -> Text,
    }
}

diesel::table! {
    credentials (app_id, id) {
        app_id -> Text,
        id -> Binary,
        user_id -> Text,
        user_handle -> Binary,
        public_key -> Binary,
        sign_count -> BigInt,
        transports -> Text,
        attestation_format -> Text,
        aaguid -> Binary,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        rp_id -> Text,
        origin -> Text,
        country -> Text,
        device -> Text,
        nickname -> Nullable<Text>,
        backup_state -> Nullable<Bool>,
        backup_eligible -> Nullable<Bool>,
        discoverable -> Nullable<Bool>,
        uv_initialized -> Bool,
        suspended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    aliases (app_id, digest) {
        app_id -> Text,
        digest -> Binary,
        user_id -> Text,
        plaintext -> Nullable<Text>,
        sign_in_name -> Bool,
    }
}

diesel::table! {
    authentication_configs (app_id, purpose) {
        app_id -> Text,
        purpose -> Text,
        user_verification -> Text,
        time_to_live_micros -> BigInt,
        hints -> Text,
        created_by -> Text,
        created_at -> Nullable<Timestamp>,
        edited_by -> Nullable<Text>,
        edited_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    authenticators (app_id, aaguid) {
        app_id -> Text,
        aaguid -> Binary,
        is_allowed -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    events (app_id, id) {
        app_id -> Text,
        id -> Binary,
        performed_at -> Timestamp,
        kind -> Integer,
        severity -> Integer,
        message -> Text,
        performed_by -> Text,
        subject -> Text,
        api_key_id -> Text,
        reason -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    spent_tokens (app_id, token_id) {
        app_id -> Text,
        token_id -> Binary,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    dispatched_emails (app_id, id) {
        app_id -> Text,
        id -> Binary,
        created_at -> Timestamp,
        user_id -> Text,
        email_address -> Text,
        link_template -> Text,
        pending -> Bool,
    }
}

diesel::table! {
    credential_reports (app_id, day) {
        app_id -> Text,
        day -> Date,
        users -> BigInt,
        credentials -> BigInt,
    }
}

diesel::table! {
    active_user_reports (app_id, day) {
        app_id -> Text,
        day -> Date,
        daily_users -> BigInt,
        weekly_users -> BigInt,
        total_users -> BigInt,
    }
}

diesel::table! {
    account_deletions (app_id) {
        app_id -> Text,
        abort_token_digest -> Binary,
        requested_at -> Timestamp,
        freeze_at -> Timestamp,
        delete_at -> Timestamp,
    }
}

diesel::table! {
    account_deletion_warnings (app_id, address) {
        app_id -> Text,
        address -> Text,
        abort_token_digest -> Nullable<Binary>,
        attempts -> BigInt,
        reached -> Bool,
    }
}

diesel::joinable!(features -> applications (app_id));
diesel::allow_tables_to_appear_in_same_query!(applications, features);
diesel::allow_tables_to_appear_in_same_query!(account_deletions, account_deletion_warnings);
