//! The shapes of the options that *begin* answers with, which the verifier writes.
//!
//! Nothing is made of these types: the OpenAPI document reads them, and the tests hold what is written against it.

use schemars::JsonSchema;

use crate::routes::credentials::list::Descriptor;

/// What `navigator.credentials.create()` takes as `publicKey`, in JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
pub(in crate::routes) struct CreationOptions {
    rp: RelyingParty,
    user: UserEntity,
    challenge: String,
    pub_key_cred_params: Vec<CredentialParameters>,
    timeout: u32,
    attestation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attestation_formats: Vec<String>,
    authenticator_selection: AuthenticatorSelection,
    hints: Vec<String>,
    exclude_credentials: Vec<Descriptor>,
    extensions: CreationExtensions,
}

/// What `navigator.credentials.get()` takes as `publicKey`, in JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
pub(in crate::routes) struct RequestOptions {
    challenge: String,
    timeout: u32,
    rp_id: String,
    allow_credentials: Vec<Descriptor>,
    user_verification: String,
    hints: Vec<String>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the verifier writes it")]
struct RelyingParty {
    id: String,
    name: String,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct UserEntity {
    id: String,
    name: String,
    display_name: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the verifier writes it")]
struct CredentialParameters {
    #[schemars(extend("const" = "public-key"))]
    r#type: String,
    alg: i64,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct AuthenticatorSelection {
    #[serde(skip_serializing_if = "String::is_empty")]
    authenticator_attachment: String,
    resident_key: String,
    require_resident_key: bool,
    user_verification: String,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct CreationExtensions {
    cred_props: bool,
}
