//! The whole authentication: only the assertion the seed's key signed verifies.
#![no_main]

use std::sync::LazyLock;

use passgate_fuzz::{lax, soft};
use passgate_webauthn::{Algorithm, AuthenticationResponse, CredentialId, StoredCredential, UserHandle};

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| soft::SoftKey::new(Algorithm::Es256).cose());

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(response) = AuthenticationResponse::from_json(bytes) else { return };
    let user = UserHandle::new(soft::USER).expect("8 bytes");
    let id = CredentialId::new(soft::CREDENTIAL_ID).expect("16 bytes");
    let stored = StoredCredential {
        id: &id,
        public_key: &KEY,
        sign_count: 1,
        user_handle: Some(&user),
        backup_eligible: None,
    };
    if soft::authentication().finish(&response, &stored, &lax()).is_ok() {
        let good = soft::SoftAssertion::new();
        assert_eq!(response.client_data_json(), good.client_data.as_bytes());
        assert_eq!(response.authenticator_data(), good.authenticator_data());
    }
});
