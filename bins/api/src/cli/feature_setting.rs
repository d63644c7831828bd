//! What `passgate app show` prints and `passgate app set` changes: the settings of an application as text.

use passgate::{
    features::ApplicationSettings,
    settings::{Kind, SETTINGS, Setting, Unfit},
};
use passgate_core::application::Features;
use passgate_webauthn::Algorithm;

use super::{setting::join, well_known_setting};
use crate::config::readers::number;

/// Every setting of an application: its name, its value, what it means.
pub(super) fn shown(settings: &ApplicationSettings) -> Vec<(&'static str, String, &'static str)> {
    let features = SETTINGS
        .iter()
        .map(|setting| (setting.name, show(setting, &settings.features), setting.about));
    let published = well_known_setting::SETTINGS
        .iter()
        .map(|setting| (setting.name, (setting.show)(&settings.well_known), setting.about));
    features.chain(published).collect()
}

/// A value as text, in the form that [`read`] takes.
fn show(setting: &Setting, features: &Features) -> String {
    match &setting.kind {
        Kind::Switch { get, .. } => get(features).to_string(),
        Kind::Number { get, .. } => {
            get(features).map_or_else(|| "none".to_owned(), |number| number.to_string())
        }
        Kind::Choice { get, .. } => get(features).to_owned(),
        Kind::Texts { get, .. } => get(features).join(","),
        Kind::Numbers { chosen, .. } => chosen(features).map_or_else(
            || "default".to_owned(),
            |chosen| join(&chosen, ToString::to_string),
        ),
    }
}

/// Reads a value; the error says what would have been right.
fn read(setting: &Setting, features: &mut Features, text: &str) -> Result<(), String> {
    match &setting.kind {
        Kind::Switch { set, .. } => set(features, switch(text)?),
        Kind::Number {
            optional: true, set, ..
        } if text == "none" => set(features, None),
        Kind::Number { least, most, set, .. } => set(features, Some(number(text, *least, *most)?)),
        Kind::Choice { words, set, .. } => {
            if !words.contains(&text) {
                return Err(format!("must be {}", alternatives(words)));
            }
            set(features, text);
        }
        Kind::Texts { set, .. } => set(features, &parts(text)).map_err(|unfit| unfit.to_string())?,
        Kind::Numbers { set, .. } => {
            let chosen = if text == "default" {
                Vec::new()
            } else {
                parts(text)
            };
            set(features, &chosen).map_err(|unfit| not_offered(&unfit))?;
        }
    }
    Ok(())
}

fn parts(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// `a, b or c`
fn alternatives(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}

fn not_offered(unfit: &Unfit) -> String {
    let offer = Algorithm::supported()
        .iter()
        .map(|algorithm| format!("{} ({})", algorithm.id(), algorithm.as_str()))
        .collect::<Vec<_>>()
        .join(", ");
    let text = &unfit.text;
    format!("'{text}': '{text}' is not an algorithm of this program, which has {offer}")
}

/// Applies several `name=value`.
///
/// # Errors
/// A sentence that names the first pair that is wrong, and what is wrong with it.
pub(super) fn apply_all(settings: &mut ApplicationSettings, pairs: &[String]) -> Result<(), String> {
    pairs.iter().try_for_each(|pair| apply(settings, pair))
}

/// Applies one `name=value`.
///
/// # Errors
/// A sentence that names the pair and what is wrong with it.
fn apply(settings: &mut ApplicationSettings, pair: &str) -> Result<(), String> {
    let Some((name, value)) = pair.split_once('=') else {
        return Err(format!("'{pair}' is not of the form name=value"));
    };
    let (name, value) = (name.trim(), value.trim());
    let in_pair = |problem| format!("{name}={value}: {problem}");
    if let Some(setting) = Setting::find(name) {
        return read(setting, &mut settings.features, value).map_err(in_pair);
    }
    let published = well_known_setting::SETTINGS;
    if let Some(setting) = published.iter().find(|setting| setting.name == name) {
        return (setting.set)(&mut settings.well_known, value).map_err(in_pair);
    }
    let names: Vec<_> = shown(settings).into_iter().map(|(name, ..)| name).collect();
    Err(format!(
        "there is no setting '{name}'; there are: {}",
        names.join(", ")
    ))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "on" | "yes" => Ok(true),
        "false" | "off" | "no" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use passgate_core::application::{SignCountRegression, TopOrigins};
    use passgate_webauthn::{Origin, RpId};

    use super::*;

    #[test]
    fn what_is_shown_can_be_set() {
        let before = ApplicationSettings {
            features: Features {
                allowed_origins: vec![Origin::parse("https://example.com").unwrap()],
                allowed_rp_ids: vec![RpId::parse("example.com").unwrap()],
                allowed_top_origins: TopOrigins::Listed(vec![Origin::parse("https://shop.example").unwrap()]),
                max_users: Some(7),
                ..Features::default()
            },
            ..ApplicationSettings::default()
        };
        let mut after = before.clone();
        for (name, value, _) in shown(&before) {
            apply(&mut after, &format!("{name}={value}")).unwrap();
        }
        assert_eq!(after, before);
    }

    #[test]
    fn values_change_what_they_name() {
        let mut settings = ApplicationSettings::default();
        for pair in [
            "max-users=10",
            "decoy-credentials=on",
            "sign-count-regression=warn",
            "algorithms=ES256,-257",
            "allowed-top-origins=any",
        ] {
            apply(&mut settings, pair).unwrap();
        }
        let features = settings.features;
        assert_eq!(features.max_users, Some(10));
        assert!(features.decoy_credentials);
        assert_eq!(features.allowed_top_origins, TopOrigins::Any);
        assert_eq!(features.sign_count_regression, SignCountRegression::Warn);
        let mut usual = ApplicationSettings {
            features: features.clone(),
            ..ApplicationSettings::default()
        };
        apply(&mut usual, "algorithms=").unwrap();
        assert_eq!(usual.features.algorithms, None);
        assert_eq!(
            features
                .algorithms
                .map(|chosen| chosen.iter().map(|algorithm| algorithm.id()).collect::<Vec<_>>()),
            Some(vec![-7, -257])
        );
    }

    #[test]
    fn mistakes_are_named() {
        let mut settings = ApplicationSettings::default();
        for (pair, part) in [
            ("max-users", "is not of the form name=value"),
            ("colour=red", "there is no setting 'colour'"),
            ("colour=red", "algorithms, max-users"),
            ("colour=red", "apple-apps, android-apps"),
            (
                "apple-apps=x",
                "apple-apps=x: 'x': it does not begin with a team id",
            ),
            ("max-users=many", "max-users=many: must be a whole number"),
            ("event-logging=maybe", "must be true or false"),
            ("allowed-origins=not an origin", "'not an origin': "),
            ("allowed-top-origins=any,https://shop.example", "'any': "),
            ("algorithms=ROT13", "'ROT13' is not an algorithm"),
        ] {
            let problem = apply(&mut settings, pair).unwrap_err();
            assert!(problem.contains(part), "{pair}: {problem}");
        }
        assert_eq!(settings, ApplicationSettings::default());
    }
}
