//! `/credentials`: what users have registered.

pub(super) mod delete;
pub(super) mod list;
