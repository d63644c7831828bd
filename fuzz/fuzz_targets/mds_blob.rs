//! Metadata BLOBs: nothing panics, and nothing is accepted that no anchor signed.
#![no_main]

use passgate_fuzz::soft;
use passgate_webauthn::metadata::{BlobRules, MetadataRegistry};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let rules = BlobRules::fido_alliance();
    assert!(MetadataRegistry::from_blob(text, &rules, None, soft::now()).is_err());
});
