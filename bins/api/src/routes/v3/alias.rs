//! `POST /v3/alias`: the complete new set of a user's aliases. Answers 200, where today's answers 204.

use actix_web::http::StatusCode;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    problem::Problem,
    routes::alias::set,
};

pub(in crate::routes) const DOC: Doc = Doc::new("setAliasesV3", "Sets all aliases of a user")
    .answers(&[nothing(200)])
    .refusals(&[(409, "an alias belongs to another user")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, set::Request>) -> Result<Answer, Problem> {
    set::handle(call).await?;
    Ok(Answer::empty(StatusCode::OK))
}
