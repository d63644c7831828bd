//! `POST /auth-configs/add`: a new purpose.

use actix_web::http::StatusCode;

use super::Configuration;
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    problem::Problem,
};

pub(in crate::routes) const DOC: Doc =
    Doc::new("addAuthenticationConfiguration", "Adds a purpose").answers(&[nothing(201)]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Configuration>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.add_authentication_config(caller, input.0, env))
        .await?;
    Ok(Answer::empty(StatusCode::CREATED))
}
