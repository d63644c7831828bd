//! The shapes of the options that *begin* answers with, which the verifier writes.
//!
//! Nothing is made of these types: the OpenAPI document reads them, and the tests hold what is written against it.

use schemars::JsonSchema;

use crate::{routes::credentials::list::Descriptor, wire};

/// What `navigator.credentials.create()` takes as `publicKey`, in JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
pub(in crate::routes) struct CreationOptions {
    /// The site.
    rp: RelyingParty,
    /// The user.
    user: UserEntity,
    #[schemars(with = "wire::Challenge")]
    challenge: String,
    /// The algorithms that are offered, most wanted first.
    pub_key_cred_params: Vec<CredentialParameters>,
    /// How long the browser should wait, in milliseconds.
    #[schemars(example = 3600000)]
    timeout: u32,
    #[schemars(with = "wire::StatedConveyance")]
    attestation: String,
    /// The formats that are preferred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<wire::AttestationFormat>")]
    attestation_formats: Vec<String>,
    /// Which authenticators will do.
    authenticator_selection: AuthenticatorSelection,
    /// The kinds of authenticators that the browser may offer first.
    #[schemars(with = "Vec<wire::Hint>")]
    hints: Vec<String>,
    /// What the user has already, so that no authenticator registers twice.
    exclude_credentials: Vec<Descriptor>,
    /// What extensions are asked.
    extensions: CreationExtensions,
}

/// What `navigator.credentials.get()` takes as `publicKey`, in JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
pub(in crate::routes) struct RequestOptions {
    #[schemars(with = "wire::Challenge")]
    challenge: String,
    /// How long the browser should wait, in milliseconds.
    #[schemars(example = 3600000)]
    timeout: u32,
    #[schemars(with = "wire::RpId")]
    rp_id: String,
    /// The credentials that will do; empty for whatever the authenticator has.
    allow_credentials: Vec<Descriptor>,
    #[schemars(with = "wire::UserVerification")]
    user_verification: String,
    /// The kinds of authenticators that the browser may offer first.
    #[schemars(with = "Vec<wire::Hint>")]
    hints: Vec<String>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the verifier writes it")]
struct RelyingParty {
    #[schemars(with = "wire::RpId")]
    id: String,
    #[schemars(with = "wire::Name")]
    name: String,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct UserEntity {
    #[schemars(with = "wire::UserHandle")]
    id: String,
    #[schemars(with = "wire::Username")]
    name: String,
    /// What the authenticator calls the user.
    #[schemars(with = "wire::Name")]
    display_name: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the verifier writes it")]
struct CredentialParameters {
    #[schemars(with = "wire::CredentialType")]
    r#type: String,
    /// The algorithm, as its COSE number.
    #[schemars(example = -7)]
    alg: i64,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct AuthenticatorSelection {
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(with = "wire::Attachment")]
    authenticator_attachment: String,
    #[schemars(with = "wire::ResidentKey")]
    resident_key: String,
    /// Whether the passkey must be one that can be found without a user's name.
    require_resident_key: bool,
    #[schemars(with = "wire::UserVerification")]
    user_verification: String,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the verifier writes it")]
struct CreationExtensions {
    /// Whether the browser should tell if the passkey can be found without a user's name.
    cred_props: bool,
}
