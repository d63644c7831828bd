//! Relying parties: the RP ID and origin that a browser says it stands on, and whether an application may be used from there.

use std::ops::Deref;

use passgate_webauthn::{Origin, OriginError, RpId, RpIdError};

use crate::application::Features;

/// What a browser, or the app in its place, says about where it stands: its origin, and the RP ID it wants to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The RP ID: a domain that the origin's host is, or is under.
    pub rp_id: RpId,
    /// The origin of the page: scheme, host and port.
    pub origin: Origin,
}

impl RelyingParty {
    /// Reads both as they were sent. Of the address of a page, the origin is what counts.
    ///
    /// # Errors
    /// [`InvalidRelyingParty`]; the origin is looked at first.
    pub fn parse(rp_id: &str, origin: &str) -> Result<Self, InvalidRelyingParty> {
        let origin = parse_origin(origin).map_err(|source| InvalidRelyingParty::Origin {
            sent: origin.to_owned(),
            source,
        })?;
        let rp_id = RpId::parse_at(rp_id, &origin).map_err(|source| InvalidRelyingParty::RpId {
            sent: rp_id.to_owned(),
            source,
        })?;
        Ok(Self { rp_id, origin })
    }

    /// Takes it as a place that the application may be used from, see [`RelyingParty::check`].
    ///
    /// # Errors
    /// [`OriginNotAllowed`].
    pub fn allow(self, features: &Features) -> Result<AllowedParty, OriginNotAllowed> {
        self.check(features)?;
        Ok(AllowedParty(self))
    }

    /// Whether the application may be used from here.
    ///
    /// An application that lists neither origins nor RP IDs may be used from any web origin that the RP ID covers,
    /// from a loopback origin with a loopback RP ID, and from native apps. Once it lists something, only what is listed
    /// passes:
    ///
    /// - With RP IDs listed, the RP ID must be one of them.
    /// - With origins listed, the origin must be one of them, and the RP ID must cover it or another listed web origin:
    ///   so a related origin passes with the RP ID of the site it is related to, and a native app's with the RP ID of
    ///   its site.
    /// - With RP IDs alone listed, the origin must be one that the RP ID covers: native apps have to be listed then.
    ///
    /// # Errors
    /// [`OriginNotAllowed`].
    pub fn check(&self, features: &Features) -> Result<(), OriginNotAllowed> {
        let (origins, rp_ids) = (&features.allowed_origins, &features.allowed_rp_ids);
        let allowed = match (origins.is_empty(), rp_ids.is_empty()) {
            (true, true) => self.is_plausible() || !self.origin.is_web(),
            (true, false) => rp_ids.contains(&self.rp_id) && self.is_plausible(),
            (false, _) => {
                let rp_id_fits = if rp_ids.is_empty() {
                    self.covers_one_of(origins)
                } else {
                    rp_ids.contains(&self.rp_id)
                };
                origins.contains(&self.origin) && rp_id_fits
            }
        };
        if allowed {
            Ok(())
        } else {
            Err(OriginNotAllowed {
                sent: Box::new(self.clone()),
                allowed: Allowed::Listed {
                    origins: origins.clone(),
                    rp_ids: rp_ids.clone(),
                },
            })
        }
    }

    /// Whether a ceremony that began at `begun` may be completed from here: it must be the same place.
    ///
    /// # Errors
    /// [`OriginNotAllowed`].
    pub fn check_same(&self, begun: &Self) -> Result<(), OriginNotAllowed> {
        if self == begun {
            Ok(())
        } else {
            let allowed = Allowed::AsBegun(Box::new(begun.clone()));
            Err(OriginNotAllowed {
                sent: Box::new(self.clone()),
                allowed,
            })
        }
    }

    /// Whether a browser at the origin could use the RP ID without further ado.
    fn is_plausible(&self) -> bool {
        self.rp_id.covers(&self.origin) || self.is_one_machine()
    }

    /// Whether both are names or addresses of this very machine, which development environments mix. A name under
    /// `localhost` is one of its own: no browser lets it use the RP ID `localhost`.
    fn is_one_machine(&self) -> bool {
        let own_name = self
            .origin
            .host()
            .is_some_and(|host| host.ends_with(".localhost"));
        self.origin.is_loopback() && is_loopback_name(self.rp_id.as_str()) && !own_name
    }

    /// Whether the RP ID belongs to the listed origins; if they name no site at all, any RP ID does.
    fn covers_one_of(&self, origins: &[Origin]) -> bool {
        let mut sites = origins.iter().filter(|origin| origin.is_web()).peekable();
        sites.peek().is_none()
            || sites.any(|site| {
                Self {
                    origin: site.clone(),
                    ..self.clone()
                }
                .is_plausible()
            })
    }
}

/// A place that the application may be used from: [`RelyingParty::allow`] says so, and nothing else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedParty(RelyingParty);

impl AllowedParty {
    /// The place.
    pub fn into_inner(self) -> RelyingParty {
        self.0
    }
}

impl Deref for AllowedParty {
    type Target = RelyingParty;

    fn deref(&self) -> &RelyingParty {
        &self.0
    }
}

/// Reads an origin as clients send it: of a whole URL, which some are configured with, what follows the port is dropped.
///
/// # Errors
/// [`OriginError`].
pub fn parse_origin(sent: &str) -> Result<Origin, OriginError> {
    let authority = sent.find("://").map(|at| at + 3);
    let end = authority.and_then(|start| sent[start..].find(['/', '?', '#']).map(|at| start + at));
    match (Origin::parse(sent), end) {
        (Err(OriginError::Malformed), Some(end)) => Origin::parse(&sent[..end]),
        (parsed, _) => parsed,
    }
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// What was sent is no origin or no RP ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelyingParty {
    /// The origin cannot be read.
    #[error("`{sent}` is not an origin")]
    Origin {
        /// The text that was sent.
        sent: String,
        /// The reason.
        source: OriginError,
    },
    /// The RP ID cannot be read.
    #[error("`{sent}` is not an RP ID")]
    RpId {
        /// The text that was sent.
        sent: String,
        /// The reason.
        source: RpIdError,
    },
}

/// The application may not be used from there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("origin `{}` with RP ID `{}` is not allowed", sent.origin.as_str(), sent.rp_id.as_str())]
pub struct OriginNotAllowed {
    /// Where the browser says it stands.
    pub sent: Box<RelyingParty>,
    /// What would have passed.
    pub allowed: Allowed,
}

/// What would have passed instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// What the application lists. Both lists empty: any origin whose host is, or is under, the RP ID.
    Listed {
        /// Serialized as browsers do: scheme, host, port unless it is the scheme's own.
        origins: Vec<Origin>,
        /// Domains, without scheme and port.
        rp_ids: Vec<RpId>,
    },
    /// Where the ceremony began.
    AsBegun(Box<RelyingParty>),
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER_APP: &str = "android:apk-key-hash:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn features(origins: &[&str], rp_ids: &[&str]) -> Features {
        Features {
            allowed_origins: origins.iter().map(|text| Origin::parse(text).unwrap()).collect(),
            allowed_rp_ids: rp_ids.iter().map(|text| RpId::parse(text).unwrap()).collect(),
            ..Features::default()
        }
    }

    fn party(rp_id: &str, origin: &str) -> RelyingParty {
        RelyingParty::parse(rp_id, origin).unwrap()
    }

    fn check(features: &Features, cases: &[(&str, &str, bool)]) {
        for (rp_id, origin, allowed) in cases {
            assert_eq!(
                party(rp_id, origin).check(features).is_ok(),
                *allowed,
                "{rp_id} at {origin}"
            );
        }
    }

    #[test]
    fn nothing_listed_means_what_a_browser_would_allow_and_native_apps() {
        check(
            &features(&[], &[]),
            &[
                ("example.com", "https://example.com", true),
                ("example.com", "https://login.example.com:8443", true),
                ("example.com", APP, true),
                ("localhost", "http://localhost:3000", true),
                ("localhost", "http://127.0.0.1:3000", true),
                ("app.localhost", "http://localhost:3000", true),
                ("app.localhost", "http://app.localhost:3000", true),
                ("localhost", "http://app.localhost:3000", false),
                ("amazonaws.com", "https://bucket.s3.amazonaws.com", false),
                ("login.example.com", "https://example.com", false),
                ("example.com", "https://badexample.com", false),
                ("example.com", "https://example.com.evil.example", false),
                ("example.com", "http://localhost:3000", false),
                ("localhost", "https://example.com", false),
            ],
        );
    }

    #[test]
    fn listed_origins_are_exact_and_bind_the_rp_id() {
        check(
            &features(&["https://example.com", "https://example.de", APP], &[]),
            &[
                ("example.com", "https://example.com", true),
                ("example.com", "https://example.de", true),
                ("example.com", APP, true),
                ("example.com", OTHER_APP, false),
                ("example.com", "https://login.example.com", false),
                ("example.com", "https://example.com:8443", false),
                ("evil.example", "https://example.com", false),
                ("evil.example", APP, false),
            ],
        );
        check(
            &features(&[APP], &[]),
            &[
                ("example.com", APP, true),
                ("example.com", "https://example.com", false),
            ],
        );
    }

    #[test]
    fn listed_rp_ids_leave_the_origins_under_them() {
        check(
            &features(&[], &["example.com", "localhost"]),
            &[
                ("example.com", "https://login.example.com", true),
                ("localhost", "http://localhost:3000", true),
                ("example.org", "https://example.org", false),
                ("login.example.com", "https://login.example.com", false),
                ("example.com", APP, false),
            ],
        );
    }

    #[test]
    fn both_lists_must_hold() {
        check(
            &features(&["https://example.de"], &["example.com"]),
            &[
                ("example.com", "https://example.de", true),
                ("example.com", "https://example.com", false),
                ("example.de", "https://example.de", false),
            ],
        );
    }

    #[test]
    fn a_refusal_names_what_was_sent_and_what_would_pass() {
        let features = features(&["https://example.com"], &[]);
        let refusal = party("example.org", "https://example.org")
            .check(&features)
            .unwrap_err();
        assert_eq!(
            party("example.org", "https://example.org").allow(&features),
            Err(refusal.clone())
        );
        assert_eq!(*refusal.sent, party("example.org", "https://example.org"));
        assert_eq!(
            refusal.allowed,
            Allowed::Listed {
                origins: features.allowed_origins,
                rp_ids: vec![]
            }
        );
        assert_eq!(
            refusal.to_string(),
            "origin `https://example.org` with RP ID `example.org` is not allowed"
        );
    }

    #[test]
    fn a_ceremony_is_completed_where_it_began() {
        let begun = party("example.com", "https://example.com");
        assert_eq!(
            party("Example.com", "https://EXAMPLE.com:443").check_same(&begun),
            Ok(())
        );
        for other in [
            party("example.com", "https://a.example.com"),
            party("a.example.com", "https://example.com"),
        ] {
            let refusal = other.check_same(&begun).unwrap_err();
            assert_eq!(refusal.allowed, Allowed::AsBegun(Box::new(begun.clone())));
        }
    }

    #[test]
    fn of_a_url_the_origin_counts() {
        for (sent, origin) in [
            ("https://example.com/", "https://example.com"),
            (
                "https://EXAMPLE.com:8443/login?next=/#top",
                "https://example.com:8443",
            ),
            ("http://localhost:3000/", "http://localhost:3000"),
            ("https://[::1]/x", "https://[::1]"),
            ("https://example.com?a=/", "https://example.com"),
            ("https://example.com#https://evil.example", "https://example.com"),
            (APP, APP),
        ] {
            assert_eq!(parse_origin(sent).unwrap().as_str(), origin, "{sent}");
        }
        for (sent, error) in [
            ("https://user@example.com/", OriginError::Malformed),
            ("https:///example.com", OriginError::Malformed),
            ("https://example.com\\@evil.example/", OriginError::Malformed),
            ("example.com/", OriginError::Malformed),
            ("http://example.com/", OriginError::Insecure),
            ("", OriginError::Empty),
        ] {
            assert_eq!(parse_origin(sent), Err(error), "{sent}");
        }
    }

    #[test]
    fn a_public_suffix_is_the_rp_id_of_the_page_of_that_name_only() {
        for (rp_id, origin) in [
            ("intranet", "https://intranet"),
            ("github.io", "https://github.io:8443"),
        ] {
            assert_eq!(party(rp_id, origin).check(&features(&[], &[])), Ok(()));
            assert_eq!(party(rp_id, origin).check(&features(&[origin], &[])), Ok(()));
        }
        for (rp_id, origin) in [
            ("intranet", "https://wiki.intranet"),
            ("github.io", "https://example.github.io"),
            ("github.io", "https://example.com"),
            ("github.io", APP),
        ] {
            assert!(
                matches!(
                    RelyingParty::parse(rp_id, origin),
                    Err(InvalidRelyingParty::RpId {
                        source: RpIdError::PublicSuffix,
                        ..
                    })
                ),
                "{rp_id} at {origin}"
            );
        }
    }

    #[test]
    fn malformed_texts_are_told_apart_origin_first() {
        assert!(matches!(
            RelyingParty::parse("", ""),
            Err(InvalidRelyingParty::Origin { .. })
        ));
        assert!(matches!(
            RelyingParty::parse("not a domain", "https://example.com"),
            Err(InvalidRelyingParty::RpId { sent, .. }) if sent == "not a domain"
        ));
    }
}
