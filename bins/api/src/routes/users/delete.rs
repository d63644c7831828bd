//! `POST /users/delete`: everything of a user. Answers 200 where its siblings answer 204.

use actix_web::http::StatusCode;
use passgate_core::user::UserId;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    validation::Validation,
};

pub(in crate::routes) struct Request {
    user_id: UserId,
}

impl Input for Request {
    const BODY: Option<&'static str> = Some("UserDelete");

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let user_id = body.text("userId")?;
        let mut check = Validation::default();
        check.member("UserId").required(user_id.as_deref());
        check.finish()?;
        let user_id = UserId::parse(&user_id.unwrap_or_default());
        Ok(Self {
            user_id: user_id.map_err(|error| body.wrong("userId", error.to_string()))?,
        })
    }
}

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| passgate.delete_user(caller, &input.user_id, env))
        .await?;
    Ok(Answer::empty(StatusCode::OK))
}
