//! COSE keys made of the SubjectPublicKeyInfo that other libraries store, and back.

use super::{CoseKeyError, CoseKeyView, CosePublicKey};
use crate::{
    algorithm::Algorithm,
    certificate::{read_spki, write_spki},
    crypto::{Curve, MlDsaParameters, PublicKey},
};

impl CosePublicKey {
    /// Reads a DER-encoded SubjectPublicKeyInfo (what browsers call `getPublicKey()`), and writes the same key as a
    /// COSE_Key. `algorithm` is the one that was registered, as far as known: an RSA key does not say it, and is taken
    /// for RS256.
    ///
    /// # Errors
    /// [`CoseKeyError`].
    pub fn from_spki(spki: &[u8], algorithm: Option<Algorithm>) -> Result<Self, CoseKeyError> {
        let key = read_spki(spki)?;
        let plain = match key {
            PublicKey::Ec {
                curve: Curve::P256, ..
            } => Algorithm::Es256,
            PublicKey::Ec {
                curve: Curve::P384, ..
            } => Algorithm::Es384,
            PublicKey::Ec {
                curve: Curve::P521, ..
            } => Algorithm::Es512,
            PublicKey::Ec {
                curve: Curve::Secp256k1,
                ..
            } => Algorithm::Es256k,
            PublicKey::Ed25519(_) => Algorithm::EdDsa,
            PublicKey::Ed448(_) => Algorithm::Ed448,
            PublicKey::Rsa { .. } => Algorithm::Rs256,
            PublicKey::MlDsa {
                parameters: MlDsaParameters::MlDsa44,
                ..
            } => Algorithm::MlDsa44,
            PublicKey::MlDsa {
                parameters: MlDsaParameters::MlDsa65,
                ..
            } => Algorithm::MlDsa65,
            PublicKey::MlDsa {
                parameters: MlDsaParameters::MlDsa87,
                ..
            } => Algorithm::MlDsa87,
        };
        // A mismatch of key and algorithm is found when the result is read.
        let algorithm = algorithm.unwrap_or(plain).id();
        let cose = match key {
            PublicKey::Ec { curve, x, y } => {
                let id = match curve {
                    Curve::P256 => 1,
                    Curve::P384 => 2,
                    Curve::P521 => 3,
                    Curve::Secp256k1 => 8,
                };
                Encoder::map(5)
                    .int(1, 2)
                    .int(3, algorithm)
                    .int(-1, id)
                    .bytes(-2, x)
                    .bytes(-3, y)
            }
            PublicKey::Ed25519(x) => Encoder::map(4)
                .int(1, 1)
                .int(3, algorithm)
                .int(-1, 6)
                .bytes(-2, x),
            PublicKey::Ed448(x) => Encoder::map(4)
                .int(1, 1)
                .int(3, algorithm)
                .int(-1, 7)
                .bytes(-2, x),
            PublicKey::Rsa { n, e } => Encoder::map(4)
                .int(1, 3)
                .int(3, algorithm)
                .bytes(-1, n)
                .bytes(-2, e),
            PublicKey::MlDsa { key, .. } => Encoder::map(3).int(1, 7).int(3, algorithm).bytes(-1, key),
        };
        Self::parse(&cose.0)
    }

    /// The key as a DER-encoded SubjectPublicKeyInfo, which is what browsers call `getPublicKey()`. It does not say
    /// which of several algorithms an RSA key is for.
    ///
    /// None if the key does not fit into one, which no key that was read does.
    pub fn to_spki(&self) -> Option<Vec<u8>> {
        let view = CoseKeyView::parse(&self.bytes, self.leniencies).ok()?;
        write_spki(&view.key)
    }
}

/// Writes the little CBOR that a COSE key needs, in canonical form if its members come in canonical order.
struct Encoder(Vec<u8>);

impl Encoder {
    fn map(members: u64) -> Self {
        let mut encoder = Self(Vec::new());
        encoder.head(5, members);
        encoder
    }

    fn int(mut self, label: i64, value: i64) -> Self {
        self.number(label);
        self.number(value);
        self
    }

    fn bytes(mut self, label: i64, value: &[u8]) -> Self {
        self.number(label);
        self.head(2, u64::try_from(value.len()).unwrap_or(u64::MAX));
        self.0.extend_from_slice(value);
        self
    }

    fn number(&mut self, value: i64) {
        if value < 0 {
            self.head(1, value.unsigned_abs() - 1);
        } else {
            self.head(0, value.unsigned_abs());
        }
    }

    /// A major type with its argument, in the shortest form.
    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        match argument {
            0..=23 => self.0.push(major | bytes[7]),
            24..=0xff => self.0.extend_from_slice(&[major | 24, bytes[7]]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend_from_slice(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend_from_slice(&bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpkiError;

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text.replace(' ', "")).unwrap()
    }

    #[test]
    fn a_p256_key_becomes_a_cose_key() {
        // The base point of P-256: on the curve, and in every table of constants.
        let x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
        let y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
        let spki = unhex(&format!(
            "3059301306072a8648ce3d020106082a8648ce3d030107034200 04{x}{y}"
        ));
        let key = CosePublicKey::from_spki(&spki, None).unwrap();
        assert_eq!(key.algorithm(), Algorithm::Es256);
        assert_eq!(
            key.as_bytes(),
            unhex(&format!("a5 0102 0326 2001 215820{x} 225820{y}"))
        );
        let wrong = CosePublicKey::from_spki(&spki, Some(Algorithm::Rs256));
        assert_eq!(
            wrong,
            Err(CoseKeyError::AlgorithmCurveMismatch { algorithm: -257 })
        );
    }

    #[test]
    fn an_ed25519_key_becomes_a_cose_key() {
        // The first key of RFC 8032, section 7.1.
        let x = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = CosePublicKey::from_spki(&unhex(&format!("302a300506032b6570032100{x}")), None).unwrap();
        assert_eq!(key.as_bytes(), unhex(&format!("a4 0101 0327 2006 215820{x}")));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bytes in [&b""[..], b"a5", &[0x30, 0x00]] {
            let refused = CosePublicKey::from_spki(bytes, None);
            assert_eq!(refused, Err(CoseKeyError::Spki(SpkiError::Der)));
        }
    }
}
