//! Subject public keys and signature algorithms of certificates.

use x509_cert::{
    der::{
        Any, Encode as _, Tag,
        asn1::{BitString, UintRef},
        oid::ObjectIdentifier,
    },
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
};

use super::{
    der::{self, Cursor, DerError, context},
    error::CertificateError,
};
use crate::crypto::{self, Curve, Hash, MlDsaParameters, PublicKey, Scheme};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const MD5_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4");
const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const ECDSA_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const ML_DSA_44: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17");
const ML_DSA_65: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");
const ML_DSA_87: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The smallest RSA modulus of a certificate, in bits (rule T10).
const MIN_RSA_BITS: usize = 2048;

/// The algorithm of a certificate signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateSignature {
    /// One that says hash and padding; the issuer's key says the rest.
    Scheme(Scheme),
    /// ML-DSA with the empty context, for keys of this parameter set only (RFC 9881).
    MlDsa(MlDsaParameters),
    /// Built on MD5.
    Md5,
    /// An identifier that this crate does not know.
    Unknown,
}

impl CertificateSignature {
    /// Reads an AlgorithmIdentifier.
    pub(crate) fn from_der(encoded: &[u8]) -> Self {
        read_algorithm(encoded).unwrap_or(Self::Unknown)
    }

    /// Whether the signature is built on SHA-1.
    pub(crate) const fn is_sha1(self) -> bool {
        matches!(
            self,
            Self::Scheme(
                Scheme::Ecdsa(Hash::Sha1) | Scheme::RsaPkcs1(Hash::Sha1) | Scheme::RsaPss(Hash::Sha1)
            )
        )
    }
}

/// Why bytes are not a SubjectPublicKeyInfo of a supported key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpkiError {
    /// Not the DER of a SubjectPublicKeyInfo.
    #[error("not a DER-encoded SubjectPublicKeyInfo")]
    Der,
    /// A kind of key that is not known.
    #[error("the SubjectPublicKeyInfo holds a kind of key that is not supported")]
    Algorithm,
    /// A curve that is not known, or one that is described instead of named.
    #[error("the elliptic curve of the SubjectPublicKeyInfo is not supported, or not named")]
    Curve,
    /// A point without its second coordinate.
    #[error("the elliptic-curve point in the SubjectPublicKeyInfo is compressed; write it uncompressed")]
    CompressedPoint,
    /// A key that is shorter or longer than keys of its kind.
    #[error("the key in the SubjectPublicKeyInfo has the wrong length")]
    Length,
}

impl From<DerError> for SpkiError {
    fn from(DerError: DerError) -> Self {
        Self::Der
    }
}

/// Reads the SubjectPublicKeyInfo of a certificate. Sizes are checked here, points when a signature is.
pub(crate) fn read_key(spki: &[u8]) -> Result<PublicKey<'_>, CertificateError> {
    match read_spki(spki) {
        // No certificate of an authenticator is made with this curve.
        Ok(PublicKey::Ec {
            curve: Curve::Secp256k1,
            ..
        })
        | Err(_) => Err(CertificateError::Key),
        Ok(key) => Ok(key),
    }
}

/// Whether a key is large enough to be relied on (rule T10).
pub(crate) fn is_strong(key: &PublicKey<'_>) -> bool {
    match key {
        PublicKey::Rsa { n, e } => {
            crypto::bit_length(n) >= MIN_RSA_BITS && e.last().is_some_and(|last| last & 1 == 1) && *e != [1]
        }
        PublicKey::Ec { .. } | PublicKey::Ed25519(_) | PublicKey::Ed448(_) | PublicKey::MlDsa { .. } => true,
    }
}

/// Reads a SubjectPublicKeyInfo. Sizes are checked here, points when a signature is.
pub(crate) fn read_spki(spki: &[u8]) -> Result<PublicKey<'_>, SpkiError> {
    let mut fields = der::single(spki)?.contents();
    let mut algorithm = fields.sequence()?;
    let (unused, bits) = fields.bit_string()?;
    fields.finish()?;
    if unused != 0 {
        return Err(SpkiError::Der);
    }
    let sized = |length: usize| {
        if bits.len() == length {
            Ok(bits)
        } else {
            Err(SpkiError::Length)
        }
    };
    let ml_dsa = |parameters: MlDsaParameters| {
        sized(parameters.key_length()).map(|key| PublicKey::MlDsa { parameters, key })
    };
    let key = match algorithm.oid()? {
        RSA_ENCRYPTION => {
            if algorithm
                .optional(Tag::Null)?
                .is_some_and(|null| !null.value.is_empty())
            {
                return Err(SpkiError::Der);
            }
            let mut numbers = der::single(bits)?.contents();
            let n = der::magnitude(numbers.integer()?)?;
            let e = der::magnitude(numbers.integer()?)?;
            numbers.finish()?;
            PublicKey::Rsa { n, e }
        }
        EC_PUBLIC_KEY => {
            let curve = match algorithm.oid().map_err(|DerError| SpkiError::Curve)? {
                P256 => Curve::P256,
                P384 => Curve::P384,
                P521 => Curve::P521,
                SECP256K1 => Curve::Secp256k1,
                _ => return Err(SpkiError::Curve),
            };
            let coordinates = match bits {
                [0x04, coordinates @ ..] => coordinates,
                [0x02 | 0x03, ..] => return Err(SpkiError::CompressedPoint),
                _ => return Err(SpkiError::Der),
            };
            if coordinates.len() != 2 * curve.coordinate_length() {
                return Err(SpkiError::Length);
            }
            let (x, y) = coordinates.split_at(curve.coordinate_length());
            PublicKey::Ec { curve, x, y }
        }
        ED25519 => PublicKey::Ed25519(sized(32)?),
        ED448 => PublicKey::Ed448(sized(57)?),
        ML_DSA_44 => ml_dsa(MlDsaParameters::MlDsa44)?,
        ML_DSA_65 => ml_dsa(MlDsaParameters::MlDsa65)?,
        ML_DSA_87 => ml_dsa(MlDsaParameters::MlDsa87)?,
        _ => return Err(SpkiError::Algorithm),
    };
    algorithm.finish()?;
    Ok(key)
}

/// Writes a SubjectPublicKeyInfo; none if a number in it is larger than DER has room for.
pub(crate) fn write_spki(key: &PublicKey<'_>) -> Option<Vec<u8>> {
    let (oid, parameters, bits) = match key {
        PublicKey::Ec { curve, x, y } => {
            let curve = match curve {
                Curve::P256 => P256,
                Curve::P384 => P384,
                Curve::P521 => P521,
                Curve::Secp256k1 => SECP256K1,
            };
            (EC_PUBLIC_KEY, Some(Any::from(curve)), [&[0x04], *x, *y].concat())
        }
        PublicKey::Rsa { n, e } => {
            let numbers = [UintRef::new(n).ok()?, UintRef::new(e).ok()?];
            (RSA_ENCRYPTION, Some(Any::null()), numbers.to_vec().to_der().ok()?)
        }
        PublicKey::Ed25519(key) => (ED25519, None, key.to_vec()),
        PublicKey::Ed448(key) => (ED448, None, key.to_vec()),
        PublicKey::MlDsa { parameters, key } => {
            let oid = match parameters {
                MlDsaParameters::MlDsa44 => ML_DSA_44,
                MlDsaParameters::MlDsa65 => ML_DSA_65,
                MlDsaParameters::MlDsa87 => ML_DSA_87,
            };
            (oid, None, key.to_vec())
        }
    };
    let info = SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifierOwned { oid, parameters },
        subject_public_key: BitString::from_bytes(&bits).ok()?,
    };
    info.to_der().ok()
}

fn read_algorithm(encoded: &[u8]) -> Result<CertificateSignature, DerError> {
    let mut fields = der::single(encoded)?.contents();
    let scheme = match fields.oid()? {
        MD5_WITH_RSA => return Ok(CertificateSignature::Md5),
        SHA1_WITH_RSA => Scheme::RsaPkcs1(Hash::Sha1),
        SHA256_WITH_RSA => Scheme::RsaPkcs1(Hash::Sha256),
        SHA384_WITH_RSA => Scheme::RsaPkcs1(Hash::Sha384),
        SHA512_WITH_RSA => Scheme::RsaPkcs1(Hash::Sha512),
        RSASSA_PSS => {
            return Ok(pss_hash(fields)?.map_or(CertificateSignature::Unknown, |hash| {
                CertificateSignature::Scheme(Scheme::RsaPss(hash))
            }));
        }
        ECDSA_WITH_SHA1 => Scheme::Ecdsa(Hash::Sha1),
        ECDSA_WITH_SHA256 => Scheme::Ecdsa(Hash::Sha256),
        ECDSA_WITH_SHA384 => Scheme::Ecdsa(Hash::Sha384),
        ECDSA_WITH_SHA512 => Scheme::Ecdsa(Hash::Sha512),
        ED25519 => Scheme::Ed25519,
        ED448 => Scheme::Ed448,
        ML_DSA_44 => return Ok(CertificateSignature::MlDsa(MlDsaParameters::MlDsa44)),
        ML_DSA_65 => return Ok(CertificateSignature::MlDsa(MlDsaParameters::MlDsa65)),
        ML_DSA_87 => return Ok(CertificateSignature::MlDsa(MlDsaParameters::MlDsa87)),
        _ => return Ok(CertificateSignature::Unknown),
    };
    // Absent or NULL: RSA wants NULL, the others nothing, and both get it wrong in the field.
    fields.optional(Tag::Null)?;
    fields.finish()?;
    Ok(CertificateSignature::Scheme(scheme))
}

/// RSASSA-PSS-params (RFC 4055): only the consistent sets with SHA-2 are accepted.
fn pss_hash(mut fields: Cursor<'_>) -> Result<Option<Hash>, DerError> {
    let mut parameters = fields.sequence()?;
    fields.finish()?;
    let Some(hash) = parameters.optional(context(0, true))? else {
        return Ok(None);
    };
    let hash = hash.contents().sequence()?.oid()?;
    let Some(mask) = parameters.optional(context(1, true))? else {
        return Ok(None);
    };
    let mut mask = mask.contents().sequence()?;
    if mask.oid()? != MGF1 || mask.sequence()?.oid()? != hash {
        return Ok(None);
    }
    let Some(salt) = parameters.optional(context(2, true))? else {
        return Ok(None);
    };
    let salt = salt.contents().unsigned()?;
    Ok(match (hash, salt) {
        (SHA256, 32) => Some(Hash::Sha256),
        (SHA384, 48) => Some(Hash::Sha384),
        (SHA512, 64) => Some(Hash::Sha512),
        _ => None,
    })
}
