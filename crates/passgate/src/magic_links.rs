//! Magic links: sign-in tokens that travel by mail.
//!
//! Sending is the host's business, and slow; counting is ours, and must not be outrun. So a mail is entered into the
//! count before it is sent, and taken out again if it could not be: [`Passgate::prepare_magic_link`], then
//! [`Passgate::magic_link_sent`] or [`Passgate::withdraw_magic_link`].

use std::time::Duration;

use passgate_core::{
    application::Application,
    event::{Occurrence, id_at},
    sign_in::magic_link_token,
    time::{DAY, Timestamp},
    token::{self, TokenId},
    user::UserId,
};
use passgate_store::dispatched_emails::{self, DispatchedEmail};
use url::Url;
use uuid::Uuid;

use crate::{Caller, Env, Failure, Passgate, failure::from_store_error};

/// What stands for the token in a link template, in any case.
const PLACEHOLDER: &str = "$TOKEN";

/// The span that the monthly quota speaks of.
const MONTH: Duration = Duration::from_secs(30 * DAY.as_secs());

/// A mail that a backend asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagicLinkInput {
    /// Who signs in with it; the user need not exist.
    pub user_id: UserId,
    /// Where it goes.
    pub email_address: String,
    /// An absolute `http` or `https` URL that contains `$TOKEN`, in any case.
    pub url_template: String,
    /// How long the token lives, 1 second to 7 days; an hour if absent.
    pub time_to_live: Option<Duration>,
}

/// What the host decides about magic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MagicLinkLimits {
    /// The age below which an application may write to its administrators only.
    pub new_application_age: Duration,
    /// Whether this application is exempt from that and from its quota.
    pub exempt: bool,
}

/// A mail to send.
#[derive(Clone, Debug)]
pub struct MagicLink {
    id: Uuid,
    user_id: UserId,
    /// Where it goes.
    pub email_address: String,
    /// The link, which signs in whoever follows it: never log it.
    pub link: Url,
}

/// Why no mail is to be sent.
#[derive(Debug, thiserror::Error)]
pub enum MagicLinkError {
    /// The application switched magic links off.
    #[error("the application may not send magic links")]
    Disabled,
    /// The template is no absolute `http` or `https` URL with a `$TOKEN`.
    #[error("the link template is not usable")]
    UnusableTemplate,
    /// The application lists where its links may lead, and this is not one of them.
    #[error("links to {sent} are not allowed")]
    TargetNotAllowed {
        /// The origin of the link.
        sent: String,
        /// The origins that links may lead to.
        allowed: Vec<String>,
    },
    /// The application is too young to write to anyone but its administrators.
    #[error("the application is younger than {age:?}, and may write to its administrators only")]
    AdminAddressOnly {
        /// The age at which that changes.
        age: Duration,
    },
    /// As many mails were sent in the last 30 days as the application may send.
    #[error("the application's quota of mails is used up")]
    QuotaExceeded,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(MagicLinkError);

impl Passgate {
    /// Makes a magic link and counts it as sent.
    ///
    /// # Errors
    /// See [`MagicLinkError`].
    pub fn prepare_magic_link(
        &self,
        caller: &Caller,
        input: MagicLinkInput,
        limits: MagicLinkLimits,
        env: Env<'_>,
    ) -> Result<MagicLink, MagicLinkError> {
        let app = caller.app_id();
        let application = &caller.snapshot().application;
        if !application.features.magic_links {
            return Err(MagicLinkError::Disabled);
        }
        let lifetime = input.time_to_live.unwrap_or(token::MAGIC_LINK_LIFETIME);
        let claims = magic_link_token(
            input.user_id,
            lifetime,
            TokenId::from_random(env.random()),
            env.now,
        );
        let token = self.seal(caller, &claims, env)?;
        let link = fill(&input.url_template, &token).ok_or(MagicLinkError::UnusableTemplate)?;
        check_target(&link, &application.features.magic_link_origins)?;
        if !limits.exempt {
            check_recipient(
                application,
                &input.email_address,
                limits.new_application_age,
                env.now,
            )?;
        }
        let email = DispatchedEmail {
            id: id_at(env.now, env.random()),
            created_at: env.now,
            user_id: claims.user_id.clone(),
            email_address: input.email_address.clone(),
            link_template: input.url_template,
        };
        self.store().write_locked(app, |tx| {
            let quota = u64::from(quota(application, env.now));
            if !limits.exempt && dispatched_emails::count_since(tx, app, env.now.minus(MONTH))? >= quota {
                return Err(MagicLinkError::QuotaExceeded);
            }
            dispatched_emails::record(tx, app, &email)?;
            Ok(())
        })?;
        Ok(MagicLink {
            id: email.id,
            user_id: claims.user_id,
            email_address: input.email_address,
            link,
        })
    }

    /// Says that the mail was handed over: the event is recorded.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn magic_link_sent(&self, caller: &Caller, link: &MagicLink, env: Env<'_>) -> Result<(), Failure> {
        self.record_alone(caller, env, &Occurrence::MagicLinkCreated(&link.user_id))
    }

    /// Says that the mail could not be sent: it no longer counts.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn withdraw_magic_link(&self, caller: &Caller, link: &MagicLink) -> Result<(), Failure> {
        self.store().write(|tx| {
            dispatched_emails::delete(tx, caller.app_id(), link.id)?;
            Ok(())
        })
    }
}

/// The template with the token in it; none if it is no absolute `http` or `https` URL with a place for one.
fn fill(template: &str, token: &str) -> Option<Url> {
    let mut filled = String::with_capacity(template.len() + token.len());
    let mut rest = template;
    // The placeholder is ASCII, so that upper-casing ASCII keeps every position.
    while let Some(at) = rest.to_ascii_uppercase().find(PLACEHOLDER) {
        filled.push_str(rest.get(..at)?);
        filled.push_str(token);
        rest = rest.get(at + PLACEHOLDER.len()..)?;
    }
    if filled.is_empty() {
        return None;
    }
    filled.push_str(rest);
    Url::parse(&filled)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn check_target(link: &Url, allowed: &[String]) -> Result<(), MagicLinkError> {
    let sent = link.origin().ascii_serialization();
    if allowed.is_empty() || allowed.contains(&sent) {
        Ok(())
    } else {
        Err(MagicLinkError::TargetNotAllowed {
            sent,
            allowed: allowed.to_vec(),
        })
    }
}

fn check_recipient(
    application: &Application,
    address: &str,
    age: Duration,
    now: Timestamp,
) -> Result<(), MagicLinkError> {
    let is_admin = || {
        application
            .admin_emails
            .iter()
            .any(|admin| admin.to_lowercase() == address.to_lowercase())
    };
    if now.since(application.created_at) >= age || is_admin() {
        Ok(())
    } else {
        Err(MagicLinkError::AdminAddressOnly { age })
    }
}

/// Mails per 30 days: young applications get a part of their quota.
fn quota(application: &Application, now: Timestamp) -> u32 {
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
    use passgate_core::application::{AppId, ApplicationState, Features};

    use super::*;

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
        let filled = |template: &str| fill(template, "verify_x").map(String::from);
        assert_eq!(
            filled("https://example.com?t=$TOKEN"),
            Some("https://example.com/?t=verify_x".to_owned())
        );
        assert_eq!(
            filled("https://example.com/$token/ż?t=$Token"),
            Some("https://example.com/verify_x/%C5%BC?t=verify_x".to_owned())
        );
        for unusable in [
            "https://example.com?t=TOKEN",
            "/relative?t=$TOKEN",
            "mailto:a@b?$TOKEN",
            "$TOKEN",
            "",
        ] {
            assert_eq!(filled(unusable), None, "{unusable}");
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
        assert!(check("admin@EXAMPLE.com", 0).is_ok());
        assert!(matches!(
            check("bob@example.com", 0),
            Err(MagicLinkError::AdminAddressOnly { age: DAY })
        ));
        assert!(check("bob@example.com", 1).is_ok());
    }

    #[test]
    fn links_lead_where_the_list_says() {
        let link = Url::parse("https://login.example.com/a?b").unwrap();
        check_target(&link, &[]).unwrap();
        check_target(&link, &["https://login.example.com".to_owned()]).unwrap();
        let refused = check_target(&link, &["https://example.com".to_owned()]);
        assert!(matches!(
            refused,
            Err(MagicLinkError::TargetNotAllowed { sent, .. }) if sent == "https://login.example.com"
        ));
    }
}
