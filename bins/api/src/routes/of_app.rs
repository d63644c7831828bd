//! The application that a path names.

use passgate_core::application::AppId;

use crate::{
    input::{Input, Parts, Unreadable},
    problem::Problem,
};

/// The application of the path; none if no application can have such an id, which is then as unknown as any other.
pub(super) struct OfApp(pub(super) Option<AppId>);

impl Input for OfApp {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        Ok(Self(app(parts)?))
    }
}

pub(super) fn app(parts: &Parts<'_>) -> Result<Option<AppId>, Problem> {
    Ok(AppId::parse(&parts.path("app")?).ok())
}
