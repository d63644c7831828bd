//! Magic links: how many messages an application may send, to whom, and where their links may lead.

use std::time::Duration;

use url::{Host, Position, Url};

use crate::{
    application::{Application, Features},
    time::{DAY, Timestamp},
};

/// What stands for the token in a link template, in any case.
const PLACEHOLDER: &str = "$TOKEN";

/// The longest template, in bytes.
pub const LONGEST_TEMPLATE: usize = 2000;

/// How often the token may stand in a link.
pub const MOST_PLACEHOLDERS: usize = 4;

/// A text of the alphabet of tokens, to try a template with.
const SAMPLE: &str = "Aa0-_sample_token_of_passgate_0aA";

/// The span that the monthly quota speaks of.
pub const MONTH: Duration = Duration::from_secs(30 * DAY.as_secs());

/// An absolute `http` or `https` URL with at least one `$TOKEN` (in any case) behind its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTemplate(String);

impl LinkTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// [`InvalidLinkTemplate`]. A place for the token in the scheme, the user name, the host or the port is no place for
    /// it: the token would arrive changed, or not at all.
    pub fn parse(text: &str) -> Result<Self, InvalidLinkTemplate> {
        if text.len() > LONGEST_TEMPLATE {
            return Err(InvalidLinkTemplate::TooLong);
        }
        match text.to_ascii_uppercase().matches(PLACEHOLDER).count() {
            0 => return Err(InvalidLinkTemplate::NoPlaceholder),
            1..=MOST_PLACEHOLDERS => {}
            _ => return Err(InvalidLinkTemplate::TooLong),
        }
        let template = Self(text.to_owned());
        template.fill(SAMPLE).map(|_| template)
    }

    /// The template as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The link with this token in it.
    ///
    /// # Errors
    /// None for tokens of letters, digits, `-` and `_`, if the template was parsed.
    pub fn fill(&self, token: &str) -> Result<Url, InvalidLinkTemplate> {
        let filled = replace_placeholders(&self.0, token);
        let link = Url::parse(&filled).map_err(|_| InvalidLinkTemplate::NotALink)?;
        let is_web = matches!(link.scheme(), "http" | "https") && link.host().is_some_and(is_real_host);
        let authority = link[..Position::BeforePath].to_ascii_lowercase();
        let carries = link[Position::BeforePath..].contains(token);
        if is_web && carries && !authority.contains(&token.to_ascii_lowercase()) {
            Ok(link)
        } else {
            Err(InvalidLinkTemplate::NotALink)
        }
    }
}

/// An address, or a name that DNS could know. URLs allow more (`*`, `a;b`, `a,b`), which would mean something else where
/// the host is named: in a content policy, for one.
fn is_real_host(host: Host<&str>) -> bool {
    let Host::Domain(name) = host else { return true };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// Why a text is no link template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLinkTemplate {
    /// There is no `$TOKEN` in it.
    #[error("the link template has no $TOKEN")]
    NoPlaceholder,
    /// It is longer than [`LONGEST_TEMPLATE`], or has more than [`MOST_PLACEHOLDERS`] places for the token.
    #[error("the link template has more than {LONGEST_TEMPLATE} bytes or {MOST_PLACEHOLDERS} $TOKEN")]
    TooLong,
    /// It is not an absolute `http` or `https` URL with a real host and the token behind it.
    #[error("the link template is no http or https URL with $TOKEN behind its host")]
    NotALink,
}

/// The placeholder is ASCII, so that upper-casing ASCII keeps every position.
fn replace_placeholders(template: &str, token: &str) -> String {
    let upper = template.to_ascii_uppercase();
    let mut filled = String::with_capacity(template.len() + token.len());
    let mut copied = 0;
    for (at, _) in upper.match_indices(PLACEHOLDER) {
        filled.push_str(template.get(copied..at).unwrap_or_default());
        filled.push_str(token);
        copied = at + PLACEHOLDER.len();
    }
    filled.push_str(template.get(copied..).unwrap_or_default());
    filled
}

/// A link leads to an origin that the application does not list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("links to {sent} are not allowed")]
pub struct TargetNotAllowed {
    /// The origin of the link.
    pub sent: String,
    /// The origins that links may lead to.
    pub allowed: Vec<String>,
}

/// Refuses a link whose origin is not listed; an empty list allows every origin.
///
/// # Errors
/// [`TargetNotAllowed`].
pub fn check_target(link: &Url, allowed: &[String]) -> Result<(), TargetNotAllowed> {
    let sent = link.origin().ascii_serialization();
    if allowed.is_empty() || allowed.contains(&sent) {
        return Ok(());
    }
    Err(TargetNotAllowed {
        sent,
        allowed: allowed.to_vec(),
    })
}

/// The application is too young to write to anyone but its administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the application is younger than {age:?}, and may write to its administrators only")]
pub struct AdministratorsOnly {
    /// The age at which that changes.
    pub age: Duration,
}

/// Refuses a recipient who is no administrator, while the application is younger than `age`.
///
/// # Errors
/// [`AdministratorsOnly`].
pub fn check_recipient(
    application: &Application,
    address: &str,
    age: Duration,
    now: Timestamp,
) -> Result<(), AdministratorsOnly> {
    let is_administrator = || {
        let mut administrators = application.admin_emails.iter();
        administrators.any(|admin| admin.to_lowercase() == address.to_lowercase())
    };
    if now.since(application.created_at) >= age || is_administrator() {
        Ok(())
    } else {
        Err(AdministratorsOnly { age })
    }
}

/// Mails per [`MONTH`], none for no limit: young applications get a part of their quota.
pub fn quota(application: &Application, now: Timestamp) -> Option<u64> {
    let whole = application.features.magic_link_monthly_quota;
    if whole >= Features::NO_QUOTA {
        return None;
    }
    let days = now.since(application.created_at).as_secs() / DAY.as_secs();
    let percent = match days {
        0 => 20,
        1..3 => 50,
        3..30 => 75,
        _ => 100,
    };
    Some(u64::from(whole) * percent / 100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::application::{AppId, ApplicationState};

    fn application(quota: u32) -> Application {
        Application {
            id: AppId::parse("demoapp").unwrap(),
            created_at: Timestamp::from_seconds(0),
            admin_emails: vec!["Admin@example.com".to_owned()],
            state: ApplicationState::Active,
            features: Features {
                magic_link_monthly_quota: quota,
                ..Features::default()
            },
        }
    }

    fn after_days(days: u64) -> Timestamp {
        Timestamp::from_seconds(0).plus(Duration::from_secs(days * DAY.as_secs()))
    }

    #[test]
    fn the_token_takes_its_place_whatever_the_case() {
        for (template, link) in [
            ("https://example.com?t=$TOKEN", "https://example.com/?t=verify_X"),
            (
                "https://example.com/$token/ż?t=$Token#$TOKEN",
                "https://example.com/verify_X/%C5%BC?t=verify_X#verify_X",
            ),
            (
                "http://localhost:3000/#/in/$TOKEN",
                "http://localhost:3000/#/in/verify_X",
            ),
        ] {
            let filled = LinkTemplate::parse(template).unwrap().fill("verify_X").unwrap();
            assert_eq!(filled.as_str(), link);
        }
    }

    #[test]
    fn a_template_is_a_web_address_with_the_token_behind_its_host() {
        for text in ["", "https://example.com?t=TOKEN", "https://example.com?t=$TOKE"] {
            assert_eq!(
                LinkTemplate::parse(text),
                Err(InvalidLinkTemplate::NoPlaceholder),
                "{text}"
            );
        }
        for text in [
            "$TOKEN",
            "/relative?t=$TOKEN",
            "mailto:a@b?$TOKEN",
            "javascript:alert('$TOKEN')",
            "https://$TOKEN.example.com/",
            "https://$TOKEN@example.com/",
            "https://$TOKEN.example.com/$TOKEN",
            "https://example.com:$TOKEN/",
            "https://example.com$TOKEN",
            "https:///?t=$TOKEN",
            "https://exa mple.com/$TOKEN",
            "https://*/$TOKEN",
            "https://*.example.com/$TOKEN",
            "https://a;sandbox/$TOKEN",
            "https://a,b.example.com/$TOKEN",
            "https://a'b.example.com/$TOKEN",
            "https://a..example.com/$TOKEN",
            "https://exa%6dple.com;/$TOKEN",
        ] {
            assert_eq!(
                LinkTemplate::parse(text),
                Err(InvalidLinkTemplate::NotALink),
                "{text}"
            );
        }
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        for text in [
            "https://example.com/$TOKEN",
            "https://example.com./$TOKEN",
            "https://żółw.example/$TOKEN",
            "http://my_app.localhost:3000/$TOKEN",
            "http://127.0.0.1:3000/$TOKEN",
            "http://[::1]:3000/$TOKEN",
        ] {
            assert!(LinkTemplate::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_template_and_its_link_are_bounded() {
        let of = |length: usize| format!("https://example.com/$TOKEN?{}", "x".repeat(length - 27));
        assert!(LinkTemplate::parse(&of(LONGEST_TEMPLATE)).is_ok());
        let too_long = Err(InvalidLinkTemplate::TooLong);
        assert_eq!(LinkTemplate::parse(&of(LONGEST_TEMPLATE + 1)), too_long);
        let times = |number| format!("https://example.com/{}", "$TOKEN".repeat(number));
        assert!(LinkTemplate::parse(&times(MOST_PLACEHOLDERS)).is_ok());
        assert_eq!(LinkTemplate::parse(&times(MOST_PLACEHOLDERS + 1)), too_long);
    }

    #[test]
    fn young_applications_get_a_part_of_their_quota() {
        for (days, expected) in [(0, 1), (1, 3), (2, 3), (3, 5), (29, 5), (30, 7)] {
            assert_eq!(
                quota(&application(7), after_days(days)),
                Some(expected),
                "{days} days"
            );
        }
        for unlimited in [Features::NO_QUOTA, u32::MAX] {
            assert_eq!(quota(&application(unlimited), after_days(0)), None);
        }
    }

    #[test]
    fn young_applications_write_to_their_administrators() {
        let check = |address, days| check_recipient(&application(7), address, DAY, after_days(days));
        assert_eq!(check("admin@EXAMPLE.com", 0), Ok(()));
        assert_eq!(check("bob@example.com", 0), Err(AdministratorsOnly { age: DAY }));
        assert_eq!(check("bob@example.com", 1), Ok(()));
        let anyone = check_recipient(&application(7), "bob@example.com", Duration::ZERO, after_days(0));
        assert_eq!(anyone, Ok(()));
    }

    #[test]
    fn links_lead_where_the_list_says() {
        let link = Url::parse("https://login.example.com/a?b").unwrap();
        assert_eq!(check_target(&link, &[]), Ok(()));
        assert_eq!(
            check_target(&link, &["https://login.example.com".to_owned()]),
            Ok(())
        );
        for allowed in [
            "https://example.com",
            "http://login.example.com",
            "https://login.example.com:8443",
        ] {
            let refused = check_target(&link, &[allowed.to_owned()]).unwrap_err();
            assert_eq!(refused.sent, "https://login.example.com");
        }
        let disguised = Url::parse("https://login.example.com@evil.example/?t=x").unwrap();
        assert!(check_target(&disguised, &["https://login.example.com".to_owned()]).is_err());
    }

    proptest! {
        #[test]
        fn whatever_parses_carries_every_token(template in "(https?://)?[a-z$.@:/?#\\\\]{0,20}\\$ToKeN[a-z$.@:/?#]{0,10}", token in "verify_[A-Za-z0-9_-]{1,40}") {
            if let Ok(template) = LinkTemplate::parse(&template) {
                let link = template.fill(&token).unwrap();
                prop_assert!(link[Position::BeforePath..].contains(&token));
            }
        }
    }
}
