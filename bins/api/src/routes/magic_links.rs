//! `/magic-links`: a backend has a sign-in link mailed; its reader may meet a page of ours first.

pub(super) mod open;
pub(super) mod send;
