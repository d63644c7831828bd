//! How strict an application is: the member `policy` of its features.

use passgate::settings::{Kind, Setting, Unfit};
use passgate_core::application::Features;
use passgate_webauthn::Algorithm;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    json::{BindingError, Members},
    shape::{Shape, boolean, integers, text, texts as list_of},
    wire,
};

/// What may be changed.
pub(super) const PATCH: Shape = Shape {
    name: "PolicyPatch",
    about: "How strict the application is. What is missing or null stays as it is.",
    members: &[
        boolean("singleUseSignInTokens")
            .or_null()
            .about("Whether a sign-in token verifies once."),
        boolean("singleUseMagicLinks")
            .or_null()
            .about("Whether the token of a magic link verifies once."),
        boolean("bindNamedSignIns")
            .or_null()
            .about("Whether a sign-in that names a user is completed by that user's passkeys only."),
        boolean("decoyCredentials")
            .or_null()
            .about("Whether unknown users and aliases are answered with credentials that look real."),
        text::<wire::SignCountRegression>("signCountRegression").or_null(),
        list_of::<wire::Origin>("allowedOrigins")
            .or_null()
            .about("The origins that are accepted; empty for all that suit the RP ID."),
        list_of::<wire::RpId>("allowedRpIds")
            .or_null()
            .about("The RP IDs that are accepted; empty for all."),
        list_of::<wire::TopOrigin>("allowedTopOrigins")
            .or_null()
            .about("The origins of pages that may frame the application's, or `any`."),
        integers("algorithms")
            .or_null()
            .about("The algorithms to offer, most wanted first, as COSE numbers; empty for the usual offer."),
        boolean("recordFailedCeremonies")
            .or_null()
            .about("Whether failed ceremonies are recorded with reason, address and user agent."),
        list_of::<wire::Origin>("magicLinkOrigins")
            .or_null()
            .about("The origins that magic links may lead to; empty for all."),
        boolean("magicLinkLandingPage")
            .or_null()
            .about("Whether magic links show a page with a button before they forward."),
    ],
};

/// What is in force.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    /// Whether a sign-in token verifies once.
    single_use_sign_in_tokens: bool,
    /// Whether the token of a magic link verifies once.
    single_use_magic_links: bool,
    /// Whether a sign-in that names a user is completed by that user's passkeys only.
    bind_named_sign_ins: bool,
    /// Whether unknown users and aliases are answered with credentials that look real.
    decoy_credentials: bool,
    #[schemars(with = "wire::SignCountRegression")]
    sign_count_regression: &'static str,
    /// The origins that are accepted; empty for all that suit the RP ID.
    #[schemars(with = "Vec<wire::Origin>")]
    allowed_origins: Vec<String>,
    /// The RP IDs that are accepted; empty for all.
    #[schemars(with = "Vec<wire::RpId>")]
    allowed_rp_ids: Vec<String>,
    /// The origins of pages that may frame the application's, or `any`.
    #[schemars(with = "Vec<wire::TopOrigin>")]
    allowed_top_origins: Vec<String>,
    /// The algorithms that are offered, most wanted first, as COSE numbers.
    #[schemars(example = [-7, -257])]
    algorithms: Vec<i64>,
    /// Whether failed ceremonies are recorded with reason, address and user agent.
    record_failed_ceremonies: bool,
    /// The origins that magic links may lead to; empty for all.
    #[schemars(with = "Vec<wire::Origin>")]
    magic_link_origins: Vec<String>,
    /// Whether magic links show a page with a button before they forward.
    magic_link_landing_page: bool,
}

impl From<&Features> for Policy {
    fn from(features: &Features) -> Self {
        Self {
            single_use_sign_in_tokens: features.single_use_sign_in_tokens,
            single_use_magic_links: features.single_use_magic_links,
            bind_named_sign_ins: features.bind_named_sign_ins,
            decoy_credentials: features.decoy_credentials,
            sign_count_regression: features.sign_count_regression.as_str(),
            allowed_origins: features
                .allowed_origins
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            allowed_rp_ids: features
                .allowed_rp_ids
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            allowed_top_origins: features.allowed_top_origins.clone().into(),
            algorithms: features
                .offered_algorithms()
                .into_iter()
                .map(Algorithm::id)
                .collect(),
            record_failed_ceremonies: features.record_failed_ceremonies,
            magic_link_origins: features.magic_link_origins.clone(),
            magic_link_landing_page: features.magic_link_landing_page,
        }
    }
}

/// A change that was read, and found to be fit.
pub(super) struct Change(Box<Apply>);

type Apply = dyn Fn(&mut Features) -> Result<(), Unfit> + Send;

impl Change {
    fn new(change: impl Fn(&mut Features) -> Result<(), Unfit> + Send + 'static) -> Self {
        Self(Box::new(change))
    }
}

/// Applies what was read.
pub(super) fn apply(changes: &[Change], features: &mut Features) -> Result<(), Unfit> {
    changes.iter().try_for_each(|Change(change)| change(features))
}

/// Reads what is to change; what is absent or `null` stays.
pub(super) fn read(body: &Members<'_>) -> Result<Vec<Change>, BindingError> {
    let Some(policy) = body.object("policy")? else {
        return Ok(Vec::new());
    };
    let mut changes = Vec::new();
    for (name, setting) in Setting::of_policy() {
        if let Some(Change(change)) = change(&policy, name, setting)? {
            // Tried on nobody's features, so that what does not fit is refused with the rest of the body.
            change(&mut Features::default()).map_err(|Unfit { text, problem }| {
                policy.wrong(name, format!("must not hold '{text}': {problem}"))
            })?;
            changes.push(Change(change));
        }
    }
    Ok(changes)
}

fn change(
    policy: &Members<'_>,
    name: &str,
    setting: &'static Setting,
) -> Result<Option<Change>, BindingError> {
    Ok(match &setting.kind {
        Kind::Switch { set, .. } => policy.boolean(name)?.map(|on| {
            Change::new(move |features| {
                set(features, on);
                Ok(())
            })
        }),
        Kind::Number { least, most, set, .. } => match policy.integer(name)? {
            None => None,
            Some(sent) => {
                let number = u64::try_from(sent)
                    .ok()
                    .filter(|number| (least..=most).contains(&number))
                    .ok_or_else(|| {
                        policy.wrong(name, format!("must be a whole number from {least} to {most}"))
                    })?;
                Some(Change::new(move |features| {
                    set(features, Some(number));
                    Ok(())
                }))
            }
        },
        Kind::Choice { words, set, .. } => {
            let choices: Vec<(&str, &'static str)> = words.iter().map(|word| (*word, *word)).collect();
            policy.choice(name, &choices)?.map(|word| {
                Change::new(move |features| {
                    set(features, word);
                    Ok(())
                })
            })
        }
        Kind::Texts { set, .. } | Kind::Numbers { set, .. } => policy.texts(name)?.map(|sent| {
            let texts: Vec<String> = sent.into_iter().map(Option::unwrap_or_default).collect();
            Change::new(move |features| set(features, &texts))
        }),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_shown_and_may_be_sent_are_the_settings_with_a_name_here() {
        let features = Features {
            decoy_credentials: true,
            magic_link_origins: vec!["https://example.com".to_owned()],
            ..Features::default()
        };
        let shown = serde_json::to_value(Policy::from(&features)).unwrap();
        let of_the_row = |setting: &Setting| -> Value {
            match &setting.kind {
                Kind::Switch { get, .. } => json!(get(&features)),
                Kind::Number { get, .. } => json!(get(&features)),
                Kind::Choice { get, .. } => json!(get(&features)),
                Kind::Texts { get, .. } => json!(get(&features)),
                Kind::Numbers { in_force, .. } => json!(in_force(&features)),
            }
        };
        let rows: serde_json::Map<String, Value> = Setting::of_policy()
            .map(|(name, setting)| (name.to_owned(), of_the_row(setting)))
            .collect();
        assert_eq!(shown, Value::Object(rows));
        let sent: BTreeSet<&str> = PATCH.members.iter().map(|member| member.name).collect();
        let named: BTreeSet<&str> = Setting::of_policy().map(|(name, _)| name).collect();
        assert_eq!(sent, named);
    }
}
