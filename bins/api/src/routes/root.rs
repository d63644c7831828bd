//! `GET /`: for people who open the server's address in a browser.

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    input::Nothing,
    problem::Problem,
};

pub(super) async fn handle(call: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    let playground = if call.api().settings().playground { " Try it at /playground." } else { "" };
    Ok(Answer::text(format!(
        "This is Passgate, a passkey server. Its API is described in docs/api.md of the project.{playground}\n"
    )))
}
