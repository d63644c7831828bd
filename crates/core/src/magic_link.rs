//! Magic links: how many mails an application may send, to whom, and where their links may lead.

use std::time::Duration;

use url::{Position, Url};

use crate::{
    application::Application,
    time::{DAY, Timestamp},
};

/// What stands for the token in a link template, in any case.
const PLACEHOLDER: &str = "$TOKEN";

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
        if !text.to_ascii_uppercase().contains(PLACEHOLDER) {
            return Err(InvalidLinkTemplate::NoPlaceholder);
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
        let is_web = matches!(link.scheme(), "http" | "https") && link.has_host();
        let authority = link[..Position::BeforePath].to_ascii_lowercase();
        let carries = link[Position::BeforePath..].contains(token);
        if is_web && carries && !authority.contains(&token.to_ascii_lowercase()) {
            Ok(link)
        } else {
            Err(InvalidLinkTemplate::NotALink)
        }
    }
}

/// Why a text is no link template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLinkTemplate {
    /// There is no `$TOKEN` in it.
    #[error("the link template has no $TOKEN")]
    NoPlaceholder,
    /// It is not an absolute `http` or `https` URL with the token behind its host.
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

/// Mails per [`MONTH`]: young applications get a part of their quota.
pub fn quota(application: &Application, now: Timestamp) -> u32 {
    let whole = u64::from(application.features.magic_link_monthly_quota);
    let days = now.since(application.created_at).as_secs() / DAY.as_secs();
    let percent = match days {
        0 => 20,
        1..3 => 50,
        3..30 => 75,
        _ => 100,
    };
    u32::try_from(whole * percent / 100).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::application::{AppId, ApplicationState, Features};

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
        ] {
            assert_eq!(
                LinkTemplate::parse(text),
                Err(InvalidLinkTemplate::NotALink),
                "{text}"
            );
        }
    }

    #[test]
    fn young_applications_get_a_part_of_their_quota() {
        for (days, expected) in [(0, 1), (1, 3), (2, 3), (3, 5), (29, 5), (30, 7)] {
            assert_eq!(quota(&application(7), after_days(days)), expected, "{days} days");
        }
        assert_eq!(quota(&application(u32::MAX), after_days(30)), u32::MAX);
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
