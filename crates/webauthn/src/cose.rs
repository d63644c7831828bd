//! Credential public keys: COSE_Key read strictly, kept byte for byte.
//!
//! <https://www.w3.org/TR/webauthn-3/#sctn-encoded-credPubKey-examples>, RFC 9052 §7, RFC 9964 for ML-DSA.

mod spki;

use crate::algorithm::Algorithm;
use crate::cbor::{self, CborError, Rules, Value};
pub use crate::certificate::SpkiError;
use crate::code::Code;
use crate::crypto::{self, Curve, KeyFlaw, MlDsaParameters, PublicKey, SignatureError};
use crate::leniency::{Leniencies, Leniency};

/// Why bytes are not a credential public key we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoseKeyError {
    /// Not canonical CBOR.
    #[error("COSE key is not canonical CBOR")]
    Cbor(#[source] CborError),
    /// Not a SubjectPublicKeyInfo of a key that is supported.
    #[error(transparent)]
    Spki(#[from] SpkiError),
    /// Not a map with integer labels.
    #[error("COSE key is not a map with integer labels")]
    NotAMap,
    /// A parameter the key type requires is absent.
    #[error("COSE key parameter {0} is missing")]
    Missing(i64),
    /// A parameter that a credential public key does not have.
    #[error("unexpected COSE key parameter {0}")]
    UnexpectedParameter(i64),
    /// A parameter of the wrong type, a compressed `y` among them.
    #[error("COSE key parameter {0} has the wrong type")]
    ParameterType(i64),
    /// The key has a private parameter, with this label.
    #[error("COSE key contains private parameter {0}")]
    PrivateKeyPresent(i64),
    /// A key type this crate does not know.
    #[error("unsupported COSE key type {0}")]
    UnsupportedKeyType(i64),
    /// An algorithm this build does not verify.
    #[error("unsupported COSE algorithm {0}")]
    UnsupportedAlgorithm(i64),
    /// Key type or curve is not the one of the algorithm.
    #[error("COSE algorithm {algorithm} does not suit the key type or curve")]
    AlgorithmCurveMismatch {
        /// The algorithm's identifier.
        algorithm: i64,
    },
    /// A coordinate or key of the wrong length.
    #[error("COSE key parameter {0} has the wrong length")]
    CoordinateLength(i64),
    /// The point is not on the curve.
    #[error("public key is not a point on its curve")]
    NotOnCurve,
    /// A key for which signatures prove nothing: a small-order or non-canonical point, an even modulus.
    #[error("weak public key")]
    WeakKey,
    /// An RSA modulus below 2048 bits.
    #[error("RSA modulus of {bits} bits is too small")]
    RsaModulusTooSmall {
        /// Length of the modulus, in bits.
        bits: usize,
    },
    /// An RSA modulus above 8192 bits.
    #[error("RSA modulus of {bits} bits is too large")]
    RsaModulusTooLarge {
        /// Length of the modulus, in bits.
        bits: usize,
    },
    /// An RSA modulus or exponent with a leading zero byte.
    #[error("RSA number has a leading zero byte")]
    RsaLeadingZero,
    /// An RSA exponent that is even, below 65537 or above 33 bits.
    #[error("RSA exponent is not acceptable")]
    RsaExponent,
}

impl CoseKeyError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Cbor(error) => error.code(),
            Self::Spki(_) => Code::CoseKeySpki,
            Self::NotAMap => Code::CoseKeyNotAMap,
            Self::Missing(_) => Code::CoseKeyParameterMissing,
            Self::UnexpectedParameter(_) => Code::CoseKeyUnexpectedParameter,
            Self::ParameterType(_) => Code::CoseKeyParameterType,
            Self::PrivateKeyPresent(_) => Code::CoseKeyPrivateKeyPresent,
            Self::UnsupportedKeyType(_) => Code::CoseKeyUnsupportedKeyType,
            Self::UnsupportedAlgorithm(_) => Code::CoseKeyUnsupportedAlgorithm,
            Self::AlgorithmCurveMismatch { .. } => Code::CoseKeyAlgorithmMismatch,
            Self::CoordinateLength(_) => Code::CoseKeyCoordinateLength,
            Self::NotOnCurve => Code::CoseKeyNotOnCurve,
            Self::WeakKey => Code::CoseKeyWeak,
            Self::RsaModulusTooSmall { .. } => Code::CoseKeyRsaModulusTooSmall,
            Self::RsaModulusTooLarge { .. } => Code::CoseKeyRsaModulusTooLarge,
            Self::RsaLeadingZero => Code::CoseKeyRsaLeadingZero,
            Self::RsaExponent => Code::CoseKeyRsaExponent,
        }
    }
}

/// A credential public key with the bytes it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct CosePublicKey {
    bytes: Vec<u8>,
    algorithm: Algorithm,
    leniencies: Leniencies,
}

impl CosePublicKey {
    /// Reads a COSE_Key strictly and checks the key itself: point on its curve, sizes, exponents.
    ///
    /// # Errors
    /// [`CoseKeyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseKeyError> {
        Self::parse_under(bytes, Leniencies::default())
    }

    /// Like [`CosePublicKey::parse`], with the leniencies of a policy: it reads what a registration under that policy
    /// accepts.
    ///
    /// # Errors
    /// [`CoseKeyError`].
    pub fn parse_under(bytes: &[u8], leniencies: Leniencies) -> Result<Self, CoseKeyError> {
        let view = CoseKeyView::parse(bytes, leniencies)?;
        view.check_point()?;
        Ok(Self {
            bytes: bytes.to_vec(),
            algorithm: view.algorithm,
            leniencies,
        })
    }

    /// The COSE_Key exactly as the authenticator wrote it; this is what to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The algorithm the key names.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Verifies a signature by this key.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        CoseKeyView::parse(&self.bytes, self.leniencies)
            .map_err(|_| SignatureError::Invalid)?
            .verify(message, signature)
    }
}

impl std::fmt::Debug for CosePublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CosePublicKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A COSE_Key decoded in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoseKeyView<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: PublicKey<'a>,
}

impl<'a> CoseKeyView<'a> {
    /// Everything but the arithmetic of the curve, which a signature check repeats anyway.
    pub(crate) fn parse(bytes: &'a [u8], leniencies: Leniencies) -> Result<Self, CoseKeyError> {
        let rules =
            Rules::AUTHENTICATOR_DATA.with_indefinite(leniencies.allows(Leniency::CborIndefiniteLength));
        let value = cbor::decode(bytes, rules).map_err(CoseKeyError::Cbor)?;
        Self::from_value(&value, leniencies)
    }

    pub(crate) fn from_value(value: &Value<'a>, leniencies: Leniencies) -> Result<Self, CoseKeyError> {
        let parameters = Parameters::new(value)?;
        let kty = parameters.int(1)?;
        let id = parameters.int(3)?;
        let family = match kty {
            1 => Family::Okp,
            2 => Family::Ec2,
            3 => Family::Rsa,
            7 => Family::Akp,
            _ => return Err(CoseKeyError::UnsupportedKeyType(kty)),
        };
        parameters.only(family, leniencies)?;
        let rs1 = leniencies.allows(Leniency::Rs1CredentialKey);
        let algorithm = Algorithm::from_id(id)
            .filter(|algorithm| algorithm.is_supported() || (rs1 && *algorithm == Algorithm::Rs1))
            .ok_or(CoseKeyError::UnsupportedAlgorithm(id))?;
        if algorithm == Algorithm::Ed448 && !leniencies.allows(Leniency::Ed448) {
            return Err(CoseKeyError::UnsupportedAlgorithm(id));
        }
        let mismatch = CoseKeyError::AlgorithmCurveMismatch { algorithm: id };
        let key = match (family, algorithm) {
            (Family::Ec2, Algorithm::Es256 | Algorithm::Esp256) => {
                parameters.point(1, Curve::P256, mismatch)?
            }
            (Family::Ec2, Algorithm::Es384 | Algorithm::Esp384) => {
                parameters.point(2, Curve::P384, mismatch)?
            }
            (Family::Ec2, Algorithm::Es512 | Algorithm::Esp512) => {
                parameters.point(3, Curve::P521, mismatch)?
            }
            (Family::Ec2, Algorithm::Es256k) => parameters.point(8, Curve::Secp256k1, mismatch)?,
            (Family::Okp, Algorithm::EdDsa | Algorithm::Ed25519) => {
                PublicKey::Ed25519(parameters.edwards(6, 32, mismatch)?)
            }
            (Family::Okp, Algorithm::Ed448) => PublicKey::Ed448(parameters.edwards(7, 57, mismatch)?),
            (
                Family::Rsa,
                Algorithm::Rs256
                | Algorithm::Rs384
                | Algorithm::Rs512
                | Algorithm::Ps256
                | Algorithm::Ps384
                | Algorithm::Ps512
                | Algorithm::Rs1,
            ) => parameters.rsa(leniencies)?,
            (Family::Akp, Algorithm::MlDsa44) => parameters.ml_dsa(MlDsaParameters::MlDsa44)?,
            (Family::Akp, Algorithm::MlDsa65) => parameters.ml_dsa(MlDsaParameters::MlDsa65)?,
            (Family::Akp, Algorithm::MlDsa87) => parameters.ml_dsa(MlDsaParameters::MlDsa87)?,
            _ => return Err(mismatch),
        };
        Ok(Self { algorithm, key })
    }

    /// Checks the point itself; registration does, so that no broken key is ever stored.
    pub(crate) fn check_point(&self) -> Result<(), CoseKeyError> {
        crypto::check_point(&self.key).map_err(|flaw| match flaw {
            KeyFlaw::NotOnCurve => CoseKeyError::NotOnCurve,
            KeyFlaw::Weak => CoseKeyError::WeakKey,
        })
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        crypto::verify(&self.key, crypto::scheme(self.algorithm), message, signature)
    }
}

/// The label of the key's identifier (RFC 9052, 7.1).
const KID: i64 = 2;
/// The label of what the key is for (RFC 9052, 7.1).
const KEY_OPS: i64 = 4;
/// What a COSE_Key may have and a credential does not need.
const OPTIONAL_PARAMETERS: [i64; 2] = [KID, KEY_OPS];

/// The key types, with the parameters each has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Okp,
    Ec2,
    Rsa,
    Akp,
}

impl Family {
    const fn public(self) -> &'static [i64] {
        match self {
            Self::Ec2 => &[1, 3, -1, -2, -3],
            Self::Okp | Self::Rsa => &[1, 3, -1, -2],
            Self::Akp => &[1, 3, -1],
        }
    }

    const fn is_private(self, label: i64) -> bool {
        match self {
            Self::Ec2 | Self::Okp => label == -4,
            Self::Rsa => label <= -3 && label >= -12,
            Self::Akp => label == -2,
        }
    }
}

struct Parameters<'v, 'a> {
    entries: &'v [(cbor::Key<'a>, Value<'a>)],
}

impl<'v, 'a> Parameters<'v, 'a> {
    fn new(value: &'v Value<'a>) -> Result<Self, CoseKeyError> {
        let entries = value.as_map().ok_or(CoseKeyError::NotAMap)?;
        if entries.iter().any(|(key, _)| key.as_int().is_none()) {
            return Err(CoseKeyError::NotAMap);
        }
        Ok(Self { entries })
    }

    fn find(&self, label: i64) -> Option<&'v Value<'a>> {
        self.entries
            .iter()
            .find(|(key, _)| key.as_int() == Some(label))
            .map(|(_, value)| value)
    }

    fn int(&self, label: i64) -> Result<i64, CoseKeyError> {
        self.find(label)
            .ok_or(CoseKeyError::Missing(label))?
            .as_int()
            .ok_or(CoseKeyError::ParameterType(label))
    }

    fn bytes(&self, label: i64) -> Result<&'a [u8], CoseKeyError> {
        self.find(label)
            .ok_or(CoseKeyError::Missing(label))?
            .as_bytes()
            .ok_or(CoseKeyError::ParameterType(label))
    }

    fn bytes_of(&self, label: i64, length: usize) -> Result<&'a [u8], CoseKeyError> {
        let bytes = self.bytes(label)?;
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(CoseKeyError::CoordinateLength(label))
        }
    }

    fn only(&self, family: Family, leniencies: Leniencies) -> Result<(), CoseKeyError> {
        let labels = || self.entries.iter().filter_map(|(key, _)| key.as_int());
        if let Some(label) = labels().find(|&label| family.is_private(label)) {
            return Err(CoseKeyError::PrivateKeyPresent(label));
        }
        let optional = leniencies.allows(Leniency::CoseOptionalParameters);
        let is_known = |label: &i64| {
            family.public().contains(label) || (optional && OPTIONAL_PARAMETERS.contains(label))
        };
        match labels().find(|label| !is_known(label)) {
            Some(label) => Err(CoseKeyError::UnexpectedParameter(label)),
            None => self.check_optional(),
        }
    }

    /// The optional parameters decide nothing; a key whose author did not know their types is not to be relied on.
    fn check_optional(&self) -> Result<(), CoseKeyError> {
        if self.find(KID).is_some_and(|kid| kid.as_bytes().is_none()) {
            return Err(CoseKeyError::ParameterType(KID));
        }
        let is_operation = |value: &Value<'_>| value.as_int().is_some() || value.as_text().is_some();
        match self.find(KEY_OPS).map(Value::as_array) {
            None => Ok(()),
            Some(Some(operations)) if !operations.is_empty() && operations.iter().all(is_operation) => Ok(()),
            Some(_) => Err(CoseKeyError::ParameterType(KEY_OPS)),
        }
    }

    fn point(&self, crv: i64, curve: Curve, mismatch: CoseKeyError) -> Result<PublicKey<'a>, CoseKeyError> {
        if self.int(-1)? != crv {
            return Err(mismatch);
        }
        let length = curve.coordinate_length();
        Ok(PublicKey::Ec {
            curve,
            x: self.bytes_of(-2, length)?,
            y: self.bytes_of(-3, length)?,
        })
    }

    fn edwards(&self, crv: i64, length: usize, mismatch: CoseKeyError) -> Result<&'a [u8], CoseKeyError> {
        if self.int(-1)? != crv {
            return Err(mismatch);
        }
        self.bytes_of(-2, length)
    }

    fn ml_dsa(&self, parameters: MlDsaParameters) -> Result<PublicKey<'a>, CoseKeyError> {
        Ok(PublicKey::MlDsa {
            parameters,
            key: self.bytes_of(-1, parameters.key_length())?,
        })
    }

    fn rsa(&self, leniencies: Leniencies) -> Result<PublicKey<'a>, CoseKeyError> {
        let (n, e) = (self.bytes(-1)?, self.bytes(-2)?);
        let refused = |number: &[u8], leniency| number.first() == Some(&0) && !leniencies.allows(leniency);
        if refused(n, Leniency::RsaModulusLeadingZero) || refused(e, Leniency::RsaExponentLeadingZero) {
            return Err(CoseKeyError::RsaLeadingZero);
        }
        let (n, e) = (crypto::strip_zeros(n), crypto::strip_zeros(e));
        let bits = crypto::bit_length(n);
        if bits < 2048 {
            return Err(CoseKeyError::RsaModulusTooSmall { bits });
        }
        if bits > 8192 {
            return Err(CoseKeyError::RsaModulusTooLarge { bits });
        }
        if n.last().is_none_or(|last| last % 2 == 0) {
            return Err(CoseKeyError::WeakKey);
        }
        let exponent = e
            .iter()
            .try_fold(0u64, |value, &byte| {
                value.checked_mul(256).map(|value| value + u64::from(byte))
            })
            .ok_or(CoseKeyError::RsaExponent)?;
        // The upper bound is the one of the signature check: 33 bits.
        if exponent < 65537 || exponent % 2 == 0 || exponent >= 1 << 33 {
            return Err(CoseKeyError::RsaExponent);
        }
        Ok(PublicKey::Rsa { n, e })
    }
}
