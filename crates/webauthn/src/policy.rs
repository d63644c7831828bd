//! The decisions the specification leaves to the relying party, as one value.

use std::num::NonZeroUsize;

use crate::certificate::ExtensionForm;
use crate::relying_party::Origin;
use crate::trust::TrustPolicy;

/// Something real authenticators or old clients do that the strict reading refuses; each is off unless named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Leniency {
    /// TPM statements signed with PKCS#1 v1.5 and SHA-1.
    Rs1,
    /// The outer attestation object's keys in any order (some browsers).
    CborOuterKeyOrder,
    /// Indefinite-length arrays and maps.
    CborIndefiniteLength,
    /// Android keys attested by software.
    AndroidSoftwareAttestation,
    /// Android `purpose` outside the hardware-enforced list, or absent.
    AndroidPurposeNotTeeEnforced,
    /// Android `origin` outside the hardware-enforced list, or absent.
    AndroidOriginNotTeeEnforced,
    /// TPM coordinates that lost a leading zero byte.
    TpmCoordinateLeadingZero,
    /// A fido-u2f registration whose AAGUID is not zero.
    U2fNonzeroAaguid,
    /// A credential key whose RSA modulus has a leading zero byte.
    RsaModulusLeadingZero,
    /// Certificates with an extension that is not well formed.
    X509MalformedExtension,
    /// SafetyNet responses older than a minute.
    SafetynetStaleTimestamp,
    /// Ed448 keys, where the build has them.
    Ed448,
}

impl Leniency {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Rs1,
        Self::CborOuterKeyOrder,
        Self::CborIndefiniteLength,
        Self::AndroidSoftwareAttestation,
        Self::AndroidPurposeNotTeeEnforced,
        Self::AndroidOriginNotTeeEnforced,
        Self::TpmCoordinateLeadingZero,
        Self::U2fNonzeroAaguid,
        Self::RsaModulusLeadingZero,
        Self::X509MalformedExtension,
        Self::SafetynetStaleTimestamp,
        Self::Ed448,
    ];

    /// The name used in configuration and by `passgate webauthn verify`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs1 => "rs1",
            Self::CborOuterKeyOrder => "cbor_outer_key_order",
            Self::CborIndefiniteLength => "cbor_indefinite_length",
            Self::AndroidSoftwareAttestation => "android_software_attestation",
            Self::AndroidPurposeNotTeeEnforced => "android_purpose_not_tee_enforced",
            Self::AndroidOriginNotTeeEnforced => "android_origin_not_tee_enforced",
            Self::TpmCoordinateLeadingZero => "tpm_coordinate_leading_zero",
            Self::U2fNonzeroAaguid => "u2f_nonzero_aaguid",
            Self::RsaModulusLeadingZero => "rsa_modulus_leading_zero",
            Self::X509MalformedExtension => "x509_malformed_extension",
            Self::SafetynetStaleTimestamp => "safetynet_stale_timestamp",
            Self::Ed448 => "ed448",
        }
    }

    /// The leniency of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|leniency| leniency.as_str() == name)
    }
}

/// A set of [`Leniency`] values; empty by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leniencies(u16);

impl Leniencies {
    /// The same set with one more.
    #[must_use]
    pub const fn with(self, leniency: Leniency) -> Self {
        Self(self.0 | 1 << leniency as u16)
    }

    /// Whether the set holds it.
    pub const fn allows(self, leniency: Leniency) -> bool {
        self.0 & (1 << leniency as u16) != 0
    }
}

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
    /// The bytes.
    #[default]
    Bytes,
    /// The bytes, or the ASCII base64url text of them, which one mobile SDK stored by mistake.
    BytesOrBase64UrlText,
}

/// Use inside a frame of another origin (§7.1 steps 10–11).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CrossOriginPolicy {
    /// Refused.
    #[default]
    Refuse,
    /// Accepted; a top origin, where the client names one, must be listed.
    TopOrigins(Vec<Origin>),
    /// Accepted whatever the top origin.
    AnyTopOrigin,
}

/// Which origins count as the relying party's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OriginRule {
    /// Exactly the ones given to the ceremony.
    #[default]
    Listed,
    /// Those, and every `https` origin at or under the RP ID.
    ListedOrUnderRpId,
}

/// Which spelling of a native app's origin counts as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NativeOriginForm {
    /// The same text.
    #[default]
    Exact,
    /// The same text, but for the case of its letters.
    AnyCase,
}

/// Which backup-eligible credentials may be registered (§7.1 steps 18–19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackupPolicy {
    /// Any.
    #[default]
    Any,
    /// Device-bound credentials only.
    DeviceBoundOnly,
    /// Syncable credentials only.
    EligibleOnly,
}

/// What to do with an attestation format nobody here knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownFormatPolicy {
    /// Refuse the registration.
    #[default]
    Refuse,
    /// Register it as unattested where attestation was not asked for.
    Unattested,
}

/// Extension outputs nobody asked for (§7.1 step 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnsolicitedExtensions {
    /// Ignored, as the specification advises.
    #[default]
    Ignore,
    /// Refused.
    Refuse,
}

/// Whether SafetyNet statements are verified: the service behind them was switched off in 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SafetyNetPolicy {
    /// Refused as an unsupported format.
    #[default]
    Refuse,
    /// Verified.
    Verify,
}

/// What to do about a certificate that tells the device's serial number (§8.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EnterprisePolicy {
    /// Report it.
    #[default]
    Report,
    /// Refuse it unless enterprise attestation was asked for.
    RefuseUnrequested,
}

/// How many statements of a compound one have to verify (§8.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompoundPolicy {
    /// All.
    #[default]
    All,
    /// At least this many.
    AtLeast(NonZeroUsize),
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
    pub(crate) cross_origin: CrossOriginPolicy,
    pub(crate) origins: OriginRule,
    pub(crate) native_origins: NativeOriginForm,
    pub(crate) backup: BackupPolicy,
    pub(crate) unknown_format: UnknownFormatPolicy,
    pub(crate) unsolicited_extensions: UnsolicitedExtensions,
    pub(crate) algorithm_match: AlgorithmMatch,
    pub(crate) leniencies: Leniencies,
    pub(crate) tpm_vendors: Vec<String>,
    pub(crate) minimum_pin_length: Option<u64>,
    pub(crate) safetynet: SafetyNetPolicy,
    pub(crate) compound: CompoundPolicy,
    pub(crate) enterprise: EnterprisePolicy,
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
        self.cross_origin = cross_origin;
        self
    }

    /// Sets which origins count as the relying party's own.
    #[must_use]
    pub fn with_origins(mut self, origins: OriginRule) -> Self {
        self.origins = origins;
        self
    }

    /// Sets which spelling of a native app's origin counts as equal.
    #[must_use]
    pub fn with_native_origins(mut self, form: NativeOriginForm) -> Self {
        self.native_origins = form;
        self
    }

    /// Sets which credentials may be registered by their backup eligibility.
    #[must_use]
    pub fn with_backup(mut self, backup: BackupPolicy) -> Self {
        self.backup = backup;
        self
    }

    /// Sets what to do with an unknown attestation format.
    #[must_use]
    pub fn with_unknown_format(mut self, unknown_format: UnknownFormatPolicy) -> Self {
        self.unknown_format = unknown_format;
        self
    }

    /// Sets what to do with extension outputs nobody asked for.
    #[must_use]
    pub fn with_unsolicited_extensions(mut self, unsolicited: UnsolicitedExtensions) -> Self {
        self.unsolicited_extensions = unsolicited;
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
        self.tpm_vendors.push(vendor.into());
        self
    }

    /// Refuses authenticators that report a minimum PIN length below this (only those that report one).
    #[must_use]
    pub fn with_minimum_pin_length(mut self, length: u64) -> Self {
        self.minimum_pin_length = Some(length);
        self
    }

    /// Sets whether SafetyNet statements are verified.
    #[must_use]
    pub fn with_safetynet(mut self, safetynet: SafetyNetPolicy) -> Self {
        self.safetynet = safetynet;
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
        self.compound = compound;
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

    /// How malformed certificate extensions are taken.
    pub(crate) fn extension_form(&self) -> ExtensionForm {
        if self.allows(Leniency::X509MalformedExtension) {
            ExtensionForm::Tolerant
        } else {
            ExtensionForm::Strict
        }
    }

    /// TPM manufacturers accepted beyond the registry.
    pub fn tpm_vendors(&self) -> &[String] {
        &self.tpm_vendors
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
