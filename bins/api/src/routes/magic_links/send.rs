//! `POST /magic-links/send`: mails a link that signs in.

use std::{collections::BTreeSet, time::Duration};

use passgate::magic_links::{MagicLinkInput, MagicLinkLimits};
use passgate_core::{
    application::AppId,
    magic_link::{InvalidLinkTemplate, LinkTemplate},
    user::UserId,
};

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, nothing},
    input::{Input, Parts, Unreadable},
    problem::Problem,
    routes::signin::generate_token::LONGEST_TIME_TO_LIVE,
    shape::{Body, integer, text},
    validation::Validation,
    wire,
};

const NO_PLACEHOLDER: &str = "You have provided a UrlTemplate without a $TOKEN template. Please include it like so: \
                              https://www.example.com?token=$TOKEN";
const TOO_LONG: &str = "You have provided a UrlTemplate with more than 2000 bytes or 4 $TOKEN templates.";
const NOT_A_LINK: &str = "You have provided a UrlTemplate that cannot be converted to a URL.";

pub(in crate::routes) struct Request(MagicLinkInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SendMagicLinkRequest",
        &[
            text::<wire::Email>("emailAddress")
                .about("Where the mail goes.")
                .required(),
            text::<wire::LinkTemplate>("urlTemplate").at_most(2000).required(),
            text::<wire::UserId>("userId").required(),
            integer("timeToLive", 3600)
                .at_least(1)
                .at_most(LONGEST_TIME_TO_LIVE.unsigned_abs())
                .about("How long the token lives, in seconds.")
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let email_address = body.text("emailAddress")?;
        let url_template = body.text("urlTemplate")?;
        let user_id = body.text("userId")?;
        let time_to_live = body.small_integer("timeToLive")?;

        let mut check = Validation::default();
        let address = email_address.as_deref().unwrap_or_default();
        // What the API's own check lets through and no mail server takes is no address either.
        check
            .member("EmailAddress")
            .required(Some(address))
            .deliverable_email(address);
        let template = LinkTemplate::parse(url_template.as_deref().unwrap_or_default());
        let refused = match &template {
            Ok(_) => None,
            Err(InvalidLinkTemplate::NoPlaceholder) => Some(NO_PLACEHOLDER),
            Err(InvalidLinkTemplate::TooLong) => Some(TOO_LONG),
            Err(InvalidLinkTemplate::NotALink) => Some(NOT_A_LINK),
        };
        let member = check.member("UrlTemplate").required(url_template.as_deref());
        member.rule(refused.is_none(), refused.unwrap_or_default());
        check.member("UserId").required(user_id.as_deref());
        check
            .member("TimeToLive")
            .between(time_to_live.map(i64::from), 1, LONGEST_TIME_TO_LIVE);
        check.finish()?;

        Ok(Self(MagicLinkInput {
            user_id: UserId::parse(&user_id.unwrap_or_default())
                .map_err(|error| body.unusable("userId", &error))?,
            email_address: email_address.unwrap_or_default(),
            url_template: template.map_err(|error| body.unusable("urlTemplate", &error))?,
            time_to_live: time_to_live.map(|seconds| Duration::from_secs(u64::from(seconds.unsigned_abs()))),
        }))
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("sendMagicLink", "Mails a sign-in link")
    .answers(&[nothing(204)])
    .refusals(&[
        (
            403,
            "switched off, or a new application and not an administrator's address",
        ),
        (429, "too many mails"),
    ]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let api = call.api();
    let settings = api.settings().magic_links.clone();
    let is_among = |apps: &BTreeSet<AppId>| apps.contains(call.caller.app_id());
    let unlimited = is_among(&settings.unlimited_apps);
    let exempt = unlimited || is_among(&settings.quota_exempt_apps);
    // Switched off is said before too often, and counts nothing.
    if !unlimited && !is_among(&settings.rate_exempt_apps) && call.caller.features().magic_links {
        api.magic_link_rate()
            .take(call.caller.app_id(), api.operations().clock().now())?;
    }
    let landing_page = api.public_address("/magic-links");
    let new_application_age = settings.new_application_age;
    call.deliver(move |passgate, caller, input, post, env| {
        let limits = MagicLinkLimits {
            new_application_age,
            exempt,
            landing_page: landing_page.as_ref(),
        };
        passgate.send_magic_link(caller, input.0, limits, post, env)
    })
    .await?;
    Ok(Answer::no_content())
}
