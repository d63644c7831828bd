//! What `passgate app show` prints and `passgate app set` changes: one row per feature.

use passgate::features::ApplicationSettings;
use passgate_core::application::{Features, InvalidTopOrigin, SignCountRegression};
use passgate_webauthn::{Algorithm, Origin, RpId};

use super::{
    setting::{Setting, join, list},
    well_known_setting,
};

type FeatureSetting = Setting<Features>;

/// Every setting of an application: its name, its value, what it means.
pub(super) fn shown(settings: &ApplicationSettings) -> Vec<(&'static str, String, &'static str)> {
    fn rows<'t, T>(
        table: &'t [Setting<T>],
        value: &'t T,
    ) -> impl Iterator<Item = (&'static str, String, &'static str)> {
        table
            .iter()
            .map(move |setting| (setting.name, (setting.show)(value), setting.about))
    }
    rows(SETTINGS, &settings.features)
        .chain(rows(well_known_setting::SETTINGS, &settings.well_known))
        .collect()
}

/// Every feature, in the order they are shown.
const SETTINGS: &[FeatureSetting] = &[
    FeatureSetting {
        name: "allowed-origins",
        about: "origins that may be used; empty: any that the RP ID covers",
        show: |features| join(&features.allowed_origins, |origin| origin.as_str().to_owned()),
        set: |features, text| {
            list(text, |part| {
                Origin::parse(part).map_err(|error| error.to_string())
            })
            .map(|origins| features.allowed_origins = origins)
        },
    },
    FeatureSetting {
        name: "allowed-rp-ids",
        about: "RP IDs that may be used; empty: any",
        show: |features| join(&features.allowed_rp_ids, |rp_id| rp_id.as_str().to_owned()),
        set: |features, text| {
            list(text, |part| {
                RpId::parse_any(part).map_err(|error| error.to_string())
            })
            .map(|rp_ids| features.allowed_rp_ids = rp_ids)
        },
    },
    FeatureSetting {
        name: "allowed-top-origins",
        about: "origins of pages that may frame yours during a ceremony; any: all; empty: none",
        show: |features| Vec::from(features.allowed_top_origins.clone()).join(","),
        set: |features, text| {
            let parts = list(text, |part| Ok(part.to_owned()))?;
            features.allowed_top_origins = parts
                .try_into()
                .map_err(|error: InvalidTopOrigin| error.to_string())?;
            Ok(())
        },
    },
    FeatureSetting {
        name: "algorithms",
        about: "signature algorithms offered, most wanted first, by COSE number or name; default: the usual offer",
        show: |features| {
            features.algorithms.as_ref().map_or_else(
                || "default".to_owned(),
                |chosen| join(chosen, |algorithm| algorithm.id().to_string()),
            )
        },
        set: |features, text| {
            // Offering nothing would refuse every registration; over HTTP, too, the empty list is the usual offer.
            features.algorithms = if matches!(text, "" | "default") {
                None
            } else {
                Some(list(text, algorithm)?)
            };
            Ok(())
        },
    },
    FeatureSetting {
        name: "max-users",
        about: "most users that may own passkeys; none: unlimited",
        show: |features| {
            features
                .max_users
                .map_or_else(|| "none".to_owned(), |most| most.to_string())
        },
        set: |features, text| {
            features.max_users = if text == "none" {
                None
            } else {
                Some(number(text, 0, u64::MAX)?)
            };
            Ok(())
        },
    },
    FeatureSetting {
        name: "single-use-sign-in-tokens",
        about: "whether a sign-in token verifies once only",
        show: |features| features.single_use_sign_in_tokens.to_string(),
        set: |features, text| switch(text).map(|on| features.single_use_sign_in_tokens = on),
    },
    FeatureSetting {
        name: "single-use-magic-links",
        about: "whether a magic link works once only",
        show: |features| features.single_use_magic_links.to_string(),
        set: |features, text| switch(text).map(|on| features.single_use_magic_links = on),
    },
    FeatureSetting {
        name: "decoy-credentials",
        about: "whether unknown users look like known ones at sign-in",
        show: |features| features.decoy_credentials.to_string(),
        set: |features, text| switch(text).map(|on| features.decoy_credentials = on),
    },
    FeatureSetting {
        name: "sign-count-regression",
        about: "what a sign count that went back leads to: refuse, refuse-device-bound, refuse-unless-zero or warn",
        show: |features| features.sign_count_regression.as_str().to_owned(),
        set: |features, text| {
            features.sign_count_regression = SignCountRegression::parse(text)
                .ok_or("must be refuse, refuse-device-bound, refuse-unless-zero or warn")?;
            Ok(())
        },
    },
    FeatureSetting {
        name: "allow-attestation",
        about: "whether attestation may be asked for",
        show: |features| features.allow_attestation.to_string(),
        set: |features, text| switch(text).map(|on| features.allow_attestation = on),
    },
    FeatureSetting {
        name: "event-logging",
        about: "whether events are stored",
        show: |features| features.event_logging.to_string(),
        set: |features, text| switch(text).map(|on| features.event_logging = on),
    },
    FeatureSetting {
        name: "event-retention-days",
        about: "days that events are kept",
        show: |features| features.event_retention_days.to_string(),
        set: |features, text| number(text, 0, 36_500).map(|days| features.event_retention_days = days),
    },
    FeatureSetting {
        name: "record-failed-ceremonies",
        about: "whether failed ceremonies are recorded with IP address and user agent",
        show: |features| features.record_failed_ceremonies.to_string(),
        set: |features, text| switch(text).map(|on| features.record_failed_ceremonies = on),
    },
    FeatureSetting {
        name: "generate-sign-in-token",
        about: "whether a backend may make sign-in tokens by hand",
        show: |features| features.generate_sign_in_token.to_string(),
        set: |features, text| switch(text).map(|on| features.generate_sign_in_token = on),
    },
    FeatureSetting {
        name: "magic-links",
        about: "whether magic links may be sent",
        show: |features| features.magic_links.to_string(),
        set: |features, text| switch(text).map(|on| features.magic_links = on),
    },
    FeatureSetting {
        name: "magic-link-monthly-quota",
        about: "magic-link mails per 30 days",
        show: |features| features.magic_link_monthly_quota.to_string(),
        set: |features, text| {
            number(text, 0, u32::MAX).map(|quota| features.magic_link_monthly_quota = quota)
        },
    },
    FeatureSetting {
        name: "magic-link-origins",
        about: "origins that magic links may lead to; empty: any",
        show: |features| features.magic_link_origins.join(","),
        set: |features, text| {
            let origins = list(text, |part| {
                Origin::parse(part).map_err(|error| error.to_string())
            })?;
            features.magic_link_origins = origins.iter().map(|origin| origin.as_str().to_owned()).collect();
            Ok(())
        },
    },
    FeatureSetting {
        name: "magic-link-landing-page",
        about: "whether a magic link first shows a page with a button",
        show: |features| features.magic_link_landing_page.to_string(),
        set: |features, text| switch(text).map(|on| features.magic_link_landing_page = on),
    },
];

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
    let applied = set(SETTINGS, &mut settings.features, name, value).or_else(|| {
        set(
            well_known_setting::SETTINGS,
            &mut settings.well_known,
            name,
            value,
        )
    });
    applied.unwrap_or_else(|| {
        let names: Vec<_> = shown(settings).into_iter().map(|(name, ..)| name).collect();
        Err(format!(
            "there is no setting '{name}'; there are: {}",
            names.join(", ")
        ))
    })
}

/// Sets what a table has under a name; none if it has nothing.
fn set<T>(table: &[Setting<T>], settings: &mut T, name: &str, value: &str) -> Option<Result<(), String>> {
    let setting = table.iter().find(|setting| setting.name == name)?;
    Some((setting.set)(settings, value).map_err(|problem| format!("{name}={value}: {problem}")))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "on" | "yes" => Ok(true),
        "false" | "off" | "no" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    match text.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        Ok(_) | Err(_) => Err(format!("must be a whole number from {least} to {most}")),
    }
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let offer = || {
        Algorithm::supported()
            .iter()
            .map(|algorithm| format!("{} ({})", algorithm.id(), algorithm.as_str()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let supported = Algorithm::supported();
    let found = supported.iter().find(|algorithm| {
        algorithm.id().to_string() == text || algorithm.as_str().eq_ignore_ascii_case(text)
    });
    found.copied().ok_or_else(|| {
        format!(
            "'{text}' is not an algorithm of this program, which has {}",
            offer()
        )
    })
}

#[cfg(test)]
mod tests {
    use passgate_core::application::TopOrigins;

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
