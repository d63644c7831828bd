//! `POST /account/delete` and `POST /v3/account/delete`: warns every administrator, and starts the two weeks.

use std::sync::Arc;

use actix_web::http::StatusCode;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::Nothing,
    problem::Problem,
};

pub(in crate::routes) const FORMER_DOC: Doc = DOC.called("requestAccountDeletionV3");

pub(in crate::routes) const DOC: Doc = Doc::new(
    "requestAccountDeletion",
    "Has the application deleted in two weeks",
)
.about("Every administrator is mailed a link that aborts it.")
.answers(&[nothing(200)])
.refusals(&[(429, "Asked for too often")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Nothing>) -> Result<Answer, Problem> {
    if call.api().abort_page().is_none() {
        return Err(Problem::public_url_missing());
    }
    let rate = Arc::clone(call.api().deletion_rate());
    call.deliver(move |passgate, caller, Nothing, post, env| {
        let admit = || rate.take(caller.app_id(), env.now);
        passgate.request_account_deletion(caller, post, admit, env)
    })
    .await?;
    Ok(Answer::empty(StatusCode::OK))
}
