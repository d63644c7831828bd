//! A verified attestation statement: what kind it is, and which certificates vouch for it.

use super::format::AttestationFormat;
use crate::words::words;

words! {
    /// What kind of key signed the statement (§6.5.3).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum AttestationType {
        /// Nothing is attested.
        None = "none",
        /// The credential key itself.
        SelfAttestation = "self",
        /// A key of the authenticator model.
        Basic = "basic",
        /// A key certified by an attestation CA.
        AttCa = "attca",
        /// A key certified for this credential only.
        AnonCa = "anonca",
        /// A key of the model or certified by a CA: the statement alone does not tell.
        Uncertain = "uncertain",
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

    pub(super) fn with_certificates(mut self, trust_path: Vec<Vec<u8>>) -> Self {
        self.trust_path = trust_path;
        self
    }

    pub(super) fn with_elements(mut self, elements: Vec<Self>) -> Self {
        self.elements = elements;
        self
    }

    pub(super) fn with_device(mut self, device: DeviceFacts) -> Self {
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

/// What an enterprise or FIDO certificate tells beyond the AAGUID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceFacts {
    /// Serial number of the device; only with enterprise attestation.
    pub serial: Option<Vec<u8>>,
    /// Firmware version.
    pub firmware: Option<u64>,
}
