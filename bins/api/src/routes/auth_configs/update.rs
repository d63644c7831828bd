//! `POST /auth-configs`: a purpose is changed.

use super::Configuration;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    problem::Problem,
};

pub(in crate::routes) const DOC: Doc = Doc::new("updateAuthenticationConfiguration", "Changes a purpose")
    .answers(&[nothing(204)])
    .refusals(&[(404, "no such purpose")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Configuration>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.update_authentication_config(caller, input.0, env))
        .await?;
    Ok(Answer::no_content())
}
