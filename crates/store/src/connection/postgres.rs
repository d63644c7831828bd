//! Opening a connection to PostgreSQL.

use passgate_postgres::{Address, Behaviour, PostgresConnection};

use super::role::Role;
use crate::{error::StoreError, options::StoreSettings};

pub(super) fn open(
    address: &Address,
    role: Role,
    settings: &StoreSettings,
) -> Result<PostgresConnection, StoreError> {
    PostgresConnection::open(address, &behaviour(role, settings))
        .map_err(|error| StoreError::unavailable("connect to PostgreSQL", error))
}

fn behaviour(role: Role, settings: &StoreSettings) -> Behaviour {
    // A migration asks again after each second, so that it can say that it waits, and be stopped.
    let (lock_timeout, answer_timeout) = match role {
        Role::Reader | Role::Writer => (settings.busy_timeout.as_millis(), settings.answer_timeout),
        Role::Migrator => (1_000, None),
    };
    Behaviour {
        pooling: settings.pooling,
        answer_timeout,
        lifts_time_limits: role == Role::Migrator,
        settings: vec![("lock_timeout".to_owned(), lock_timeout.to_string())],
    }
}
