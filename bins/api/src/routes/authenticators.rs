//! `/authenticators`: which models an application allows or blocks.

use passgate_core::application::AaguidSet;
use passgate_webauthn::Aaguid;

use crate::{input::Unreadable, json::Members, validation::Validation};

pub(super) mod add;
pub(super) mod list;
pub(super) mod remove;

/// `aaGuids`, at least one.
fn aaguids(body: &Members<'_>) -> Result<AaguidSet, Unreadable> {
    let guids = body.guids("aaGuids")?;
    let mut check = Validation::default();
    check
        .member("AaGuids")
        .present(guids.is_some())
        .at_least(guids.as_ref().map_or(0, Vec::len), 1);
    check.finish()?;
    Ok(guids
        .unwrap_or_default()
        .into_iter()
        .map(|guid| Aaguid::new(*guid.as_bytes()))
        .collect())
}
