//! The decisions the specification leaves to the relying party, as one value.
//!
//! What one step of a ceremony decides by is kept beside that step; what belongs to a whole ceremony is here.

pub use crate::attestation::policy::{CompoundPolicy, SafetyNetPolicy};
pub use crate::client_data::policy::{CrossOriginPolicy, NativeOriginForm, OriginRule};
pub use crate::extension::policy::UnsolicitedExtensions;
pub use crate::leniency::{Leniencies, Leniency};

use crate::attestation::policy::StatementPolicy;
use crate::client_data::policy::ClientDataPolicy;
use crate::extension::policy::ExtensionPolicy;
use crate::trust::TrustPolicy;

/// What a sign count that did not grow means (§6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SignCountPolicy {
    /// Refuse it from device-bound credentials, report it from backup-eligible ones.
    #[default]
    RejectDeviceBound,
    /// Refuse it always.
    Reject,
    /// Report a count that fell to zero, as of a passkey that is synced now and counts no more; refuse any other.
    RejectUnlessZero,
    /// Report it, refuse nothing.
    Report,
}

/// Whether an assertion must carry a user handle when the user was not known before (§7.2 step 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserHandleRule {
    /// It must be there, and be the owner's.
    #[default]
    Required,
    /// It may be absent; if there, it must be the owner's.
    IfPresent,
}

/// Which spelling of a user handle counts as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserHandleForm {
    /// The same bytes.
    #[default]
    Bytes,
    /// The bytes, or the ASCII base64url text of them, which one mobile SDK stored by mistake.
    BytesOrBase64UrlText,
}

/// Which backup-eligible credentials may be registered (§7.1 steps 18–19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackupPolicy {
    /// Any credential.
    #[default]
    Any,
    /// Device-bound credentials only.
    DeviceBoundOnly,
    /// Syncable credentials only.
    EligibleOnly,
}

/// What to do about a credential that was registered as device-bound and now says it may be backed up (§7.2 step 19).
///
/// Password managers have begun to say so with an update. The reverse is always refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackupEligibilityRule {
    /// The assertion is refused: eligibility never changes, says the specification.
    #[default]
    Fixed,
    /// It is accepted and reported, and the caller stores it, so that it is learnt once.
    LearnOnce,
}

/// What to do about an attestation statement that was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnaskedStatement {
    /// It is not looked at, whatever its format: the registration is unattested.
    #[default]
    Ignore,
    /// It is verified, and refuses the registration where it does not hold.
    Judge,
}

/// What to do about a certificate that tells the device's serial number (§8.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EnterprisePolicy {
    /// It is reported in [`DeviceFacts`](crate::attestation::DeviceFacts).
    #[default]
    Report,
    /// Refuse it unless enterprise attestation was asked for.
    RefuseUnrequested,
}

/// Whether a fully specified algorithm identifier answers an offer of its older equal, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlgorithmMatch {
    /// Compared by identifier.
    #[default]
    Identifier,
    /// Compared by what is computed.
    Equivalent,
}

/// The relying party's decisions. [`Policy::default`] is the strict library default,
/// [`Policy::compatible`] that of a drop-in server.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub(crate) sign_count: SignCountPolicy,
    pub(crate) user_handle: UserHandleRule,
    pub(crate) user_handle_form: UserHandleForm,
    pub(crate) backup: BackupPolicy,
    pub(crate) backup_eligibility: BackupEligibilityRule,
    pub(crate) unasked_statement: UnaskedStatement,
    pub(crate) algorithm_match: AlgorithmMatch,
    pub(crate) leniencies: Leniencies,
    pub(crate) enterprise: EnterprisePolicy,
    pub(crate) client_data: ClientDataPolicy,
    pub(crate) extensions: ExtensionPolicy,
    pub(crate) statement: StatementPolicy,
    pub(crate) trust: TrustPolicy,
}

impl Policy {
    /// What a server needs that takes over credentials and clients of the Passwordless.dev API.
    pub fn compatible() -> Self {
        Self::default()
            .with_user_handle(UserHandleRule::IfPresent)
            .with_user_handle_form(UserHandleForm::BytesOrBase64UrlText)
            .with_sign_count(SignCountPolicy::Reject)
            .with_native_origins(NativeOriginForm::AnyCase)
            .with_leniency(Leniency::CborOuterKeyOrder)
            .with_leniency(Leniency::RsaModulusLeadingZero)
            .with_leniency(Leniency::RsaExponentLeadingZero)
            .with_leniency(Leniency::CoseOptionalParameters)
            .with_leniency(Leniency::OriginTrailingSlash)
            .with_leniency(Leniency::X509MissingBasicConstraints)
    }

    /// Sets what a sign count that did not grow means.
    #[must_use]
    pub fn with_sign_count(mut self, sign_count: SignCountPolicy) -> Self {
        self.sign_count = sign_count;
        self
    }

    /// Sets whether an assertion must carry a user handle.
    #[must_use]
    pub fn with_user_handle(mut self, rule: UserHandleRule) -> Self {
        self.user_handle = rule;
        self
    }

    /// Sets which spelling of a user handle counts as equal.
    #[must_use]
    pub fn with_user_handle_form(mut self, form: UserHandleForm) -> Self {
        self.user_handle_form = form;
        self
    }

    /// Sets what cross-origin use is accepted.
    #[must_use]
    pub fn with_cross_origin(mut self, cross_origin: CrossOriginPolicy) -> Self {
        self.client_data.cross_origin = cross_origin;
        self
    }

    /// Sets which origins count as the relying party's own.
    #[must_use]
    pub fn with_origins(mut self, origins: OriginRule) -> Self {
        self.client_data.origins = origins;
        self
    }

    /// Sets which spelling of a native app's origin counts as equal.
    #[must_use]
    pub fn with_native_origins(mut self, form: NativeOriginForm) -> Self {
        self.client_data.native_origins = form;
        self
    }

    /// Sets which credentials may be registered by their backup eligibility.
    #[must_use]
    pub fn with_backup(mut self, backup: BackupPolicy) -> Self {
        self.backup = backup;
        self
    }

    /// Sets what to do about backup eligibility that appears after registration.
    #[must_use]
    pub fn with_backup_eligibility(mut self, rule: BackupEligibilityRule) -> Self {
        self.backup_eligibility = rule;
        self
    }

    /// Sets what to do about an attestation statement that was not asked for.
    #[must_use]
    pub fn with_unasked_statement(mut self, unasked: UnaskedStatement) -> Self {
        self.unasked_statement = unasked;
        self
    }

    /// Sets what to do with extension outputs nobody asked for.
    #[must_use]
    pub fn with_unsolicited_extensions(mut self, unsolicited: UnsolicitedExtensions) -> Self {
        self.extensions.unsolicited = unsolicited;
        self
    }

    /// Sets how the key's algorithm is compared with the offer.
    #[must_use]
    pub fn with_algorithm_match(mut self, algorithm_match: AlgorithmMatch) -> Self {
        self.algorithm_match = algorithm_match;
        self
    }

    /// Opens one leniency.
    #[must_use]
    pub fn with_leniency(mut self, leniency: Leniency) -> Self {
        self.leniencies = self.leniencies.with(leniency);
        self
    }

    /// Accepts a TPM manufacturer that is not in the TCG registry, as eight hexadecimal digits.
    #[must_use]
    pub fn with_tpm_vendor(mut self, vendor: impl Into<String>) -> Self {
        self.statement.tpm_vendors.push(vendor.into());
        self
    }

    /// Refuses authenticators that report a minimum PIN length below this (only those that report one).
    #[must_use]
    pub fn with_minimum_pin_length(mut self, length: u64) -> Self {
        self.extensions.minimum_pin_length = Some(length);
        self
    }

    /// Sets whether SafetyNet statements are verified.
    #[must_use]
    pub fn with_safetynet(mut self, safetynet: SafetyNetPolicy) -> Self {
        self.statement.safetynet = safetynet;
        self
    }

    /// Sets what to do about certificates that identify the device.
    #[must_use]
    pub fn with_enterprise(mut self, enterprise: EnterprisePolicy) -> Self {
        self.enterprise = enterprise;
        self
    }

    /// Sets how many statements of a compound one have to verify.
    #[must_use]
    pub fn with_compound(mut self, compound: CompoundPolicy) -> Self {
        self.statement.compound = compound;
        self
    }

    /// Sets which attestations are trusted.
    #[must_use]
    pub fn with_trust(mut self, trust: TrustPolicy) -> Self {
        self.trust = trust;
        self
    }

    /// Which attestations are trusted.
    pub fn trust(&self) -> &TrustPolicy {
        &self.trust
    }

    /// Whether a leniency is open.
    pub fn allows(&self, leniency: Leniency) -> bool {
        self.leniencies.allows(leniency)
    }

    /// The leniencies that are open.
    pub const fn leniencies(&self) -> Leniencies {
        self.leniencies
    }

    /// TPM manufacturers accepted beyond the registry.
    pub fn tpm_vendors(&self) -> &[String] {
        &self.statement.tpm_vendors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leniencies_have_names_and_are_off() {
        for leniency in Leniency::ALL {
            assert_eq!(Leniency::from_name(leniency.as_str()), Some(leniency));
            assert!(!Policy::default().allows(leniency));
            assert!(Policy::default().with_leniency(leniency).allows(leniency));
        }
        assert_eq!(Leniency::from_name("RS1"), None);
    }
}
