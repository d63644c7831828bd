//! `GET` and `POST /credentials/list`: the credentials of a user.

use passgate::{Caller, Failure, Passgate};
use passgate_core::{
    credential::Credential,
    user::{InvalidUserId, UserId},
};
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    encoding,
    input::{Input, Parts, Unreadable},
    problem::Problem,
    timestamps,
    validation::Validation,
};

pub(in crate::routes) struct Query(pub(in crate::routes) UserId);

pub(in crate::routes) struct Body(pub(in crate::routes) UserId);

impl Input for Query {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let sent = parts
            .query("userId")?
            .ok_or_else(|| Problem::missing_query_parameter("string UserId"))?;
        valid(Some(&sent), |_| {
            Problem::malformed_parameter("string UserId", &sent).into()
        })
        .map(Self)
    }
}

impl Input for Body {
    const BODY: Option<&'static str> = Some("GetCredentials");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        valid(body.text("userId")?.as_deref(), |error| {
            body.wrong("userId", error.to_string()).into()
        })
        .map(Self)
    }
}

fn valid(
    user_id: Option<&str>,
    wrong: impl FnOnce(InvalidUserId) -> Unreadable,
) -> Result<UserId, Unreadable> {
    let mut check = Validation::default();
    check.member("UserId").required(user_id);
    check.finish()?;
    UserId::parse(user_id.unwrap_or_default()).map_err(wrong)
}

pub(in crate::routes) async fn handle_query(call: Call<SecretKey, Query>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| list(passgate, caller, &input.0))
        .await?;
    Answer::json(&credentials)
}

pub(in crate::routes) async fn handle_body(call: Call<SecretKey, Body>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| list(passgate, caller, &input.0))
        .await?;
    Answer::json(&credentials)
}

fn list(passgate: &Passgate, caller: &Caller, user_id: &UserId) -> Result<Listed, Failure> {
    let credentials = passgate.list_credentials(caller, user_id)?;
    let listed = credentials.into_iter().map(|credential| ListedCredential {
        authenticator_name: passgate.provider_name(credential.aaguid),
        ..ListedCredential::from(credential)
    });
    Ok(Listed {
        values: listed.collect(),
    })
}

#[derive(Debug, Serialize)]
struct Listed {
    values: Vec<ListedCredential>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct ListedCredential {
    pub(in crate::routes) descriptor: Descriptor,
    pub(in crate::routes) public_key: String,
    pub(in crate::routes) user_handle: String,
    pub(in crate::routes) signature_counter: u32,
    pub(in crate::routes) attestation_fmt: String,
    pub(in crate::routes) created_at: String,
    pub(in crate::routes) aa_guid: String,
    pub(in crate::routes) last_used_at: String,
    pub(in crate::routes) rpid: String,
    pub(in crate::routes) origin: String,
    pub(in crate::routes) country: String,
    pub(in crate::routes) device: String,
    pub(in crate::routes) nickname: Option<String>,
    pub(in crate::routes) user_id: String,
    backup_state: Option<bool>,
    is_backup_eligible: Option<bool>,
    is_discoverable: Option<bool>,
    authenticator_name: Option<String>,
    suspended_at: Option<String>,
}

#[derive(Debug, Serialize)]
pub(in crate::routes) struct Descriptor {
    r#type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transports: Vec<String>,
}

impl From<Credential> for ListedCredential {
    fn from(credential: Credential) -> Self {
        Self {
            descriptor: Descriptor {
                r#type: "public-key",
                id: encoding::base64url(credential.id.as_bytes()),
                transports: credential
                    .transports
                    .iter()
                    .map(|transport| transport.as_str().to_owned())
                    .collect(),
            },
            public_key: encoding::base64(&credential.public_key),
            user_handle: encoding::base64(credential.user_handle.as_bytes()),
            signature_counter: credential.sign_count,
            attestation_fmt: credential.attestation_format,
            created_at: timestamps::zoneless(credential.created_at),
            aa_guid: credential.aaguid.to_string(),
            last_used_at: timestamps::zoneless(credential.last_used_at),
            rpid: credential.rp_id.as_str().to_owned(),
            origin: credential.origin.as_str().to_owned(),
            country: credential.country,
            device: credential.device,
            nickname: credential.nickname,
            user_id: credential.user_id.into(),
            backup_state: credential.backup_state,
            is_backup_eligible: credential.backup_eligible,
            is_discoverable: credential.discoverable,
            authenticator_name: None,
            suspended_at: credential.suspended_at.map(timestamps::zoneless),
        }
    }
}
