//! Would a browser at this origin accept this RP ID, and if not, why? In words for people who meet WebAuthn for the
//! first time (§5.1.3 step 8, §5.11).

use crate::relying_party::{
    Origin, OriginError, RpId, RpIdError,
    related_origins::{RelatedOrigins, RelatedOriginsError},
};

/// What a browser would say to a pair of origin and RP ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whether it would accept the pair.
    pub accepted: bool,
    /// What there is to know, the reasons for a refusal first.
    pub findings: Vec<Finding>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A browser refuses because of it.
    Error,
    /// It works, and may surprise.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The word for it: `error`, `warning` or `info`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One thing to know about a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A code that stays the same between versions.
    pub code: &'static str,
    /// Whether it stops a browser.
    pub severity: Severity,
    /// A sentence for the reader.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Finding {
    fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            advice: None,
        }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }
}

/// Judges a pair as a browser would. `related` are the origins that the RP ID's site lists at `/.well-known/webauthn`,
/// as far as they are known.
pub fn diagnose(origin: &str, rp_id: &str, related: &[Origin]) -> Diagnosis {
    let (origin_sent, rp_id_sent) = (origin, rp_id);
    let origin = Origin::parse(origin);
    let rp_id = match &origin {
        Ok(origin) => RpId::parse_at(rp_id, origin),
        Err(_) => RpId::parse(rp_id),
    };
    let mut findings = Vec::new();
    if let Err(error) = origin {
        findings.push(bad_origin(origin_sent, error));
    }
    if let Err(error) = rp_id {
        findings.push(bad_rp_id(rp_id_sent, error));
    }
    if let (Ok(origin), Ok(rp_id)) = (&origin, &rp_id) {
        if rp_id.as_str() != rp_id_sent {
            findings.push(Finding::new(
                "rp_id_normalised",
                Severity::Info,
                format!("The RP ID is used as `{rp_id}`: in lower case, and in ASCII."),
            ));
        }
        pair(origin, rp_id, related, &mut findings);
    }
    findings.sort_by_key(|finding| match finding.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    });
    Diagnosis {
        accepted: findings.iter().all(|finding| finding.severity != Severity::Error),
        findings,
    }
}

fn bad_origin(sent: &str, error: OriginError) -> Finding {
    let finding = Finding::new(
        error.code().as_str(),
        Severity::Error,
        match error {
            OriginError::Empty => "There is no origin.".to_owned(),
            OriginError::Null => {
                "The origin is `null`: the page was opened as a file, or sits in a sandboxed frame."
                    .to_owned()
            }
            OriginError::Insecure => format!(
                "`{sent}` is not encrypted, and browsers offer passkeys on encrypted pages only. \
             The only exception is `http://localhost`, on any port."
            ),
            OriginError::AndroidKeyHash => {
                format!(
                    "`{sent}` is not the origin of an Android app: after the last colon belongs the base64url text of the SHA-256 of its signing certificate."
                )
            }
            OriginError::Malformed => {
                format!(
                    "`{sent}` is not an origin: an origin is a scheme, a host and perhaps a port, such as `https://example.com`."
                )
            }
        },
    );
    match error {
        OriginError::Empty => {
            finding.advise("Give what `window.location.origin` says in the browser's console.")
        }
        OriginError::Null => finding.advise("Serve the page from a web server: `http://localhost` will do."),
        OriginError::Insecure => {
            finding.advise("Serve the page over https, or open it as `http://localhost` while you develop.")
        }
        OriginError::AndroidKeyHash => {
            finding.advise("It looks like `android:apk-key-hash:` and 43 letters, digits, `-` and `_`.")
        }
        OriginError::Malformed => match suggest_origin(sent) {
            Some(suggestion) => finding.advise(format!("Did you mean `{suggestion}`?")),
            None => finding.advise("Give what `window.location.origin` says in the browser's console."),
        },
    }
}

/// What was probably meant: without path, or with a scheme.
fn suggest_origin(sent: &str) -> Option<String> {
    let with_scheme = if sent.contains("://") {
        sent.to_owned()
    } else {
        format!("https://{sent}")
    };
    let url = url::Url::parse(&with_scheme).ok()?;
    let origin = Origin::parse(&url.origin().ascii_serialization()).ok()?;
    Some(origin.as_str().to_owned())
}

fn bad_rp_id(sent: &str, error: RpIdError) -> Finding {
    let finding = Finding::new(
        error.code().as_str(),
        Severity::Error,
        match error {
            RpIdError::Empty => "There is no RP ID.".to_owned(),
            RpIdError::NotADomain => {
                format!(
                    "`{sent}` is not an RP ID: an RP ID is a bare domain name, without scheme, port or path."
                )
            }
            RpIdError::IpAddress => {
                format!("`{sent}` is an IP address, and passkeys belong to domain names only.")
            }
            RpIdError::PublicSuffix => format!(
                "`{sent}` is a name under which anybody can get a site (a public suffix): a passkey for it would work on \
             strangers' sites."
            ),
        },
    );
    match error {
        RpIdError::Empty => finding.advise("Give the domain of your site, such as `example.com`."),
        RpIdError::NotADomain => match suggest_origin(sent).and_then(|text| host(&text)) {
            Some(host) => finding.advise(format!("Did you mean `{host}`?")),
            None => finding.advise("Give the domain of your site, such as `example.com`."),
        },
        RpIdError::IpAddress => {
            finding.advise("Use `localhost` while you develop, and a domain name for everybody else.")
        }
        RpIdError::PublicSuffix => {
            finding.advise(format!("Use your own name under it, such as `yoursite.{sent}`."))
        }
    }
}

fn host(origin: &str) -> Option<String> {
    Origin::parse(origin).ok()?.host().map(str::to_owned)
}

fn pair(origin: &Origin, rp_id: &RpId, related: &[Origin], findings: &mut Vec<Finding>) {
    let Some(host) = origin.host() else {
        findings.push(
            Finding::new(
                "native_app",
                Severity::Info,
                "This is the origin of an app. No browser judges it: the phone asks the RP ID's site whether the app \
                 belongs to it.",
            )
            .advise(match origin.android_certificate() {
                Some(certificate) => format!(
                    "`https://{rp_id}/.well-known/assetlinks.json` has to list the app with the fingerprint of its \
                     certificate, `{}`.",
                    fingerprint(&certificate)
                ),
                None => format!(
                    "Serve `https://{rp_id}/.well-known/assetlinks.json` for Android, and \
                     `https://{rp_id}/.well-known/apple-app-site-association` for iOS."
                ),
            }),
        );
        return;
    };
    if rp_id.covers(origin) {
        if host == rp_id.as_str() {
            findings.push(Finding::new(
                "same_domain",
                Severity::Info,
                "The RP ID is the domain of the page.",
            ));
        } else {
            findings.push(Finding::new(
                "subdomain",
                Severity::Info,
                format!(
                    "The page is under the RP ID: its passkeys work on `{rp_id}` and on everything under it."
                ),
            ));
        }
        if origin.is_loopback() {
            findings.push(Finding::new(
                "development_only",
                Severity::Warning,
                "`localhost` is this very machine: passkeys made here work nowhere else.",
            ));
        }
        port(origin, host, findings);
        return;
    }
    if origin.is_loopback() || rp_id.as_str() == "localhost" {
        findings.push(loopback(origin, host, rp_id));
        return;
    }
    if let Some(suffix) = public_suffix_under(host, rp_id) {
        findings.push(
            Finding::new(
                "rp_id_above_public_suffix",
                Severity::Error,
                format!(
                    "`{host}` is under `{suffix}`, where anybody can get a site (a public suffix), and `{rp_id}` is above it."
                ),
            )
            .advise(match psl::domain_str(host) {
                Some(domain) => format!("Use the RP ID `{domain}`."),
                None => format!("Use an RP ID under `{suffix}`."),
            }),
        );
        return;
    }
    if is_address(host) {
        findings.push(
            Finding::new(
                "origin_ip_address",
                Severity::Error,
                format!(
                    "The page is opened by the IP address `{host}`, and passkeys belong to domain names only."
                ),
            )
            .advise(format!(
                "Open the page under a name that is, or is under, `{rp_id}`."
            )),
        );
        return;
    }
    match RelatedOrigins::new(related).admit(rp_id, origin) {
        Ok(()) => findings.push(
            Finding::new(
                "related_origin",
                Severity::Warning,
                format!("`{host}` is not under `{rp_id}`, and is allowed as a related origin. Not every browser knows these."),
            )
            .advise(format!(
                "Serve the list of origins at `https://{rp_id}/.well-known/webauthn`. Browsers follow redirects to it, and \
                 refuse the whole list if one entry is not text."
            )),
        ),
        Err(RelatedOriginsError::TooManyLabels) => findings.push(
            Finding::new(
                "related_origins_too_many_labels",
                Severity::Error,
                format!("`{}` is a related origin, and comes after five other names, where browsers stop reading.", origin.as_str()),
            )
            .advise("Move it forward, or list fewer names. Names that the RP ID covers anyway count as well: leave them out, or put them last."),
        ),
        Err(RelatedOriginsError::NotListed | RelatedOriginsError::Malformed) => {
            findings.push(elsewhere(origin, host, rp_id));
        }
    }
}

/// The public suffix of a host that is under the RP ID, where the RP ID does not reach below it.
fn public_suffix_under<'h>(host: &'h str, rp_id: &RpId) -> Option<&'h str> {
    let under = host.strip_suffix(rp_id.as_str())?.ends_with('.');
    psl::suffix_str(host).filter(|_| under)
}

/// A certificate's hash as Android's tools print it.
fn fingerprint(sha256: &[u8; 32]) -> String {
    sha256.map(|byte| format!("{byte:02X}")).join(":")
}

/// Ports: an RP ID has none, and an origin does.
fn port(origin: &Origin, host: &str, findings: &mut Vec<Finding>) {
    let after_host = origin.as_str().rsplit_once(host).map_or("", |(_, rest)| rest);
    if !after_host.is_empty() {
        findings.push(Finding::new(
            "port",
            Severity::Info,
            format!(
                "The port ({}) does not matter to the RP ID, and is part of the origin.",
                &after_host[1..]
            ),
        ));
    }
}

fn loopback(origin: &Origin, host: &str, rp_id: &RpId) -> Finding {
    let elsewhere = origin.as_str().replacen(host, "localhost", 1);
    if is_address(host) {
        let finding = Finding::new(
            "loopback_address",
            Severity::Error,
            format!(
                "The page is opened by the address `{host}`. It is the same machine as `localhost`, and not the same name."
            ),
        );
        return if rp_id.as_str() == "localhost" {
            finding.advise(format!("Open `{elsewhere}` instead."))
        } else {
            finding.advise(format!(
                "Open `{elsewhere}` instead, and use the RP ID `localhost`."
            ))
        };
    }
    if origin.is_loopback() {
        let finding = Finding::new(
            "localhost_origin",
            Severity::Error,
            format!("A page on `{host}` cannot use the passkeys of `{rp_id}`."),
        );
        if host == "localhost" {
            finding.advise("Use the RP ID `localhost` while you develop.")
        } else {
            finding.advise(format!(
                "Use the RP ID `{host}` while you develop, or open the page as `{elsewhere}` with the RP ID `localhost`."
            ))
        }
    } else {
        Finding::new(
            "localhost_rp_id",
            Severity::Error,
            format!("The RP ID is `localhost`, and the page is on `{host}`."),
        )
        .advise(format!("Use the RP ID `{host}`, or a domain above it."))
    }
}

/// A page whose host is not under the RP ID.
fn elsewhere(origin: &Origin, host: &str, rp_id: &RpId) -> Finding {
    if rp_id
        .as_str()
        .strip_suffix(host)
        .is_some_and(|rest| rest.ends_with('.'))
    {
        return Finding::new(
            "rp_id_below_origin",
            Severity::Error,
            format!("The RP ID `{rp_id}` is below the page's domain `{host}`: a page may use its own domain or one above it."),
        )
        .advise(format!("Use the RP ID `{host}`; it works on `{rp_id}` as well."));
    }
    if let Some(common) = common_domain(host, rp_id.as_str()) {
        return Finding::new(
            "sibling_domain",
            Severity::Error,
            format!("`{host}` and `{rp_id}` are two names under `{common}`, and neither is under the other."),
        )
        .advise(format!(
            "Use the RP ID `{common}`, which works on both. Passkeys that exist for `{rp_id}` stay usable there only, \
             unless it lists this page as a related origin."
        ));
    }
    Finding::new(
        "unrelated_domain",
        Severity::Error,
        format!("`{host}` is not `{rp_id}`, and not under it."),
    )
    .advise(format!(
        "Use an RP ID that is `{host}` or above it. If both sites are yours, `https://{rp_id}/.well-known/webauthn` may \
         list `{}` as a related origin.",
        origin.as_str()
    ))
}

/// The longest domain that both are under and that may be an RP ID.
fn common_domain(one: &str, other: &str) -> Option<String> {
    let shared = one
        .split('.')
        .rev()
        .zip(other.split('.').rev())
        .take_while(|(a, b)| a == b)
        .count();
    let labels: Vec<&str> = one.split('.').collect();
    let domain = labels.get(labels.len().checked_sub(shared)?..)?.join(".");
    RpId::parse(&domain).ok().map(|rp_id| rp_id.as_str().to_owned())
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(origin: &str, rp_id: &str) -> (bool, Vec<&'static str>) {
        let diagnosis = diagnose(origin, rp_id, &[]);
        (
            diagnosis.accepted,
            diagnosis.findings.iter().map(|finding| finding.code).collect(),
        )
    }

    #[test]
    fn accepted_pairs() {
        for (origin, rp_id, expected) in [
            ("https://example.com", "example.com", &["same_domain"][..]),
            (
                "https://login.example.com:8443",
                "example.com",
                &["subdomain", "port"],
            ),
            (
                "https://EXAMPLE.com",
                "Example.COM",
                &["rp_id_normalised", "same_domain"],
            ),
            (
                "http://localhost:3000",
                "localhost",
                &["development_only", "same_domain", "port"],
            ),
            (
                "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "example.com",
                &["native_app"],
            ),
            ("https://intranet", "intranet", &["same_domain"]),
            ("https://github.io", "github.io", &["same_domain"]),
        ] {
            assert_eq!(
                codes(origin, rp_id),
                (true, expected.to_vec()),
                "{origin} {rp_id}"
            );
        }
    }

    #[test]
    fn an_rp_id_above_a_public_suffix_is_refused_with_one_that_works() {
        for (origin, rp_id, code, advice) in [
            (
                "https://bucket.s3.amazonaws.com",
                "amazonaws.com",
                "rp_id_above_public_suffix",
                "Use the RP ID `bucket.s3.amazonaws.com`.",
            ),
            (
                "http://app.localhost:3000",
                "localhost",
                "localhost_origin",
                "Use the RP ID `app.localhost` while you develop, or open the page as `http://localhost:3000` with the RP \
                 ID `localhost`.",
            ),
        ] {
            let diagnosis = diagnose(origin, rp_id, &[]);
            assert!(!diagnosis.accepted);
            assert_eq!(diagnosis.findings[0].code, code);
            assert_eq!(diagnosis.findings[0].advice.as_deref(), Some(advice));
        }
    }

    #[test]
    fn an_android_app_is_told_which_fingerprint_its_site_has_to_list() {
        let advice = |origin: &str| {
            let diagnosis = diagnose(origin, "example.com", &[]);
            assert!(diagnosis.accepted);
            diagnosis.findings[0].advice.clone().unwrap()
        };
        let listed = advice("android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8");
        let fingerprint = "`00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF`";
        assert!(listed.contains(fingerprint), "{listed}");
        assert!(advice("ios:bundle-id:com.example.app").contains("apple-app-site-association"));
    }

    #[test]
    fn refused_pairs_say_why_and_what_to_do() {
        for (origin, rp_id, code, advice) in [
            ("", "example.com", "origin_empty", "window.location.origin"),
            ("null", "example.com", "origin_null", "web server"),
            ("http://example.com", "example.com", "origin_insecure", "https"),
            (
                "https://example.com/login",
                "example.com",
                "origin_malformed",
                "`https://example.com`",
            ),
            (
                "example.com",
                "example.com",
                "origin_malformed",
                "`https://example.com`",
            ),
            (
                "android:apk-key-hash:x",
                "example.com",
                "origin_android_key_hash",
                "43",
            ),
            ("https://example.com", "", "rp_id_empty", "example.com"),
            (
                "https://example.com",
                "https://example.com",
                "rp_id_not_a_domain",
                "`example.com`",
            ),
            (
                "https://example.com",
                "example.com:443",
                "rp_id_not_a_domain",
                "`example.com`",
            ),
            ("https://10.0.0.1", "10.0.0.1", "rp_id_ip_address", "localhost"),
            (
                "https://a.github.io",
                "github.io",
                "rp_id_public_suffix",
                "yoursite.github.io",
            ),
            (
                "https://10.0.0.1",
                "example.com",
                "origin_ip_address",
                "`example.com`",
            ),
            (
                "http://127.0.0.1:3000",
                "localhost",
                "loopback_address",
                "`http://localhost:3000`",
            ),
            (
                "http://[::1]:3000",
                "localhost",
                "loopback_address",
                "`http://localhost:3000`",
            ),
            (
                "http://localhost",
                "example.com",
                "localhost_origin",
                "`localhost`",
            ),
            (
                "https://example.com",
                "localhost",
                "localhost_rp_id",
                "`example.com`",
            ),
            (
                "https://example.com",
                "login.example.com",
                "rp_id_below_origin",
                "`example.com`",
            ),
            (
                "https://shop.example.com",
                "login.example.com",
                "sibling_domain",
                "`example.com`",
            ),
            (
                "https://a.github.io",
                "b.github.io",
                "unrelated_domain",
                "`a.github.io`",
            ),
            (
                "https://badexample.com",
                "example.com",
                "unrelated_domain",
                "/.well-known/webauthn",
            ),
        ] {
            let diagnosis = diagnose(origin, rp_id, &[]);
            let finding = &diagnosis.findings[0];
            assert!(!diagnosis.accepted, "{origin} {rp_id}");
            assert_eq!(
                (finding.code, finding.severity),
                (code, Severity::Error),
                "{origin} {rp_id}"
            );
            assert!(
                finding.advice.as_ref().unwrap().contains(advice),
                "{:?}",
                finding.advice
            );
        }
    }

    #[test]
    fn related_origins_are_counted_as_a_browser_does() {
        let listed = |names: &[&str]| -> Vec<Origin> {
            names
                .iter()
                .map(|name| Origin::parse(&format!("https://{name}")).unwrap())
                .collect()
        };
        let found = |names: &[&str]| {
            let diagnosis = diagnose("https://example.de", "example.com", &listed(names));
            (diagnosis.accepted, diagnosis.findings[0].code)
        };
        assert_eq!(found(&["example.de"]), (true, "related_origin"));
        assert_eq!(found(&["example.org"]), (false, "unrelated_domain"));
        let many = ["a.com", "b.com", "c.com", "d.com", "e.com", "example.de"];
        assert_eq!(found(&many), (false, "related_origins_too_many_labels"));
    }
}
