//! `/admin/apps/{app}`: what operators do with applications.

pub(super) mod available;
pub(super) mod create;
pub(super) mod deletion;
pub(super) mod features;
pub(super) mod freeze;
pub(super) mod keys;
pub(super) mod well_known;
