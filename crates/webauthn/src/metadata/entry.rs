//! One model of authenticator: its statement and its status reports.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    members::{EntryFlaw, Members},
    status::{AuthenticatorStatus, CertificationLevel, StatusReport},
};
use crate::{
    base64url,
    certificate::{Certificate, ExtensionForm, TrustAnchor},
    credential::Aaguid,
};

/// An entry that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedEntry {
    /// Position in the BLOB, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub error: EntryError,
}

/// Why an entry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not a JSON object.
    #[error("not a metadata entry: {0}")]
    Shape(String),
    /// The member that identifies the model is malformed, and nothing else does.
    #[error("member {0} is malformed, and nothing else identifies the model")]
    Value(&'static str),
    /// AAGUIDs of entry and statement differ, or an update is announced for a version the statement has not
    /// reached.
    #[error("entry and statement contradict each other")]
    Inconsistent,
    /// Nothing identifies the model.
    #[error("the entry has neither AAGUID nor key identifier nor AAID")]
    Unidentified,
    /// An earlier entry has the same AAGUID or key identifier.
    #[error("an earlier entry describes the same model")]
    Duplicate,
}

/// How a model attests (FIDO Registry of Predefined Values, attestation types).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttestationKind {
    /// `basic_full`: a certificate shared by many devices.
    BasicFull,
    /// `basic_surrogate`: self attestation.
    BasicSurrogate,
    /// `attca`: a certificate per credential from a privacy authority.
    AttCa,
    /// `anonca`: a certificate per credential from an anonymising authority.
    AnonCa,
    /// Obsolete or unknown.
    Other(String),
}

impl AttestationKind {
    /// As it is written in the BLOB.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BasicFull => "basic_full",
            Self::BasicSurrogate => "basic_surrogate",
            Self::AttCa => "attca",
            Self::AnonCa => "anonca",
            Self::Other(name) => name,
        }
    }
}

/// The protocol a model speaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolFamily {
    /// WebAuthn and CTAP2 authenticators, found by AAGUID.
    Fido2,
    /// U2F authenticators, found by the key of their certificate.
    U2f,
    /// `uaf`, or unknown.
    Other(String),
}

/// What is known about one model.
#[derive(Debug, Clone)]
pub struct MetadataEntry {
    aaguid: Option<Aaguid>,
    key_identifiers: Vec<[u8; 20]>,
    statement: Statement,
    reports: Vec<StatusReport>,
    last_change: Option<NaiveDate>,
    flaws: Vec<EntryFlaw>,
}

/// What the maker states about the model.
#[derive(Debug, Clone, Default)]
struct Statement {
    description: String,
    icon: Option<String>,
    version: Option<u64>,
    protocol: Option<ProtocolFamily>,
    attestation: Vec<AttestationKind>,
    roots: Vec<TrustAnchor>,
    key_scope: Option<String>,
    multi_device_credential_support: Option<String>,
    cxp_config_url: Option<String>,
}

impl MetadataEntry {
    /// Reads an entry member by member: what cannot be read is noted in [`Self::flaws`], and the rest counts, the status
    /// reports above all.
    pub(super) fn from_json(value: Value) -> Result<Self, EntryError> {
        let Value::Object(entry) = value else {
            return Err(EntryError::Shape("not an object".to_owned()));
        };
        let mut flaws = Vec::new();
        let nothing = Map::new();
        let mut entry = Members::new(&entry, &mut flaws);
        let statement = entry.object("metadataStatement").unwrap_or(&nothing);
        let of_entry = entry.parsed("aaguid", parse_aaguid);
        let mut key_identifiers = entry.list("attestationCertificateKeyIdentifiers", parse_key_identifier);
        let aaid = entry.text("aaid").is_some();
        let reports: Vec<StatusReport> = entry
            .objects("statusReports")
            .into_iter()
            .filter_map(|report| read_report(&mut entry.nested(report)))
            .collect();
        let last_change = entry.parsed("timeOfLastStatusChange", parse_date);

        let mut members = entry.nested(statement);
        let of_statement = members.parsed("aaguid", parse_aaguid);
        key_identifiers.extend(members.list("attestationCertificateKeyIdentifiers", parse_key_identifier));
        let statement = Statement::read(&mut members);

        if matches!((of_entry, of_statement), (Some(one), Some(another)) if one != another) {
            return Err(EntryError::Inconsistent);
        }
        let aaguid = of_entry.or(of_statement).filter(|aaguid| !aaguid.is_zero());
        if aaguid.is_none() && key_identifiers.is_empty() && !aaid {
            let identifiers = ["aaguid", "attestationCertificateKeyIdentifiers", "aaid"];
            let malformed = flaws.iter().find(|flaw| identifiers.contains(&flaw.member));
            return Err(malformed.map_or(EntryError::Unidentified, |flaw| EntryError::Value(flaw.member)));
        }
        key_identifiers.sort_unstable();
        key_identifiers.dedup();
        let model = Self {
            aaguid,
            key_identifiers,
            statement,
            reports,
            last_change,
            flaws,
        };
        if model.announces_more_than_it_states() {
            return Err(EntryError::Inconsistent);
        }
        Ok(model)
    }

    /// Whether an update is announced for a version that the statement has not reached.
    fn announces_more_than_it_states(&self) -> bool {
        let updates = self
            .reports
            .iter()
            .filter(|report| report.status == AuthenticatorStatus::UpdateAvailable);
        let announced = updates.filter_map(|report| report.authenticator_version).max();
        announced.is_some_and(|announced| self.version().is_some_and(|version| version < announced))
    }

    /// The AAGUID, for FIDO2 models.
    pub const fn aaguid(&self) -> Option<Aaguid> {
        self.aaguid
    }

    /// SHA-1 of the attestation keys, for U2F models.
    pub fn key_identifiers(&self) -> &[[u8; 20]] {
        &self.key_identifiers
    }

    /// What the maker calls the model.
    pub fn description(&self) -> &str {
        &self.statement.description
    }

    /// A picture of the model as a `data:` URL, if its statement has one.
    pub fn icon(&self) -> Option<&str> {
        self.statement.icon.as_deref()
    }

    /// The firmware version the statement is about.
    pub const fn version(&self) -> Option<u64> {
        self.statement.version
    }

    /// The protocol the model speaks.
    pub const fn protocol(&self) -> Option<&ProtocolFamily> {
        self.statement.protocol.as_ref()
    }

    /// How the model attests.
    pub fn attestation_kinds(&self) -> &[AttestationKind] {
        &self.statement.attestation
    }

    /// The anchors of the model's attestation; nothing else vouches for it.
    pub fn attestation_roots(&self) -> &[TrustAnchor] {
        &self.statement.roots
    }

    /// Where a credential of the model may be used, as the BLOB says it (`keyScope`).
    pub fn key_scope(&self) -> Option<&str> {
        self.statement.key_scope.as_deref()
    }

    /// Whether credentials of the model are synced between devices, as the BLOB says it
    /// (`multiDeviceCredentialSupport`).
    pub fn multi_device_credential_support(&self) -> Option<&str> {
        self.statement.multi_device_credential_support.as_deref()
    }

    /// Where the model's maker says how credentials are exchanged (`cxpConfigURL`).
    pub fn cxp_config_url(&self) -> Option<&str> {
        self.statement.cxp_config_url.as_deref()
    }

    /// What of the entry could not be read; all the rest counts.
    pub fn flaws(&self) -> &[EntryFlaw] {
        &self.flaws
    }

    /// All reports, in the order of the BLOB.
    pub fn reports(&self) -> &[StatusReport] {
        &self.reports
    }

    /// When the status last changed.
    pub const fn last_status_change(&self) -> Option<NaiveDate> {
        self.last_change
    }

    /// The certification level in effect: the highest one of the latest day on which certification was reported. One
    /// certification is often reported twice, under its level and under `FIDO_CERTIFIED`.
    pub fn certification_level(&self, today: NaiveDate) -> Option<CertificationLevel> {
        let about_certification = |report: &&StatusReport| {
            matches!(
                report.status,
                AuthenticatorStatus::FidoCertified(_)
                    | AuthenticatorStatus::NotFidoCertified
                    | AuthenticatorStatus::Revoked
            )
        };
        let in_effect = || {
            let in_effect = self.reports.iter().filter(|report| report.is_in_effect(today));
            in_effect.filter(about_certification)
        };
        let latest = in_effect().map(|report| report.effective_date).max()?;
        let of_that_day = || in_effect().filter(|report| report.effective_date == latest);
        if of_that_day().any(|report| report.status == AuthenticatorStatus::Revoked) {
            return None;
        }
        of_that_day()
            .filter_map(|report| match report.status {
                AuthenticatorStatus::FidoCertified(level) => Some(level),
                _ => None,
            })
            .max()
    }

    /// A newer firmware version that a report in effect announces.
    pub fn update_available(&self, today: NaiveDate) -> Option<&StatusReport> {
        self.reports.iter().rev().find(|report| {
            report.status == AuthenticatorStatus::UpdateAvailable && report.is_in_effect(today)
        })
    }

    /// The first report in effect that speaks against the model. Every one counts, not only the latest: a compromise
    /// stays one when a certification follows it.
    pub(crate) fn undesired_status(
        &self,
        certificates: &[&[u8]],
        today: NaiveDate,
    ) -> Option<&AuthenticatorStatus> {
        let in_effect = self.reports.iter().filter(|report| report.is_in_effect(today));
        in_effect
            .filter(|report| match &report.status {
                AuthenticatorStatus::Revoked
                | AuthenticatorStatus::Retired
                | AuthenticatorStatus::UserVerificationBypass
                | AuthenticatorStatus::UserKeyRemoteCompromise
                | AuthenticatorStatus::UserKeyPhysicalCompromise => true,
                AuthenticatorStatus::AttestationKeyCompromise => {
                    report.certificates.is_empty() || share_a_key(&report.certificates, certificates)
                }
                AuthenticatorStatus::NotFidoCertified
                | AuthenticatorStatus::SelfAssertionSubmitted
                | AuthenticatorStatus::FidoCertified(_)
                | AuthenticatorStatus::FipsCertified(_)
                | AuthenticatorStatus::UpdateAvailable
                | AuthenticatorStatus::Other(_) => false,
            })
            .map(|report| &report.status)
            .next()
    }
}

fn share_a_key(compromised: &[Vec<u8>], path: &[&[u8]]) -> bool {
    let keys: Vec<&[u8]> = compromised.iter().filter_map(|der| spki(der)).collect();
    path.iter().any(|der| {
        compromised.iter().any(|bad| bad == der) || spki(der).is_some_and(|key| keys.contains(&key))
    })
}

fn spki(der: &[u8]) -> Option<&[u8]> {
    Certificate::parse(der, ExtensionForm::Tolerant)
        .ok()
        .map(|certificate| certificate.spki())
}

impl Statement {
    fn read(members: &mut Members<'_, '_>) -> Self {
        let kind = |kind: &str| match kind {
            "basic_full" => AttestationKind::BasicFull,
            "basic_surrogate" => AttestationKind::BasicSurrogate,
            "attca" => AttestationKind::AttCa,
            "anonca" => AttestationKind::AnonCa,
            _ => AttestationKind::Other(kind.to_owned()),
        };
        Self {
            description: members.text("description").unwrap_or_default().to_owned(),
            // Decoration: whatever it is, nothing is missing.
            icon: members.text_or_nothing("icon").map(str::to_owned),
            version: members.number("authenticatorVersion"),
            protocol: members.text("protocolFamily").map(|family| match family {
                "fido2" => ProtocolFamily::Fido2,
                "u2f" => ProtocolFamily::U2f,
                _ => ProtocolFamily::Other(family.to_owned()),
            }),
            attestation: members.list("attestationTypes", |name| Some(kind(name))),
            // An unreadable root vouches for nothing, but the status reports of the model still count.
            roots: members.list("attestationRootCertificates", |text| {
                TrustAnchor::from_der(certificate(text)?).ok()
            }),
            key_scope: members.text("keyScope").map(str::to_owned),
            multi_device_credential_support: members.text("multiDeviceCredentialSupport").map(str::to_owned),
            cxp_config_url: members.text("cxpConfigURL").map(str::to_owned),
        }
    }
}

/// A report without a status says nothing. Where anything else of one is malformed, it counts as far as it can: without
/// a readable date at once, without a readable end for ever, without a readable certificate for the whole model.
fn read_report(members: &mut Members<'_, '_>) -> Option<StatusReport> {
    let name = members.required_text("status")?;
    let certificates = ["certificate", "batchCertificate"];
    Some(StatusReport {
        status: AuthenticatorStatus::from_name(name),
        name: name.to_owned(),
        effective_date: members.parsed("effectiveDate", parse_date),
        sunset_date: members.parsed("sunsetDate", parse_date),
        authenticator_version: members.number("authenticatorVersion"),
        url: members.text("url").map(str::to_owned),
        certificates: certificates
            .into_iter()
            .filter_map(|name| members.parsed(name, certificate))
            .collect(),
        certificate_number: members.text("certificateNumber").map(str::to_owned),
        fips_revision: members.number("fipsRevision"),
        fips_physical_security_level: members.number("fipsPhysicalSecurityLevel"),
    })
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn parse_aaguid(text: &str) -> Option<Aaguid> {
    Aaguid::parse(text).ok()
}

/// SHA-1 of a key, as forty hexadecimal digits.
fn parse_key_identifier(text: &str) -> Option<[u8; 20]> {
    let digits = text.as_bytes();
    if digits.len() != 40 {
        return None;
    }
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    let mut identifier = [0; 20];
    for (byte, pair) in identifier.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(identifier)
}

/// Base64 of a certificate; some entries break it into lines.
fn certificate(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_ascii_whitespace().collect();
    base64url::decode_tolerant(&compact)
}
