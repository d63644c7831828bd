//! `/signin`: from a challenge to the backend's knowledge of who signed in.

pub(super) mod begin;
pub(super) mod complete;
pub(super) mod generate_token;
pub(super) mod verify;
