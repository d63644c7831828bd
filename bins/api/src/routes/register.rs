//! `/register`: from the backend's word to a stored credential.

pub(super) mod begin;
pub(super) mod complete;
pub(super) mod token;
