//! `POST /account/delete` and `POST /v3/account/delete`: warns every administrator, and starts the two weeks.

use std::sync::Arc;

use actix_web::http::StatusCode;
use passgate::{Caller, Env, Passgate, Stopped, account_deletion::PrepareDeletionError};
use url::Url;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::Nothing,
    links::abort_link,
    mail::{Deliver, DeliverError, Letter},
    problem::{ErrorCode, Problem},
    rate_limit::{LimitReached, RateLimit},
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
    let Some(abort_page) = call.api().abort_page() else {
        return Err(Problem::public_url_missing());
    };
    let rate = Arc::clone(call.api().deletion_rate());
    call.deliver(move |passgate, caller, Nothing, deliver, env| {
        request(passgate, caller, &rate, &abort_page, deliver, env)
    })
    .await?;
    Ok(Answer::empty(StatusCode::OK))
}

/// Nothing is recorded unless at least one administrator was warned. The others have their turn in a job. While a deletion
/// stands, asking once more changes nothing and mails nobody: a stolen key must not fill mailboxes, nor replace the link
/// that would stop it.
fn request(
    passgate: &Passgate,
    caller: &Caller,
    rate: &RateLimit,
    abort_page: &Url,
    deliver: &dyn Deliver,
    env: Env<'_>,
) -> Result<(), RequestError> {
    if !deliver.is_configured() {
        return Err(RequestError::NoMail);
    }
    let Some(prepared) = passgate.prepare_account_deletion(caller, env)? else {
        return Ok(());
    };
    rate.take(caller.app_id(), env.now)
        .map_err(RequestError::TooOften)?;
    let link = abort_link(abort_page, &prepared.abort_token);
    let mut outcome = Err(DeliverError::NotConfigured);
    let mut missed = Vec::new();
    for address in &prepared.admin_emails {
        let app = caller.app_id().as_str();
        let letter = Letter::deletion_warning(address, app, prepared.freeze_at, prepared.delete_at, &link);
        match deliver.deliver(&letter) {
            Ok(()) => outcome = Ok(()),
            Err(error) => {
                tracing::error!(app, address, %error, "an administrator could not be warned of a deletion");
                missed.push(address.clone());
                outcome = outcome.or(Err(error));
            }
        }
    }
    outcome?;
    passgate.request_account_deletion(caller, &prepared, &missed, env)?;
    Ok(())
}

/// Why no deletion was started.
#[derive(Debug, thiserror::Error)]
pub(in crate::routes) enum RequestError {
    /// The server sends no mail, so that nobody would be warned.
    #[error("no mail provider is configured")]
    NoMail,
    /// There is nobody to warn, or nothing to ask for.
    #[error(transparent)]
    Prepare(#[from] Stopped<PrepareDeletionError>),
    /// It was asked for and aborted, or could not be mailed, a few times in a short while.
    #[error(transparent)]
    TooOften(LimitReached),
    /// Nobody could be warned.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NoMail => Self::rule(
                ErrorCode::MailNotConfigured,
                "This server has no mail provider, so nobody can be warned of the deletion. \
                 Its operator chooses one with 'mail_smtp_url' or 'mail.providers'.",
            ),
            RequestError::Prepare(error) => error.into(),
            RequestError::TooOften(limit) => Self::too_many_deletions(limit),
            RequestError::Deliver(error) => error.into(),
        }
    }
}
