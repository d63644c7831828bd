//! Host names that mean the machine itself.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use actix_web::http::Uri;

/// Whether a `Host` header names the machine to itself: `localhost`, a name below it, or a loopback address, with or
/// without a port and nothing else.
pub fn is_loopback_name(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => return is_port(port) && is_loopback::<Ipv6Addr>(address),
            None => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let name = name.to_ascii_lowercase();
    is_port(port)
        && (name == "localhost"
            || name.strip_suffix(".localhost").is_some_and(is_name)
            || is_loopback::<Ipv4Addr>(&name))
}

/// Whether a request is for the machine itself: by its `Host` header, and by its target if that names a host too.
pub fn is_for_loopback(target: &Uri, host: Option<&str>) -> bool {
    let by_target = target
        .authority()
        .is_none_or(|authority| is_loopback_name(authority.as_str()));
    by_target && host.is_some_and(is_loopback_name)
}

/// Nothing, or a colon and a number.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

/// Letters, digits, hyphens and dots.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !text.is_empty() && text.bytes().all(is_letter)
}

fn is_loopback<A: FromStr + Into<IpAddr>>(text: &str) -> bool {
    text.parse().is_ok_and(|address: A| address.into().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_names_a_host_is_judged_too() {
        for (target, host, loopback) in [
            ("/", Some("localhost"), true),
            ("/", Some("example.com"), false),
            ("/", None, false),
            ("http://localhost:8080/", Some("localhost"), true),
            ("http://evil.example/", Some("localhost"), false),
            ("http://localhost@evil.example/", Some("localhost"), false),
            ("http://evil.example@localhost/", Some("localhost"), false),
            ("http://localhost/", Some("evil.example"), false),
        ] {
            let target: Uri = target.parse().unwrap();
            assert_eq!(is_for_loopback(&target, host), loopback, "{target} {host:?}");
        }
    }

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
            ("[::1]", true),
            ("[::1]:", true),
            ("[::1]evil", false),
            ("[::1]evil:80", false),
            ("[::1]:80evil", false),
            ("[::1", false),
            ("[localhost]", false),
            ("[127.0.0.1]", false),
            ("::1", false),
            ("localhost:80.example.com", false),
            ("localhost:80:80", false),
            ("localhost:123456", false),
            ("evil/.localhost", false),
            ("evil@.localhost", false),
            (".localhost", false),
        ] {
            assert_eq!(is_loopback_name(host), loopback, "{host}");
        }
    }
}
