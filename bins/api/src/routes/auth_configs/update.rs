//! `POST /auth-configs`: a purpose is changed.

use super::Configuration;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    problem::Problem,
};

pub(in crate::routes) async fn handle(call: Call<SecretKey, Configuration>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.update_authentication_config(caller, input.0, env))
        .await?;
    Ok(Answer::no_content())
}
