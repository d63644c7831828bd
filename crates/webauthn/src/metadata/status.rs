//! Status reports: what has become known about a model since its statement was written.

use chrono::NaiveDate;

use crate::words::words;

words! {
    /// A certification level, from the least to the most demanding.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum CertificationLevel {
        /// FIDO_CERTIFIED or FIDO_CERTIFIED_L1.
        L1 = "L1",
        /// FIDO_CERTIFIED_L1plus.
        L1Plus = "L1plus",
        /// FIDO_CERTIFIED_L2.
        L2 = "L2",
        /// FIDO_CERTIFIED_L2plus.
        L2Plus = "L2plus",
        /// FIDO_CERTIFIED_L3.
        L3 = "L3",
        /// FIDO_CERTIFIED_L3plus.
        L3Plus = "L3plus",
    }
}

/// The status of a model (FIDO Metadata Service 3.1, AuthenticatorStatus).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticatorStatus {
    /// FIDO has not certified the model.
    NotFidoCertified,
    /// The maker asserts conformance.
    SelfAssertionSubmitted,
    /// Certified at a level.
    FidoCertified(CertificationLevel),
    /// The cryptographic module is FIPS 140 certified; the text names the level.
    FipsCertified(String),
    /// User verification can be bypassed.
    UserVerificationBypass,
    /// An attestation key is known to others.
    AttestationKeyCompromise,
    /// User keys can be read out from afar.
    UserKeyRemoteCompromise,
    /// User keys can be read out with the device at hand.
    UserKeyPhysicalCompromise,
    /// There is newer firmware.
    UpdateAvailable,
    /// The certification was revoked.
    Revoked,
    /// The model is no longer supported.
    Retired,
    /// A status that this version does not know; information only.
    Other(String),
}

impl AuthenticatorStatus {
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "NOT_FIDO_CERTIFIED" => Self::NotFidoCertified,
            "SELF_ASSERTION_SUBMITTED" => Self::SelfAssertionSubmitted,
            "FIDO_CERTIFIED" | "FIDO_CERTIFIED_L1" => Self::FidoCertified(CertificationLevel::L1),
            "FIDO_CERTIFIED_L1plus" => Self::FidoCertified(CertificationLevel::L1Plus),
            "FIDO_CERTIFIED_L2" => Self::FidoCertified(CertificationLevel::L2),
            "FIDO_CERTIFIED_L2plus" => Self::FidoCertified(CertificationLevel::L2Plus),
            "FIDO_CERTIFIED_L3" => Self::FidoCertified(CertificationLevel::L3),
            "FIDO_CERTIFIED_L3plus" => Self::FidoCertified(CertificationLevel::L3Plus),
            "USER_VERIFICATION_BYPASS" => Self::UserVerificationBypass,
            "ATTESTATION_KEY_COMPROMISE" => Self::AttestationKeyCompromise,
            "USER_KEY_REMOTE_COMPROMISE" => Self::UserKeyRemoteCompromise,
            "USER_KEY_PHYSICAL_COMPROMISE" => Self::UserKeyPhysicalCompromise,
            "UPDATE_AVAILABLE" => Self::UpdateAvailable,
            "REVOKED" => Self::Revoked,
            "RETIRED" => Self::Retired,
            fips if fips.starts_with("FIPS140_CERTIFIED_") => Self::FipsCertified(fips.to_owned()),
            other => Self::Other(other.to_owned()),
        }
    }
}

impl std::fmt::Display for AuthenticatorStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotFidoCertified => "NOT_FIDO_CERTIFIED",
            Self::SelfAssertionSubmitted => "SELF_ASSERTION_SUBMITTED",
            Self::FidoCertified(CertificationLevel::L1) => "FIDO_CERTIFIED_L1",
            Self::FidoCertified(CertificationLevel::L1Plus) => "FIDO_CERTIFIED_L1plus",
            Self::FidoCertified(CertificationLevel::L2) => "FIDO_CERTIFIED_L2",
            Self::FidoCertified(CertificationLevel::L2Plus) => "FIDO_CERTIFIED_L2plus",
            Self::FidoCertified(CertificationLevel::L3) => "FIDO_CERTIFIED_L3",
            Self::FidoCertified(CertificationLevel::L3Plus) => "FIDO_CERTIFIED_L3plus",
            Self::UserVerificationBypass => "USER_VERIFICATION_BYPASS",
            Self::AttestationKeyCompromise => "ATTESTATION_KEY_COMPROMISE",
            Self::UserKeyRemoteCompromise => "USER_KEY_REMOTE_COMPROMISE",
            Self::UserKeyPhysicalCompromise => "USER_KEY_PHYSICAL_COMPROMISE",
            Self::UpdateAvailable => "UPDATE_AVAILABLE",
            Self::Revoked => "REVOKED",
            Self::Retired => "RETIRED",
            Self::FipsCertified(name) | Self::Other(name) => name,
        })
    }
}

/// One report about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The reported status, as far as this version knows it.
    pub status: AuthenticatorStatus,
    /// The status as it is written in the BLOB; several names may mean the same.
    pub name: String,
    /// From when on; `None` means at once.
    pub effective_date: Option<NaiveDate>,
    /// Until when, this day not included.
    pub sunset_date: Option<NaiveDate>,
    /// The firmware version the report is about.
    pub authenticator_version: Option<u64>,
    /// Where more is said.
    pub url: Option<String>,
    /// The attestation certificates concerned by a key compromise, in DER; empty means the whole model.
    pub certificates: Vec<Vec<u8>>,
    /// The number of the certificate that FIDO or NIST issued.
    pub certificate_number: Option<String>,
    /// The revision of FIPS 140 that the cryptographic module is certified by: 2 or 3.
    pub fips_revision: Option<u64>,
    /// The level of physical security by FIPS 140: 1 to 4.
    pub fips_physical_security_level: Option<u64>,
}

impl StatusReport {
    /// Whether the report is in effect on a day.
    pub fn is_in_effect(&self, today: NaiveDate) -> bool {
        self.effective_date.is_none_or(|date| date <= today)
            && self.sunset_date.is_none_or(|date| today < date)
    }
}
