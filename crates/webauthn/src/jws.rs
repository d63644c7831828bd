//! Compact JWS (RFC 7515) with certificates, as FIDO metadata and SafetyNet use it.

use crate::{
    base64url,
    crypto::{self, Curve, Hash, PublicKey, Scheme, SignatureError},
};

/// A compact JWS, split but not verified.
pub(crate) struct Jws<'a> {
    /// The decoded header.
    pub(crate) header: Vec<u8>,
    /// The payload, still base64url.
    pub(crate) payload: &'a str,
    /// What the signature covers.
    pub(crate) signed: &'a [u8],
    /// The decoded signature.
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Splits at the two dots; header and signature must be strict base64url.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        Some(Self {
            header: base64url::decode_strict(header)?,
            payload,
            signed: signed.as_bytes(),
            signature: base64url::decode_strict(signature)?,
        })
    }
}

/// An asymmetric JWS algorithm. `none` and the HMAC ones have no place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwsAlgorithm {
    /// RS256, RS384, RS512.
    RsaPkcs1(Hash),
    /// PS256, PS384, PS512.
    RsaPss(Hash),
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// EdDSA or Ed25519.
    Ed25519,
}

/// Why a JWS signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwsError {
    /// The algorithm does not fit the key.
    Algorithm,
    /// The signature is wrong.
    Signature,
}

impl JwsAlgorithm {
    /// The algorithm with this `alg` value.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::RsaPkcs1(Hash::Sha256),
            "RS384" => Self::RsaPkcs1(Hash::Sha384),
            "RS512" => Self::RsaPkcs1(Hash::Sha512),
            "PS256" => Self::RsaPss(Hash::Sha256),
            "PS384" => Self::RsaPss(Hash::Sha384),
            "PS512" => Self::RsaPss(Hash::Sha512),
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "ES512" => Self::Es512,
            "EdDSA" | "Ed25519" => Self::Ed25519,
            _ => return None,
        })
    }

    /// Verifies with the hash that `alg` names, whatever hash the certificate was signed with.
    pub(crate) fn verify(
        self,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), JwsError> {
        let curve = match key {
            PublicKey::Ec { curve, .. } => Some(*curve),
            _ => None,
        };
        let (scheme, expected) = match self {
            Self::RsaPkcs1(hash) => (Scheme::RsaPkcs1(hash), None),
            Self::RsaPss(hash) => (Scheme::RsaPss(hash), None),
            Self::Es256 => (Scheme::Ecdsa(Hash::Sha256), Some(Curve::P256)),
            Self::Es384 => (Scheme::Ecdsa(Hash::Sha384), Some(Curve::P384)),
            Self::Es512 => (Scheme::Ecdsa(Hash::Sha512), Some(Curve::P521)),
            Self::Ed25519 => (Scheme::Ed25519, None),
        };
        if curve != expected {
            return Err(JwsError::Algorithm);
        }
        let der = match curve {
            Some(curve) => Some(ecdsa_der(signature, curve.coordinate_length()).ok_or(JwsError::Signature)?),
            None => None,
        };
        crypto::verify(key, scheme, message, der.as_deref().unwrap_or(signature)).map_err(|error| match error
        {
            SignatureError::AlgorithmMismatch | SignatureError::UnsupportedAlgorithm(_) => {
                JwsError::Algorithm
            }
            SignatureError::Invalid => JwsError::Signature,
        })
    }
}

/// Turns the two numbers of a JWS signature, side by side, into the DER that certificates use.
fn ecdsa_der(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    if signature.len() != 2 * length {
        return None;
    }
    let (r, s) = signature.split_at(length);
    let mut body = Vec::with_capacity(2 * length + 8);
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let magnitude = &number[zeros.min(length - 1)..];
        let sign = usize::from(magnitude[0] & 0x80 != 0);
        body.extend([0x02, u8::try_from(magnitude.len() + sign).ok()?]);
        body.extend(std::iter::repeat_n(0, sign));
        body.extend(magnitude);
    }
    let mut der = vec![0x30];
    match u8::try_from(body.len()).ok()? {
        short @ 0..=127 => der.push(short),
        long => der.extend([0x81, long]),
    }
    der.extend(body);
    Some(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_side_by_side_become_der() {
        let mut signature = [0; 64];
        signature[0] = 0x80;
        signature[63] = 0x01;
        let mut expected = vec![0x30, 0x26, 0x02, 0x21, 0x00, 0x80];
        expected.extend([0; 31]);
        expected.extend([0x02, 0x01, 0x01]);
        assert_eq!(ecdsa_der(&signature, 32), Some(expected));
        assert_eq!(ecdsa_der(&signature[1..], 32), None);
    }

    #[test]
    fn symmetric_and_missing_signatures_are_no_algorithms() {
        for name in ["none", "HS256", "HS512", "RS1", "es256", ""] {
            assert_eq!(JwsAlgorithm::from_name(name), None, "{name}");
        }
    }
}
