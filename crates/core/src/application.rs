//! Applications: one customer's isolated space, its features and its state.

mod features;

pub use features::{BackupEligibilityChange, Features, InvalidTopOrigin, SignCountRegression, TopOrigins};

use std::{collections::BTreeSet, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::time::{DAY, Timestamp};

/// The id of an application: 3 to 62 lower-case letters and digits, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppId(String);

impl AppId {
    /// Fewest characters.
    pub const MIN_CHARS: usize = 3;
    /// Most characters of an id.
    pub const MAX_CHARS: usize = 62;

    /// Reads an id: `^[a-z][a-z0-9]{2,61}$`.
    ///
    /// # Errors
    /// [`InvalidAppId`].
    pub fn parse(text: &str) -> Result<Self, InvalidAppId> {
        text.to_owned().try_into()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AppId {
    type Error = InvalidAppId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() < Self::MIN_CHARS {
            Err(InvalidAppId::TooShort)
        } else if text.len() > Self::MAX_CHARS
            || !text.starts_with(|first: char| first.is_ascii_lowercase())
            || !text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
        {
            Err(InvalidAppId::Pattern)
        } else {
            Ok(Self(text))
        }
    }
}

impl From<AppId> for String {
    fn from(id: AppId) -> Self {
        id.0
    }
}

/// Why a text is not an application id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAppId {
    /// Fewer than 3 characters, whatever they are.
    #[error("an application id has at least {} characters", AppId::MIN_CHARS)]
    TooShort,
    /// More than 62 characters, or not a lower-case letter followed by lower-case letters and digits.
    #[error(
        "an application id is a lower-case letter followed by lower-case letters and digits, at most {} characters",
        AppId::MAX_CHARS
    )]
    Pattern,
}

/// An application with everything the rules need to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The name in every key and path; unique in the installation.
    pub id: AppId,
    /// When it was created.
    pub created_at: Timestamp,
    /// The addresses that administrate it.
    pub admin_emails: Vec<String>,
    /// Whether it is live, frozen or on its way out.
    pub state: ApplicationState,
    /// What it may do.
    pub features: Features,
}

impl Application {
    /// Age below which an application may be deleted at once, whatever it holds.
    pub const YOUNG: Duration = Duration::from_secs(3 * DAY.as_secs());

    /// Whether it may be deleted at once: it is younger than 3 days, or holds no credentials.
    pub fn can_be_deleted_immediately(&self, credentials: u64, now: Timestamp) -> bool {
        credentials == 0 || now.since(self.created_at) < Self::YOUNG
    }
}

/// Where an application stands in its life cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// In use.
    Active,
    /// Frozen: all keys are locked.
    Frozen {
        /// When it was frozen.
        at: Timestamp,
        /// By whom, and so who can thaw it.
        by: FrozenBy,
    },
    /// To be deleted.
    DeletionScheduled {
        /// When its data goes.
        delete_at: Timestamp,
        /// Who asked for it.
        requested_by: String,
    },
}

/// Who froze an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrozenBy {
    /// An operator, until an operator thaws it.
    Operator,
    /// The deletion that the application asked for itself, until that is aborted.
    AccountDeletion,
}

impl ApplicationState {
    /// Freezes: all keys are to be locked. An application that waits for its deletion keeps waiting: its keys are
    /// locked already. An operator's freeze takes the place of any other, so that only an operator lifts it.
    #[must_use]
    pub fn freeze(self, by: FrozenBy, now: Timestamp) -> Self {
        match (self, by) {
            (Self::Active, by) => Self::Frozen { at: now, by },
            (Self::Frozen { at, .. }, FrozenBy::Operator) => Self::Frozen { at, by },
            (state @ (Self::Frozen { .. } | Self::DeletionScheduled { .. }), _) => state,
        }
    }

    /// Whether every key of the application is locked, whatever is said of a key by itself.
    pub const fn locks_keys(&self) -> bool {
        match self {
            Self::Active => false,
            Self::Frozen { .. } | Self::DeletionScheduled { .. } => true,
        }
    }

    /// Unfreezes, and calls off a scheduled deletion: the keys that were locked with the application are to be unlocked.
    #[must_use]
    pub const fn unfreeze(&self) -> Self {
        Self::Active
    }

    /// Schedules the deletion for one calendar month from now: all keys are to be locked.
    ///
    /// # Errors
    /// [`DeletionAlreadyScheduled`].
    pub fn schedule_deletion(
        &self,
        requested_by: &str,
        now: Timestamp,
    ) -> Result<Self, DeletionAlreadyScheduled> {
        match self {
            Self::Active | Self::Frozen { .. } => Ok(Self::DeletionScheduled {
                delete_at: now.plus_months(1),
                requested_by: requested_by.to_owned(),
            }),
            Self::DeletionScheduled { .. } => Err(DeletionAlreadyScheduled),
        }
    }

    /// Calls off a deletion, and ends a freeze with it, as the API has always done for an operator: the keys that were
    /// locked with the application are to be unlocked.
    #[must_use]
    pub const fn cancel_deletion(&self) -> Self {
        Self::Active
    }

    /// Whether the data may go now.
    ///
    /// # Errors
    /// [`NotDeletable`].
    pub fn check_deletable(&self, now: Timestamp) -> Result<(), NotDeletable> {
        match self {
            Self::Active | Self::Frozen { .. } => Err(NotDeletable::NotScheduled),
            Self::DeletionScheduled { delete_at, .. } if *delete_at > now => Err(NotDeletable::NotYet {
                delete_at: *delete_at,
            }),
            Self::DeletionScheduled { .. } => Ok(()),
        }
    }
}

/// The deletion of the application was scheduled before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the application is already scheduled for deletion")]
pub struct DeletionAlreadyScheduled;

/// Why an application's data may not go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDeletable {
    /// Nobody asked for it.
    #[error("the application is not scheduled for deletion")]
    NotScheduled,
    /// Its day has not come.
    #[error("the application cannot be deleted yet")]
    NotYet {
        /// When it may go.
        delete_at: Timestamp,
    },
}

/// A list of authenticator models: what an application's allow and block lists hold.
pub type AaguidSet = BTreeSet<passgate_webauthn::Aaguid>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_short_lower_case_and_start_with_a_letter() {
        let longest = "a".repeat(62);
        for id in ["abc", "a12", "demoapp", "test", longest.as_str()] {
            assert_eq!(AppId::parse(id).unwrap().as_str(), id);
        }
        for id in ["", "a", "ab", "1"] {
            assert_eq!(AppId::parse(id), Err(InvalidAppId::TooShort), "{id}");
        }
        let too_long = "a".repeat(63);
        for id in [
            "1ab",
            "Abc",
            "abC",
            "a-b",
            "a_b",
            "ab c",
            "abc\n",
            "ążć",
            too_long.as_str(),
        ] {
            assert_eq!(AppId::parse(id), Err(InvalidAppId::Pattern), "{id}");
        }
    }

    #[test]
    fn freezing_and_unfreezing() {
        let now = Timestamp::from_seconds(100);
        let frozen_by = |by| ApplicationState::Frozen { at: now, by };
        let frozen = ApplicationState::Active.freeze(FrozenBy::Operator, now);
        assert_eq!(frozen, frozen_by(FrozenBy::Operator));
        assert_eq!(frozen.unfreeze(), ApplicationState::Active);
        assert_eq!(frozen.cancel_deletion(), ApplicationState::Active);
        for (first, second, lasting) in [
            (FrozenBy::Operator, FrozenBy::Operator, FrozenBy::Operator),
            (FrozenBy::Operator, FrozenBy::AccountDeletion, FrozenBy::Operator),
            (FrozenBy::AccountDeletion, FrozenBy::Operator, FrozenBy::Operator),
            (
                FrozenBy::AccountDeletion,
                FrozenBy::AccountDeletion,
                FrozenBy::AccountDeletion,
            ),
        ] {
            let twice = ApplicationState::Active
                .freeze(first, now)
                .freeze(second, now.plus(DAY));
            assert_eq!(twice, frozen_by(lasting), "{first:?}, then {second:?}");
        }
    }

    #[test]
    fn keys_are_locked_unless_the_application_is_active() {
        let now = Timestamp::from_seconds(100);
        let scheduled = ApplicationState::Active.schedule_deletion("admin@example.com", now);
        assert!(scheduled.unwrap().locks_keys());
        assert!(
            ApplicationState::Active
                .freeze(FrozenBy::Operator, now)
                .locks_keys()
        );
        assert!(!ApplicationState::Active.locks_keys());
    }

    #[test]
    fn deletion_is_scheduled_once_waits_a_month_and_can_be_called_off() {
        // 2025-01-31: a calendar month later is the last day of February.
        let now = Timestamp::from_seconds(1_738_281_600);
        let due = Timestamp::from_seconds(1_740_700_800);
        assert_eq!(
            ApplicationState::Active.check_deletable(now),
            Err(NotDeletable::NotScheduled)
        );

        let scheduled = ApplicationState::Active
            .schedule_deletion("admin@example.com", now)
            .unwrap();
        let expected = ApplicationState::DeletionScheduled {
            delete_at: due,
            requested_by: "admin@example.com".into(),
        };
        assert_eq!(scheduled, expected);
        assert_eq!(
            scheduled.schedule_deletion("other", now),
            Err(DeletionAlreadyScheduled)
        );
        assert_eq!(scheduled.clone().freeze(FrozenBy::Operator, now), scheduled);

        let just_before = Timestamp::from_micros(due.as_micros() - 1);
        assert_eq!(
            scheduled.check_deletable(just_before),
            Err(NotDeletable::NotYet { delete_at: due })
        );
        assert_eq!(scheduled.check_deletable(due), Ok(()));
        assert_eq!(scheduled.unfreeze(), ApplicationState::Active);
        assert_eq!(scheduled.cancel_deletion(), ApplicationState::Active);
    }

    #[test]
    fn young_or_empty_applications_go_at_once() {
        let created_at = Timestamp::from_seconds(0);
        let app = Application {
            id: AppId::parse("demoapp").unwrap(),
            created_at,
            admin_emails: vec![],
            state: ApplicationState::Active,
            features: Features::default(),
        };
        let third_day = created_at.plus(Application::YOUNG);
        assert!(app.can_be_deleted_immediately(7, Timestamp::from_micros(third_day.as_micros() - 1)));
        assert!(!app.can_be_deleted_immediately(7, third_day));
        assert!(app.can_be_deleted_immediately(0, third_day));
    }

    proptest! {
        #[test]
        fn ids_follow_the_pattern(text in "[a-zA-Z0-9_]{0,64}") {
            let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
            let all = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            prop_assert_eq!(AppId::parse(&text).is_ok(), (3..=62).contains(&text.len()) && first && all);
        }
    }
}
