//! `/alias`: other names of users.

pub(super) mod list;
pub(super) mod set;
