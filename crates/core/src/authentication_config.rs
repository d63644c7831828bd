//! Authentication configurations, one for each purpose: how strong a sign-in must be, and how long its token lives.

mod time_to_live;

pub use time_to_live::{InvalidTimeToLive, TimeToLive};

use std::{fmt, time::Duration};

use passgate_webauthn::{Hint, UserVerification};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The name of an authentication configuration: `sign-in`, `step-up`, or an application's own
/// (word characters and `-`, at most 255).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Purpose(String);

impl Purpose {
    /// Most characters of a purpose.
    pub const MAX_CHARS: usize = 255;

    const SIGN_IN: &'static str = "sign-in";
    const STEP_UP: &'static str = "step-up";

    /// Reads a purpose: letters and digits of any script, `_` and `-`; at least one, at most 255 characters.
    ///
    /// # Errors
    /// [`InvalidPurpose`].
    pub fn parse(text: &str) -> Result<Self, InvalidPurpose> {
        text.to_owned().try_into()
    }

    /// The everyday sign-in, always there.
    pub fn sign_in() -> Self {
        Self(Self::SIGN_IN.to_owned())
    }

    /// A confirmation by someone who is signed in already, always there.
    pub fn step_up() -> Self {
        Self(Self::STEP_UP.to_owned())
    }

    /// The purpose that a sign-in asks for: none, blank, or a text that can be no purpose's name means
    /// [`Purpose::sign_in`].
    pub fn requested(text: Option<&str>) -> Self {
        text.and_then(|text| Self::parse(text).ok())
            .unwrap_or_else(Self::sign_in)
    }

    /// The purpose's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is one of the two that every application has and none can create or delete.
    pub fn is_preset(&self) -> bool {
        matches!(self.as_str(), Self::SIGN_IN | Self::STEP_UP)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Purpose {
    type Error = InvalidPurpose;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let problems = InvalidPurpose {
            blank: text.trim().is_empty(),
            characters: !text
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')),
            too_long: text.chars().count() > Self::MAX_CHARS,
        };
        if problems.blank || problems.characters || problems.too_long {
            Err(problems)
        } else {
            Ok(Self(text))
        }
    }
}

impl From<Purpose> for String {
    fn from(purpose: Purpose) -> Self {
        purpose.0
    }
}

/// Everything that keeps a text from being a purpose; at least one of the fields says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose has 1 to {} letters, digits, `-` or `_`", Purpose::MAX_CHARS)]
pub struct InvalidPurpose {
    /// Empty, or white space only.
    pub blank: bool,
    /// Holds something other than letters, digits, `_` and `-`.
    pub characters: bool,
    /// Has more than 255 characters.
    pub too_long: bool,
}

/// What a sign-in for one purpose demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationConfig {
    /// The name that a sign-in asks for it by.
    pub purpose: Purpose,
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
    /// How long the sign-in token lives.
    pub time_to_live: Duration,
    /// Hints for the browser, most wanted first.
    pub hints: Vec<Hint>,
    /// Who made it; `System` for presets.
    pub created_by: String,
    /// When; none for presets that were never stored.
    pub created_at: Option<Timestamp>,
    /// Who last changed it.
    pub edited_by: Option<String>,
    /// When it was last changed.
    pub edited_at: Option<Timestamp>,
    /// When a sign-in last used it.
    pub last_used_at: Option<Timestamp>,
}

impl AuthenticationConfig {
    /// How long a sign-in token lives unless its configuration says otherwise.
    pub const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(120);

    /// Who made the presets.
    pub const SYSTEM: &'static str = "System";

    /// The presets that every application has without storing them, in the order in which they are listed.
    pub fn presets() -> [Self; 2] {
        [
            Self::with_preset_values(Purpose::step_up()),
            Self::with_preset_values(Purpose::sign_in()),
        ]
    }

    /// The preset of that name.
    pub fn preset(purpose: &Purpose) -> Option<Self> {
        purpose
            .is_preset()
            .then(|| Self::with_preset_values(purpose.clone()))
    }

    /// What a sign-in for `purpose` demands: the stored configuration of exactly that name, else the preset of that
    /// name, else the values *and the name* of the sign-in preset (not of the application's edited `sign-in`).
    ///
    /// `stored` is what is stored under `purpose`; a configuration of another name is not taken for it.
    pub fn resolve(stored: Option<Self>, purpose: &Purpose) -> Self {
        stored
            .filter(|config| config.purpose == *purpose)
            .or_else(|| Self::preset(purpose))
            .unwrap_or_else(|| Self::with_preset_values(Purpose::sign_in()))
    }

    /// A new configuration of an application's own.
    pub fn create(
        purpose: Purpose,
        user_verification: UserVerification,
        time_to_live: TimeToLive,
        hints: Vec<Hint>,
        created_by: String,
        now: Timestamp,
    ) -> Self {
        Self {
            purpose,
            user_verification,
            time_to_live: time_to_live.duration(),
            hints,
            created_by,
            created_at: Some(now),
            edited_by: None,
            edited_at: None,
            last_used_at: None,
        }
    }

    /// The same configuration with new values. Editing a preset makes it a stored one.
    #[must_use]
    pub fn edit(
        self,
        user_verification: UserVerification,
        time_to_live: TimeToLive,
        hints: Vec<Hint>,
        edited_by: String,
        now: Timestamp,
    ) -> Self {
        Self {
            user_verification,
            time_to_live: time_to_live.duration(),
            hints,
            edited_by: Some(edited_by),
            edited_at: Some(now),
            ..self
        }
    }

    fn with_preset_values(purpose: Purpose) -> Self {
        Self {
            purpose,
            user_verification: UserVerification::Preferred,
            time_to_live: Self::DEFAULT_TIME_TO_LIVE,
            hints: Vec::new(),
            created_by: Self::SYSTEM.to_owned(),
            created_at: None,
            edited_by: None,
            edited_at: None,
            last_used_at: None,
        }
    }
}

/// Hints as the one text that is stored and listed: `SecurityKey, ClientDevice`.
pub fn hints_to_text(hints: &[Hint]) -> String {
    hints
        .iter()
        .map(|hint| hint_name(*hint))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Reads [`hints_to_text`] back; white space around the commas does not matter, and blank text means no hints.
///
/// # Errors
/// [`UnknownHint`], naming the first word that is no hint.
pub fn hints_from_text(text: &str) -> Result<Vec<Hint>, UnknownHint> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(str::trim)
        .map(|word| {
            HINTS
                .into_iter()
                .find(|hint| hint_name(*hint) == word)
                .ok_or_else(|| UnknownHint {
                    word: word.to_owned(),
                })
        })
        .collect()
}

/// A word that is no hint's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a hint")]
pub struct UnknownHint {
    /// What was sent where one of the words was expected.
    pub word: String,
}

const HINTS: [Hint; 3] = [Hint::SecurityKey, Hint::ClientDevice, Hint::Hybrid];

const fn hint_name(hint: Hint) -> &'static str {
    match hint {
        Hint::SecurityKey => "SecurityKey",
        Hint::ClientDevice => "ClientDevice",
        Hint::Hybrid => "Hybrid",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn purpose(text: &str) -> Purpose {
        Purpose::parse(text).unwrap()
    }

    fn config(text: &str) -> AuthenticationConfig {
        AuthenticationConfig::create(
            purpose(text),
            UserVerification::Required,
            TimeToLive::parse("00:03:00").unwrap(),
            vec![Hint::Hybrid],
            "admin".to_owned(),
            Timestamp::from_seconds(1),
        )
    }

    #[test]
    fn purposes_are_words() {
        for text in ["sign-in", "Step_Up-2", "płatność", "-", &"a".repeat(255)] {
            assert_eq!(purpose(text).as_str(), text);
        }
        let invalid = |blank, characters, too_long| {
            Err(InvalidPurpose {
                blank,
                characters,
                too_long,
            })
        };
        assert_eq!(Purpose::parse(""), invalid(true, false, false));
        assert_eq!(Purpose::parse(" "), invalid(true, true, false));
        assert_eq!(Purpose::parse("a.b"), invalid(false, true, false));
        assert_eq!(Purpose::parse(&"a".repeat(256)), invalid(false, false, true));
        assert_eq!(Purpose::parse(&"é!".repeat(200)), invalid(false, true, true));
    }

    #[test]
    fn a_sign_in_without_a_usable_purpose_is_a_sign_in() {
        for text in [None, Some(""), Some("  "), Some("no purpose!"), Some("sign-in")] {
            assert_eq!(Purpose::requested(text), Purpose::sign_in());
        }
        assert_eq!(Purpose::requested(Some("payment")).as_str(), "payment");
    }

    #[test]
    fn presets_have_the_values_of_the_api() {
        let presets = AuthenticationConfig::presets();
        assert_eq!(
            presets.each_ref().map(|preset| preset.purpose.as_str()),
            ["step-up", "sign-in"]
        );
        for preset in presets {
            assert_eq!(preset.user_verification, UserVerification::Preferred);
            assert_eq!(preset.time_to_live, Duration::from_secs(120));
            assert_eq!(
                (preset.hints.len(), preset.created_by.as_str(), preset.created_at),
                (0, "System", None)
            );
            assert!(preset.purpose.is_preset());
            assert_eq!(AuthenticationConfig::preset(&preset.purpose), Some(preset));
        }
        assert_eq!(AuthenticationConfig::preset(&purpose("payment")), None);
    }

    #[test]
    fn resolution_prefers_the_stored_row_then_the_preset_then_sign_in() {
        let resolve = AuthenticationConfig::resolve;
        assert_eq!(
            resolve(Some(config("payment")), &purpose("payment")),
            config("payment")
        );
        assert_eq!(
            resolve(Some(config("sign-in")), &Purpose::sign_in()),
            config("sign-in")
        );
        assert_eq!(resolve(None, &Purpose::step_up()).purpose, Purpose::step_up());
        let unknown = resolve(None, &purpose("payment"));
        assert_eq!(Some(unknown), AuthenticationConfig::preset(&Purpose::sign_in()));
        let of_another_name = resolve(Some(config("sign-in")), &purpose("payment"));
        assert_eq!(of_another_name.user_verification, UserVerification::Preferred);
    }

    #[test]
    fn an_edit_keeps_the_maker() {
        let now = Timestamp::from_seconds(9);
        let edited = config("payment").edit(
            UserVerification::Discouraged,
            TimeToLive::parse("30").unwrap(),
            vec![],
            "editor".to_owned(),
            now,
        );
        assert_eq!(
            (edited.created_by.as_str(), edited.created_at),
            ("admin", Some(Timestamp::from_seconds(1)))
        );
        assert_eq!(
            (edited.edited_by.as_deref(), edited.edited_at),
            (Some("editor"), Some(now))
        );
        assert_eq!(edited.time_to_live, Duration::from_secs(30));
    }

    #[test]
    fn hints_are_listed_by_name() {
        assert_eq!(
            hints_to_text(&[Hint::SecurityKey, Hint::ClientDevice]),
            "SecurityKey, ClientDevice"
        );
        assert_eq!(hints_to_text(&[]), "");
        assert_eq!(hints_from_text(" "), Ok(vec![]));
        assert_eq!(
            hints_from_text("SecurityKey,Hybrid"),
            Ok(vec![Hint::SecurityKey, Hint::Hybrid])
        );
        assert_eq!(
            hints_from_text("Hybrid, hybrid"),
            Err(UnknownHint {
                word: "hybrid".to_owned()
            })
        );
    }

    proptest! {
        #[test]
        fn hints_read_back(choice in prop::collection::vec(0..3_usize, 0..4)) {
            let hints: Vec<Hint> = choice.into_iter().map(|index| HINTS[index]).collect();
            prop_assert_eq!(hints_from_text(&hints_to_text(&hints)), Ok(hints));
        }

        #[test]
        fn reading_is_total(text in any::<String>()) {
            if let Ok(purpose) = Purpose::parse(&text) {
                prop_assert_eq!(purpose.as_str(), text.as_str());
                prop_assert_eq!(Purpose::requested(Some(&text)), purpose);
            }
            let _ = hints_from_text(&text);
        }
    }
}
