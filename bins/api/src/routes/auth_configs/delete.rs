//! `POST /auth-configs/delete`: a purpose goes; the built-in ones stay.

use actix_web::http::StatusCode;
use passgate::{Stopped, authentication_configs::DeleteAuthenticationConfigError};
use passgate_core::authentication_config::Purpose;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    shape::{Body, text},
    wire,
};

pub(in crate::routes) struct Request {
    purpose: String,
    performed_by: String,
}

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "DeleteAuthenticationConfiguration",
        &[
            text::<wire::Purpose>("purpose")
                .at_most(Purpose::MAX_CHARS as u64)
                .about("The purpose: letters, digits, `-` and `_`.")
                .required(),
            text::<wire::PerformedBy>("performedBy").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        Ok(Self {
            purpose: body.required_text("purpose")?,
            performed_by: body.required_text("performedBy")?,
        })
    }
}

pub(in crate::routes) const DOC: Doc =
    Doc::new("deleteAuthenticationConfiguration", "Deletes a purpose").answers(&[nothing(204), nothing(404)]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let deleted = call.run(|passgate, caller, input, env| {
        match passgate.delete_authentication_config(caller, &input.purpose, &input.performed_by, env) {
            // An unknown purpose is a 404 without a body, unlike everywhere else.
            Err(Stopped::Refused(DeleteAuthenticationConfigError::NotFound)) => Ok(false),
            outcome => outcome.map(|()| true),
        }
    });
    Ok(Answer::empty(if deleted.await? {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }))
}
