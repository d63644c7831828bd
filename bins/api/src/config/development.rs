//! Development mode.

use super::{
    http::address,
    readers::{needed, switch},
    section::section,
    settings::plain,
    source::Values,
};

section! {
    /// Development mode: a server whose keys everybody knows.
    DevelopmentConfig {
        "true: for development, with the application test, whose keys everybody knows, and the management key shared_dev_key."
        on: bool = plain("development", "false"), needed(switch);
        "true: development mode may listen where other machines reach it."
        exposed: bool = plain("development_exposed", "false"), needed(switch);
    }
}

/// Notes that others could reach a server whose keys everybody knows.
pub(super) fn check(values: &mut Values) {
    let is = |values: &Values, name| values.peek(name, needed(switch));
    let reachable = values
        .peek("listen", needed(address))
        .is_some_and(|listen| !listen.ip().is_loopback());
    if is(values, "development") == Some(true)
        && is(values, "development_exposed") == Some(false)
        && reachable
    {
        values.note(
            "listen",
            "must be a loopback address such as 127.0.0.1:5701 in development mode: everybody knows its keys \
             (development_exposed = true allows it all the same)",
        );
    }
}
