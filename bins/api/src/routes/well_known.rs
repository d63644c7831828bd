//! `/.well-known/…`, of each application and of the site itself: documents for browsers and phones.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use passgate::well_known::WellKnownDocumentError;
use passgate_core::{application::AppId, well_known::Document};

use super::admin::OfApp;
use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    input::{Input, Nothing},
    problem::Problem,
};

/// How long readers may go on using what they have: long enough to spare the server, short enough to see a change.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `/apps/{app}/.well-known/…`
pub(super) async fn of_app(call: Call<NoKey, OfApp>, document: Document) -> Result<Answer, Problem> {
    let app = call.input.app().cloned();
    let app = app.ok_or(WellKnownDocumentError::AppNotFound)?;
    publish(call, app, document).await
}

/// `/.well-known/…`: those of the application that the configuration names.
pub(super) async fn of_site(call: Call<NoKey, Nothing>, document: Document) -> Result<Answer, Problem> {
    let app = call.api().settings().well_known_app.clone();
    let app = app.ok_or(WellKnownDocumentError::NotPublished { document })?;
    publish(call, app, document).await
}

async fn publish<I: Input + Send>(
    call: Call<NoKey, I>,
    app: AppId,
    document: Document,
) -> Result<Answer, Problem> {
    let published = call
        .run(move |passgate, (), _, _| passgate.publish_well_known(&app, document))
        .await?;
    Ok(Answer::foreign_json(&published)?.with_header(CACHE_CONTROL, FRESH))
}
