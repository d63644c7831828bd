//! Who is on the other end: address, country, device, and whether the connection is encrypted.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    HttpRequest,
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderValue},
};

use passgate::{Client, Device};

use crate::{device, network::Network};

/// What is believed of a request besides its key and its body.
#[derive(Clone, Debug, Default)]
pub struct ProxyTrust {
    /// Whose forwarded headers are believed.
    pub trusted: Vec<Network>,
    /// The header in which a trusted proxy names the country.
    pub country_header: Option<String>,
}

impl ProxyTrust {
    /// What an operation is told of the client: country, address, user agent, and how to find the device in that, which
    /// may block.
    pub fn client(&self, request: &HttpRequest) -> Client {
        let user_agent = header(request.headers(), "user-agent");
        Client {
            device: Device::Described(device::describe),
            country: self.country(request),
            ip: self
                .address(peer(request), request.headers())
                .map(|address| address.to_string()),
            user_agent: user_agent.map(str::to_owned),
        }
    }

    /// The client's address: the peer, or what trusted proxies say it is.
    pub fn address(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        // IPv4 arrives mapped into IPv6 where the server listens on [::].
        let mut address = peer?.to_canonical();
        if !self.trusts(Some(address)) {
            return Some(address);
        }
        // Each trusted proxy appended the address it saw, to the last line or as a line of its own, so read from the
        // right for as long as the one who wrote an entry is trusted. A line that is no text ends that, too.
        let lines: Vec<&HeaderValue> = headers.get_all("x-forwarded-for").collect();
        let hops = lines
            .into_iter()
            .rev()
            .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops {
            let Some(previous) = hop_address(hop) else { break };
            address = previous.to_canonical();
            if !self.trusts(Some(address)) {
                break;
            }
        }
        Some(address)
    }

    /// Whether a trusted proxy took this request over https.
    pub fn is_secure(&self, request: &ServiceRequest) -> bool {
        self.trusts(request.peer_addr().map(|peer| peer.ip()))
            && header(request.headers(), "x-forwarded-proto")
                .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
    }

    fn country(&self, request: &HttpRequest) -> String {
        let Some(name) = &self.country_header else {
            return String::new();
        };
        if !self.trusts(peer(request)) {
            return String::new();
        }
        let country = header(request.headers(), name).unwrap_or_default().trim();
        // A code of ISO 3166 is two letters; what proxies send besides those (T1) names no country.
        if country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            country.to_ascii_uppercase()
        } else {
            String::new()
        }
    }

    fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted.iter().any(|network| network.contains(peer)))
    }
}

/// The address in an entry of `X-Forwarded-For`; some proxies add the port, and some put IPv6 into brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(with_port).or_else(in_brackets)
}

/// The first value of a header, if it is text.
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn trust() -> ProxyTrust {
        ProxyTrust {
            trusted: vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
            country_header: Some("CF-IPCountry".to_owned()),
        }
    }

    fn request(peer: &str, headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        request.to_http_request()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let client = trust().client(&request(
            "192.0.2.1:9",
            &[("X-Forwarded-For", "203.0.113.7"), ("CF-IPCountry", "SE")],
        ));
        assert_eq!(
            (client.ip.as_deref(), client.country.as_str()),
            (Some("192.0.2.1"), "")
        );
    }

    #[test]
    fn ipv4_is_told_as_such_however_it_arrives() {
        for (peer, forwarded, expected) in [
            ("[::ffff:192.0.2.1]:9", "203.0.113.7", "192.0.2.1"),
            ("[::ffff:10.0.0.2]:9", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.2:9", "::ffff:203.0.113.7", "203.0.113.7"),
            ("10.0.0.2:9", "203.0.113.7, ::ffff:10.1.1.1", "203.0.113.7"),
        ] {
            let peer: SocketAddr = peer.parse().unwrap();
            let headers = TestRequest::default()
                .append_header(("X-Forwarded-For", forwarded))
                .to_http_request();
            let address = trust().address(Some(peer.ip()), headers.headers());
            assert_eq!(address.unwrap().to_string(), expected, "{peer} {forwarded}");
        }
    }

    #[test]
    fn trusted_proxies_are_followed_to_the_first_stranger() {
        let headers = [
            ("X-Forwarded-For", "198.51.100.9, 203.0.113.7, 10.1.1.1"),
            ("CF-IPCountry", "se"),
        ];
        let client = trust().client(&request("10.0.0.2:9", &headers));
        assert_eq!(
            (client.ip.as_deref(), client.country.as_str()),
            (Some("203.0.113.7"), "SE")
        );
    }

    #[test]
    fn what_the_proxy_adds_counts_more_than_what_the_client_sent() {
        for (lines, expected) in [
            // The client sent a line of its own, and the proxy added another.
            (vec!["198.51.100.9", "203.0.113.7"], "203.0.113.7"),
            (
                vec!["198.51.100.9, 10.1.1.1", "203.0.113.7, 10.1.1.1"],
                "203.0.113.7",
            ),
            (vec!["203.0.113.7", "10.1.1.1"], "203.0.113.7"),
            (vec!["198.51.100.9", "unknown"], "10.0.0.2"),
            (vec!["198.51.100.9", ""], "10.0.0.2"),
            (vec!["198.51.100.9", "203.0.113.7:4711"], "203.0.113.7"),
            (vec!["198.51.100.9, [2001:db8::7]:4711"], "2001:db8::7"),
            (vec!["198.51.100.9, [2001:db8::7]"], "2001:db8::7"),
            (vec!["198.51.100.9, 203.0.113.7, 10.1.1.1:80"], "203.0.113.7"),
            (vec!["198.51.100.9", "203.0.113.7, 2001:db8::7:x"], "10.0.0.2"),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
            let client = trust().client(&request("10.0.0.2:9", &headers));
            assert_eq!(client.ip.as_deref(), Some(expected), "{lines:?}");
        }
        let mut latin = TestRequest::default().peer_addr("10.0.0.2:9".parse().unwrap());
        latin = latin.append_header(("X-Forwarded-For", "198.51.100.9"));
        latin = latin.append_header(("X-Forwarded-For", HeaderValue::from_bytes(b"\xe9").unwrap()));
        let client = trust().client(&latin.to_http_request());
        assert_eq!(client.ip.as_deref(), Some("10.0.0.2"));
    }

    #[test]
    fn nonsense_is_ignored() {
        let headers = [("X-Forwarded-For", "unknown"), ("CF-IPCountry", "<script>")];
        let client = trust().client(&request("10.0.0.2:9", &headers));
        assert_eq!(
            (client.ip.as_deref(), client.country.as_str()),
            (Some("10.0.0.2"), "")
        );
    }

    #[test]
    fn countries_are_two_letters_of_the_configured_header_from_a_trusted_proxy() {
        for (value, country) in [
            ("SE", "SE"),
            ("us", "US"),
            (" de ", "DE"),
            ("XX", "XX"),
            ("T1", ""),
            ("SWE", ""),
            ("S", ""),
            ("", ""),
            ("S E", ""),
            ("SE,DE", ""),
        ] {
            let client = trust().client(&request("10.0.0.2:9", &[("CF-IPCountry", value)]));
            assert_eq!(client.country, country, "{value}");
        }
        let two = [("CF-IPCountry", "SE"), ("CF-IPCountry", "DE")];
        assert_eq!(trust().client(&request("10.0.0.2:9", &two)).country, "SE");
        let other = [("X-Country", "SE")];
        assert_eq!(trust().client(&request("10.0.0.2:9", &other)).country, "");
        let unset = ProxyTrust {
            country_header: None,
            ..trust()
        };
        let headers = [("CF-IPCountry", "SE")];
        assert_eq!(unset.client(&request("10.0.0.2:9", &headers)).country, "");
    }
}
