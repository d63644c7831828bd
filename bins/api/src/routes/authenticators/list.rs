//! `GET /authenticators/list`: one of the two lists.

use passgate_store::authenticators::AuthenticatorList;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Member, boolean},
    timestamps, wire,
};

pub(in crate::routes) struct Request {
    list: AuthenticatorList,
}

impl Input for Request {
    const QUERY: &'static [Member] = &[boolean("isAllowed")
        .about("Which list: `true` for the models that are allowed, `false` for those that are blocked.")
        .required()];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let sent = parts
            .query("isAllowed")?
            .ok_or_else(|| Problem::missing_query_parameter("bool IsAllowed"))?;
        let list = match sent.trim() {
            text if text.eq_ignore_ascii_case("true") => AuthenticatorList::Allowed,
            text if text.eq_ignore_ascii_case("false") => AuthenticatorList::Blocked,
            text => return Err(Problem::malformed_parameter("bool IsAllowed", text).into()),
        };
        Ok(Self { list })
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Authenticator")]
struct Listed {
    #[schemars(with = "wire::Aaguid")]
    aa_guid: String,
    /// When it was put on the list.
    #[schemars(with = "wire::LocalTime")]
    created_at: String,
}

pub(in crate::routes) const DOC: Doc = Doc::new(
    "listAuthenticators",
    "The authenticator models allowed or blocked",
)
.answers(&[json::<Vec<Listed>>()])
.refusals(&[(403, "attestation is not among the application's features")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let models = call
        .run(|passgate, caller, input, _| passgate.list_authenticators(caller, input.list))
        .await?;
    let listed = models.into_iter().map(|model| Listed {
        aa_guid: model.aaguid.to_string(),
        created_at: timestamps::zoneless(model.created_at),
    });
    Answer::json(&listed.collect::<Vec<_>>())
}
