//! The keys that everybody knows: open in development mode, locked everywhere else.

use passgate::{
    Passgate, Stopped,
    development::{self, DevelopmentKeys},
};

use super::error::OpenError;
use crate::env::Machine;

/// Opens the keys that everybody knows in development mode, and locks them everywhere else.
pub(super) fn attend_to_keys(passgate: &Passgate, development: bool) -> Result<(), OpenError> {
    let machine = Machine::default();
    let failed = |failure| OpenError::Start(Stopped::Failed(failure));
    if !development {
        if passgate.lock_development_keys(machine.env()).map_err(failed)? {
            tracing::warn!(
                application = development::APP,
                "locked the keys that development mode had left open; delete that application if nobody needs it"
            );
        }
        return Ok(());
    }
    tracing::warn!(
        application = development::APP,
        "DEVELOPMENT MODE: everybody knows the keys of this server; whoever reaches it can use and manage it"
    );
    match passgate.open_development_keys(machine.env()).map_err(failed)? {
        DevelopmentKeys::Open => {}
        DevelopmentKeys::NameTaken => tracing::warn!(
            application = development::APP,
            "there is an application of this name with keys of its own; it was left alone"
        ),
    }
    Ok(())
}
