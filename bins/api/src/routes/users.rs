//! `/users`: everybody who owns a credential or an alias.

pub(super) mod count;
pub(super) mod delete;
pub(super) mod list;
