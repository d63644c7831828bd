//! In what a reported origin differs from the expected ones, in words.

use url::Url;

use crate::relying_party::Origin;

/// In what `got` differs from the expected origin that is nearest to it: its scheme, host, port, or what stands behind
/// them. For the text of a refusal.
pub fn origin_difference(got: &str, expected: &[Origin]) -> String {
    let Some(got_url) = web_url(got) else {
        return "it is not a web origin, and not one of the expected apps".to_owned();
    };
    let nearest = expected
        .iter()
        .filter_map(|origin| Some((origin, web_url(origin.as_str())?)))
        .max_by_key(|(_, url)| {
            let same_host = got_url.host_str() == url.host_str();
            (same_host, 3 - differing_parts(&got_url, url).len())
        });
    let Some((origin, url)) = nearest else {
        return "only apps are expected, and it is a web origin".to_owned();
    };
    let mut parts = differing_parts(&got_url, &url);
    if parts.is_empty() {
        parts.push(match got.get(origin.as_str().len()..) {
            Some("/") => "a slash behind it".to_owned(),
            Some(behind) if !behind.is_empty() => format!("{behind:?} behind it"),
            _ => "another spelling".to_owned(),
        });
    }
    format!("compared with {origin} it has {}", parts.join(" and "))
}

fn web_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(Url::has_host)
}

fn differing_parts(got: &Url, expected: &Url) -> Vec<String> {
    let mut parts = Vec::new();
    if got.scheme() != expected.scheme() {
        parts.push(format!("scheme {}", got.scheme()));
    }
    if got.host_str() != expected.host_str() {
        parts.push(format!("host {}", got.host_str().unwrap_or_default()));
    }
    // The port of another scheme follows from the scheme, unless one of them is written out.
    let written = got.port().is_some() || expected.port().is_some();
    if got.port_or_known_default() != expected.port_or_known_default()
        && (written || got.scheme() == expected.scheme())
    {
        let port = got.port_or_known_default();
        parts.push(port.map_or_else(|| "no port".to_owned(), |port| format!("port {port}")));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_origin_tells_the_difference() {
        let expected: Vec<Origin> = [
            "https://example.com",
            "http://localhost:3000",
            "https://login.example.com:8443",
        ]
        .iter()
        .map(|text| Origin::parse(text).unwrap())
        .collect();
        for (got, difference) in [
            (
                "https://example.com/",
                "compared with https://example.com it has a slash behind it",
            ),
            (
                "https://example.com/login",
                "compared with https://example.com it has \"/login\" behind it",
            ),
            (
                "http://example.com",
                "compared with https://example.com it has scheme http",
            ),
            (
                "https://example.com:444",
                "compared with https://example.com it has port 444",
            ),
            (
                "http://localhost:5173",
                "compared with http://localhost:3000 it has port 5173",
            ),
            (
                "https://login.example.com",
                "compared with https://login.example.com:8443 it has port 443",
            ),
            (
                "https://evil.example",
                "compared with https://example.com it has host evil.example",
            ),
            (
                "http://login.example.com:8080",
                "compared with https://login.example.com:8443 it has scheme http and port 8080",
            ),
            (
                "https://EXAMPLE.com./",
                "compared with https://example.com it has host example.com.",
            ),
            ("null", "it is not a web origin, and not one of the expected apps"),
            (
                "android:apk-key-hash:x",
                "it is not a web origin, and not one of the expected apps",
            ),
        ] {
            assert_eq!(origin_difference(got, &expected), difference, "{got}");
        }
        let app = [Origin::of_android_certificate(&[1; 32])];
        assert_eq!(
            origin_difference("https://example.com", &app),
            "only apps are expected, and it is a web origin"
        );
    }
}
