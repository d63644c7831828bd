//! `/admin/apps/{app}`: what operators do with applications.

use passgate_core::application::AppId;

use crate::{
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

pub(super) mod available;
pub(super) mod create;
pub(super) mod deletion;
pub(super) mod features;
pub(super) mod freeze;
pub(super) mod keys;
pub(super) mod well_known;

/// The application of the path; none if no application can have such an id, which is then as unknown as any other.
pub(super) struct OfApp(Option<AppId>);

impl OfApp {
    pub(super) const fn app(&self) -> Option<&AppId> {
        self.0.as_ref()
    }
}

impl Input for OfApp {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self(app(parts)?))
    }
}

fn app(parts: &Parts<'_>) -> Result<Option<AppId>, Problem> {
    Ok(AppId::parse(&parts.path("app")?).ok())
}
