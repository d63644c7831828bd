//! Where the server listens, how it is reached, and how much it takes.

use std::{
    net::{Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    time::Duration,
};

use passgate_core::application::AppId;
use url::Url;

use super::{
    readers::{app, duration, needed, number, optional},
    section::section,
    settings::plain,
};
use crate::network::Network;

section! {
    /// Where the server listens, how it is reached, and how much it takes.
    HttpConfig {
        "Address and port to listen on."
        listen: SocketAddr = plain("listen", "127.0.0.1:5701"), needed(address);
        "Second address and port, such as 127.0.0.1:5702; with it, the management endpoints answer there only."
        management_listen: Option<SocketAddr> = plain("management_listen", ""), optional(address);
        "Address and port of a listener for Prometheus, such as 127.0.0.1:9090, which serves /metrics to whoever reaches it; without it, nowhere."
        metrics_listen: Option<SocketAddr> = plain("metrics_listen", ""), optional(address);
        "Path under which the API is also served, such as /api; without it, the path of public_url."
        path_prefix: String = plain("path_prefix", ""), needed(prefix);
        "Threads that serve connections; auto is one per processor."
        workers: usize = plain("workers", "auto"), needed(workers);
        "Threads that run operations, for all workers together."
        operation_threads: usize = plain("operation_threads", "32"), needed(|text| number(text, 1, 1024));
        "Most connections at once; further ones wait until one ends."
        max_connections: usize = plain("max_connections", "10000"), needed(|text| number(text, 16, 1_000_000));
        "Largest request body, in bytes."
        body_limit: usize = plain("body_limit", "1048576"), needed(|text| number(text, 1024, 64 * 1024 * 1024));
        "How long a request body may take to arrive."
        body_timeout: Duration = plain("body_timeout", "10s"), needed(duration);
        "How long open requests may take to end when the server stops."
        shutdown_timeout: Duration = plain("shutdown_timeout", "30s"), needed(duration);
        "Addresses or networks of proxies whose forwarded headers are believed."
        trusted_proxies: Vec<Network> = plain("trusted_proxies", ""), needed(networks);
        "Header in which a trusted proxy names the country, such as CF-IPCountry."
        country_header: Option<String> = plain("country_header", ""), optional(header_name);
        "Address under which people reach this server, such as https://id.example.com; links in messages begin with it."
        public_url: Option<Url> = plain("public_url", ""), optional(public_url);
        "Application whose documents are served at /.well-known/, besides /apps/NAME/.well-known/."
        well_known_app: Option<AppId> = plain("well_known_app", ""), optional(app);
    }
}

impl HttpConfig {
    /// The path of `public_url` is a prefix, if nothing else is said: links in mail begin with it, so it has to lead
    /// somewhere.
    pub(super) fn settled(mut self) -> Self {
        if let Some(url) = &self.public_url
            && self.path_prefix.is_empty()
        {
            self.path_prefix = public_path(url).to_owned();
        }
        self
    }

    /// What is allowed and probably not meant, in sentences.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let public_path = self.public_url.as_ref().map_or("", public_path);
        if !public_path.is_empty() && public_path != self.path_prefix {
            warnings.push(format!(
                "public_url has the path {public_path}, and path_prefix is {}: links in messages work only if a proxy turns \
                 the one into the other",
                self.path_prefix
            ));
        }
        warnings
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    // A port alone means every address of the machine, as elsewhere.
    let everywhere = text
        .strip_prefix(':')
        .and_then(|port| port.parse().ok())
        .map(|port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    everywhere.or_else(|| resolved(text)).ok_or_else(|| {
        "must be an address and a port, such as 127.0.0.1:5701, [::]:5701, localhost:5701 or :5701".to_owned()
    })
}

/// The first address of a name with a port, IPv4 before IPv6.
fn resolved(text: &str) -> Option<SocketAddr> {
    let (host, _) = text.rsplit_once(':').filter(|(host, _)| !host.is_empty())?;
    if host.eq_ignore_ascii_case("localhost") {
        // Nobody need be asked, and nobody may answer otherwise.
        return text.replacen(host, "127.0.0.1", 1).parse().ok();
    }
    let mut addresses: Vec<SocketAddr> = text.to_socket_addrs().ok()?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.first().copied()
}

fn prefix(text: &str) -> Result<String, String> {
    let prefix = text.trim_end_matches('/');
    if prefix.is_empty() || (prefix.starts_with('/') && !prefix.contains(['?', '#', ' '])) {
        return Ok(prefix.to_owned());
    }
    Err("must be empty or a path that begins with '/', such as /api".to_owned())
}

fn workers(text: &str) -> Result<usize, String> {
    if text == "auto" {
        return Ok(std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
    }
    number(text, 1, 1024)
}

fn networks(text: &str) -> Result<Vec<Network>, String> {
    let networks = text.split([',', ' ']).filter(|part| !part.is_empty());
    networks
        .map(|part| {
            part.parse()
                .map_err(|_| format!("'{part}' is not an address or network, such as 10.0.0.0/8"))
        })
        .collect()
}

fn header_name(text: &str) -> Result<String, String> {
    actix_web::http::header::HeaderName::from_bytes(text.as_bytes())
        .map(|name| name.as_str().to_owned())
        .map_err(|_| "must be the name of a header".to_owned())
}

fn public_url(text: &str) -> Result<Url, String> {
    let usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text)
        .ok()
        .filter(usable)
        .ok_or_else(|| "must be an address such as https://id.example.com, with a path if need be".to_owned())
}

/// The path of an address without the slash at its end; empty for none.
fn public_path(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}
