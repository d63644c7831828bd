//! `GET /`: for people who open the server's address in a browser.

use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    input::Nothing,
    problem::Problem,
};

pub(super) async fn handle(_: Call<NoKey, Nothing>) -> Result<Answer, Problem> {
    Ok(Answer::text(
        "This is Passgate, a passkey server. Its API is described at /docs.\n",
    ))
}
