//! What the purpose of a sign-in demands.

use passgate_core::authentication_config::{AuthenticationConfig, Purpose};

use crate::Caller;

/// What a purpose demands, as far as this node knows.
pub(super) fn resolve(caller: &Caller, purpose: &Purpose) -> AuthenticationConfig {
    let stored = caller
        .snapshot()
        .authentication_configs
        .iter()
        .find(|config| config.purpose == *purpose);
    AuthenticationConfig::resolve(stored.cloned(), purpose)
}
