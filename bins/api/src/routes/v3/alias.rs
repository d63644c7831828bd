//! `POST /v3/alias`: the complete new set of a user's aliases. Answers 200, where today's answers 204.

use actix_web::http::StatusCode;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    problem::Problem,
    routes::alias::set,
};

pub(in crate::routes) async fn handle(call: Call<SecretKey, set::Request>) -> Result<Answer, Problem> {
    set::handle(call).await?;
    Ok(Answer::empty(StatusCode::OK))
}
