//! One X.509 certificate, read in place (RFC 5280, 4.1).

use chrono::{DateTime, Utc};
use x509_cert::{
    der::{Decode, Tag},
    time::Time,
};

use super::{
    der::{self, Cursor, DerError, context},
    error::CertificateError,
    extensions::{ExtensionForm, Extensions},
    key::{CertificateSignature, read_key},
    name::Name,
};
use crate::crypto::PublicKey;

/// A parsed view of one certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    version: u8,
    serial: &'a [u8],
    issuer: Name<'a>,
    not_before: i64,
    not_after: i64,
    subject: Name<'a>,
    spki: &'a [u8],
    key_bits: &'a [u8],
    extensions: Extensions<'a>,
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    unused_bits: u8,
}

impl<'a> Certificate<'a> {
    /// Reads exactly one certificate (RFC 5280, 4.1) with nothing after it.
    ///
    /// Tolerated, because registered authenticators have them: serial numbers that are negative, zero or longer
    /// than 20 bytes, an explicitly encoded FALSE where DER wants it left out, a wrong count of unused bits in the
    /// signature. `form` decides on malformed extension values.
    pub(crate) fn parse(der: &'a [u8], form: ExtensionForm) -> Result<Self, CertificateError> {
        let mut outer = der::single(der)?;
        if outer.tag != Tag::Sequence {
            return Err(CertificateError::Der);
        }
        let mut fields = outer.contents();
        outer = fields.expect(Tag::Sequence)?;
        let tbs = outer.encoded;
        let signature_algorithm = fields.expect(Tag::Sequence)?.encoded;
        let (unused_bits, signature) = fields.bit_string()?;
        fields.finish()?;

        let mut fields = outer.contents();
        let version = match fields.optional(context(0, true))? {
            None => 1,
            Some(explicit) => {
                let mut inner = explicit.contents();
                let number = inner.unsigned()?;
                inner.finish()?;
                match number {
                    0 => 1,
                    1 => 2,
                    2 => 3,
                    _ => return Err(CertificateError::Version),
                }
            }
        };
        let serial = fields.expect(Tag::Integer)?.value;
        if serial.is_empty() {
            return Err(CertificateError::Der);
        }
        if fields.expect(Tag::Sequence)?.encoded != signature_algorithm {
            return Err(CertificateError::SignatureAlgorithmMismatch);
        }
        let issuer = Name::parse(fields.expect(Tag::Sequence)?)?;
        let mut validity = fields.sequence()?;
        let not_before = time(&mut validity)?;
        let not_after = time(&mut validity)?;
        validity.finish()?;
        let subject = Name::parse(fields.expect(Tag::Sequence)?)?;
        let spki_element = fields.expect(Tag::Sequence)?;
        let mut spki_fields = spki_element.contents();
        spki_fields.expect(Tag::Sequence)?;
        let (_, key_bits) = spki_fields.bit_string()?;
        spki_fields.finish()?;

        let mut unique_ids = false;
        for number in [1, 2] {
            unique_ids |= fields.optional(context(number, false))?.is_some();
        }
        let extensions = match fields.optional(context(3, true))? {
            None => Extensions::default(),
            Some(_) if version != 3 => return Err(CertificateError::Version),
            Some(explicit) => Extensions::parse(&explicit, form)?,
        };
        fields.finish()?;
        if unique_ids && version == 1 {
            return Err(CertificateError::Version);
        }

        Ok(Self {
            der,
            tbs,
            version,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            spki: spki_element.encoded,
            key_bits,
            extensions,
            signature_algorithm,
            signature,
            unused_bits,
        })
    }

    /// The whole certificate as received.
    pub(crate) const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The part that the issuer signed, as received.
    pub(crate) const fn signed_part(&self) -> &'a [u8] {
        self.tbs
    }

    /// The X.509 version: 1, 2 or 3.
    pub(crate) const fn version(&self) -> u8 {
        self.version
    }

    /// Contents octets of the serial number, sign octet included.
    pub(crate) const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The issuer's distinguished name.
    pub(crate) const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// The subject's distinguished name.
    pub(crate) const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// The SubjectPublicKeyInfo element as received.
    pub(crate) const fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// The octets of the subject public key, which key identifiers are computed over (RFC 5280, 4.2.1.2).
    pub(crate) const fn key_bits(&self) -> &'a [u8] {
        self.key_bits
    }

    /// The subject public key.
    pub(crate) fn key(&self) -> Result<PublicKey<'a>, CertificateError> {
        read_key(self.spki)
    }

    /// The extensions; empty before version 3.
    pub(crate) const fn extensions(&self) -> &Extensions<'a> {
        &self.extensions
    }

    /// The algorithm and parameters of the issuer's signature.
    pub(crate) fn signature_algorithm(&self) -> CertificateSignature {
        CertificateSignature::from_der(self.signature_algorithm)
    }

    /// The issuer's signature.
    pub(crate) const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Whether the signature claims bits that do not count, which no signature of whole octets has.
    pub(crate) const fn has_miscounted_signature(&self) -> bool {
        self.unused_bits != 0
    }

    /// Whether the validity period has begun.
    pub(crate) fn has_begun(&self, now: DateTime<Utc>) -> bool {
        self.not_before <= now.timestamp()
    }

    /// Whether the validity period is over. The last second still counts as valid.
    pub(crate) fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.not_after < now.timestamp()
    }

    /// Whether subject and issuer are the same name.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.issuer.matches(&self.subject)
    }
}

fn time(fields: &mut Cursor<'_>) -> Result<i64, DerError> {
    let element = fields.any()?;
    let time = Time::from_der(element.encoded).map_err(|_| DerError)?;
    i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| DerError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::certificate::{key::is_strong, well_known};

    fn well_known() -> Vec<&'static [u8]> {
        let all = [
            well_known::APPLE,
            well_known::ANDROID_KEY,
            well_known::TPM,
            well_known::METADATA,
        ];
        all.into_iter().flatten().map(|known| known.der).collect()
    }

    #[test]
    fn real_certificates_are_read_to_the_last_byte() {
        for der in well_known() {
            let certificate = Certificate::parse(der, ExtensionForm::Strict).unwrap();
            assert!(certificate.is_self_issued());
            assert!(is_strong(&certificate.key().unwrap()));
            for length in (0..der.len()).step_by(7) {
                assert!(Certificate::parse(&der[..length], ExtensionForm::Tolerant).is_err());
            }
        }
    }

    #[test]
    fn an_outer_algorithm_that_differs_from_the_signed_one_is_refused() {
        let mut der = well_known::METADATA[0].der.to_vec();
        // sha384WithRSAEncryption stands twice; the last one is outside of what is signed.
        let id = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
        let position = der.windows(id.len()).rposition(|window| window == id).unwrap();
        der[position + 8] = 0x0b;
        assert_eq!(
            Certificate::parse(&der, ExtensionForm::Strict).map(|certificate| certificate.version()),
            Err(CertificateError::SignatureAlgorithmMismatch)
        );
    }

    proptest! {
        #[test]
        fn parsing_is_total(bytes: Vec<u8>) {
            let _ = Certificate::parse(&bytes, ExtensionForm::Strict);
            let _ = read_key(&bytes);
            let _ = CertificateSignature::from_der(&bytes);
        }

        #[test]
        fn parsing_changed_certificates_is_total(which in 0_usize..9, at: prop::sample::Index, byte: u8) {
            let known = well_known();
            let mut der = known[which % known.len()].to_vec();
            let position = at.index(der.len());
            der[position] = byte;
            for form in [ExtensionForm::Strict, ExtensionForm::Tolerant] {
                if let Ok(certificate) = Certificate::parse(&der, form) {
                    let _ = certificate.key();
                    let _ = certificate.is_self_issued();
                    let _ = certificate.signature_algorithm();
                }
            }
        }
    }
}
