//! What one signature and one verification cost on this machine, in the same run as everything else.

use std::time::{Duration, Instant};

use ring::error::Unspecified;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};

use crate::passkey::{SignatureFailed, random};

const MESSAGE: [u8; 69] = [7; 69];

/// One bare ES256 verification over a message as long as an assertion's.
pub fn verification() -> Result<Duration, SignatureFailed> {
    let keys = keys()?;
    let signature = keys.sign(&random(), &MESSAGE)?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, keys.public_key().as_ref().to_vec());
    quickest(|| key.verify(&MESSAGE, signature.as_ref()))
}

/// One bare ES256 signature: the client's own share of every ceremony.
pub fn signature() -> Result<Duration, SignatureFailed> {
    let (keys, random) = (keys()?, random());
    quickest(|| keys.sign(&random, &MESSAGE).map(|_| ()))
}

fn keys() -> Result<EcdsaKeyPair, SignatureFailed> {
    let random = random();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
        .map_err(|_| SignatureFailed)
}

/// The mean of the quickest of ten batches: interruptions only ever make a batch slower.
fn quickest(mut work: impl FnMut() -> Result<(), Unspecified>) -> Result<Duration, SignatureFailed> {
    const BATCH: u32 = 200;
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..BATCH {
            work()?;
        }
        best = best.min(start.elapsed() / BATCH);
    }
    Ok(best)
}
