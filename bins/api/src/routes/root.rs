//! `GET /`: for people who open the server's address in a browser.

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    endpoint::{Doc, other},
    input::Nothing,
    problem::Problem,
};

pub(super) const DOC: Doc = Doc::new("showRoot", "A line for people, or the playground")
    .answers(&[other(200, "text/plain"), other(200, "text/html")]);

pub(super) async fn handle(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(Answer::text(
        "This is Passgate, a passkey server. Its API is described at /docs.\n",
    ))
}
