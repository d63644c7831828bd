//! COSE keys: nothing panics, and what is read keeps its bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = passgate_webauthn::CosePublicKey::parse(bytes) {
        assert_eq!(key.as_bytes(), bytes);
        assert!(key.verify(b"", b"").is_err());
    }
});
