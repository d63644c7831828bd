//! `GET` and `POST /credentials/list`: the credentials of a user.

use passgate::{Caller, Failure, Passgate};
use passgate_core::{credential::Credential, user::UserId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, Member, text},
    timestamps,
    validation::Validation,
    wire,
};

/// A user named in the query; none if no user can have that id.
pub(in crate::routes) struct InQuery(pub(in crate::routes) Option<UserId>);

/// A user named in the body.
pub(in crate::routes) struct InBody(pub(in crate::routes) Option<UserId>);

impl Input for InQuery {
    const QUERY: &'static [Member] = &[text::<wire::UserId>("userId").required()];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let sent = parts
            .query("userId")?
            .ok_or_else(|| Problem::missing_query_parameter("string UserId"))?;
        valid(Some(&sent)).map(Self)
    }
}

impl Input for InBody {
    const BODY: Option<Body> = Some(Body::new(
        "GetCredentials",
        &[text::<wire::UserId>("userId").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        valid(parts.body().text("userId")?.as_deref()).map(Self)
    }
}

fn valid(user_id: Option<&str>) -> Result<Option<UserId>, Unreadable> {
    let mut check = Validation::default();
    check.member("UserId").required(user_id);
    check.finish()?;
    Ok(UserId::parse(user_id.unwrap_or_default()).ok())
}

pub(in crate::routes) const BY_QUERY: Doc =
    Doc::new("listCredentials", "The credentials of a user").answers(&[json::<Listed>()]);

pub(in crate::routes) async fn handle_query(call: Call<SecretKey, InQuery>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| list(passgate, caller, input.0.as_ref()))
        .await?;
    Answer::json(&credentials)
}

pub(in crate::routes) const BY_BODY: Doc = Doc::new(
    "listCredentialsByBody",
    "The credentials of a user, named in the body",
)
.answers(&[json::<Listed>()]);

pub(in crate::routes) async fn handle_body(call: Call<SecretKey, InBody>) -> Result<Answer, Problem> {
    let credentials = call
        .run(|passgate, caller, input, _| list(passgate, caller, input.0.as_ref()))
        .await?;
    Answer::json(&credentials)
}

/// The credentials of the user that was named.
pub(in crate::routes) fn credentials_of(
    passgate: &Passgate,
    caller: &Caller,
    user_id: Option<&UserId>,
) -> Result<Vec<Credential>, Failure> {
    user_id.map_or_else(
        || Ok(Vec::new()),
        |user_id| passgate.list_credentials(caller, user_id),
    )
}

fn list(passgate: &Passgate, caller: &Caller, user_id: Option<&UserId>) -> Result<Listed, Failure> {
    let listed = credentials_of(passgate, caller, user_id)?
        .into_iter()
        .map(|credential| ListedCredential {
            authenticator_name: passgate.provider_name(credential.aaguid),
            ..ListedCredential::from(credential)
        });
    Ok(Listed {
        values: listed.collect(),
    })
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Credentials")]
struct Listed {
    /// The credentials.
    values: Vec<ListedCredential>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Credential")]
pub(in crate::routes) struct ListedCredential {
    /// What a browser looks for it by.
    pub(in crate::routes) descriptor: Descriptor,
    #[schemars(with = "wire::PublicKey")]
    pub(in crate::routes) public_key: String,
    #[schemars(with = "wire::UserHandleBytes")]
    pub(in crate::routes) user_handle: String,
    /// The sign count that it reported last; 0 if it does not count.
    #[schemars(example = 7)]
    pub(in crate::routes) signature_counter: u32,
    #[schemars(with = "wire::AttestationFormat")]
    pub(in crate::routes) attestation_fmt: String,
    /// When it was registered.
    #[schemars(with = "wire::LocalTime")]
    pub(in crate::routes) created_at: String,
    #[schemars(with = "wire::Aaguid")]
    pub(in crate::routes) aa_guid: String,
    /// When it last signed in.
    #[schemars(with = "wire::LocalTime")]
    pub(in crate::routes) last_used_at: String,
    #[schemars(with = "wire::RpId")]
    pub(in crate::routes) rpid: String,
    /// Where it was registered.
    #[schemars(with = "wire::Origin")]
    pub(in crate::routes) origin: String,
    #[schemars(with = "wire::Country")]
    pub(in crate::routes) country: String,
    #[schemars(with = "wire::Device")]
    pub(in crate::routes) device: String,
    #[schemars(with = "Option<wire::Nickname>")]
    pub(in crate::routes) nickname: Option<String>,
    #[schemars(with = "wire::UserId")]
    pub(in crate::routes) user_id: String,
    /// Whether the passkey is synced; `null` if that is not known.
    backup_state: Option<bool>,
    /// Whether the passkey may be synced; `null` if that is not known.
    is_backup_eligible: Option<bool>,
    /// Whether it can be found without a user's name; `null` if the browser did not tell.
    is_discoverable: Option<bool>,
    /// What people call its provider; `null` if that is not known. The authenticator says so itself: decide nothing by it.
    #[schemars(with = "Option<wire::ProviderName>")]
    authenticator_name: Option<String>,
    /// Since when it cannot sign in; `null` if it can.
    #[schemars(with = "Option<wire::LocalTime>")]
    suspended_at: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "CredentialDescriptor")]
pub(in crate::routes) struct Descriptor {
    #[schemars(with = "wire::CredentialType")]
    r#type: &'static str,
    #[schemars(with = "wire::CredentialId")]
    id: String,
    /// The ways to reach the authenticator.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<wire::Transport>")]
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
            user_handle: credential
                .user_handle
                .as_ref()
                .map(|handle| encoding::base64(handle.as_bytes()))
                .unwrap_or_default(),
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
