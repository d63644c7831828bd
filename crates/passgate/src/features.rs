//! Features: reading and changing what an application may do; and all of its settings at once.

use std::{convert::Infallible, error::Error};

use passgate_core::{
    application::{AppId, Features},
    code::Code,
    event::Occurrence,
    well_known::WellKnown,
};
use passgate_store::{applications, well_known};

use crate::{Caller, Env, Failure, Passgate, Refusal, Stopped, record::record};

/// What an application's backend may change itself; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeaturesPatch {
    /// Who asks.
    pub performed_by: Option<String>,
    /// Days that events are kept, 0 to 90.
    pub event_retention_days: Option<u32>,
    /// Whether the backend may generate sign-in tokens.
    pub generate_sign_in_token: Option<bool>,
    /// Whether magic links may be sent.
    pub magic_links: Option<bool>,
}

impl FeaturesPatch {
    fn apply(&self, features: &mut Features) {
        if let Some(days) = self.event_retention_days {
            features.event_retention_days = days;
        }
        if let Some(on) = self.generate_sign_in_token {
            features.generate_sign_in_token = on;
        }
        if let Some(on) = self.magic_links {
            features.magic_links = on;
        }
    }
}

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeSettingsError<E> {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// The change was not to be made.
    #[error("the change was not made")]
    Change(#[source] E),
}

impl<E: Error + 'static> Refusal for ChangeSettingsError<E> {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AppNotFound => Some(Code::AppNotFound),
            Self::Change(_) => None,
        }
    }
}

/// Who changes settings, and so what of it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author<'a> {
    /// Somebody with a name: every change is recorded, with it.
    Named(&'a str),
    /// Whoever has the management key. The five features that it always could change (whether and how long events are
    /// stored, the quota of magic links, the most users, attestation) are changed without a record; how strict the
    /// application is must not change unseen.
    Management,
    /// The application's own backend: each switch that it sends is recorded, whether it changes or not.
    Backend(&'a FeaturesPatch),
}

impl<'a> Author<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Management => None,
            Self::Backend(patch) => patch.performed_by.as_deref(),
        }
    }

    /// Whether a switch is worth a record of its own.
    fn switches(self, old: bool, new: bool, sent: impl Fn(&FeaturesPatch) -> Option<bool>) -> bool {
        match self {
            Self::Named(_) | Self::Management => old != new,
            Self::Backend(patch) => sent(patch).is_some(),
        }
    }

    /// What of a change is worth a record: the features as they were, with whatever of it is.
    fn recorded(self, old: &Features, new: &Features) -> Features {
        match self {
            Self::Named(_) => new.clone(),
            Self::Management => Features {
                event_logging: old.event_logging,
                event_retention_days: old.event_retention_days,
                magic_link_monthly_quota: old.magic_link_monthly_quota,
                max_users: old.max_users,
                allow_attestation: old.allow_attestation,
                ..new.clone()
            },
            Self::Backend(_) => old.clone(),
        }
    }
}

/// Everything about an application that its operator sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationSettings {
    /// What it may do.
    pub features: Features,
    /// What it publishes.
    pub well_known: WellKnown,
}

/// Settings before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedSettings {
    /// As they were.
    pub before: ApplicationSettings,
    /// As they are.
    pub after: ApplicationSettings,
}

impl Passgate {
    /// What an application may do; none if there is no such application.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn find_features(&self, app: &AppId) -> Result<Option<Features>, Failure> {
        self.store()
            .read(|tx| Ok(applications::find(tx, app)?.map(|application| application.features)))
    }

    /// Changes any setting of an application, in one transaction: `change` is given the settings as they are, and if it
    /// refuses, they stay so.
    ///
    /// # Errors
    /// See [`ChangeSettingsError`].
    pub fn change_settings<E>(
        &self,
        app: &AppId,
        author: Author<'_>,
        change: impl FnOnce(&mut ApplicationSettings) -> Result<(), E>,
        env: Env<'_>,
    ) -> Result<ChangedSettings, Stopped<ChangeSettingsError<E>>> {
        let changed = self.store().write_locked(app, |tx| {
            let mut application =
                applications::find(tx, app)?.ok_or(Stopped::Refused(ChangeSettingsError::AppNotFound))?;
            let before = ApplicationSettings {
                features: application.features.clone(),
                well_known: well_known::find(tx, app)?.unwrap_or_default(),
            };
            let mut after = before.clone();
            change(&mut after).map_err(|error| Stopped::Refused(ChangeSettingsError::Change(error)))?;
            let (old, new) = (&before.features, &after.features);
            if new != old {
                applications::update_features(tx, app, new)?;
            }
            // That the log is switched off is its last entry.
            application.features.event_logging = old.event_logging || new.event_logging;
            let performed_by = author.name();
            let (tokens, links) = (new.generate_sign_in_token, new.magic_links);
            let switches = [
                author
                    .switches(old.generate_sign_in_token, tokens, |patch| {
                        patch.generate_sign_in_token
                    })
                    .then_some(Occurrence::GenerateSignInTokenSwitched {
                        on: tokens,
                        performed_by,
                    }),
                author
                    .switches(old.magic_links, links, |patch| patch.magic_links)
                    .then_some(Occurrence::MagicLinksSwitched {
                        on: links,
                        performed_by,
                    }),
            ];
            let rest = Features {
                generate_sign_in_token: old.generate_sign_in_token,
                magic_links: old.magic_links,
                ..author.recorded(old, new)
            };
            let rest = (rest != *old).then_some(Occurrence::FeaturesChanged { performed_by });
            let published = (after.well_known != before.well_known)
                .then_some(Occurrence::WellKnownChanged { performed_by });
            if published.is_some() {
                well_known::replace(tx, app, &after.well_known)?;
            }
            for what in switches.iter().chain([&rest, &published]).flatten() {
                record(tx, &application, env, what)?;
            }
            Ok::<_, Stopped<ChangeSettingsError<E>>>(ChangedSettings { before, after })
        })?;
        self.snapshots().forget(app);
        Ok(changed)
    }

    /// Changes what an application's own backend may change.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn patch_features(
        &self,
        caller: &Caller,
        patch: &FeaturesPatch,
        env: Env<'_>,
    ) -> Result<(), Failure> {
        let change = |settings: &mut ApplicationSettings| {
            patch.apply(&mut settings.features);
            Ok::<_, Infallible>(())
        };
        match self.change_settings(caller.app_id(), Author::Backend(patch), change, env) {
            // Deleted since the key was checked: there is nothing left to change.
            Ok(_) | Err(Stopped::Refused(ChangeSettingsError::AppNotFound)) => Ok(()),
            Err(Stopped::Refused(ChangeSettingsError::Change(never))) => match never {},
            Err(Stopped::Failed(failure)) => Err(failure),
        }
    }
}
