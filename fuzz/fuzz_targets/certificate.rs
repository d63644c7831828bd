//! Certificates, through the one public door that reads them.
#![no_main]

use passgate_webauthn::certificate::TrustAnchor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(anchor) = TrustAnchor::from_der(bytes) {
        assert_eq!(anchor.der(), bytes);
    }
});
