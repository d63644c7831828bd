//! The whole registration, strict and permissive: what the strict policy accepts the permissive one accepts.
#![no_main]

use passgate_fuzz::{lax, soft};
use passgate_webauthn::{Policy, RegistrationResponse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(response) = RegistrationResponse::from_json(bytes) else { return };
    let strict = soft::registration().finish(&response, &Policy::default(), soft::now());
    let lax = soft::registration().finish(&response, &lax(), soft::now());
    assert!(strict.is_err() || lax.is_ok());
});
