//! Magic links: sign-in tokens that travel by mail.
//!
//! Sending is the host's business, and slow; counting is ours, and must not be outrun. So a letter reserves its place in
//! the application's quota before it is delivered, and then it is on record or gives its place back. A place of which
//! neither happens, because the process ended in between, lapses after [`RESERVED_FOR`].
//!
//! An application may ask for a page before the link's target, so that a mail scanner does not use the link up. The host
//! serves that page; [`Passgate::open_magic_link`] tells it where the link leads.

use std::time::Duration;

use passgate_core::{
    application::AppId,
    code::Code,
    event::{Occurrence, id_at},
    magic_link::{
        AdministratorsOnly, InvalidLinkTemplate, LinkTemplate, MONTH, TargetNotAllowed, check_recipient,
        check_target, quota,
    },
    sign_in::magic_link_token,
    token::{self, LinkTarget, OpenTokenError, SignInToken, TokenId},
    user::UserId,
};
use passgate_store::{
    applications,
    dispatched_emails::{self, DispatchedEmail},
};
use url::{Position, Url};

use crate::{
    AppNotFound, Caller, Env, Failure, Passgate, Refusal, Stopped,
    post::{Letter, MagicLinkUrl, Post},
    record::record,
};

/// How long a mail on its way holds its place in the quota: longer than the slowest chain of providers takes.
pub const RESERVED_FOR: Duration = Duration::from_secs(60 * 60);

/// A mail that a backend asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagicLinkInput {
    /// Who signs in with it; the user need not exist.
    pub user_id: UserId,
    /// Where it goes.
    pub email_address: String,
    /// The link, with a place for the token.
    pub url_template: LinkTemplate,
    /// How long the token lives, 1 second to 7 days; an hour if absent.
    pub time_to_live: Option<Duration>,
}

/// What the host decides about magic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MagicLinkLimits<'a> {
    /// The age below which an application may write to its administrators only.
    pub new_application_age: Duration,
    /// Whether this application is exempt from that and from its quota.
    pub exempt: bool,
    /// Where the host serves the page before a link's target; the application's id and a sealed text are added as two
    /// segments. None if the host serves no such page.
    pub landing_page: Option<&'a Url>,
}

/// Why no mail is to be sent.
#[derive(Debug, thiserror::Error)]
pub enum MagicLinkError {
    /// The application switched magic links off.
    #[error("the application may not send magic links")]
    Disabled,
    /// The template takes no token.
    #[error(transparent)]
    Template(#[from] InvalidLinkTemplate),
    /// The application lists where its links may lead, and this is not one of them.
    #[error(transparent)]
    TargetNotAllowed(#[from] TargetNotAllowed),
    /// The application is too young to write to anyone but its administrators.
    #[error(transparent)]
    AdministratorsOnly(#[from] AdministratorsOnly),
    /// The application asks for a page before its links' targets, and the host serves none.
    #[error("the application asks for a page before its magic links, and there is none")]
    NoLandingPage,
    /// As many mails were sent in the last 30 days as the application may send.
    #[error("the application's quota of mails is used up")]
    QuotaExceeded,
}

impl Refusal for MagicLinkError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Disabled => None,
            Self::Template(refusal) => refusal.code(),
            Self::TargetNotAllowed(refusal) => refusal.code(),
            Self::AdministratorsOnly(refusal) => refusal.code(),
            Self::NoLandingPage => Some(Code::PublicUrlMissing),
            Self::QuotaExceeded => Some(Code::MagicLinkEmailQuotaExceeded),
        }
    }
}

/// Why a magic link leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum OpenMagicLinkError {
    /// There is no such application (any more).
    #[error(transparent)]
    AppNotFound(#[from] AppNotFound),
    /// The application is frozen: its links rest with its keys.
    #[error("the application is frozen")]
    Frozen,
    /// The link is too old, or was not made by this application.
    #[error(transparent)]
    Token(#[from] OpenTokenError),
}

impl Refusal for OpenMagicLinkError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AppNotFound(refusal) => refusal.code(),
            Self::Frozen => None,
            Self::Token(refusal) => refusal.code(),
        }
    }
}

impl Passgate {
    /// Mails a link that signs in. It is on record when this returns, and so is that it was sent.
    ///
    /// # Errors
    /// See [`MagicLinkError`]; [`Failure::Undelivered`] if `post` could not deliver it, which then does not count.
    pub fn send_magic_link(
        &self,
        caller: &Caller,
        input: MagicLinkInput,
        limits: MagicLinkLimits<'_>,
        post: &dyn Post,
        env: Env<'_>,
    ) -> Result<(), Stopped<MagicLinkError>> {
        let made = make(self, caller, input, limits, env)?;
        reserve(self, caller, &made.email, limits, env)?;
        let letter = Letter::MagicLink {
            to: &made.email.email_address,
            site: &made.site,
            link: &made.link,
        };
        if let Err(error) = post.deliver(&letter) {
            if let Err(failure) = withdraw(self, caller, &made.email) {
                tracing::error!(
                    %failure,
                    "a magic link was not sent, and holds its place in the quota until that lapses"
                );
            }
            return Err(Stopped::Failed(error.into()));
        }
        // Nothing counts as done that is not on record, though the letter is on its way.
        settle(self, caller, &made.email, env)?;
        Ok(())
    }

    /// Where the link leads whose page somebody looks at. Looking does not use it up.
    ///
    /// # Errors
    /// See [`OpenMagicLinkError`].
    pub fn open_magic_link(
        &self,
        app: &AppId,
        sealed: &str,
        env: Env<'_>,
    ) -> Result<Url, Stopped<OpenMagicLinkError>> {
        let application = self
            .embedded_caller(app, env)
            .map_err(|stopped| stopped.map_refusal(OpenMagicLinkError::from))?;
        if application.snapshot().application.state.locks_keys() {
            return Err(OpenMagicLinkError::Frozen.into());
        }
        let opened: LinkTarget = self
            .tokens()
            .open(application.snapshot(), Some(sealed), env.now)??;
        Url::parse(&opened.target).map_err(|_| OpenTokenError::Format.into())
    }
}

/// A link, ready to be sent.
struct Made {
    email: DispatchedEmail,
    site: String,
    link: MagicLinkUrl,
}

fn make(
    passgate: &Passgate,
    caller: &Caller,
    input: MagicLinkInput,
    limits: MagicLinkLimits<'_>,
    env: Env<'_>,
) -> Result<Made, Stopped<MagicLinkError>> {
    let application = &caller.snapshot().application;
    if !application.features.magic_links {
        return Err(Stopped::Refused(MagicLinkError::Disabled));
    }
    let lifetime = input.time_to_live.unwrap_or(token::MAGIC_LINK_LIFETIME);
    let claims = magic_link_token(
        input.user_id,
        lifetime,
        TokenId::from_random(env.random()),
        env.now,
    );
    let token = passgate.tokens().seal(caller.snapshot(), &claims, env)?;
    let target = input.url_template.fill(&token)?;
    check_target(&target, &application.features.magic_link_origins)?;
    if !limits.exempt {
        let age = limits.new_application_age;
        check_recipient(application, &input.email_address, age, env.now)?;
    }
    let site = target[Position::BeforeHost..Position::AfterPort].to_owned();
    let link = if application.features.magic_link_landing_page {
        let page = limits.landing_page.ok_or(MagicLinkError::NoLandingPage)?;
        behind(passgate, page, caller, &claims, target, env)?
    } else {
        target
    };
    let email = DispatchedEmail {
        id: id_at(env.now, env.random()),
        created_at: env.now,
        user_id: claims.user_id,
        email_address: input.email_address,
        link_template: input.url_template.as_str().to_owned(),
    };
    Ok(Made {
        email,
        site,
        link: MagicLinkUrl(link),
    })
}

/// Takes a place in the quota.
fn reserve(
    passgate: &Passgate,
    caller: &Caller,
    email: &DispatchedEmail,
    limits: MagicLinkLimits<'_>,
    env: Env<'_>,
) -> Result<(), Stopped<MagicLinkError>> {
    let app = caller.app_id();
    passgate.store().write_locked(app, |tx| {
        let quota = quota(&caller.snapshot().application, env.now);
        if let Some(quota) = quota.filter(|_| !limits.exempt) {
            let (month, reserved) = (env.now.minus(MONTH), env.now.minus(RESERVED_FOR));
            if dispatched_emails::count_since(tx, app, month, reserved)? >= quota {
                return Err(Stopped::Refused(MagicLinkError::QuotaExceeded));
            }
        }
        dispatched_emails::reserve(tx, app, email)?;
        Ok(())
    })
}

/// The letter is on its way: it and its event are on record together.
fn settle(
    passgate: &Passgate,
    caller: &Caller,
    email: &DispatchedEmail,
    env: Env<'_>,
) -> Result<(), Failure> {
    let app = caller.app_id();
    passgate.store().write(|tx| {
        // Deleted meanwhile: there is nothing left to record it for.
        if applications::find(tx, app)?.is_some() {
            dispatched_emails::settle(tx, app, email)?;
            record(tx, caller, env, &Occurrence::MagicLinkCreated(&email.user_id))?;
        }
        Ok(())
    })
}

/// The letter could not be sent: its place is free again.
fn withdraw(passgate: &Passgate, caller: &Caller, email: &DispatchedEmail) -> Result<(), Failure> {
    passgate.store().write(|tx| {
        dispatched_emails::delete(tx, caller.app_id(), email.id)?;
        Ok(())
    })
}

/// The address of the page before a link's target.
fn behind(
    passgate: &Passgate,
    page: &Url,
    caller: &Caller,
    claims: &SignInToken,
    target: Url,
    env: Env<'_>,
) -> Result<Url, Stopped<MagicLinkError>> {
    let sealed = LinkTarget {
        expires_at: claims.expires_at,
        target: target.into(),
    };
    let sealed = passgate.tokens().seal(caller.snapshot(), &sealed, env)?;
    let mut link = page.clone();
    link.path_segments_mut()
        .map_err(|()| MagicLinkError::NoLandingPage)?
        .pop_if_empty()
        .extend([caller.app_id().as_str(), &sealed]);
    Ok(link)
}
