//! Providers: the names of authenticator models, those of the program and newer ones from the operator.

use std::sync::{Arc, PoisonError};

use passgate_core::provider::ProviderNames;
use passgate_store::{Store, settings};
use passgate_webauthn::Aaguid;

use crate::{Failure, Passgate};

/// The setting under which the store keeps newer names.
const SETTING: &str = "provider_names";

impl Passgate {
    /// What people call an authenticator model; none if it is not known. For display: it proves nothing.
    ///
    /// Models that only FIDO metadata knows have the name that is there.
    pub fn provider_name(&self, aaguid: Aaguid) -> Option<String> {
        let providers = Arc::clone(
            &self
                .inner
                .providers
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        );
        if let Some(name) = providers.find(aaguid) {
            return Some(name.to_owned());
        }
        let metadata = self.metadata()?;
        metadata
            .find_by_aaguid(aaguid)
            .map(|entry| entry.description().to_owned())
    }

    /// Keeps newer names, in place of those kept before, and uses them together with those of the program. Other nodes
    /// use them from their next start on.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn refresh_providers(&self, newer: ProviderNames) -> Result<(), Failure> {
        self.store().write(|tx| -> Result<_, Failure> {
            Ok(settings::set(tx, SETTING, newer.to_json().as_bytes())?)
        })?;
        let names = Arc::new(ProviderNames::bundled().refreshed(newer));
        *self
            .inner
            .providers
            .write()
            .unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }
}

/// The names of the program and the newer ones that the store keeps. What cannot be read is left out: names are for
/// display, and no reason not to start.
pub(crate) fn load(store: &Store) -> Result<ProviderNames, Failure> {
    let stored = store.read(|tx| -> Result<_, Failure> { Ok(settings::get(tx, SETTING)?) })?;
    let newer = stored
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|document| ProviderNames::parse(&document).ok());
    Ok(ProviderNames::bundled().refreshed(newer.unwrap_or_default()))
}
