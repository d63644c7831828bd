//! Trust anchors: a name and a key that the caller relies on.

use super::{der, error::CertificateError, extensions::ExtensionForm, name::Name, parsed::Certificate};

/// A certificate the caller relies on: a root, an intermediate, or an attestation certificate itself.
///
/// Only its name and key count when it stands above others (RFC 5280, 6.1.1). Its dates are advisory, since several
/// well-known authorities publish one key under certificates of different age; so are its extensions, since several
/// makers of security keys have registered roots that do not say they are authorities, or say that they are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    der: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
}

impl TrustAnchor {
    /// Takes one DER certificate.
    ///
    /// # Errors
    /// [`CertificateError`] when the bytes are not exactly one certificate.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CertificateError> {
        let der = der.into();
        // A registered vendor's root encodes TRUE as 1; as an anchor it is only a name and a key.
        let certificate = Certificate::parse(&der, ExtensionForm::Tolerant)?;
        let subject = certificate.subject().encoded().to_vec();
        let spki = certificate.spki().to_vec();
        Ok(Self { der, subject, spki })
    }

    /// The certificate as given, in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whether a certificate has this anchor's name and key.
    pub(crate) fn is_same_authority(&self, certificate: &Certificate<'_>) -> bool {
        self.spki == certificate.spki() && self.is_named(&certificate.subject())
    }

    /// Whether a certificate names this anchor as its issuer.
    pub(crate) fn may_have_issued(&self, certificate: &Certificate<'_>) -> bool {
        self.is_named(&certificate.issuer())
    }

    fn is_named(&self, name: &Name<'_>) -> bool {
        der::single(&self.subject)
            .and_then(Name::parse)
            .is_ok_and(|subject| subject.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::well_known::APPLE;

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        assert_eq!(TrustAnchor::from_der(*b"\x30\x00"), Err(CertificateError::Der));
        let mut longer = APPLE[0].der.to_vec();
        longer.push(0);
        assert_eq!(TrustAnchor::from_der(longer), Err(CertificateError::Der));
    }
}
