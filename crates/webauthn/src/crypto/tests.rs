//! Statement signatures: `alg` names the hash, the key its curve; legacy algorithms stay closed.

use p384::ecdsa::signature::Signer as _;
use p384::ecdsa::signature::hazmat::PrehashSigner as _;

use super::*;

const MESSAGE: &[u8] = b"authenticator data and hash";

struct P384 {
    point: Vec<u8>,
    key: p384::ecdsa::SigningKey,
}

impl P384 {
    fn new() -> Self {
        let key = p384::ecdsa::SigningKey::from_slice(&[0x22; 48]).unwrap();
        let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self { point, key }
    }

    fn public(&self) -> PublicKey<'_> {
        PublicKey::Ec {
            curve: Curve::P384,
            x: &self.point[1..49],
            y: &self.point[49..],
        }
    }

    fn sign(&self, hash: Hash) -> Vec<u8> {
        let digest = hash.digest(&[MESSAGE]);
        let signature: p384::ecdsa::Signature = self.key.sign_prehash(digest.as_ref()).unwrap();
        signature.to_der().as_bytes().to_vec()
    }
}

fn statement(key: &PublicKey<'_>, algorithm: i64, signature: &[u8]) -> Result<(), SignatureError> {
    verify_statement_signature(key, algorithm, MESSAGE, signature, Rs1::Refused)
}

#[test]
fn the_algorithm_names_the_hash_and_the_key_its_curve() {
    let key = P384::new();
    for (algorithm, hash) in [(-7, Hash::Sha256), (-35, Hash::Sha384), (-36, Hash::Sha512)] {
        let supported = Algorithm::from_id(algorithm).is_some_and(Algorithm::is_supported);
        let signature = key.sign(hash);
        assert_eq!(
            statement(&key.public(), algorithm, &signature).is_ok(),
            supported,
            "{algorithm}"
        );
        let other = key.sign(if hash == Hash::Sha256 {
            Hash::Sha384
        } else {
            Hash::Sha256
        });
        assert!(
            statement(&key.public(), algorithm, &other).is_err(),
            "{algorithm}"
        );
    }
    // Fully specified identifiers bind the curve as well.
    assert_eq!(statement(&key.public(), -51, &key.sign(Hash::Sha384)), Ok(()));
    assert_eq!(
        statement(&key.public(), -9, &key.sign(Hash::Sha256)),
        Err(SignatureError::AlgorithmMismatch)
    );
    let default: p384::ecdsa::DerSignature = key.key.sign(MESSAGE);
    assert_eq!(statement(&key.public(), -35, default.as_bytes()), Ok(()));
}

#[test]
fn algorithms_of_other_key_types_do_not_suit() {
    let key = P384::new();
    for algorithm in [-8, -19, -37, -257] {
        assert_eq!(
            statement(&key.public(), algorithm, &key.sign(Hash::Sha256)),
            Err(SignatureError::AlgorithmMismatch),
            "{algorithm}"
        );
    }
    for algorithm in [0, -1, -65535, 5] {
        assert_eq!(
            statement(&key.public(), algorithm, &key.sign(Hash::Sha256)),
            Err(SignatureError::UnsupportedAlgorithm(algorithm))
        );
    }
    assert_eq!(
        verify_statement_signature(&key.public(), -65535, MESSAGE, &[], Rs1::Accepted),
        Err(SignatureError::AlgorithmMismatch),
        "RS1 is RSA"
    );
}

#[test]
fn every_hash_verifies_on_every_curve_that_certificates_use() {
    let key = P384::new();
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let result = verify(&key.public(), Scheme::Ecdsa(hash), MESSAGE, &key.sign(hash));
        assert_eq!(result, Ok(()), "{hash:?}");
    }
    let key = p256::ecdsa::SigningKey::from_slice(&[0x22; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (&point.as_bytes()[1..33], &point.as_bytes()[33..]);
    let public = PublicKey::Ec {
        curve: Curve::P256,
        x,
        y,
    };
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let digest = hash.digest(&[MESSAGE]);
        let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_ref()).unwrap();
        let der = signature.to_der();
        assert_eq!(
            verify(&public, Scheme::Ecdsa(hash), MESSAGE, der.as_bytes()),
            Ok(()),
            "{hash:?}"
        );
    }
}

#[cfg(feature = "es512")]
#[test]
fn short_hashes_verify_on_the_longest_curve() {
    let mut scalar = [0x22; 66];
    scalar[0] = 0;
    let key = p521::ecdsa::SigningKey::from_slice(&scalar).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (&point.as_bytes()[1..67], &point.as_bytes()[67..]);
    let public = PublicKey::Ec {
        curve: Curve::P521,
        x,
        y,
    };
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let digest = hash.digest(&[MESSAGE]);
        let signature: p521::ecdsa::Signature = key.sign_prehash(digest.as_ref()).unwrap();
        let der = signature.to_der();
        assert_eq!(
            verify(&public, Scheme::Ecdsa(hash), MESSAGE, der.as_bytes()),
            Ok(()),
            "{hash:?}"
        );
        assert_eq!(
            verify(&public, Scheme::Ecdsa(hash), b"another", der.as_bytes()),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn numbers_are_measured_without_leading_zeros() {
    assert_eq!(bit_length(&[]), 0);
    assert_eq!(bit_length(&[0, 0]), 0);
    assert_eq!(bit_length(&[0, 1, 0]), 9);
    assert_eq!(bit_length(&[0x80]), 8);
    assert_eq!(strip_zeros(&[0, 0, 7, 0]), [7, 0]);
}
