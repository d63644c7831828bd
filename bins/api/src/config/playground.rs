//! Whether the playground is served, and to whom.

use url::Url;

use super::{http::HttpConfig, readers::needed, section::section, settings::plain};
use crate::host::is_loopback_name;

section! {
    /// Whether the playground is served.
    PlaygroundConfig {
        "auto: on loopback without a proxy, to this machine only; true: to everybody; false."
        served: Playground = plain("playground", "auto"), needed(playground);
    }
}

/// When the playground is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playground {
    /// While the server listens on loopback, and nothing in the configuration speaks of a proxy.
    OnLoopback,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Who may see the playground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever opens it on this machine, directly and under a loopback name.
    ThisMachine,
    /// Whoever reaches the server.
    Everybody,
}

impl PlaygroundConfig {
    /// To whom the playground is served, given where the server listens and how it is reached.
    pub(super) fn access(&self, http: &HttpConfig) -> Option<Access> {
        match self.served {
            Playground::On => Some(Access::Everybody),
            Playground::OnLoopback if is_alone(http) => Some(Access::ThisMachine),
            Playground::OnLoopback | Playground::Off => None,
        }
    }
}

/// Whether nothing in the configuration speaks of a proxy that brings requests of others to loopback.
fn is_alone(http: &HttpConfig) -> bool {
    let reached_from_elsewhere = http
        .public_url
        .as_ref()
        .and_then(Url::host_str)
        .is_some_and(|host| !is_loopback_name(host));
    http.listen.ip().is_loopback()
        && http.trusted_proxies.is_empty()
        && http.path_prefix.is_empty()
        && !reached_from_elsewhere
}

fn playground(text: &str) -> Result<Playground, String> {
    match text {
        "auto" => Ok(Playground::OnLoopback),
        "true" => Ok(Playground::On),
        "false" => Ok(Playground::Off),
        _ => Err("must be auto, true or false".to_owned()),
    }
}
