//! Both envelopes and the offline document around them.
#![no_main]

use passgate_fuzz::soft;
use passgate_webauthn::offline::verify_document;
use passgate_webauthn::{AuthenticationResponse, RegistrationResponse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = RegistrationResponse::from_json(bytes).map_err(|error| error.code());
    let _ = AuthenticationResponse::from_json(bytes).map_err(|error| error.code());
    let (_, answer) = verify_document(bytes, soft::now());
    assert!(!answer.contains('\n'));
});
