//! `POST /users/delete`: everything of a user. Answers 200 where its siblings answer 204.

use actix_web::http::StatusCode;
use passgate_core::user::UserId;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    validation::Validation,
    wire,
};

pub(in crate::routes) struct Request {
    /// None if no user can have that id.
    user_id: Option<UserId>,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "UserDelete",
        &[text::<wire::UserId>("userId").required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let user_id = body.text("userId")?;
        let mut check = Validation::default();
        check.member("UserId").required(user_id.as_deref());
        check.finish()?;
        Ok(Self {
            user_id: UserId::parse(&user_id.unwrap_or_default()).ok(),
        })
    }
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("deleteUser", "Deletes everything of a user").answers(&[nothing(200)]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| match input.user_id {
        Some(user_id) => passgate.delete_user(caller, &user_id, env),
        None => Ok(()),
    })
    .await?;
    Ok(Answer::empty(StatusCode::OK))
}
