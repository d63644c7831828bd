//! Certificate extensions: the ones the verifier acts on, decoded once and strictly.

use x509_cert::der::{Tag, oid::ObjectIdentifier};

use super::{
    der::{self, Cursor, DerError, Element, context},
    error::CertificateError,
    name::Name,
};
use crate::leniency::{Leniencies, Leniency};

/// Object identifiers of extensions, attributes and key purposes.
pub(crate) mod oids {
    use x509_cert::der::oid::ObjectIdentifier;

    /// subjectKeyIdentifier.
    pub(crate) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
    /// keyUsage.
    pub(crate) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
    /// subjectAltName.
    pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
    /// basicConstraints.
    pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
    /// nameConstraints.
    pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
    /// certificatePolicies.
    pub(crate) const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
    /// authorityKeyIdentifier.
    pub(crate) const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
    /// extKeyUsage.
    pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
    /// id-fido-gen-ce-sernum: serial number of an enterprise authenticator.
    pub(crate) const FIDO_SERIAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.2");
    /// id-fido-gen-ce-aaguid.
    pub(crate) const FIDO_AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");
    /// id-fido-gen-ce-fw-version.
    pub(crate) const FIDO_FIRMWARE: ObjectIdentifier =
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.5");
    /// Transports of a U2F authenticator.
    pub(crate) const FIDO_TRANSPORTS: ObjectIdentifier =
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.2.1.1");
    /// Android KeyDescription.
    pub(crate) const ANDROID_KEY_DESCRIPTION: ObjectIdentifier =
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");
    /// Nonce of Apple's anonymous attestation.
    pub(crate) const APPLE_NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");
    /// tcg-kp-AIKCertificate, a key purpose.
    pub(crate) const TCG_AIK: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.3");
    /// TPM manufacturer, a name attribute.
    pub(crate) const TCG_MANUFACTURER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.2.1");
    /// TPM model, a name attribute.
    pub(crate) const TCG_MODEL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.2.2");
    /// TPM version, a name attribute.
    pub(crate) const TCG_VERSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.2.3");
    /// commonName, a name attribute.
    pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    /// countryName, a name attribute.
    pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    /// organizationName, a name attribute.
    pub(crate) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
    /// organizationalUnitName, a name attribute.
    pub(crate) const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
}

/// What to do about an extension whose value is not canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ExtensionForm {
    /// Refuse the certificate.
    #[default]
    Strict,
    /// Policy switch `x509_malformed_extension`: read any non-zero octet as TRUE in basicConstraints (one
    /// registered vendor encodes it as 1), and pass over malformed key identifiers and policies.
    Tolerant,
}

impl ExtensionForm {
    /// How extension values are taken under these leniencies.
    pub(crate) const fn under(leniencies: Leniencies) -> Self {
        if leniencies.allows(Leniency::X509MalformedExtension) {
            Self::Tolerant
        } else {
            Self::Strict
        }
    }
}

/// An extension as received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extension<'a> {
    /// The object identifier of the extension.
    pub(crate) id: ObjectIdentifier,
    /// Whether a verifier that does not know it has to refuse.
    pub(crate) critical: bool,
    /// Contents of the OCTET STRING around the value.
    pub(crate) value: &'a [u8],
}

/// basicConstraints (RFC 5280, 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    /// Whether the key may sign certificates.
    pub(crate) ca: bool,
    /// How many further authorities may follow.
    pub(crate) path_length: Option<u64>,
}

/// A name of one of the kinds of RFC 5280, 4.2.1.6.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GeneralName<'a> {
    /// dNSName.
    Dns(&'a str),
    /// directoryName.
    Directory(Name<'a>),
    /// A kind of name that nothing here compares.
    Other,
}

/// nameConstraints (RFC 5280, 4.2.1.10).
#[derive(Debug, Clone, Default)]
pub(crate) struct NameConstraints<'a> {
    /// Where names of these kinds have to lie.
    pub(crate) permitted: Vec<GeneralName<'a>>,
    /// Where they must not lie.
    pub(crate) excluded: Vec<GeneralName<'a>>,
}

/// All extensions of one certificate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions<'a> {
    list: Vec<Extension<'a>>,
    /// basicConstraints.
    pub(crate) basic_constraints: Option<BasicConstraints>,
    /// Whether keyUsage, if present, allows signing certificates.
    pub(crate) may_sign_certificates: Option<bool>,
    /// Key purposes of extKeyUsage.
    pub(crate) key_purposes: Option<Vec<ObjectIdentifier>>,
    /// subjectAltName.
    pub(crate) alternative_names: Option<Vec<GeneralName<'a>>>,
    /// subjectKeyIdentifier.
    pub(crate) subject_key_identifier: Option<&'a [u8]>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub(crate) authority_key_identifier: Option<&'a [u8]>,
    /// nameConstraints.
    pub(crate) name_constraints: Option<NameConstraints<'a>>,
}

impl<'a> Extensions<'a> {
    pub(super) fn parse(explicit: &Element<'a>, form: ExtensionForm) -> Result<Self, CertificateError> {
        let mut outer = explicit.contents();
        let mut elements = outer.sequence()?;
        outer.finish()?;
        let mut extensions = Self::default();
        while !elements.is_empty() {
            let mut fields = elements.sequence()?;
            let id = fields.oid()?;
            let critical = match fields.optional(Tag::Boolean)? {
                None => false,
                Some(element) => boolean(element.value, form)?,
            };
            let value = fields.octet_string()?;
            fields.finish()?;
            if extensions.find(id).is_some() {
                return Err(CertificateError::DuplicateExtension);
            }
            extensions.list.push(Extension { id, critical, value });
            match extensions.decode(id, value, form) {
                Ok(()) => {}
                Err(DerError) if form == ExtensionForm::Tolerant && is_advisory(id) => {}
                Err(DerError) => return Err(CertificateError::Extension),
            }
        }
        Ok(extensions)
    }

    /// The extension with this identifier.
    pub(crate) fn find(&self, id: ObjectIdentifier) -> Option<&Extension<'a>> {
        self.list.iter().find(|extension| extension.id == id)
    }

    /// The identifiers of all critical extensions.
    pub(crate) fn critical(&self) -> impl Iterator<Item = ObjectIdentifier> {
        self.list
            .iter()
            .filter(|extension| extension.critical)
            .map(|extension| extension.id)
    }

    /// The dNSNames of subjectAltName.
    pub(crate) fn dns_names(&self) -> impl Iterator<Item = &'a str> {
        self.alternative_names
            .iter()
            .flatten()
            .filter_map(|name| match name {
                GeneralName::Dns(name) => Some(*name),
                GeneralName::Directory(_) | GeneralName::Other => None,
            })
    }

    fn decode(&mut self, id: ObjectIdentifier, value: &'a [u8], form: ExtensionForm) -> Result<(), DerError> {
        match id {
            oids::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value, form)?),
            oids::KEY_USAGE => self.may_sign_certificates = Some(may_sign_certificates(value)?),
            oids::EXTENDED_KEY_USAGE => self.key_purposes = Some(key_purposes(value)?),
            oids::SUBJECT_ALT_NAME => self.alternative_names = Some(alternative_names(value)?),
            oids::SUBJECT_KEY_IDENTIFIER => {
                let element = der::single(value)?;
                if element.tag != Tag::OctetString {
                    return Err(DerError);
                }
                self.subject_key_identifier = Some(element.value);
            }
            oids::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_identifier = authority_key_identifier(value)?
            }
            oids::NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(value)?),
            oids::CERTIFICATE_POLICIES => certificate_policies(value)?,
            _ => {}
        }
        Ok(())
    }
}

fn is_advisory(id: ObjectIdentifier) -> bool {
    matches!(
        id,
        oids::SUBJECT_KEY_IDENTIFIER | oids::AUTHORITY_KEY_IDENTIFIER | oids::CERTIFICATE_POLICIES
    )
}

fn boolean(value: &[u8], form: ExtensionForm) -> Result<bool, CertificateError> {
    match (value, form) {
        ([0x00], _) => Ok(false),
        ([0xff], _) | ([_], ExtensionForm::Tolerant) => Ok(true),
        _ => Err(CertificateError::Extension),
    }
}

fn sequence(value: &[u8]) -> Result<Cursor<'_>, DerError> {
    let element = der::single(value)?;
    if element.tag == Tag::Sequence {
        Ok(element.contents())
    } else {
        Err(DerError)
    }
}

fn basic_constraints(value: &[u8], form: ExtensionForm) -> Result<BasicConstraints, DerError> {
    let mut fields = sequence(value)?;
    let ca = match fields.optional(Tag::Boolean)? {
        None => false,
        Some(element) => boolean(element.value, form).map_err(|_| DerError)?,
    };
    let path_length = match fields.optional(Tag::Integer)? {
        None => None,
        Some(element) => Some(der::unsigned(element.value)?),
    };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_length })
}

fn may_sign_certificates(value: &[u8]) -> Result<bool, DerError> {
    let mut cursor = Cursor::new(value);
    let (_, octets) = cursor.bit_string()?;
    cursor.finish()?;
    // keyCertSign is bit 5, counted from the most significant one.
    Ok(octets.first().is_some_and(|octet| octet & 0x04 != 0))
}

fn key_purposes(value: &[u8]) -> Result<Vec<ObjectIdentifier>, DerError> {
    let mut fields = sequence(value)?;
    let mut purposes = Vec::new();
    while !fields.is_empty() {
        purposes.push(fields.oid()?);
    }
    if purposes.is_empty() {
        Err(DerError)
    } else {
        Ok(purposes)
    }
}

fn alternative_names(value: &[u8]) -> Result<Vec<GeneralName<'_>>, DerError> {
    let mut fields = sequence(value)?;
    let mut names = Vec::new();
    while !fields.is_empty() {
        names.push(general_name(fields.any()?)?);
    }
    if names.is_empty() {
        Err(DerError)
    } else {
        Ok(names)
    }
}

fn general_name(element: Element<'_>) -> Result<GeneralName<'_>, DerError> {
    match element.context_number() {
        Some(2) => str::from_utf8(element.value)
            .ok()
            .filter(|name| name.is_ascii())
            .map(GeneralName::Dns)
            .ok_or(DerError),
        Some(4) => Ok(GeneralName::Directory(Name::parse(der::single(element.value)?)?)),
        Some(0..=8) => Ok(GeneralName::Other),
        _ => Err(DerError),
    }
}

fn authority_key_identifier(value: &[u8]) -> Result<Option<&[u8]>, DerError> {
    let mut fields = sequence(value)?;
    let identifier = fields.optional(context(0, false))?.map(|element| element.value);
    fields.optional(context(1, true))?;
    fields.optional(context(2, false))?;
    fields.finish()?;
    Ok(identifier)
}

fn name_constraints(value: &[u8]) -> Result<NameConstraints<'_>, DerError> {
    let mut fields = sequence(value)?;
    let permitted = subtrees(fields.optional(context(0, true))?)?;
    let excluded = subtrees(fields.optional(context(1, true))?)?;
    fields.finish()?;
    Ok(NameConstraints { permitted, excluded })
}

fn subtrees(element: Option<Element<'_>>) -> Result<Vec<GeneralName<'_>>, DerError> {
    let Some(element) = element else {
        return Ok(Vec::new());
    };
    let mut trees = element.contents();
    let mut bases = Vec::new();
    while !trees.is_empty() {
        let mut fields = trees.sequence()?;
        bases.push(general_name(fields.any()?)?);
        // RFC 5280 allows neither a minimum other than 0 nor a maximum.
        fields.finish()?;
    }
    Ok(bases)
}

fn certificate_policies(value: &[u8]) -> Result<(), DerError> {
    let mut fields = sequence(value)?;
    while !fields.is_empty() {
        let mut policy = fields.sequence()?;
        policy.oid()?;
        if policy.optional(Tag::Sequence)?.is_some() {
            policy.finish()?;
        }
        policy.finish()?;
    }
    Ok(())
}
