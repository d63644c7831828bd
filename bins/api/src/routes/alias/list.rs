//! `GET /alias/list`: the aliases of a user.

use actix_web::http::StatusCode;
use passgate_core::user::{InvalidUserId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Member, text},
    wire,
};

pub(in crate::routes) struct Request {
    /// None if no user can have that id.
    user_id: Option<UserId>,
}

impl Input for Request {
    const QUERY: &'static [Member] = &[text::<wire::UserId>("userId").required()];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let user_id = parts
            .query("userId")?
            .ok_or_else(|| Problem::missing_query_parameter("string userId"))?;
        match UserId::parse(&user_id) {
            Err(InvalidUserId::Blank) => {
                Err(Problem::domain(StatusCode::BAD_REQUEST, None, "UserId is empty").into())
            }
            parsed => Ok(Self { user_id: parsed.ok() }),
        }
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Aliases")]
struct Listed {
    /// The aliases.
    values: Vec<ListedAlias>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Alias")]
struct ListedAlias {
    #[schemars(with = "wire::UserId")]
    user_id: String,
    #[schemars(with = "wire::AliasDigest")]
    alias: String,
    /// The alias itself; `null` unless it is stored in clear.
    #[schemars(with = "Option<wire::Alias>")]
    plaintext: Option<String>,
    #[schemars(with = "wire::AppId")]
    tenant: String,
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("listAliases", "The aliases of a user").answers(&[json::<Listed>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let tenant = call.caller.app_id().to_string();
    let aliases = call
        .run(|passgate, caller, input, _| match input.user_id {
            Some(user_id) => passgate.list_aliases(caller, &user_id),
            None => Ok(Vec::new()),
        })
        .await?;
    let listed = aliases.into_iter().map(|alias| ListedAlias {
        user_id: alias.user_id.into(),
        alias: encoding::base64(&alias.digest.0),
        plaintext: alias.plaintext,
        tenant: tenant.clone(),
    });
    Answer::json(&Listed {
        values: listed.collect(),
    })
}
