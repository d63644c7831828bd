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
};

/// A credential without what was not known of it then.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct FormerCredential {
    descriptor: crate::routes::credentials::list::Descriptor,
    public_key: String,
    user_handle: String,
    signature_counter: u32,
    cred_type: String,
    created_at: String,
    aa_guid: String,
    last_used_at: String,
    rpid: String,
    origin: String,
    country: String,
    device: String,
    nickname: Option<String>,
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
    Doc::new("The credentials of a user").answers(&[json::<Vec<FormerCredential>>()]);

pub(in crate::routes) async fn list_query(call: Call<SecretKey, InQuery>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| credentials_of(passgate, caller, input.0.as_ref()))
        .await?;
    answer(credentials)
}

pub(in crate::routes) const LIST_BY_BODY: Doc =
    Doc::new("The credentials of a user, named in the body").answers(&[json::<Vec<FormerCredential>>()]);

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

pub(in crate::routes) const DELETE: Doc = Doc::new("Deletes a credential").answers(&[nothing(200)]);

pub(in crate::routes) async fn delete(call: Call<SecretKey, delete::Request>) -> Result<Answer, Problem> {
    delete::handle(call).await?;
    Ok(Answer::empty(StatusCode::OK))
}
