//! The behaviour of every module of the store, once on SQLite and once on PostgreSQL.
//!
//! The PostgreSQL half needs a server: `TEST_POSTGRES_URL`. Each test has a database of its own.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

mod fixture;

#[path = "."]
mod sqlite {
    use crate::fixture::on_sqlite as with_store;

    mod account_deletions;
    mod aliases;
    mod api_keys;
    mod applications;
    mod authentication_configs;
    mod authenticators;
    mod credentials;
    mod dispatched_emails;
    mod events;
    mod installation;
    mod metadata;
    mod reports;
    mod rows;
    mod spent_tokens;
    mod token_keys;
    mod transactions;
    mod users;
    mod well_known;
}

#[path = "."]
#[expect(clippy::duplicate_mod, reason = "the same tests on the other database")]
mod postgres {
    use crate::fixture::on_postgres as with_store;

    mod account_deletions;
    mod aliases;
    mod api_keys;
    mod applications;
    mod authentication_configs;
    mod authenticators;
    mod credentials;
    mod dispatched_emails;
    mod events;
    mod installation;
    mod metadata;
    mod reports;
    mod rows;
    mod spent_tokens;
    mod token_keys;
    mod transactions;
    mod users;
    mod well_known;
}

mod backup;
mod backup_file;
mod outage;
