//! `GET /users/list`: users with their aliases and number of credentials.

use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::Nothing,
    problem::Problem,
    timestamps,
};

#[derive(Debug, Serialize)]
struct Listed {
    values: Vec<ListedUser>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedUser {
    user_id: String,
    alias_count: u64,
    aliases: Vec<Option<String>>,
    credentials_count: u64,
    last_used_at: Option<String>,
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    let users = call
        .run(|passgate, caller, _, _| passgate.list_users(caller))
        .await?;
    let listed = users.into_iter().map(|user| ListedUser {
        user_id: user.user_id.into(),
        alias_count: user.aliases.len() as u64,
        aliases: user.aliases,
        credentials_count: user.credentials,
        last_used_at: user.last_used_at.map(timestamps::zoneless),
    });
    Answer::json(&Listed {
        values: listed.collect(),
    })
}
