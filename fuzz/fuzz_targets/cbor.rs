//! CBOR: nothing panics, and canonical input has one encoding.
#![no_main]

use passgate_webauthn::cbor::{Rules, decode, decode_prefix, encode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = decode(bytes, Rules::AUTHENTICATOR_DATA) {
        assert_eq!(encode(&value), bytes);
    }
    let lax = Rules::ENVELOPE.with_indefinite(true);
    if let Ok((value, length)) = decode_prefix(bytes, lax) {
        assert!(length <= bytes.len());
        assert!(decode(&encode(&value), Rules { sorted: true, minimal: true, ..lax }).is_ok());
    }
});
