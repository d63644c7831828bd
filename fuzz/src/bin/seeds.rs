//! Writes the seed corpus: `cargo run --bin seeds`, then `cargo fuzz run TARGET corpus/TARGET`.
//!
//! Seeds are good registrations and assertions of every algorithm, taken apart for each target, and the statements
//! of the W3C vectors where `PASSGATE_VECTORS` names their folder.

use std::fs;
use std::io;
use std::path::Path;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use passgate_fuzz::soft::{SoftAssertion, SoftKey, SoftRegistration};
use serde_json::Value;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for key in SoftKey::all() {
        let name = key.algorithm.as_str().to_lowercase();
        let registration = SoftRegistration::self_attested(&key);
        let assertion = SoftAssertion::new();
        let assertion_json = assertion.json_with(&key.sign(&assertion.signed()));
        write("cose_key", &name, &key.cose())?;
        write("cbor", &name, &key.cose())?;
        write("attestation_object", &name, &registration.attestation_object())?;
        write("authenticator_data", &name, &registration.authenticator_data())?;
        write("registration", &name, &registration.json())?;
        write("authentication", &name, &assertion_json)?;
        write("envelope", &name, &registration.json())?;
        write("envelope", &format!("{name}-assertion"), &assertion_json)?;
        write("client_data", &name, registration.client_data.as_bytes())?;
        write("client_data", &format!("{name}-assertion"), assertion.client_data.as_bytes())?;
    }
    write("mds_blob", "header", b"eyJhbGciOiJFUzI1NiIsIng1YyI6W119.eyJubyI6MSwiZW50cmllcyI6W119.AAAA")?;
    if let Some(folder) = std::env::var_os("PASSGATE_VECTORS") {
        let file = fs::read(Path::new(&folder).join("w3c-webauthn-l3.json"))?;
        let file: Value = serde_json::from_slice(&file)?;
        for vector in file["vectors"].as_array().into_iter().flatten() {
            let name = vector["id"].as_str().unwrap_or("vector");
            let response = &vector["registration"]["credential"]["response"];
            let object = response["attestationObject"].as_str().unwrap_or_default();
            let object = BASE64_URL_SAFE_NO_PAD.decode(object).unwrap_or_default();
            write("attestation_object", name, &object)?;
            let credential = vector["registration"]["credential"].to_string();
            write("registration", name, credential.as_bytes())?;
            let credential = vector["authentication"]["credential"].to_string();
            write("authentication", name, credential.as_bytes())?;
        }
        let root = &file["attestation_trust_root"]["fields"]["attestation_ca_cert"];
        write("certificate", "root", &from_hex(root.as_str().unwrap_or_default()))?;
    }
    Ok(())
}

fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
