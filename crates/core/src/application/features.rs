//! Features: the settings of an application, that is, what it may do and how strict it is.

use passgate_webauthn::{Algorithm, Origin, OriginError, RpId, policy::CrossOriginPolicy};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What an application may do, and how strict it is.
///
/// Serialised, it is a document of its fields: one that lacks a field reads as if the field had its default, so that a
/// record written before a feature existed stays readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Features {
    /// Whether events are stored.
    pub event_logging: bool,
    /// Days that events are kept, 0 to 90 through the API.
    pub event_retention_days: u32,
    /// End of developer logging; carried for compatibility, nothing reads it.
    pub developer_logging_ends_at: Option<Timestamp>,
    /// Most users that may own credentials; none means unlimited.
    pub max_users: Option<u64>,
    /// Whether attestation may be asked for.
    pub allow_attestation: bool,
    /// Whether `/signin/generate-token` answers.
    pub generate_sign_in_token: bool,
    /// Whether `/magic-links/send` answers.
    pub magic_links: bool,
    /// Mails per 30 days; from [`Features::NO_QUOTA`] on, without limit.
    pub magic_link_monthly_quota: u32,
    /// Link targets allowed in magic links (`https://host[:port]` origins); empty means any.
    pub magic_link_origins: Vec<String>,
    /// Whether a magic link first shows a page with a button, so that mail scanners do not use it up.
    pub magic_link_landing_page: bool,
    /// Whether sign-in tokens verify once only.
    pub single_use_sign_in_tokens: bool,
    /// Whether magic-link tokens verify once only.
    pub single_use_magic_links: bool,
    /// Whether a sign-in that names a user is completed by that user's credentials only.
    pub bind_named_sign_ins: bool,
    /// Whether sign-in begin answers unknown users with decoy credential ids.
    pub decoy_credentials: bool,
    /// What a sign count that did not advance leads to.
    pub sign_count_regression: SignCountRegression,
    /// What a credential leads to that was bound to its device and now says that it may be backed up.
    pub backup_eligibility_change: BackupEligibilityChange,
    /// Origins that may be used; with [`Features::allowed_rp_ids`] empty: any origin that its RP ID covers.
    pub allowed_origins: Vec<Origin>,
    /// RP IDs that may be used.
    pub allowed_rp_ids: Vec<RpId>,
    /// Algorithms offered, in order of preference; none means the default offer.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Whether failed ceremonies are recorded with IP address and user agent.
    pub record_failed_ceremonies: bool,
    /// Pages that may hold the application's page in a frame during a ceremony.
    pub allowed_top_origins: TopOrigins,
}

impl Features {
    /// As many mails as anybody likes: the greatest number that the API takes.
    pub const NO_QUOTA: u32 = i32::MAX.unsigned_abs();

    /// Days that events are kept unless the creator says otherwise.
    pub const DEFAULT_EVENT_RETENTION_DAYS: u32 = 365;

    /// Most days of event retention that the API lets an application choose.
    pub const MAX_EVENT_RETENTION_DAYS: u32 = 90;

    /// What an application that moves in from elsewhere starts with: what its code relies on stays as it was until an
    /// administrator switches it. Tokens may be verified again, whoever owns the passkey completes a sign-in, nobody is
    /// answered with decoys, a sign count that fell back to zero passes, and so does a credential that may be backed up
    /// since.
    pub fn imported() -> Self {
        Self {
            single_use_sign_in_tokens: false,
            bind_named_sign_ins: false,
            decoy_credentials: false,
            sign_count_regression: SignCountRegression::RefuseUnlessZero,
            backup_eligibility_change: BackupEligibilityChange::LearnOnce,
            ..Self::default()
        }
    }

    /// The algorithms to offer, most wanted first.
    pub fn offered_algorithms(&self) -> Vec<Algorithm> {
        self.algorithms
            .clone()
            .unwrap_or_else(Algorithm::compatible_offer)
    }
}

/// What a new application starts with.
impl Default for Features {
    fn default() -> Self {
        Self {
            event_logging: false,
            event_retention_days: Self::DEFAULT_EVENT_RETENTION_DAYS,
            developer_logging_ends_at: None,
            max_users: None,
            allow_attestation: false,
            generate_sign_in_token: true,
            magic_links: true,
            magic_link_monthly_quota: Self::NO_QUOTA,
            magic_link_origins: Vec::new(),
            magic_link_landing_page: false,
            single_use_sign_in_tokens: true,
            single_use_magic_links: false,
            bind_named_sign_ins: true,
            decoy_credentials: true,
            sign_count_regression: SignCountRegression::RefuseDeviceBound,
            backup_eligibility_change: BackupEligibilityChange::Refuse,
            allowed_origins: Vec::new(),
            allowed_rp_ids: Vec::new(),
            algorithms: None,
            record_failed_ceremonies: true,
            allowed_top_origins: TopOrigins::None,
        }
    }
}

/// Which pages of other origins may hold an application's page in a frame while it runs a ceremony.
///
/// Written, it is a list of origins, or of the word `any` alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub enum TopOrigins {
    /// A page in a frame of another origin is refused.
    #[default]
    None,
    /// Those at one of these origins.
    Listed(Vec<Origin>),
    /// All of them.
    Any,
}

/// What stands for [`TopOrigins::Any`].
const ANY: &str = "any";

impl TopOrigins {
    /// The list that it is written as.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (origins, any) = match self {
            Self::None => (&[][..], None),
            Self::Listed(origins) => (origins.as_slice(), None),
            Self::Any => (&[][..], Some(ANY)),
        };
        origins.iter().map(Origin::as_str).chain(any)
    }

    /// What the verifier is told.
    pub fn to_policy(&self) -> CrossOriginPolicy {
        match self {
            // A page that frames a page that frames it has delegated the right to use passkeys itself.
            Self::None => CrossOriginPolicy::OwnTopOrigin,
            Self::Listed(origins) => CrossOriginPolicy::TopOrigins(origins.clone()),
            Self::Any => CrossOriginPolicy::AnyTopOrigin,
        }
    }
}

impl From<TopOrigins> for Vec<String> {
    fn from(top_origins: TopOrigins) -> Self {
        top_origins.texts().map(str::to_owned).collect()
    }
}

impl TryFrom<Vec<String>> for TopOrigins {
    type Error = InvalidTopOrigin;

    fn try_from(texts: Vec<String>) -> Result<Self, InvalidTopOrigin> {
        if texts.is_empty() {
            return Ok(Self::None);
        }
        if texts == [ANY] {
            return Ok(Self::Any);
        }
        let read = |text: String| match Origin::parse(&text) {
            Ok(origin) => Ok(origin),
            Err(source) => Err(InvalidTopOrigin { text, source }),
        };
        texts
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self::Listed)
    }
}

/// A text that is no origin, and not the word `any` alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}': {source}")]
pub struct InvalidTopOrigin {
    /// What was given for an origin.
    pub text: String,
    /// Why it is no origin.
    pub source: OriginError,
}

/// What a sign count that did not advance leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignCountRegression {
    /// The sign-in is refused, and the refusal recorded.
    Refuse,
    /// Refused as well, except that a credential which may be on several devices passes with a warning: they do not count
    /// together.
    RefuseDeviceBound,
    /// Refused as well, except that a count which fell to zero passes with a warning.
    RefuseUnlessZero,
    /// The sign-in passes, and a warning is recorded.
    Warn,
}

impl SignCountRegression {
    /// The choice's text in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::RefuseDeviceBound => "refuse-device-bound",
            Self::RefuseUnlessZero => "refuse-unless-zero",
            Self::Warn => "warn",
        }
    }

    /// Reads [`SignCountRegression::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Refuse,
            Self::RefuseDeviceBound,
            Self::RefuseUnlessZero,
            Self::Warn,
        ]
        .into_iter()
        .find(|choice| choice.as_str() == text)
    }
}

/// What a credential leads to that was registered as bound to its device and says later that it may be backed up.
///
/// The reverse is refused by either choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackupEligibilityChange {
    /// The sign-in is refused, and the refusal recorded.
    Refuse,
    /// The sign-in passes, the credential is kept as one that may be backed up, and a warning is recorded.
    LearnOnce,
}

impl BackupEligibilityChange {
    /// The choice's text in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::LearnOnce => "learn-once",
        }
    }

    /// Reads [`BackupEligibilityChange::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Refuse, Self::LearnOnce]
            .into_iter()
            .find(|choice| choice.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_application_has_the_defaults_of_the_api() {
        let features = Features::default();
        assert!(!features.event_logging && !features.allow_attestation);
        assert!(features.decoy_credentials && features.bind_named_sign_ins);
        assert_eq!(
            features.backup_eligibility_change,
            BackupEligibilityChange::Refuse
        );
        assert!(
            features.generate_sign_in_token && features.magic_links && features.single_use_sign_in_tokens
        );
        assert_eq!(
            (features.event_retention_days, features.magic_link_monthly_quota),
            (365, Features::NO_QUOTA)
        );
        assert_eq!(features.max_users, None);
        assert_eq!(features.offered_algorithms(), Algorithm::compatible_offer());
    }

    #[test]
    fn an_imported_application_keeps_what_its_code_relies_on() {
        let features = Features::imported();
        assert!(!features.decoy_credentials && !features.bind_named_sign_ins);
        assert_eq!(
            features.backup_eligibility_change,
            BackupEligibilityChange::LearnOnce
        );
        assert!(!features.single_use_sign_in_tokens && !features.single_use_magic_links);
        assert_eq!(
            features.sign_count_regression,
            SignCountRegression::RefuseUnlessZero
        );
    }

    #[test]
    fn a_record_older_than_a_feature_reads_with_its_default() {
        let features = Features {
            max_users: Some(10),
            allowed_origins: vec![Origin::parse("https://example.com").unwrap()],
            allowed_rp_ids: vec![RpId::parse("example.com").unwrap()],
            algorithms: Some(vec![Algorithm::Es256]),
            developer_logging_ends_at: Some(Timestamp::from_seconds(5)),
            ..Features::imported()
        };
        let document = serde_json::to_string(&features).unwrap();
        assert_eq!(serde_json::from_str::<Features>(&document).unwrap(), features);

        let sparse = Features {
            max_users: Some(10),
            ..Features::default()
        };
        assert_eq!(
            serde_json::from_str::<Features>(r#"{"max_users":10,"of_a_later_version":1}"#).unwrap(),
            sparse
        );
    }

    #[test]
    fn top_origins_read_back_as_a_list() {
        let listed = |texts: &[&str]| {
            TopOrigins::try_from(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let shop = "https://shop.example";
        for (texts, expected) in [
            (&[][..], TopOrigins::None),
            (&["any"], TopOrigins::Any),
            (&[shop], TopOrigins::Listed(vec![Origin::parse(shop).unwrap()])),
        ] {
            assert_eq!(listed(texts), Ok(expected.clone()));
            assert_eq!(expected.texts().collect::<Vec<_>>(), texts);
            let document = serde_json::to_string(&expected).unwrap();
            assert_eq!(serde_json::from_str::<TopOrigins>(&document).unwrap(), expected);
        }
        for texts in [&["any", shop][..], &["all"], &["https://shop.example/cart"]] {
            assert!(listed(texts).is_err(), "{texts:?}");
        }
    }

    #[test]
    fn the_choice_on_sign_counts_reads_back() {
        for choice in [
            SignCountRegression::Refuse,
            SignCountRegression::RefuseUnlessZero,
            SignCountRegression::Warn,
        ] {
            assert_eq!(SignCountRegression::parse(choice.as_str()), Some(choice));
        }
        assert_eq!(SignCountRegression::parse("Refuse"), None);
    }
}
