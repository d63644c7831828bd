//! How strict an application is: the member `policy` of its features.

use std::borrow::Cow;

use passgate::settings::{Kind, SETTINGS, Setting, Text, Unfit};
use passgate_core::application::Features;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    json::{BindingError, Members},
    openapi,
    shape::{Member, Shape, boolean, integer, integers, one_of, texts as list_of},
    wire,
};

/// What may be changed: the settings that have a name here, as their rows tell them.
pub(super) const PATCH: Shape = Shape {
    name: "PolicyPatch",
    about: "How strict the application is. What is missing or null stays as it is.",
    members: &MEMBERS,
};

const MEMBERS: [Member; NAMED] = {
    let mut members = [boolean(""); NAMED];
    let (mut at, mut named) = (0, 0);
    while at < SETTINGS.len() {
        if let Some(name) = SETTINGS[at].json_name {
            members[named] = member(name, &SETTINGS[at].kind)
                .or_null()
                .about(SETTINGS[at].about);
            named += 1;
        }
        at += 1;
    }
    members
};

/// How many settings have a name here.
const NAMED: usize = {
    let (mut at, mut named) = (0, 0);
    while at < SETTINGS.len() {
        if SETTINGS[at].json_name.is_some() {
            named += 1;
        }
        at += 1;
    }
    named
};

const fn member(name: &'static str, kind: &Kind) -> Member {
    match kind {
        Kind::Switch { .. } => boolean(name),
        Kind::Number { least, most, .. } => integer(name, *least).at_least(*least).at_most(*most),
        Kind::Choice { called, words, .. } => one_of(name, called, words),
        Kind::Texts { each, .. } => match each {
            Text::Origin => list_of::<wire::Origin>(name),
            Text::TopOrigin => list_of::<wire::TopOrigin>(name),
            Text::RpId => list_of::<wire::RpId>(name),
        },
        Kind::Numbers { .. } => integers(name),
    }
}

/// What is in force.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Policy(Map<String, Value>);

impl From<&Features> for Policy {
    fn from(features: &Features) -> Self {
        let shown = Setting::of_policy().map(|(name, setting)| {
            let value = match &setting.kind {
                Kind::Switch { get, .. } => json!(get(features)),
                Kind::Number { get, .. } => json!(get(features)),
                Kind::Choice { get, .. } => json!(get(features)),
                Kind::Texts { get, .. } => json!(get(features)),
                Kind::Numbers { in_force, .. } => json!(in_force(features)),
            };
            (name.to_owned(), value)
        });
        Self(shown.collect())
    }
}

impl JsonSchema for Policy {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = openapi::members::object(&MEMBERS.map(Member::shown));
        schema["description"] = "What is in force.".into();
        Schema::try_from(schema).unwrap_or_default()
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

    use super::*;

    #[test]
    fn what_is_shown_and_may_be_sent_are_the_settings_with_a_name_here() {
        let features = Features {
            decoy_credentials: true,
            magic_link_origins: vec!["https://example.com".to_owned()],
            ..Features::default()
        };
        let shown = serde_json::to_value(Policy::from(&features)).unwrap();
        assert_eq!(shown["decoyCredentials"], true);
        assert_eq!(shown["magicLinkOrigins"], json!(["https://example.com"]));
        assert_eq!(shown["signCountRegression"], "refuse-device-bound");
        assert_eq!(shown["algorithms"][1], -7);
        let shown: BTreeSet<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        let sent: BTreeSet<&str> = PATCH.members.iter().map(|member| member.name).collect();
        assert_eq!(sent, shown);
    }

    #[test]
    fn what_is_shown_is_described_by_the_rows_and_always_there() {
        let schema = schemars::schema_for!(Policy).to_value();
        for (name, setting) in Setting::of_policy() {
            assert_eq!(schema["properties"][name]["description"], setting.about, "{name}");
        }
        assert_eq!(schema["required"].as_array().unwrap().len(), NAMED);
    }
}
