//! `/account`: an application has itself deleted, with a warning and a way back.

pub(super) mod abort;
pub(super) mod delete;
