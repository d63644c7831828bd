//! Providers: the names of authenticator models, those of the program and newer ones from the operator.

use passgate_core::provider::ProviderNames;
use passgate_webauthn::Aaguid;

use crate::{Failure, Passgate};

impl Passgate {
    /// What people call an authenticator model; none if it is not known. For display: it proves nothing.
    ///
    /// Models that only FIDO metadata knows have the name that is there.
    pub fn provider_name(&self, aaguid: Aaguid) -> Option<String> {
        self.providers().find(aaguid).or_else(|| {
            let metadata = self.trust().metadata()?;
            let entry = metadata.find_by_aaguid(aaguid)?;
            Some(entry.description().to_owned())
        })
    }

    /// Keeps newer names, in place of those kept before, and uses them together with those of the program. Other nodes
    /// use them from their next start on.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn refresh_providers(&self, newer: ProviderNames) -> Result<(), Failure> {
        self.providers().refresh(newer)
    }
}
