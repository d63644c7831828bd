//! Client data: nothing panics, and what the limited algorithm accepts the parser reads alike.
#![no_main]

use passgate_fuzz::soft;
use passgate_webauthn::Challenge;
use passgate_webauthn::client_data::ClientData;
use passgate_webauthn::client_data::limited::{TopOrigin, verify};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parsed = ClientData::parse(bytes);
    let challenge = Challenge::new(soft::CHALLENGE).expect("32 bytes");
    if verify(bytes, "webauthn.get", &challenge, soft::ORIGIN, TopOrigin::SameOrigin)
        && let Ok(data) = parsed
    {
        assert_eq!((&*data.ceremony_type, &*data.origin), ("webauthn.get", soft::ORIGIN));
        assert_eq!(data.cross_origin, Some(false));
    }
});
