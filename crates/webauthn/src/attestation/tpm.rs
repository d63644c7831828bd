//! Format `tpm` (§8.3): a TPM certifies the credential key with its attestation key.

mod structures;

use crate::{
    algorithm::Algorithm,
    certificate::{Certificate, GeneralName, Name, oids},
    crypto::{self, Curve, PublicKey, Rs1, Scheme},
    leniency::Leniency,
};

use self::structures::{CertifyInfo, PublicArea, PublicKeyArea};
use super::{
    certified::{Signed, X5c, check_aaguid, check_end_entity, device_facts},
    error::AttestationError,
    format::AttestationFormat,
    input::StatementInput,
    statement::{Attestation, AttestationType},
};

/// TCG TPM Vendor ID Registry: the four bytes a manufacturer writes, in hexadecimal.
const VENDORS: [&str; 29] = [
    "414D4400", // AMD
    "414E5400", // Ant Group
    "41544D4C", // Atmel
    "4252434D", // Broadcom
    "4353434F", // Cisco
    "464C5953", // Flyslice
    "474F4F47", // Google
    "48495349", // Huawei
    "48504500", // HPE
    "48504900", // HPI
    "49424D00", // IBM
    "49465800", // Infineon
    "494E5443", // Intel
    "4C454E00", // Lenovo
    "4D534654", // Microsoft
    "4E534700", // NSING
    "4E534D20", // National Semiconductor
    "4E544300", // Nuvoton
    "4E545A00", // Nationz
    "51434F4D", // Qualcomm
    "524F4343", // Rockchip
    "53454345", // SecEdge
    "5345414C", // Wisekey
    "534D5343", // SMSC
    "534D534E", // Samsung
    "534E5300", // Sinosun
    "53544D20", // STMicroelectronics
    "54584E00", // Texas Instruments
    "57454300", // Winbond
];

/// Verifies a statement.
pub(super) fn verify(input: &StatementInput<'_, '_>) -> Result<Attestation, AttestationError> {
    if input.member("ver")?.as_text() != Some("2.0") {
        return Err(AttestationError::Statement("ver"));
    }
    if input.statement.member("ecdaaKeyId").is_some() {
        return Err(AttestationError::EcdaaUnsupported);
    }
    let signed = Signed::from_statement(input)?;
    let x5c = X5c::from_statement(input)?;
    let (cert_info, pub_area) = (input.bytes("certInfo")?, input.bytes("pubArea")?);

    let public = PublicArea::parse(pub_area).map_err(|_| AttestationError::TpmPubArea)?;
    let lenient_coordinates = input.allows(Leniency::TpmCoordinateLeadingZero);
    if !is_same_key(&public.key, &input.attested.key().key, lenient_coordinates) {
        return Err(AttestationError::TpmPublicKeyMismatch);
    }
    let certified = CertifyInfo::parse(cert_info).map_err(|_| AttestationError::TpmCertInfo)?;
    check_extra_data(&certified, signed.algorithm, input)?;
    check_name(&certified, &public, pub_area)?;
    let rs1 = if input.allows(Leniency::Rs1) {
        Rs1::Accepted
    } else {
        Rs1::Refused
    };
    signed.verify(x5c.leaf(), cert_info, rs1)?;
    check_certificate(x5c.leaf(), input)?;
    check_aaguid(x5c.leaf(), input.attested.aaguid())?;
    Ok(Attestation::new(AttestationFormat::Tpm, AttestationType::AttCa)
        .with_certificates(x5c.to_path())
        .with_device(device_facts(x5c.leaf())?))
}

/// Whether the public area is the credential key, compared as numbers.
fn is_same_key(area: &PublicKeyArea<'_>, credential: &PublicKey<'_>, leading_zero_may_miss: bool) -> bool {
    match (area, credential) {
        (PublicKeyArea::Rsa { modulus, exponent }, PublicKey::Rsa { n, e }) => {
            crypto::strip_zeros(modulus) == crypto::strip_zeros(n)
                && crypto::strip_zeros(&exponent.to_be_bytes()) == crypto::strip_zeros(e)
        }
        (
            PublicKeyArea::Ecc { curve, x, y },
            PublicKey::Ec {
                curve: expected,
                x: cx,
                y: cy,
            },
        ) => {
            let same_curve = matches!(
                (*curve, *expected),
                (0x0003, Curve::P256) | (0x0004, Curve::P384) | (0x0005, Curve::P521)
            );
            let same = |ours: &[u8], theirs: &[u8]| {
                if leading_zero_may_miss {
                    crypto::strip_zeros(ours) == crypto::strip_zeros(theirs)
                } else {
                    ours == theirs
                }
            };
            same_curve && same(x, cx) && same(y, cy)
        }
        _ => false,
    }
}

/// `extraData` is the hash of `authData ‖ clientDataHash`, with the hash of the statement's `alg`.
fn check_extra_data(
    certified: &CertifyInfo<'_>,
    algorithm: i64,
    input: &StatementInput<'_, '_>,
) -> Result<(), AttestationError> {
    let unsupported = AttestationError::UnsupportedAlgorithm(algorithm);
    let hash = match crypto::scheme(Algorithm::from_id(algorithm).ok_or(unsupported)?) {
        Scheme::Ecdsa(hash) | Scheme::RsaPkcs1(hash) | Scheme::RsaPss(hash) => hash,
        Scheme::Ed25519 | Scheme::Ed448 | Scheme::MlDsa => {
            return Err(AttestationError::AlgorithmMismatch(algorithm));
        }
    };
    let expected = hash.digest(&[input.signed]);
    if certified.extra_data == expected.as_ref() {
        Ok(())
    } else {
        Err(AttestationError::TpmExtraData)
    }
}

/// The certified name is the algorithm identifier and the hash of the whole public area.
fn check_name(
    certified: &CertifyInfo<'_>,
    public: &PublicArea<'_>,
    pub_area: &[u8],
) -> Result<(), AttestationError> {
    let hash = structures::hash(public.name_algorithm).ok_or(AttestationError::TpmName)?;
    let expected = [
        &public.name_algorithm.to_be_bytes(),
        hash.digest(&[pub_area]).as_ref(),
    ]
    .concat();
    if certified.name == expected {
        Ok(())
    } else {
        Err(AttestationError::TpmName)
    }
}

/// The requirements on the certificate of an attestation identity key (§8.3.1).
fn check_certificate(leaf: &Certificate<'_>, input: &StatementInput<'_, '_>) -> Result<(), AttestationError> {
    let extensions = leaf.extensions();
    if leaf.version() != 3 || !leaf.subject().is_empty() {
        return Err(AttestationError::TpmCertificate);
    }
    let purposes = extensions.key_purposes.as_deref().unwrap_or_default();
    if !purposes.contains(&oids::TCG_AIK) {
        return Err(AttestationError::TpmCertificate);
    }
    let alternative = extensions
        .find(oids::SUBJECT_ALT_NAME)
        .ok_or(AttestationError::TpmCertificate)?;
    // RFC 5280, 4.2.1.6: with an empty subject the alternative name is the only one, hence critical.
    if !alternative.critical {
        return Err(AttestationError::TpmCertificate);
    }
    check_end_entity(leaf, input).map_err(|_| AttestationError::TpmCertificate)?;
    let directory = extensions
        .alternative_names
        .iter()
        .flatten()
        .find_map(|name| match name {
            GeneralName::Directory(name) => Some(*name),
            GeneralName::Dns(_) | GeneralName::Other => None,
        });
    check_device(directory.ok_or(AttestationError::TpmCertificate)?, input)
}

/// Manufacturer, model and version, in RDNs of their own or in one.
fn check_device(device: Name<'_>, input: &StatementInput<'_, '_>) -> Result<(), AttestationError> {
    let manufacturers = device.texts(oids::TCG_MANUFACTURER);
    let [manufacturer] = manufacturers.as_slice() else {
        return Err(AttestationError::TpmCertificate);
    };
    if device.texts(oids::TCG_MODEL).is_empty() || device.texts(oids::TCG_VERSION).is_empty() {
        return Err(AttestationError::TpmCertificate);
    }
    let id = manufacturer
        .strip_prefix("id:")
        .filter(|id| id.len() == 8 && id.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .ok_or(AttestationError::TpmCertificate)?;
    let known = VENDORS.iter().any(|vendor| vendor.eq_ignore_ascii_case(id))
        || input
            .policy
            .tpm_vendors
            .iter()
            .any(|vendor| vendor.eq_ignore_ascii_case(id));
    if known {
        Ok(())
    } else {
        Err(AttestationError::TpmVendor(id.to_ascii_uppercase()))
    }
}
