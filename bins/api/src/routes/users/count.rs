//! `GET /users/count`: how many users own a credential.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, json},
    input::Nothing,
    problem::Problem,
};

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Count")]
struct Counted {
    /// How many users own a credential.
    #[schemars(example = 42)]
    count: u64,
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("countUsers", "How many users own a credential").answers(&[json::<Counted>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    let count = call
        .heavy()
        .run(|passgate, caller, _, _| passgate.count_users(caller))
        .await?;
    Answer::json(&Counted { count })
}
