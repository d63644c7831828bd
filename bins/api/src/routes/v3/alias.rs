//! `POST /v3/alias`: the complete new set of a user's aliases, beside the name that the user signs in with. Answers 200,
//! where today's answers 204.

use actix_web::http::StatusCode;
use passgate::aliases::SetAliasesInput;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    problem::Problem,
    routes::alias::set,
};

pub(in crate::routes) const DOC: Doc = Doc::new("setAliasesV3", "Sets all aliases of a user")
    .about("The name that the user registered with and signs in with stays, whether it is among them or not.")
    .answers(&[nothing(200)])
    .refusals(&[(409, "an alias belongs to another user")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, set::Request>) -> Result<Answer, Problem> {
    call.run(|passgate, caller, input, env| {
        let input = SetAliasesInput {
            keeps_sign_in_name: true,
            ..input.0
        };
        passgate.set_aliases(caller, input, env)
    })
    .await?;
    Ok(Answer::empty(StatusCode::OK))
}
