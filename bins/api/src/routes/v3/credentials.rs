//! `/v3/credentials`: a bare list of what a user has registered, and deletion that answers 200.

use actix_web::http::StatusCode;
use passgate_core::credential::Credential;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json, nothing},
    problem::Problem,
    routes::credentials::{
        delete,
        list::{InBody, InQuery, ListedCredential, credentials_of},
    },
    wire,
};

/// A credential without what was not known of it then.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct FormerCredential {
    /// What a browser looks for it by.
    descriptor: crate::routes::credentials::list::Descriptor,
    #[schemars(with = "wire::PublicKey")]
    public_key: String,
    #[schemars(with = "wire::UserHandleBytes")]
    user_handle: String,
    /// The sign count that it reported last; 0 if it does not count.
    #[schemars(example = 7)]
    signature_counter: u32,
    #[schemars(with = "wire::AttestationFormat")]
    cred_type: String,
    /// When it was registered.
    #[schemars(with = "wire::LocalTime")]
    created_at: String,
    #[schemars(with = "wire::Aaguid")]
    aa_guid: String,
    /// When it last signed in.
    #[schemars(with = "wire::LocalTime")]
    last_used_at: String,
    #[schemars(with = "wire::RpId")]
    rpid: String,
    /// Where it was registered.
    #[schemars(with = "wire::Origin")]
    origin: String,
    #[schemars(with = "wire::Country")]
    country: String,
    #[schemars(with = "wire::Device")]
    device: String,
    #[schemars(with = "Option<wire::Nickname>")]
    nickname: Option<String>,
    #[schemars(with = "wire::UserId")]
    user_id: String,
}

impl From<Credential> for FormerCredential {
    fn from(credential: Credential) -> Self {
        let listed = ListedCredential::from(credential);
        Self {
            descriptor: listed.descriptor,
            public_key: listed.public_key,
            user_handle: listed.user_handle,
            signature_counter: listed.signature_counter,
            cred_type: listed.attestation_fmt,
            created_at: listed.created_at,
            aa_guid: listed.aa_guid,
            last_used_at: listed.last_used_at,
            rpid: listed.rpid,
            origin: listed.origin,
            country: listed.country,
            device: listed.device,
            nickname: listed.nickname,
            user_id: listed.user_id,
        }
    }
}

pub(in crate::routes) const LIST_BY_QUERY: Doc =
    Doc::new("listCredentialsV3", "The credentials of a user").answers(&[json::<Vec<FormerCredential>>()]);

pub(in crate::routes) async fn list_query(call: Call<SecretKey, InQuery>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| credentials_of(passgate, caller, input.0.as_ref()))
        .await?;
    answer(credentials)
}

pub(in crate::routes) const LIST_BY_BODY: Doc = Doc::new(
    "listCredentialsByBodyV3",
    "The credentials of a user, named in the body",
)
.answers(&[json::<Vec<FormerCredential>>()]);

pub(in crate::routes) async fn list_body(call: Call<SecretKey, InBody>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| credentials_of(passgate, caller, input.0.as_ref()))
        .await?;
    answer(credentials)
}

fn answer(credentials: Vec<Credential>) -> Result<Answer, Problem> {
    Answer::json(
        &credentials
            .into_iter()
            .map(FormerCredential::from)
            .collect::<Vec<_>>(),
    )
}

pub(in crate::routes) const DELETE: Doc =
    Doc::new("deleteCredentialV3", "Deletes a credential").answers(&[nothing(200)]);

pub(in crate::routes) async fn delete(call: Call<SecretKey, delete::Request>) -> Result<Answer, Problem> {
    delete::handle(call).await?;
    Ok(Answer::empty(StatusCode::OK))
}
