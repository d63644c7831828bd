//! `GET /users/count`: how many users own a credential.

use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::Nothing,
    problem::Problem,
};

#[derive(Debug, Serialize)]
struct Counted {
    count: u64,
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    let count = call
        .run(|passgate, caller, _, _| passgate.count_users(caller))
        .await?;
    Answer::json(&Counted { count })
}
