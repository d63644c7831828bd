//! Attestation objects, with the statement of whatever format inside, under the most permissive policy.
#![no_main]

use passgate_fuzz::{lax, soft};
use passgate_webauthn::attestation::AttestationObject;
use passgate_webauthn::authenticator_data::{AuthenticatorData, Purpose};
use passgate_webauthn::{RegistrationResponse, RegistrationResponseParts};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(object) = AttestationObject::parse(bytes) else { return };
    // Take the id from the data, so that the statement is reached.
    let Ok(data) = AuthenticatorData::parse(object.authenticator_data, Purpose::Registration) else { return };
    let Some(attested) = data.attested_credential_data() else { return };
    let response = RegistrationResponse::from_parts(RegistrationResponseParts {
        raw_id: attested.credential_id().to_vec(),
        client_data_json: soft::client_data("webauthn.create").into_bytes(),
        attestation_object: bytes.to_vec(),
        ..RegistrationResponseParts::default()
    });
    if let Ok(response) = response {
        let _ = soft::registration().finish(&response, &lax(), soft::now()).map_err(|error| error.code());
    }
});
