//! `POST /admin/apps/{app}/freeze` and `/unfreeze`: all keys of an application are locked, or unlocked again.

use crate::routes::of_app::OfApp;
use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, nothing},
    problem::Problem,
};

pub(in crate::routes) const FREEZE: Doc = Doc::new("freezeApp", "Locks all keys").answers(&[nothing(204)]);

pub(in crate::routes) async fn freeze(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| input.0.map_or(Ok(()), |app| passgate.freeze(&app, env)))
        .await?;
    Ok(Answer::no_content())
}

pub(in crate::routes) const UNFREEZE: Doc =
    Doc::new("unfreezeApp", "Unlocks what the freeze locked").answers(&[nothing(204)]);

pub(in crate::routes) async fn unfreeze(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| input.0.map_or(Ok(()), |app| passgate.unfreeze(&app, env)))
        .await?;
    Ok(Answer::no_content())
}
