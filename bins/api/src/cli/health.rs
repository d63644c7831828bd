//! `passgate health`: whether the server of this configuration answers, and its database takes writes.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use serde_json::json;

use super::{Answer, CommandError};
use crate::{config::Sources, server::assemble};

/// Longest that the server may take: shorter than what asks every half minute waits for.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Asks the server at `url`, or the one that this configuration makes listen on this machine.
pub(super) fn perform(url: Option<&str>, sources: &Sources) -> Result<Answer, CommandError> {
    let base = match url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let listen = reachable(assemble::load(sources)?.http.listen);
            format!("http://{listen}")
        }
    };
    let address = format!("{base}/health/storage");
    // No proxy: the server is on this very machine, whatever the environment says of the web.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .proxy(None)
        .http_status_as_error(false)
        .build()
        .into();
    match agent.get(&address).call() {
        Ok(answer) if answer.status().is_success() => Ok(Answer::new(
            "healthy".to_owned(),
            json!({ "healthy": true, "address": address }),
        )),
        Ok(answer) => Err(CommandError::Unhealthy {
            address,
            status: answer.status().as_u16(),
        }),
        Err(source) => Err(CommandError::NoAnswer {
            address,
            source: Box::new(source),
        }),
    }
}

/// Where a server is reached from its own machine that listens everywhere.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(address) if address.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listen
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_server_that_listens_everywhere_is_reached_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:5701", "127.0.0.1:5701"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.7:5701", "192.0.2.7:5701"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
