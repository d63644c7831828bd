//! Keys as other libraries store them: read, verified with, and written again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/soft.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod soft;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use passgate_webauthn::{Algorithm, CoseKeyError, CosePublicKey, Leniency, Policy, SpkiError};
use proptest::prelude::*;
use serde_json::Value;
use soft::{SoftKey, encode_cose};

/// Keys and signatures made by another implementation (Python's `cryptography`).
fn elsewhere() -> (Vec<u8>, Vec<Value>) {
    let vectors: Value = serde_json::from_str(include_str!("data/spki.json")).unwrap();
    let message = vectors["message"].as_str().unwrap().as_bytes().to_vec();
    (message, vectors["keys"].as_array().unwrap().clone())
}

fn bytes(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn keys_made_elsewhere_are_read_verify_and_are_written_as_they_were() {
    let (message, keys) = elsewhere();
    let mut read = Vec::new();
    for vector in keys {
        let name = vector["name"].as_str().unwrap();
        let algorithm = Algorithm::from_id(vector["algorithm"].as_i64().unwrap()).unwrap();
        let spki = bytes(&vector["spki"]);
        let key = CosePublicKey::from_spki(&spki, Some(algorithm));
        if !algorithm.is_supported() || algorithm == Algorithm::Ed448 {
            // Ed448 is verified under a policy that opens it only, and nothing is stored that cannot sign in.
            assert_eq!(
                key,
                Err(CoseKeyError::UnsupportedAlgorithm(algorithm.id())),
                "{name}"
            );
            continue;
        }
        let key = key.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.algorithm(), algorithm, "{name}");
        assert!(
            key.verify(&message, &bytes(&vector["signature"])).is_ok(),
            "{name}"
        );
        assert!(
            key.verify(b"another", &bytes(&vector["signature"])).is_err(),
            "{name}"
        );
        assert_eq!(key.to_spki().unwrap(), spki, "{name}");
        read.push(algorithm);
    }
    let mut missing = Algorithm::supported();
    // The same keys as the older identifiers; and Ed448, see above.
    missing.retain(|algorithm| {
        !read.contains(algorithm)
            && !matches!(
                algorithm,
                Algorithm::Esp256
                    | Algorithm::Esp384
                    | Algorithm::Esp512
                    | Algorithm::Ed25519
                    | Algorithm::Ed448
            )
    });
    assert_eq!(missing, []);
}

#[test]
fn keys_of_every_algorithm_go_there_and_back() {
    for key in SoftKey::all() {
        let cose = key.cose();
        let spki = CosePublicKey::parse(&cose).unwrap().to_spki().unwrap();
        let back = CosePublicKey::from_spki(&spki, Some(key.algorithm)).unwrap();
        assert_eq!(back.as_bytes(), cose, "{}", key.algorithm);
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let (_, keys) = elsewhere();
    let spki = bytes(&keys[0]["spki"]);
    assert_eq!(keys[0]["name"], "P-256");
    let refused = |bytes: &[u8]| CosePublicKey::from_spki(bytes, None).unwrap_err();
    let cut = refused(&spki[..spki.len() - 1]);
    assert_eq!(cut, CoseKeyError::Spki(SpkiError::Der));
    assert_eq!(
        refused(&[&spki[..], &[0]].concat()),
        CoseKeyError::Spki(SpkiError::Der)
    );
    let changed = |at: usize, to: u8| {
        let mut spki = spki.clone();
        spki[at] = to;
        spki
    };
    // The last bytes of the names of the kind of key (1.2.840.10045.2.1) and of the curve (1.2.840.10045.3.1.7).
    for (at, to, error) in [(12, 9, SpkiError::Algorithm), (22, 1, SpkiError::Curve)] {
        assert_eq!(refused(&changed(at, to)), CoseKeyError::Spki(error));
    }
    assert_eq!(refused(&changed(50, spki[50] ^ 1)), CoseKeyError::NotOnCurve);

    let header = |length: u8| [&[0x30, length + 2], &spki[2..23], &[0x03, length - 21]].concat();
    let compressed = [&header(55)[..], &[0, 2], &spki[27..59]].concat();
    assert_eq!(
        refused(&compressed),
        CoseKeyError::Spki(SpkiError::CompressedPoint)
    );
    let short = [&header(86)[..], &[0, 4], &spki[27..90]].concat();
    assert_eq!(refused(&short), CoseKeyError::Spki(SpkiError::Length));
}

#[test]
fn a_policy_reads_what_it_lets_register() {
    let rsa = SoftKey::new(Algorithm::Rs256);
    let mut parameters = rsa.parameters();
    parameters[0].1.insert(0, 0);
    let padded = encode_cose(&rsa.integers(), &parameters);
    assert_eq!(CosePublicKey::parse(&padded), Err(CoseKeyError::RsaLeadingZero));
    let policy = Policy::default().with_leniency(Leniency::RsaModulusLeadingZero);
    let key = CosePublicKey::parse_under(&padded, policy.leniencies()).unwrap();
    assert_eq!(key.as_bytes(), padded);
    assert_eq!(
        key.to_spki(),
        CosePublicKey::parse(&rsa.cose()).unwrap().to_spki(),
        "DER has its own leading zero"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of points that random secrets make, among them some with leading zero bytes.
    #[test]
    fn curve_points_go_there_and_back(secret in any::<[u8; 31]>()) {
        let secret = [&[1], &secret[..]].concat();
        let points = [
            (1, -7, p256::ecdsa::SigningKey::from_slice(&secret).unwrap().verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            #[cfg(feature = "es256k")]
            (8, -47, k256::ecdsa::SigningKey::from_slice(&secret).unwrap().verifying_key().to_sec1_point(false).as_bytes().to_vec()),
        ];
        for (curve, algorithm, point) in points {
            let cose = encode_cose(
                &[(1, 2), (3, algorithm), (-1, curve)],
                &[(-2, point[1..33].to_vec()), (-3, point[33..].to_vec())],
            );
            let spki = CosePublicKey::parse(&cose).unwrap().to_spki().unwrap();
            let back = CosePublicKey::from_spki(&spki, Algorithm::from_id(algorithm)).unwrap();
            prop_assert_eq!(back.as_bytes(), cose);
        }
    }

    /// Of RSA numbers of every length that is accepted, with and without a high first bit.
    #[test]
    fn rsa_numbers_go_there_and_back(mut n in prop::collection::vec(any::<u8>(), 257..1024), e in prop::sample::select(vec![vec![1, 0, 1], vec![1, 0, 0, 3]])) {
        n[0] |= 1;
        *n.last_mut().unwrap() |= 1;
        let cose = encode_cose(&[(1, 3), (3, -257)], &[(-1, n), (-2, e)]);
        let spki = CosePublicKey::parse(&cose).unwrap().to_spki().unwrap();
        let back = CosePublicKey::from_spki(&spki, None).unwrap();
        prop_assert_eq!(back.as_bytes(), cose);
    }

    #[test]
    fn random_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(CosePublicKey::from_spki(&bytes, None).is_err());
    }
}
