//! What the formats with certificates share: `x5c`, the signature of the leaf, and the FIDO extensions.

use x509_cert::der::Tag;

use crate::{
    certificate::{Certificate, CertificateError, ExtensionForm, der, oids},
    credential::Aaguid,
    crypto::{self, PublicKey, Rs1},
    leniency::Leniency,
};

use super::{error::AttestationError, input::StatementInput, statement::DeviceFacts};

/// The most certificates a statement may carry.
const MAX_CERTIFICATES: usize = 8;

/// The members `alg` and `sig` of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// COSE algorithm of the signature: hash and padding, not the key's curve.
    pub(super) algorithm: i64,
    /// The signature, in the encoding of the algorithm: DER for ECDSA.
    pub(super) signature: &'a [u8],
}

/// The certificates of a statement as received, each parsed.
#[derive(Debug)]
pub(super) struct X5c<'a> {
    certificates: Vec<Certificate<'a>>,
}

impl<'a> Signed<'a> {
    /// Reads both members.
    pub(super) fn from_statement(input: &StatementInput<'_, 'a>) -> Result<Self, AttestationError> {
        Ok(Self {
            algorithm: input.algorithm()?,
            signature: input.bytes("sig")?,
        })
    }

    /// Checks the signature over `message` with the key of the leaf.
    ///
    /// `alg` of the statement decides on hash and padding, never the algorithm the leaf was signed with.
    pub(super) fn verify(
        &self,
        leaf: &Certificate<'_>,
        message: &[u8],
        rs1: Rs1,
    ) -> Result<(), AttestationError> {
        let key = leaf.key().map_err(AttestationError::Certificate)?;
        crypto::verify_statement_signature(&key, self.algorithm, message, self.signature, rs1)
            .map_err(|error| AttestationError::from_signature(error, self.algorithm))
    }
}

impl<'a> X5c<'a> {
    /// Reads `x5c`: one to eight byte strings, each exactly one certificate, the attestation certificate first.
    pub(super) fn from_statement(input: &StatementInput<'_, 'a>) -> Result<Self, AttestationError> {
        let x5c = Self::from_u2f_statement(input)?;
        if x5c.certificates.iter().any(Certificate::has_miscounted_signature) {
            return Err(AttestationError::Certificate(CertificateError::Der));
        }
        Ok(x5c)
    }

    /// The same for U2F, some early certificates of which miscount the unused bits of their signature.
    pub(super) fn from_u2f_statement(input: &StatementInput<'_, 'a>) -> Result<Self, AttestationError> {
        let elements = input
            .member("x5c")?
            .as_array()
            .filter(|elements| !elements.is_empty() && elements.len() <= MAX_CERTIFICATES)
            .ok_or(AttestationError::Statement("x5c"))?;
        let mut certificates = Vec::with_capacity(elements.len());
        for element in elements {
            let der = element.as_bytes().ok_or(AttestationError::Statement("x5c"))?;
            certificates.push(
                Certificate::parse(der, input.extension_form()).map_err(AttestationError::Certificate)?,
            );
        }
        Ok(Self { certificates })
    }

    /// The attestation certificate.
    pub(super) fn leaf(&self) -> &Certificate<'a> {
        // Neither constructor accepts an empty list.
        &self.certificates[0]
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.certificates.len()
    }

    /// The certificates as received, leaf first.
    pub(super) fn to_path(&self) -> Vec<Vec<u8>> {
        self.certificates
            .iter()
            .map(|certificate| certificate.der().to_vec())
            .collect()
    }
}

/// Parses certificates that did not come in CBOR; at least one, at most eight.
pub(super) fn check_der(
    certificates: &[Vec<u8>],
    form: ExtensionForm,
) -> Result<Vec<Certificate<'_>>, AttestationError> {
    if certificates.is_empty() || certificates.len() > MAX_CERTIFICATES {
        return Err(AttestationError::Statement("x5c"));
    }
    certificates
        .iter()
        .map(|der| match Certificate::parse(der, form) {
            Ok(certificate) if certificate.has_miscounted_signature() => {
                Err(AttestationError::Certificate(CertificateError::Der))
            }
            parsed => parsed.map_err(AttestationError::Certificate),
        })
        .collect()
}

/// The leaf must not be an authority (§8.2.1, §8.3.1): Basic Constraints present with CA false.
pub(super) fn check_end_entity(
    leaf: &Certificate<'_>,
    input: &StatementInput<'_, '_>,
) -> Result<(), AttestationError> {
    match leaf.extensions().basic_constraints {
        Some(constraints) if constraints.ca => Err(AttestationError::CertificateIsCa),
        Some(_) => Ok(()),
        None if input.allows(Leniency::X509MissingBasicConstraints) => Ok(()),
        None => Err(AttestationError::CertificateBasicConstraints),
    }
}

/// If the leaf names an AAGUID, it must be the one in authenticator data: an OCTET STRING of 16 bytes inside the
/// extension's own, not critical (§8.2.1).
pub(super) fn check_aaguid(leaf: &Certificate<'_>, aaguid: Aaguid) -> Result<(), AttestationError> {
    let Some(extension) = leaf.extensions().find(oids::FIDO_AAGUID) else {
        return Ok(());
    };
    let matches = !extension.critical
        && der::single(extension.value)
            .is_ok_and(|element| element.tag == Tag::OctetString && element.value == aaguid.as_bytes());
    if matches {
        Ok(())
    } else {
        Err(AttestationError::AaguidMismatch)
    }
}

/// Reads the FIDO extensions for serial number and firmware; both must not be critical.
pub(super) fn device_facts(leaf: &Certificate<'_>) -> Result<DeviceFacts, AttestationError> {
    let mut facts = DeviceFacts::default();
    if let Some(extension) = leaf.extensions().find(oids::FIDO_SERIAL) {
        let element = der::single(extension.value).map_err(|_| AttestationError::FidoExtension)?;
        if extension.critical || element.tag != Tag::OctetString {
            return Err(AttestationError::FidoExtension);
        }
        facts.serial = Some(element.value.to_vec());
    }
    if let Some(extension) = leaf.extensions().find(oids::FIDO_FIRMWARE) {
        let element = der::single(extension.value).map_err(|_| AttestationError::FidoExtension)?;
        if extension.critical || element.tag != Tag::Integer {
            return Err(AttestationError::FidoExtension);
        }
        facts.firmware = Some(der::unsigned(element.value).map_err(|_| AttestationError::FidoExtension)?);
    }
    Ok(facts)
}

/// Whether a certificate is for the credential key itself: the same numbers, whatever the encoding around them.
pub(super) fn is_same_key(
    leaf: &Certificate<'_>,
    credential: &PublicKey<'_>,
) -> Result<bool, AttestationError> {
    let key = leaf.key().map_err(AttestationError::Certificate)?;
    Ok(match (key, *credential) {
        (PublicKey::Rsa { n, e }, PublicKey::Rsa { n: cn, e: ce }) => {
            n == crypto::strip_zeros(cn) && e == crypto::strip_zeros(ce)
        }
        (ours, theirs) => ours == theirs,
    })
}
