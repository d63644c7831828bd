//! Host names that mean the machine itself.

use std::net::IpAddr;

/// Whether a `Host` header names the machine to itself: `localhost`, a name below it, or a loopback address.
pub fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts() {
        for (host, loopback) in [
            ("localhost", true),
            ("LOCALHOST:5701", true),
            ("a.localhost:1", true),
            ("127.0.0.1:5701", true),
            ("[::1]:5701", true),
            ("example.com", false),
            ("localhost.example.com", false),
            ("[2001:db8::1]:80", false),
            ("", false),
        ] {
            assert_eq!(is_loopback_name(host), loopback, "{host}");
        }
    }
}
