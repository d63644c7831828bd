//! One model of authenticator: its statement and its status reports.

use chrono::NaiveDate;
use serde::Deserialize;

use super::status::{AuthenticatorStatus, CertificationLevel, StatusReport, StatusReportJson};
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
    /// A member is missing or of the wrong type.
    #[error("not a metadata entry: {0}")]
    Shape(String),
    /// A date, AAGUID, key identifier or compromised certificate is malformed.
    #[error("member {0} is malformed")]
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
    /// `fido2`.
    Fido2,
    /// `u2f`.
    U2f,
    /// `uaf`, or unknown.
    Other(String),
}

/// What is known about one model.
#[derive(Debug, Clone)]
pub struct MetadataEntry {
    aaguid: Option<Aaguid>,
    key_identifiers: Vec<[u8; 20]>,
    description: String,
    icon: Option<String>,
    version: Option<u64>,
    protocol: Option<ProtocolFamily>,
    attestation: Vec<AttestationKind>,
    roots: Vec<TrustAnchor>,
    reports: Vec<StatusReport>,
    last_change: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryJson {
    aaid: Option<String>,
    aaguid: Option<String>,
    #[serde(default)]
    attestation_certificate_key_identifiers: Vec<String>,
    metadata_statement: Option<StatementJson>,
    #[serde(default)]
    status_reports: Vec<StatusReportJson>,
    time_of_last_status_change: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatementJson {
    aaguid: Option<String>,
    #[serde(default)]
    description: String,
    // Decoration: whatever it is, the model's status counts.
    #[serde(default)]
    icon: serde_json::Value,
    authenticator_version: Option<u64>,
    protocol_family: Option<String>,
    #[serde(default)]
    attestation_types: Vec<String>,
    #[serde(default)]
    attestation_root_certificates: Vec<String>,
    #[serde(default)]
    attestation_certificate_key_identifiers: Vec<String>,
}

impl MetadataEntry {
    pub(super) fn from_json(value: serde_json::Value) -> Result<Self, EntryError> {
        let entry: EntryJson =
            serde_json::from_value(value).map_err(|error| EntryError::Shape(error.to_string()))?;
        let statement = entry.metadata_statement;
        let of_entry = entry.aaguid.as_deref().map(aaguid).transpose()?;
        let of_statement = statement
            .as_ref()
            .and_then(|statement| statement.aaguid.as_deref())
            .map(aaguid)
            .transpose()?;
        if matches!((of_entry, of_statement), (Some(one), Some(another)) if one != another) {
            return Err(EntryError::Inconsistent);
        }
        let mut key_identifiers = Vec::new();
        let of_statement_keys = statement
            .iter()
            .flat_map(|statement| &statement.attestation_certificate_key_identifiers);
        for text in entry
            .attestation_certificate_key_identifiers
            .iter()
            .chain(of_statement_keys)
        {
            let identifier = key_identifier(text)?;
            if !key_identifiers.contains(&identifier) {
                key_identifiers.push(identifier);
            }
        }
        let aaguid = of_entry.or(of_statement).filter(|aaguid| !aaguid.is_zero());
        if aaguid.is_none() && key_identifiers.is_empty() && entry.aaid.is_none() {
            return Err(EntryError::Unidentified);
        }
        let mut model = Self {
            aaguid,
            key_identifiers,
            description: String::new(),
            icon: None,
            version: None,
            protocol: None,
            attestation: Vec::new(),
            roots: Vec::new(),
            reports: entry
                .status_reports
                .into_iter()
                .map(report)
                .collect::<Result<_, _>>()?,
            last_change: entry
                .time_of_last_status_change
                .as_deref()
                .map(|text| date(text, "timeOfLastStatusChange"))
                .transpose()?,
        };
        if let Some(statement) = statement {
            model.describe(statement);
        }
        let announced = model
            .reports
            .iter()
            .filter(|report| report.status == AuthenticatorStatus::UpdateAvailable)
            .filter_map(|report| report.authenticator_version)
            .max();
        if announced.is_some_and(|announced| model.version.is_some_and(|version| version < announced)) {
            return Err(EntryError::Inconsistent);
        }
        Ok(model)
    }

    fn describe(&mut self, statement: StatementJson) {
        self.description = statement.description;
        self.icon = statement.icon.as_str().map(str::to_owned);
        self.version = statement.authenticator_version;
        self.protocol = statement.protocol_family.map(|family| match family.as_str() {
            "fido2" => ProtocolFamily::Fido2,
            "u2f" => ProtocolFamily::U2f,
            _ => ProtocolFamily::Other(family),
        });
        self.attestation = statement
            .attestation_types
            .into_iter()
            .map(|kind| match kind.as_str() {
                "basic_full" => AttestationKind::BasicFull,
                "basic_surrogate" => AttestationKind::BasicSurrogate,
                "attca" => AttestationKind::AttCa,
                "anonca" => AttestationKind::AnonCa,
                _ => AttestationKind::Other(kind),
            })
            .collect();
        for text in &statement.attestation_root_certificates {
            // An unreadable root vouches for nothing, but the status reports of the model still count.
            self.roots
                .extend(certificate(text).and_then(|der| TrustAnchor::from_der(der).ok()));
        }
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
        &self.description
    }

    /// A picture of the model as a `data:` URL, if its statement has one.
    pub fn icon(&self) -> Option<&str> {
        self.icon.as_deref()
    }

    /// The firmware version the statement is about.
    pub const fn version(&self) -> Option<u64> {
        self.version
    }

    /// The protocol the model speaks.
    pub const fn protocol(&self) -> Option<&ProtocolFamily> {
        self.protocol.as_ref()
    }

    /// How the model attests.
    pub fn attestation_kinds(&self) -> &[AttestationKind] {
        &self.attestation
    }

    /// The anchors of the model's attestation; nothing else vouches for it.
    pub fn attestation_roots(&self) -> &[TrustAnchor] {
        &self.roots
    }

    /// All reports, in the order of the BLOB.
    pub fn reports(&self) -> &[StatusReport] {
        &self.reports
    }

    /// When the status last changed.
    pub const fn last_status_change(&self) -> Option<NaiveDate> {
        self.last_change
    }

    /// The certification level in effect: that of the latest report about certification.
    pub fn certification_level(&self, today: NaiveDate) -> Option<CertificationLevel> {
        let mut latest: Option<(Option<NaiveDate>, Option<CertificationLevel>)> = None;
        for report in self.reports.iter().filter(|report| report.is_in_effect(today)) {
            let level = match &report.status {
                AuthenticatorStatus::FidoCertified(level) => Some(*level),
                AuthenticatorStatus::NotFidoCertified | AuthenticatorStatus::Revoked => None,
                _ => continue,
            };
            if latest.is_none_or(|(date, _)| date <= report.effective_date) {
                latest = Some((report.effective_date, level));
            }
        }
        latest.and_then(|(_, level)| level)
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

fn report(json: StatusReportJson) -> Result<StatusReport, EntryError> {
    let mut certificates = Vec::new();
    for text in [json.certificate, json.batch_certificate].into_iter().flatten() {
        certificates.push(certificate(&text).ok_or(EntryError::Value("certificate"))?);
    }
    Ok(StatusReport {
        status: AuthenticatorStatus::from_name(&json.status),
        name: json.status,
        effective_date: json
            .effective_date
            .map(|text| date(&text, "effectiveDate"))
            .transpose()?,
        sunset_date: json
            .sunset_date
            .map(|text| date(&text, "sunsetDate"))
            .transpose()?,
        authenticator_version: json.authenticator_version,
        url: json.url,
        certificates,
    })
}

fn date(text: &str, member: &'static str) -> Result<NaiveDate, EntryError> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| EntryError::Value(member))
}

fn aaguid(text: &str) -> Result<Aaguid, EntryError> {
    Aaguid::parse(text).map_err(|_| EntryError::Value("aaguid"))
}

fn key_identifier(text: &str) -> Result<[u8; 20], EntryError> {
    const MEMBER: EntryError = EntryError::Value("attestationCertificateKeyIdentifiers");
    let digits = text.as_bytes();
    if digits.len() != 40 {
        return Err(MEMBER);
    }
    let mut identifier = [0; 20];
    for (byte, pair) in identifier.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return Err(MEMBER);
        };
        *byte = high << 4 | low;
    }
    Ok(identifier)
}

/// Base64 of a certificate; some entries break it into lines.
fn certificate(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_ascii_whitespace().collect();
    base64url::decode_tolerant(&compact)
}
