//! Authenticator data: nothing panics, and the key is a slice of the input.
#![no_main]

use passgate_webauthn::authenticator_data::{AuthenticatorData, Purpose};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(data) = AuthenticatorData::parse(bytes, Purpose::Registration) {
        let attested = data.attested_credential_data().expect("a registration has it");
        assert!((1..=1023).contains(&attested.credential_id().len()));
        assert!(bytes.windows(attested.public_key().len()).any(|window| window == attested.public_key()));
    }
    if let Ok(data) = AuthenticatorData::parse(bytes, Purpose::Assertion) {
        assert!(data.attested_credential_data().is_none());
    }
});
