#!/usr/bin/env bash
# Of two sibling crates one accepts every valid signature and the other half of them: k256 refuses the higher s, p256 does not.
# Seen with: crates.io k256 0.14.0, p256 0.14.0 and ring 0.17.14; 100 signatures a curve by PyPI cryptography 50.0.2 (OpenSSL).
# Seen: k256's Verifier accepts all signatures with the lower s and none with the higher; p256 and ring accept both kinds. About
#   half of what an authenticator signs has the higher s, and seven FIDO2 models in the metadata sign ES256K.
# Code that is generic over the curve works for ES256 and refuses every second ES256K sign-in: normalise s before k256 verifies.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env cryptography==50.0.2
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
k256 = "=0.14.0"
p256 = "=0.14.0"
ring = "=0.17.14"
TOML
cat >src/main.rs <<'RS'
use p256::ecdsa::signature::Verifier;
use std::collections::BTreeMap;

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn main() {
    let mut seen: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut note = |who: String, ok: bool| seen.entry(who).or_default()[usize::from(ok)] += 1;
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let (key, message, signature) = (bytes(words[2]), bytes(words[3]), bytes(words[4]));
        if words[0] == "secp256k1" {
            let verifier = k256::ecdsa::VerifyingKey::from_sec1_bytes(&key).unwrap();
            let signature = k256::ecdsa::Signature::from_der(&signature).unwrap();
            note(format!("k256, {} s", words[1]), verifier.verify(&message, &signature).is_ok());
        } else {
            let ring = ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_ASN1, &key).verify(&message, &signature);
            note(format!("ring, {} s", words[1]), ring.is_ok());
            let verifier = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key).unwrap();
            let signature = p256::ecdsa::Signature::from_der(&signature).unwrap();
            note(format!("p256, {} s", words[1]), verifier.verify(&message, &signature).is_ok());
        }
    }
    for (who, [refused, accepted]) in seen {
        println!("{who}: {}", if refused == 0 { "accepts all" } else if accepted == 0 { "refuses all" } else { "differs" });
    }
}
RS
cat >sign.py <<'PY'
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
ORDERS = {
    "secp256k1": (ec.SECP256K1(), 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141),
    "P-256": (ec.SECP256R1(), 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
}
for name, (curve, order) in ORDERS.items():
    for number in range(100):
        key, message = ec.generate_private_key(curve), b"message %d" % number
        signature = key.sign(message, ec.ECDSA(SHA256()))
        half = "higher" if utils.decode_dss_signature(signature)[1] > order // 2 else "lower"
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        print(name, half, point.hex(), message.hex(), signature.hex())
PY
py sign.py >signatures.txt
CARGO_TARGET_DIR="$TMP/target" cargo run -q <signatures.txt | expect 'k256, higher s: refuses all
k256, lower s: accepts all
p256, higher s: accepts all
p256, lower s: accepts all
ring, higher s: accepts all
ring, lower s: accepts all'
