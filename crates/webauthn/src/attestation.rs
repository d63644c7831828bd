//! Attestation objects and statements (§6.5, §8): decoding, and one procedure per format.

use chrono::{DateTime, Utc};

use crate::authenticator_data::{AttestedCredentialData, AuthenticatorData};
use crate::cbor::{CborError, Reader, Rules, Value};
use crate::certificate::{CertificateError, ExtensionForm};
use crate::crypto::SignatureError;
use crate::policy::{Leniency, Policy, SafetyNetPolicy};

mod android_key;
mod android_safetynet;
mod apple;
mod certified;
mod compound;
mod fido_u2f;
mod none;
mod packed;
mod tpm;

pub use self::android_safetynet::SafetyNetError;
pub use self::certified::DeviceFacts;

/// Why an attestation object cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationObjectError {
    /// Nothing there.
    #[error("attestation object is empty")]
    Missing,
    /// Not CBOR as the format demands.
    #[error("attestation object is not acceptable CBOR")]
    Cbor(#[source] CborError),
    /// A member absent, unknown or of the wrong type.
    #[error("attestation object member {0:?} is missing, unknown or of the wrong type")]
    Malformed(&'static str),
    /// Members out of canonical order.
    #[error("attestation object members are out of order")]
    KeyOrder,
}

impl AttestationObjectError {
    /// A stable name of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "attestation_object_missing",
            Self::Cbor(error) => error.code(),
            Self::Malformed(_) => "attestation_object_malformed",
            Self::KeyOrder => "attestation_object_key_order",
        }
    }
}

/// Why an attestation statement is refused. Each variant is one check of §8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// A member of the statement is missing, unexpected or of the wrong type.
    #[error("attestation statement is malformed: {0}")]
    Statement(&'static str),
    /// Format `none` with a statement.
    #[error("attestation format none has a statement")]
    NoneWithStatement,
    /// The statement's format, or its way of attesting, is not one this build verifies.
    #[error("attestation format {0:?} is not supported")]
    UnsupportedFormat(String),
    /// The statement's `alg` does not suit the key.
    #[error("statement algorithm {0} does not suit the key")]
    AlgorithmMismatch(i64),
    /// The statement's `alg` is not one this build verifies.
    #[error("statement algorithm {0} is not supported")]
    UnsupportedAlgorithm(i64),
    /// The statement's signature does not verify.
    #[error("attestation signature does not verify")]
    Signature,
    /// ECDAA, a leftover of Level 1.
    #[error("ECDAA attestation is not supported")]
    EcdaaUnsupported,
    /// A certificate of `x5c` is malformed.
    #[error("an attestation certificate is malformed")]
    Certificate(#[source] CertificateError),
    /// The attestation certificate is not version 3.
    #[error("the attestation certificate is not version 3")]
    CertificateVersion,
    /// The attestation certificate's subject lacks an attribute or has a wrong one.
    #[error("the subject of the attestation certificate is not as required")]
    CertificateSubject,
    /// The attestation certificate is an authority, or does not say that it is none.
    #[error("the attestation certificate is a certificate authority")]
    CertificateIsCa,
    /// The attestation certificate's key is of the wrong kind.
    #[error("the key of the attestation certificate is of the wrong kind")]
    CertificateKey,
    /// The attestation certificate is not for the credential key.
    #[error("the attestation certificate is not for the credential key")]
    CertificateKeyMismatch,
    /// The certificate names another AAGUID, names it wrongly, or marks it critical.
    #[error("the attestation certificate is for another authenticator model")]
    AaguidMismatch,
    /// A FIDO extension for serial number or firmware is malformed or critical.
    #[error("a FIDO extension of the attestation certificate is malformed")]
    FidoExtension,
    /// The certificate tells the device's serial number and enterprise attestation was not asked for.
    #[error("the attestation certificate identifies the device")]
    UnsolicitedEnterprise,
    /// `pubArea` is not one TPMT_PUBLIC.
    #[error("the TPM public area is malformed")]
    TpmPubArea,
    /// `pubArea` is not the credential key.
    #[error("the TPM public area is not the credential key")]
    TpmPublicKeyMismatch,
    /// `certInfo` is not one TPMS_ATTEST that certifies an object.
    #[error("the TPM attestation is malformed or of another kind")]
    TpmCertInfo,
    /// `extraData` is not the hash of what is attested.
    #[error("the TPM attested other data")]
    TpmExtraData,
    /// The certified name is not that of `pubArea`.
    #[error("the TPM attested another object")]
    TpmName,
    /// The certificate is not one of an attestation identity key.
    #[error("the certificate of the TPM attestation key is not as required")]
    TpmCertificate,
    /// The TPM's manufacturer is not registered. Policy switch: `tpm_vendor_` and its eight hexadecimal digits.
    #[error("TPM manufacturer {0} is not registered")]
    TpmVendor(String),
    /// The Android key description is missing or malformed.
    #[error("the Android key description is missing or malformed")]
    AndroidKeyDescription,
    /// The key was attested for another ceremony.
    #[error("the Android key was attested for another challenge")]
    AndroidChallenge,
    /// Every application may use the key.
    #[error("the Android key is not bound to one application")]
    AndroidAllApplications,
    /// Software attested the key. Policy switch: `android_software_attestation`.
    #[error("the Android key was attested by software")]
    AndroidSecurityLevel,
    /// The key was not generated in the key store, or hardware does not say so. Policy switch:
    /// `android_origin_not_tee_enforced`.
    #[error("the origin of the Android key is not as required")]
    AndroidOrigin,
    /// The key is not for signing alone, or hardware does not say so. Policy switch:
    /// `android_purpose_not_tee_enforced`.
    #[error("the purpose of the Android key is not as required")]
    AndroidPurpose,
    /// The nonce in Apple's certificate is missing, malformed or for other data.
    #[error("the nonce of the Apple attestation is wrong")]
    AppleNonce,
    /// A U2F statement with an AAGUID, which it cannot vouch for. Policy switch: `u2f_nonzero_aaguid`.
    #[error("a U2F attestation has an AAGUID")]
    U2fAaguid,
    /// The SafetyNet response is refused.
    #[error("the SafetyNet response is refused")]
    SafetyNet(#[source] SafetyNetError),
}

impl AttestationError {
    /// A stable name of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Statement(_) => "attestation_statement",
            Self::NoneWithStatement => "attestation_none_with_statement",
            Self::UnsupportedFormat(_) => "attestation_format_unsupported",
            Self::AlgorithmMismatch(_) => "attestation_algorithm_mismatch",
            Self::UnsupportedAlgorithm(_) => "attestation_algorithm_unsupported",
            Self::Signature => "attestation_signature",
            Self::EcdaaUnsupported => "attestation_ecdaa_unsupported",
            Self::Certificate(error) => error.code(),
            Self::CertificateVersion => "attestation_certificate_version",
            Self::CertificateSubject => "attestation_certificate_subject",
            Self::CertificateIsCa => "attestation_certificate_is_ca",
            Self::CertificateKey => "attestation_certificate_key",
            Self::CertificateKeyMismatch => "attestation_certificate_key_mismatch",
            Self::AaguidMismatch => "attestation_aaguid_mismatch",
            Self::FidoExtension => "attestation_fido_extension",
            Self::UnsolicitedEnterprise => "attestation_unsolicited_enterprise",
            Self::TpmPubArea => "tpm_pub_area",
            Self::TpmPublicKeyMismatch => "tpm_public_key_mismatch",
            Self::TpmCertInfo => "tpm_cert_info",
            Self::TpmExtraData => "tpm_extra_data",
            Self::TpmName => "tpm_name",
            Self::TpmCertificate => "tpm_certificate",
            Self::TpmVendor(_) => "tpm_vendor",
            Self::AndroidKeyDescription => "android_key_description",
            Self::AndroidChallenge => "android_challenge",
            Self::AndroidAllApplications => "android_all_applications",
            Self::AndroidSecurityLevel => "android_security_level",
            Self::AndroidOrigin => "android_origin",
            Self::AndroidPurpose => "android_purpose",
            Self::AppleNonce => "apple_nonce",
            Self::U2fAaguid => "u2f_aaguid",
            Self::SafetyNet(error) => error.code(),
        }
    }

    /// Names a failed signature check, made with this `alg`.
    pub(crate) fn from_signature(error: SignatureError, algorithm: i64) -> Self {
        match error {
            SignatureError::Invalid => Self::Signature,
            SignatureError::AlgorithmMismatch => Self::AlgorithmMismatch(algorithm),
            SignatureError::UnsupportedAlgorithm(id) => Self::UnsupportedAlgorithm(id),
        }
    }
}

/// An attestation statement format (§8), matched case-sensitively.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AttestationFormat {
    /// `none`.
    None,
    /// `packed`.
    Packed,
    /// `tpm`.
    Tpm,
    /// `android-key`.
    AndroidKey,
    /// `android-safetynet`.
    AndroidSafetyNet,
    /// `fido-u2f`.
    FidoU2f,
    /// `apple`.
    Apple,
    /// `compound`.
    Compound,
}

impl AttestationFormat {
    /// The identifier in the registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Packed => "packed",
            Self::Tpm => "tpm",
            Self::AndroidKey => "android-key",
            Self::AndroidSafetyNet => "android-safetynet",
            Self::FidoU2f => "fido-u2f",
            Self::Apple => "apple",
            Self::Compound => "compound",
        }
    }

    /// The format of this identifier.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::None,
            Self::Packed,
            Self::Tpm,
            Self::AndroidKey,
            Self::AndroidSafetyNet,
            Self::FidoU2f,
            Self::Apple,
            Self::Compound,
        ]
        .into_iter()
        .find(|format| format.as_str() == name)
    }
}

/// What kind of key signed the statement (§6.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttestationType {
    /// Nothing is attested.
    None,
    /// The credential key itself.
    SelfAttestation,
    /// A key of the authenticator model.
    Basic,
    /// A key certified by an attestation CA.
    AttCa,
    /// A key certified for this credential only.
    AnonCa,
    /// A key of the model or certified by a CA: the statement alone does not tell.
    Uncertain,
}

impl AttestationType {
    /// A stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SelfAttestation => "self",
            Self::Basic => "basic",
            Self::AttCa => "attca",
            Self::AnonCa => "anonca",
            Self::Uncertain => "uncertain",
        }
    }
}

/// A verified attestation statement: what kind it is and which certificates vouch for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    pub(crate) format: AttestationFormat,
    pub(crate) attestation_type: AttestationType,
    /// DER, leaf first, as sent.
    pub(crate) trust_path: Vec<Vec<u8>>,
    /// The statements of a compound one that verified; empty otherwise.
    pub(crate) elements: Vec<Self>,
    /// What the certificate says about the device.
    pub(crate) device: DeviceFacts,
}

impl Attestation {
    pub(crate) fn new(format: AttestationFormat, attestation_type: AttestationType) -> Self {
        Self {
            format,
            attestation_type,
            trust_path: Vec::new(),
            elements: Vec::new(),
            device: DeviceFacts::default(),
        }
    }

    fn with_certificates(mut self, trust_path: Vec<Vec<u8>>) -> Self {
        self.trust_path = trust_path;
        self
    }

    fn with_elements(mut self, elements: Vec<Self>) -> Self {
        self.elements = elements;
        self
    }

    fn with_device(mut self, device: DeviceFacts) -> Self {
        self.device = device;
        self
    }

    /// Whether a certificate, also of an element, tells a device's serial number.
    pub(crate) fn identifies_device(&self) -> bool {
        self.device.serial.is_some() || self.elements.iter().any(Self::identifies_device)
    }

    /// What the certificate says about the device, beyond the model.
    pub fn device(&self) -> &DeviceFacts {
        &self.device
    }

    /// The statement's format.
    pub fn format(&self) -> AttestationFormat {
        self.format
    }

    /// What kind of key signed it.
    pub fn attestation_type(&self) -> AttestationType {
        self.attestation_type
    }

    /// The certificates sent with it, DER, leaf first.
    pub fn trust_path(&self) -> &[Vec<u8>] {
        &self.trust_path
    }

    /// The statements of a compound one.
    pub fn elements(&self) -> &[Self] {
        &self.elements
    }
}

/// An attestation object taken apart (§6.5.4).
#[derive(Debug, Clone)]
pub struct AttestationObject<'a> {
    /// `fmt`.
    pub format: &'a str,
    /// `authData`, as signed.
    pub authenticator_data: &'a [u8],
    /// `attStmt`, decoded.
    pub statement: Value<'a>,
}

impl<'a> AttestationObject<'a> {
    /// Takes an attestation object apart.
    ///
    /// # Errors
    /// [`AttestationObjectError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, AttestationObjectError> {
        Self::parse_with(bytes, &Policy::default())
    }

    pub(crate) fn parse_with(bytes: &'a [u8], policy: &Policy) -> Result<Self, AttestationObjectError> {
        use AttestationObjectError::{Cbor, Malformed, Missing};
        if bytes.is_empty() {
            return Err(Missing);
        }
        let indefinite = policy.allows(Leniency::CborIndefiniteLength);
        let envelope = Rules::ENVELOPE.with_indefinite(indefinite);
        let statement_rules = Rules::STATEMENT.with_indefinite(indefinite);
        let mut reader = Reader::new(bytes, envelope);
        let length = reader.map().map_err(Cbor)?;
        let (mut format, mut authenticator_data, mut statement) = (None, None, None);
        let mut names: Vec<&str> = Vec::with_capacity(3);
        while reader.more(length, names.len() as u64).map_err(Cbor)? {
            let name = reader.text().map_err(Cbor)?;
            if names.contains(&name) {
                return Err(Cbor(CborError::DuplicateKey));
            }
            match name {
                "fmt" => format = Some(reader.text().map_err(Cbor)?),
                "authData" => {
                    let value = reader.value().map_err(Cbor)?;
                    authenticator_data = Some(value.as_bytes().ok_or(Malformed("authData"))?);
                }
                "attStmt" => {
                    reader.set_rules(statement_rules);
                    statement = Some(reader.value().map_err(Cbor)?);
                    reader.set_rules(envelope);
                }
                // These two leak from CTAP through some clients.
                "epAtt" | "largeBlobKey" => {
                    reader.value().map_err(Cbor)?;
                }
                _ => return Err(Malformed("unknown member")),
            }
            names.push(name);
        }
        reader.finish().map_err(Cbor)?;
        let in_order = names.is_sorted_by_key(|name| (name.len(), *name));
        if !in_order && !policy.allows(Leniency::CborOuterKeyOrder) {
            return Err(AttestationObjectError::KeyOrder);
        }
        Ok(Self {
            format: format.ok_or(Malformed("fmt"))?,
            authenticator_data: authenticator_data.ok_or(Malformed("authData"))?,
            statement: statement.ok_or(Malformed("attStmt"))?,
        })
    }
}

/// Everything a format's procedure works on.
#[derive(Clone, Copy)]
pub(crate) struct StatementInput<'i, 'a> {
    /// `attStmt`.
    pub(crate) statement: &'i Value<'a>,
    /// The authenticator data, decoded.
    pub(crate) authenticator_data: &'i AuthenticatorData<'a>,
    /// Its attested credential data, which a registration always has.
    pub(crate) attested: &'i AttestedCredentialData<'a>,
    /// `authData ‖ clientDataHash`: what most formats sign.
    pub(crate) signed: &'i [u8],
    /// SHA-256 of clientDataJSON.
    pub(crate) client_data_hash: &'i [u8; 32],
    pub(crate) policy: &'i Policy,
    /// When the registration takes place.
    pub(crate) now: DateTime<Utc>,
}

impl<'i, 'a> StatementInput<'i, 'a> {
    /// A required member of the statement.
    pub(crate) fn member(&self, name: &'static str) -> Result<&'i Value<'a>, AttestationError> {
        self.statement
            .member(name)
            .ok_or(AttestationError::Statement(name))
    }

    /// A required byte-string member.
    pub(crate) fn bytes(&self, name: &'static str) -> Result<&'a [u8], AttestationError> {
        self.member(name)?
            .as_bytes()
            .ok_or(AttestationError::Statement(name))
    }

    /// What to do about malformed certificate extensions.
    pub(crate) fn extension_form(&self) -> ExtensionForm {
        self.policy.extension_form()
    }

    /// The required `alg` member.
    pub(crate) fn algorithm(&self) -> Result<i64, AttestationError> {
        self.member("alg")?
            .as_int()
            .ok_or(AttestationError::Statement("alg"))
    }
}

/// Runs the procedure of one format (§7.1 step 22).
pub(crate) fn verify(
    format: AttestationFormat,
    input: &StatementInput<'_, '_>,
) -> Result<Attestation, AttestationError> {
    match format {
        AttestationFormat::None => none::verify(input),
        AttestationFormat::Packed => packed::verify(input),
        AttestationFormat::Tpm => tpm::verify(input),
        AttestationFormat::AndroidKey => android_key::verify(input),
        AttestationFormat::Apple => apple::verify(input),
        AttestationFormat::FidoU2f => fido_u2f::verify(input),
        AttestationFormat::AndroidSafetyNet if input.policy.safetynet == SafetyNetPolicy::Verify => {
            android_safetynet::verify(input)
        }
        AttestationFormat::AndroidSafetyNet => {
            Err(AttestationError::UnsupportedFormat(format.as_str().to_owned()))
        }
        AttestationFormat::Compound => compound::verify(input),
    }
}

#[cfg(test)]
mod tests;
