//! Signatures and hashes: the only module that talks to the cryptography crates.
//!
//! Keys arrive here decoded from COSE or from a certificate; what they may be used for is decided there.

use ring::{digest, signature};

use crate::algorithm::Algorithm;
use crate::code::Code;

/// A named elliptic curve for ECDSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256 (secp256r1).
    P256,
    /// NIST P-384 (secp384r1).
    P384,
    /// NIST P-521 (secp521r1).
    P521,
    /// The curve of ES256K (COSE -47), RFC 8812.
    Secp256k1,
}

impl Curve {
    /// Bytes of one coordinate.
    pub const fn coordinate_length(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1, for legacy statements and key identifiers only.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Hashes the parts as one message.
    pub fn digest(self, parts: &[&[u8]]) -> digest::Digest {
        let mut context = digest::Context::new(match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        });
        for part in parts {
            context.update(part);
        }
        context.finish()
    }
}

/// SHA-256 of one message.
pub fn sha256(message: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, message).as_ref());
    hash
}

/// A parameter set of ML-DSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MlDsaParameters {
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl MlDsaParameters {
    /// Bytes of a public key.
    pub const fn key_length(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }
}

/// A public key, borrowed from a COSE key or a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicKey<'a> {
    /// A point on a curve, each coordinate big-endian at full length.
    Ec {
        /// The curve the point is on.
        curve: Curve,
        /// The x coordinate.
        x: &'a [u8],
        /// The y coordinate.
        y: &'a [u8],
    },
    /// An Ed25519 key, 32 bytes.
    Ed25519(&'a [u8]),
    /// An Ed448 key, 57 bytes.
    Ed448(&'a [u8]),
    /// An RSA key, big-endian without leading zero bytes.
    Rsa {
        /// The modulus, big-endian.
        n: &'a [u8],
        /// The public exponent.
        e: &'a [u8],
    },
    /// An ML-DSA key.
    MlDsa {
        /// Which parameter set.
        parameters: MlDsaParameters,
        /// The encoded key.
        key: &'a [u8],
    },
}

/// How a signature was made, apart from the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// ECDSA over whatever curve the key has, ASN.1 DER signature.
    Ecdsa(Hash),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash.
    RsaPss(Hash),
    /// EdDSA over Ed25519.
    Ed25519,
    /// EdDSA over Ed448.
    Ed448,
    /// Pure ML-DSA with the empty context.
    MlDsa,
}

/// The signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Malformed, or not made by this key over this message.
    #[error("signature does not verify")]
    Invalid,
    /// The algorithm does not suit the key.
    #[error("signature algorithm does not suit the key")]
    AlgorithmMismatch,
    /// The algorithm is not one this build verifies.
    #[error("signature algorithm {0} is not supported")]
    UnsupportedAlgorithm(i64),
}

impl SignatureError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid => Code::SignatureInvalid,
            Self::AlgorithmMismatch => Code::SignatureAlgorithmMismatch,
            Self::UnsupportedAlgorithm(_) => Code::SignatureAlgorithmUnsupported,
        }
    }
}

/// Why a point or key is not usable, found by the arithmetic of its curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFlaw {
    /// Also for curves whose arithmetic this build lacks; their algorithms are refused before.
    NotOnCurve,
    Weak,
}

/// Whether RS1 (PKCS#1 v1.5 with SHA-1) is verified at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rs1 {
    /// Refused, as everywhere outside TPM statements.
    Refused,
    /// Verified: an old TPM, and the caller's policy says so.
    Accepted,
}

/// Verifies an attestation statement's signature: `algorithm` names hash and padding, the key its curve.
///
/// COSE alone would allow ECDSA of any hash on any curve, and certificates make use of it (P-384 with SHA-256);
/// the fully specified identifiers bind their curve.
///
/// # Errors
/// [`SignatureError`].
pub fn verify_statement_signature(
    key: &PublicKey<'_>,
    algorithm: i64,
    message: &[u8],
    signature: &[u8],
    rs1: Rs1,
) -> Result<(), SignatureError> {
    let unsupported = SignatureError::UnsupportedAlgorithm(algorithm);
    let algorithm = Algorithm::from_id(algorithm).ok_or(unsupported)?;
    let usable = algorithm.is_supported() || (algorithm == Algorithm::Rs1 && rs1 == Rs1::Accepted);
    if !usable {
        return Err(unsupported);
    }
    let nist = [Curve::P256, Curve::P384, Curve::P521];
    let curves: &[Curve] = match algorithm {
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => &nist,
        Algorithm::Esp256 => &nist[..1],
        Algorithm::Esp384 => &nist[1..2],
        Algorithm::Esp512 => &nist[2..],
        Algorithm::Es256k => &[Curve::Secp256k1],
        _ => &[],
    };
    if let PublicKey::Ec { curve, .. } = key
        && !curves.contains(curve)
    {
        return Err(SignatureError::AlgorithmMismatch);
    }
    let parameters = match algorithm {
        Algorithm::MlDsa44 => Some(MlDsaParameters::MlDsa44),
        Algorithm::MlDsa65 => Some(MlDsaParameters::MlDsa65),
        Algorithm::MlDsa87 => Some(MlDsaParameters::MlDsa87),
        _ => None,
    };
    if let PublicKey::MlDsa {
        parameters: of_key, ..
    } = key
        && Some(*of_key) != parameters
    {
        return Err(SignatureError::AlgorithmMismatch);
    }
    verify(key, scheme(algorithm), message, signature)
}

/// The scheme that a COSE algorithm stands for.
pub(crate) const fn scheme(algorithm: Algorithm) -> Scheme {
    match algorithm {
        Algorithm::Es256 | Algorithm::Esp256 | Algorithm::Es256k => Scheme::Ecdsa(Hash::Sha256),
        Algorithm::Es384 | Algorithm::Esp384 => Scheme::Ecdsa(Hash::Sha384),
        Algorithm::Es512 | Algorithm::Esp512 => Scheme::Ecdsa(Hash::Sha512),
        Algorithm::EdDsa | Algorithm::Ed25519 => Scheme::Ed25519,
        Algorithm::Ed448 => Scheme::Ed448,
        Algorithm::Ps256 => Scheme::RsaPss(Hash::Sha256),
        Algorithm::Ps384 => Scheme::RsaPss(Hash::Sha384),
        Algorithm::Ps512 => Scheme::RsaPss(Hash::Sha512),
        Algorithm::Rs256 => Scheme::RsaPkcs1(Hash::Sha256),
        Algorithm::Rs384 => Scheme::RsaPkcs1(Hash::Sha384),
        Algorithm::Rs512 => Scheme::RsaPkcs1(Hash::Sha512),
        Algorithm::Rs1 => Scheme::RsaPkcs1(Hash::Sha1),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => Scheme::MlDsa,
    }
}

/// Verifies one signature. RSA keys below 2048 bits are refused whatever the hash.
///
/// # Errors
/// [`SignatureError::AlgorithmMismatch`] when the scheme is not one of the key's type,
/// [`SignatureError::Invalid`] for everything that is wrong with key or signature.
pub fn verify(
    key: &PublicKey<'_>,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    match (*key, scheme) {
        (PublicKey::Ec { curve, x, y }, Scheme::Ecdsa(hash)) => {
            verify_ecdsa(curve, x, y, hash, message, signature)
        }
        (PublicKey::Rsa { n, e }, Scheme::RsaPkcs1(_) | Scheme::RsaPss(_)) => {
            verify_rsa(n, e, scheme, message, signature)
        }
        (PublicKey::Ed25519(key), Scheme::Ed25519) => {
            signature::UnparsedPublicKey::new(&signature::ED25519, key)
                .verify(message, signature)
                .map_err(|_| SignatureError::Invalid)
        }
        (PublicKey::Ed448(key), Scheme::Ed448) => verify_ed448(key, message, signature),
        (PublicKey::MlDsa { parameters, key }, Scheme::MlDsa) => {
            verify_ml_dsa(parameters, key, message, signature)
        }
        _ => Err(SignatureError::AlgorithmMismatch),
    }
}

/// An uncompressed point on the stack: `04 ‖ x ‖ y`.
struct Point {
    bytes: [u8; 133],
    length: usize,
}

impl Point {
    fn new(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let coordinate = curve.coordinate_length();
        if x.len() != coordinate || y.len() != coordinate {
            return None;
        }
        let mut bytes = [0; 133];
        bytes[0] = 0x04;
        bytes[1..=coordinate].copy_from_slice(x);
        bytes[1 + coordinate..1 + 2 * coordinate].copy_from_slice(y);
        Some(Self {
            bytes,
            length: 1 + 2 * coordinate,
        })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn verify_ecdsa(
    curve: Curve,
    x: &[u8],
    y: &[u8],
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let point = Point::new(curve, x, y).ok_or(SignatureError::Invalid)?;
    let ring: Option<&'static dyn signature::VerificationAlgorithm> = match (curve, hash) {
        (Curve::P256, Hash::Sha256) => Some(&signature::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Hash::Sha384) => Some(&signature::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Hash::Sha256) => Some(&signature::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, Hash::Sha384) => Some(&signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    };
    if let Some(algorithm) = ring {
        return signature::UnparsedPublicKey::new(algorithm, point.as_bytes())
            .verify(message, signature)
            .map_err(|_| SignatureError::Invalid);
    }
    let prehash = hash.digest(&[message]);
    let verified = match curve {
        Curve::P256 => prehashed::p256(point.as_bytes(), prehash.as_ref(), signature),
        Curve::P384 => prehashed::p384(point.as_bytes(), prehash.as_ref(), signature),
        Curve::P521 => prehashed::p521(point.as_bytes(), prehash.as_ref(), signature),
        Curve::Secp256k1 => prehashed::k256(point.as_bytes(), prehash.as_ref(), signature),
    };
    verified.ok_or(SignatureError::Invalid)
}

/// ECDSA that ring has no constant for; `None` for everything wrong.
mod prehashed {
    use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

    pub(super) fn p256(point: &[u8], prehash: &[u8], signature: &[u8]) -> Option<()> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
        key.verify_prehash(prehash, &signature).ok()
    }

    pub(super) fn p384(point: &[u8], prehash: &[u8], signature: &[u8]) -> Option<()> {
        let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
        key.verify_prehash(prehash, &signature).ok()
    }

    #[cfg(feature = "es512")]
    pub(super) fn p521(point: &[u8], prehash: &[u8], signature: &[u8]) -> Option<()> {
        let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        let signature = p521::ecdsa::Signature::from_der(signature).ok()?;
        key.verify_prehash(prehash, &signature).ok()
    }

    #[cfg(not(feature = "es512"))]
    pub(super) fn p521(_point: &[u8], _prehash: &[u8], _signature: &[u8]) -> Option<()> {
        None
    }

    #[cfg(feature = "es256k")]
    pub(super) fn k256(point: &[u8], prehash: &[u8], signature: &[u8]) -> Option<()> {
        let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        // Authenticators produce both halves of the range; this crate's verifier wants the lower one.
        let signature = k256::ecdsa::Signature::from_der(signature).ok()?.normalize_s();
        key.verify_prehash(prehash, &signature).ok()
    }

    #[cfg(not(feature = "es256k"))]
    pub(super) fn k256(_point: &[u8], _prehash: &[u8], _signature: &[u8]) -> Option<()> {
        None
    }
}

fn verify_rsa(
    n: &[u8],
    e: &[u8],
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let parameters = match scheme {
        Scheme::RsaPkcs1(Hash::Sha1) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Scheme::RsaPkcs1(Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPkcs1(Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        Scheme::RsaPkcs1(Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        Scheme::RsaPss(Hash::Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
        Scheme::RsaPss(Hash::Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
        Scheme::RsaPss(Hash::Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return Err(SignatureError::AlgorithmMismatch),
    };
    if bit_length(n) < 2048 {
        return Err(SignatureError::Invalid);
    }
    signature::RsaPublicKeyComponents { n, e }
        .verify(parameters, message, signature)
        .map_err(|_| SignatureError::Invalid)
}

#[cfg(feature = "ed448")]
fn verify_ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key = ed448_key(key).ok_or(SignatureError::Invalid)?;
    let signature = <[u8; 114]>::try_from(signature)
        .ok()
        .and_then(|bytes| ed448_goldilocks::Signature::try_from(&bytes[..]).ok())
        .ok_or(SignatureError::Invalid)?;
    key.verify_raw(&signature, message)
        .map_err(|_| SignatureError::Invalid)
}

#[cfg(feature = "ed448")]
fn ed448_key(key: &[u8]) -> Option<ed448_goldilocks::VerifyingKey> {
    let bytes = <[u8; 57]>::try_from(key).ok()?;
    ed448_goldilocks::VerifyingKey::from_bytes(&bytes).ok()
}

#[cfg(not(feature = "ed448"))]
fn verify_ed448(_key: &[u8], _message: &[u8], _signature: &[u8]) -> Result<(), SignatureError> {
    Err(SignatureError::UnsupportedAlgorithm(Algorithm::Ed448.id()))
}

#[cfg(feature = "ml-dsa")]
fn verify_ml_dsa(
    parameters: MlDsaParameters,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    use ml_dsa::signature::Verifier as _;
    use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, Signature, VerifyingKey};

    macro_rules! verify_with {
        ($set:ty) => {
            key.try_into().ok().and_then(|key| {
                let signature = Signature::<$set>::try_from(signature).ok()?;
                VerifyingKey::<$set>::decode(key)
                    .verify(message, &signature)
                    .ok()
            })
        };
    }

    match parameters {
        MlDsaParameters::MlDsa44 => verify_with!(MlDsa44),
        MlDsaParameters::MlDsa65 => verify_with!(MlDsa65),
        MlDsaParameters::MlDsa87 => verify_with!(MlDsa87),
    }
    .ok_or(SignatureError::Invalid)
}

#[cfg(not(feature = "ml-dsa"))]
fn verify_ml_dsa(
    parameters: MlDsaParameters,
    _key: &[u8],
    _message: &[u8],
    _signature: &[u8],
) -> Result<(), SignatureError> {
    let algorithm = match parameters {
        MlDsaParameters::MlDsa44 => Algorithm::MlDsa44,
        MlDsaParameters::MlDsa65 => Algorithm::MlDsa65,
        MlDsaParameters::MlDsa87 => Algorithm::MlDsa87,
    };
    Err(SignatureError::UnsupportedAlgorithm(algorithm.id()))
}

/// Checks what a signature check would find out too late: that a point is on its curve and not weak.
pub(crate) fn check_point(key: &PublicKey<'_>) -> Result<(), KeyFlaw> {
    match *key {
        PublicKey::Ec { curve, x, y } => {
            let point = Point::new(curve, x, y).ok_or(KeyFlaw::NotOnCurve)?;
            let point = point.as_bytes();
            let on_curve = match curve {
                Curve::P256 => p256::PublicKey::from_sec1_bytes(point).is_ok(),
                Curve::P384 => p384::PublicKey::from_sec1_bytes(point).is_ok(),
                #[cfg(feature = "es512")]
                Curve::P521 => p521::PublicKey::from_sec1_bytes(point).is_ok(),
                #[cfg(not(feature = "es512"))]
                Curve::P521 => false,
                #[cfg(feature = "es256k")]
                Curve::Secp256k1 => k256::PublicKey::from_sec1_bytes(point).is_ok(),
                #[cfg(not(feature = "es256k"))]
                Curve::Secp256k1 => false,
            };
            if on_curve {
                Ok(())
            } else {
                Err(KeyFlaw::NotOnCurve)
            }
        }
        PublicKey::Ed25519(key) => {
            let bytes = <[u8; 32]>::try_from(key).map_err(|_| KeyFlaw::NotOnCurve)?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyFlaw::NotOnCurve)?;
            if key.is_weak() || !is_canonical_ed25519(&bytes) {
                Err(KeyFlaw::Weak)
            } else {
                Ok(())
            }
        }
        #[cfg(feature = "ed448")]
        PublicKey::Ed448(key) => {
            let decoded = ed448_key(key).ok_or(KeyFlaw::NotOnCurve)?;
            if decoded.to_bytes()[..] == *key && !is_small_order_ed448(key) {
                Ok(())
            } else {
                Err(KeyFlaw::Weak)
            }
        }
        #[cfg(not(feature = "ed448"))]
        PublicKey::Ed448(_) => Err(KeyFlaw::NotOnCurve),
        PublicKey::Rsa { .. } | PublicKey::MlDsa { .. } => Ok(()),
    }
}

/// Whether the y coordinate is below the field's prime 2²⁵⁵ − 19.
fn is_canonical_ed25519(key: &[u8; 32]) -> bool {
    let top = key[31] & 0x7f;
    !(top == 0x7f && key[1..31].iter().all(|&byte| byte == 0xff) && key[0] >= 0xed)
}

/// The points of order 1, 2 and 4 of Ed448 (the cofactor is 4): y is 1, −1 or 0.
#[cfg(feature = "ed448")]
fn is_small_order_ed448(key: &[u8]) -> bool {
    let (Some(y), Some(_sign)) = (key.get(..56), key.get(56)) else {
        return true;
    };
    let zero_or_one = y[0] <= 1 && y[1..].iter().all(|&byte| byte == 0);
    // p − 1 = 2⁴⁴⁸ − 2²²⁴ − 2, little-endian.
    let minus_one = y[0] == 0xfe
        && y.iter()
            .enumerate()
            .skip(1)
            .all(|(index, &byte)| byte == if index == 28 { 0xfe } else { 0xff });
    zero_or_one || minus_one
}

/// Bits of a big-endian number, leading zero bytes not counted.
pub(crate) fn bit_length(number: &[u8]) -> usize {
    let digits = strip_zeros(number);
    digits
        .first()
        .map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

/// A big-endian number without its leading zero bytes.
pub(crate) fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests;
