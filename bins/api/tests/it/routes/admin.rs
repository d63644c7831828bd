//! `/admin/apps/{app}`.

mod available;
mod create;
mod deletion;
mod features;
mod freeze;
mod keys;
mod well_known;
