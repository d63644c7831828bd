//! Settings: what an operator can set of an application, one row each, for the command line, the HTTP API and the
//! documentation.

use passgate_core::application::{BackupEligibilityChange, Features, SignCountRegression, TopOrigins};
use passgate_webauthn::{Algorithm, Origin, RpId};

/// A setting of an application.
#[derive(Debug)]
pub struct Setting {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name in the `policy` of the HTTP API, if it is there: what is about how strict an application is.
    pub json_name: Option<&'static str>,
    /// What it means: a sentence, which the command line, the OpenAPI document and docs/api.md all show.
    pub about: &'static str,
    /// What values it has, and where they are kept.
    pub kind: Kind,
}

/// What values a setting has, how they are read from an application's features, and how they are set.
#[derive(Debug)]
pub enum Kind {
    /// On or off.
    Switch {
        /// Reads it.
        get: fn(&Features) -> bool,
        /// Puts a value in its place.
        set: fn(&mut Features, bool),
    },
    /// A whole number.
    Number {
        /// The smallest value, itself allowed.
        least: u64,
        /// The greatest value, itself allowed.
        most: u64,
        /// Whether there may be none, which means without limit.
        optional: bool,
        /// Reads it.
        get: fn(&Features) -> Option<u64>,
        /// Sets it; none only if that may be.
        set: fn(&mut Features, Option<u64>),
    },
    /// One of a few words.
    Choice {
        /// What the OpenAPI document calls the choice.
        called: &'static str,
        /// As they are spelled on the command line and on the wire.
        words: &'static [&'static str],
        /// Reads it.
        get: fn(&Features) -> &'static str,
        /// Sets it; what is none of the words changes nothing.
        set: fn(&mut Features, &str),
    },
    /// A list of texts of one kind; empty means what the setting's sentence says.
    Texts {
        /// What each of them is.
        each: Text,
        /// Reads them.
        get: fn(&Features) -> Vec<String>,
        /// Sets them.
        set: fn(&mut Features, &[String]) -> Result<(), Unfit>,
    },
    /// Whole numbers, or the usual ones if none are chosen.
    Numbers {
        /// Reads those that are chosen.
        chosen: fn(&Features) -> Option<Vec<i64>>,
        /// Reads those that are in force.
        in_force: fn(&Features) -> Vec<i64>,
        /// Sets them, by number or name; an empty list chooses the usual ones.
        set: fn(&mut Features, &[String]) -> Result<(), Unfit>,
    },
}

/// What each text of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// `https://example.com`, or an app's `android:apk-key-hash:…`.
    Origin,
    /// An origin, or `any` for all of them.
    TopOrigin,
    /// `example.com`.
    RpId,
}

/// A text in a list is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}': {problem}")]
pub struct Unfit {
    /// What was given, unchanged.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Setting {
    /// The setting of that name on the command line.
    pub fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The settings that the `policy` of the HTTP API holds, with their names there.
    pub fn of_policy() -> impl Iterator<Item = (&'static str, &'static Self)> {
        SETTINGS
            .iter()
            .filter_map(|setting| Some((setting.json_name?, setting)))
    }
}

const fn policy(name: &'static str, json_name: &'static str, about: &'static str, kind: Kind) -> Setting {
    Setting {
        name,
        json_name: Some(json_name),
        about,
        kind,
    }
}

const fn plain(name: &'static str, about: &'static str, kind: Kind) -> Setting {
    Setting {
        name,
        json_name: None,
        about,
        kind,
    }
}

/// A switch that is a field of the features.
macro_rules! switch {
    ($field:ident) => {
        Kind::Switch {
            get: |features| features.$field,
            set: |features, on| features.$field = on,
        }
    };
}

/// Every setting, in the order they are shown.
pub const SETTINGS: &[Setting] = &[
    policy(
        "allowed-origins",
        "allowedOrigins",
        "Origins that are accepted; empty for all that suit the RP ID.",
        Kind::Texts {
            each: Text::Origin,
            get: |features| texts(&features.allowed_origins, Origin::as_str),
            set: |features, texts| {
                features.allowed_origins = each(texts, Origin::parse)?;
                Ok(())
            },
        },
    ),
    policy(
        "allowed-rp-ids",
        "allowedRpIds",
        "RP IDs that are accepted; empty for all.",
        Kind::Texts {
            each: Text::RpId,
            get: |features| texts(&features.allowed_rp_ids, RpId::as_str),
            set: |features, texts| {
                features.allowed_rp_ids = each(texts, RpId::parse_any)?;
                Ok(())
            },
        },
    ),
    policy(
        "allowed-top-origins",
        "allowedTopOrigins",
        "Origins of pages that may frame the application's during a ceremony, or `any`; empty for none.",
        Kind::Texts {
            each: Text::TopOrigin,
            get: |features| features.allowed_top_origins.texts().map(str::to_owned).collect(),
            set: |features, texts| {
                let read = TopOrigins::try_from(texts.to_vec());
                features.allowed_top_origins = read.map_err(|error| Unfit {
                    problem: error.source.to_string(),
                    text: error.text,
                })?;
                Ok(())
            },
        },
    ),
    policy(
        "algorithms",
        "algorithms",
        "Signature algorithms that are offered, most wanted first, as COSE numbers or names; empty for the usual offer.",
        Kind::Numbers {
            chosen: |features| features.algorithms.as_deref().map(numbers),
            in_force: |features| numbers(&features.offered_algorithms()),
            // Offering nothing would refuse every registration.
            set: |features, texts| {
                let chosen = each(texts, algorithm)?;
                features.algorithms = (!chosen.is_empty()).then_some(chosen);
                Ok(())
            },
        },
    ),
    plain(
        "max-users",
        "Most users that may own passkeys; `none` for no limit.",
        Kind::Number {
            least: 0,
            most: u64::MAX,
            optional: true,
            get: |features| features.max_users,
            set: |features, most| features.max_users = most,
        },
    ),
    policy(
        "single-use-sign-in-tokens",
        "singleUseSignInTokens",
        "Whether a sign-in token verifies once only.",
        switch!(single_use_sign_in_tokens),
    ),
    policy(
        "single-use-magic-links",
        "singleUseMagicLinks",
        "Whether the token of a magic link verifies once only.",
        switch!(single_use_magic_links),
    ),
    policy(
        "bind-named-sign-ins",
        "bindNamedSignIns",
        "Whether a sign-in that names a user is completed by that user's passkeys only.",
        switch!(bind_named_sign_ins),
    ),
    policy(
        "decoy-credentials",
        "decoyCredentials",
        "Whether unknown users and aliases are answered with credentials that look real.",
        switch!(decoy_credentials),
    ),
    policy(
        "sign-count-regression",
        "signCountRegression",
        "What a sign count that went back leads to.",
        Kind::Choice {
            called: "SignCountRegression",
            words: &[
                SignCountRegression::Refuse.as_str(),
                SignCountRegression::RefuseDeviceBound.as_str(),
                SignCountRegression::RefuseUnlessZero.as_str(),
                SignCountRegression::Warn.as_str(),
            ],
            get: |features| features.sign_count_regression.as_str(),
            set: |features, word| {
                if let Some(choice) = SignCountRegression::parse(word) {
                    features.sign_count_regression = choice;
                }
            },
        },
    ),
    policy(
        "backup-eligibility-change",
        "backupEligibilityChange",
        "What a passkey leads to that was bound to its device and now says that it may be backed up.",
        Kind::Choice {
            called: "BackupEligibilityChange",
            words: &[
                BackupEligibilityChange::Refuse.as_str(),
                BackupEligibilityChange::LearnOnce.as_str(),
            ],
            get: |features| features.backup_eligibility_change.as_str(),
            set: |features, word| {
                if let Some(choice) = BackupEligibilityChange::parse(word) {
                    features.backup_eligibility_change = choice;
                }
            },
        },
    ),
    plain(
        "allow-attestation",
        "Whether attestation may be asked for, and models allowed or blocked.",
        switch!(allow_attestation),
    ),
    plain(
        "event-logging",
        "Whether events are stored.",
        switch!(event_logging),
    ),
    plain(
        "event-retention-days",
        "Days that events are kept.",
        Kind::Number {
            least: 0,
            most: 36_500,
            optional: false,
            get: |features| Some(features.event_retention_days.into()),
            set: |features, days| features.event_retention_days = small(days),
        },
    ),
    policy(
        "record-failed-ceremonies",
        "recordFailedCeremonies",
        "Whether failed ceremonies are recorded with reason, address and user agent.",
        switch!(record_failed_ceremonies),
    ),
    plain(
        "generate-sign-in-token",
        "Whether a backend may make sign-in tokens by hand.",
        switch!(generate_sign_in_token),
    ),
    plain(
        "magic-links",
        "Whether magic links may be sent.",
        switch!(magic_links),
    ),
    plain(
        "magic-link-monthly-quota",
        "Most magic links that are mailed in 30 days; `none` for no limit.",
        Kind::Number {
            least: 0,
            most: Features::NO_QUOTA as u64 - 1,
            optional: true,
            get: |features| {
                let quota = features.magic_link_monthly_quota;
                (quota < Features::NO_QUOTA).then_some(quota.into())
            },
            set: |features, quota| {
                features.magic_link_monthly_quota =
                    quota.map_or(Features::NO_QUOTA, |quota| small(Some(quota)));
            },
        },
    ),
    policy(
        "magic-link-origins",
        "magicLinkOrigins",
        "Origins that magic links may lead to; empty for all.",
        Kind::Texts {
            each: Text::Origin,
            get: |features| features.magic_link_origins.clone(),
            set: |features, texts| {
                let origins = each(texts, Origin::parse)?;
                features.magic_link_origins = self::texts(&origins, Origin::as_str);
                Ok(())
            },
        },
    ),
    policy(
        "magic-link-landing-page",
        "magicLinkLandingPage",
        "Whether a magic link first shows a page with a button.",
        switch!(magic_link_landing_page),
    ),
];

fn texts<T>(values: &[T], text: impl Fn(&T) -> &str) -> Vec<String> {
    values.iter().map(|value| text(value).to_owned()).collect()
}

fn numbers(algorithms: &[Algorithm]) -> Vec<i64> {
    algorithms.iter().copied().map(Algorithm::id).collect()
}

fn each<T, E: ToString>(texts: &[String], parse: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>, Unfit> {
    let read = |text: &String| {
        parse(text).map_err(|error| Unfit {
            text: text.clone(),
            problem: error.to_string(),
        })
    };
    texts.iter().map(read).collect()
}

fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
    let named = |algorithm: &&Algorithm| {
        algorithm.id().to_string() == text || algorithm.as_str().eq_ignore_ascii_case(text)
    };
    let supported = Algorithm::supported();
    let found = supported.iter().find(named);
    found
        .copied()
        .ok_or("it is no algorithm that this server verifies")
}

/// What is set was compared with the bounds of its row before.
fn small(number: Option<u64>) -> u32 {
    u32::try_from(number.unwrap_or_default()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/api.md");

    #[test]
    fn the_documentation_has_a_row_for_each() {
        for setting in SETTINGS {
            let json = setting
                .json_name
                .map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
            let row = format!("| `{}` | {json} | {} |", setting.name, setting.about);
            assert!(PAGE.contains(&row), "docs/api.md lacks: {row}");
        }
    }

    #[test]
    fn words_are_those_that_can_be_set() {
        for setting in SETTINGS {
            if let Kind::Choice { words, get, set, .. } = &setting.kind {
                for word in *words {
                    let mut features = Features::default();
                    set(&mut features, word);
                    assert_eq!(get(&features), *word, "{}", setting.name);
                }
            }
        }
    }
}
