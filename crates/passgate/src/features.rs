//! Features: reading, replacing and patching what an application may do; and all of its settings at once.

use std::error::Error;

use passgate_core::{
    application::{AppId, Features, SignCountRegression, TopOrigins},
    code::Code,
    event::Occurrence,
    well_known::WellKnown,
};
use passgate_store::{applications, well_known};
use passgate_webauthn::{Algorithm, Origin, RpId};

use crate::{AppNotFound, Caller, Env, Failure, Passgate, Refusal, Stopped, record::record};

/// The five features that management replaces together, and whatever of the policy it changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeaturesReplacement {
    /// Whether events are stored.
    pub event_logging: bool,
    /// Days that events are kept, 0 to 90.
    pub event_retention_days: u32,
    /// Magic-link mails per 30 days.
    pub magic_link_monthly_quota: u32,
    /// Most users that may own credentials; none means unlimited.
    pub max_users: Option<u64>,
    /// Whether attestation may be asked for.
    pub allow_attestation: bool,
    /// The policy, where it is named.
    pub policy: PolicyPatch,
}

/// How strict an application is; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyPatch {
    /// Whether sign-in tokens verify once only.
    pub single_use_sign_in_tokens: Option<bool>,
    /// Whether magic-link tokens verify once only.
    pub single_use_magic_links: Option<bool>,
    /// Whether sign-in begin answers unknown users with decoy credential ids.
    pub decoy_credentials: Option<bool>,
    /// What a sign count that did not advance leads to.
    pub sign_count_regression: Option<SignCountRegression>,
    /// Origins that may be used; empty means any that its RP ID covers.
    pub allowed_origins: Option<Vec<Origin>>,
    /// RP IDs that may be used; empty means any.
    pub allowed_rp_ids: Option<Vec<RpId>>,
    /// Algorithms offered, in order of preference; `Some(None)` means the default offer.
    pub algorithms: Option<Option<Vec<Algorithm>>>,
    /// Whether failed ceremonies are recorded with IP address and user agent.
    pub record_failed_ceremonies: Option<bool>,
    /// Pages that may hold the application's page in a frame during a ceremony.
    pub allowed_top_origins: Option<TopOrigins>,
    /// Origins that magic links may lead to; empty means any.
    pub magic_link_origins: Option<Vec<String>>,
    /// Whether a magic link first shows a page with a button.
    pub magic_link_landing_page: Option<bool>,
}

impl PolicyPatch {
    fn apply(self, features: &mut Features) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(
            &mut features.single_use_sign_in_tokens,
            self.single_use_sign_in_tokens,
        );
        set(&mut features.single_use_magic_links, self.single_use_magic_links);
        set(&mut features.decoy_credentials, self.decoy_credentials);
        set(&mut features.sign_count_regression, self.sign_count_regression);
        set(&mut features.allowed_origins, self.allowed_origins);
        set(&mut features.allowed_rp_ids, self.allowed_rp_ids);
        set(&mut features.algorithms, self.algorithms);
        set(
            &mut features.record_failed_ceremonies,
            self.record_failed_ceremonies,
        );
        set(&mut features.allowed_top_origins, self.allowed_top_origins);
        set(&mut features.magic_link_origins, self.magic_link_origins);
        set(
            &mut features.magic_link_landing_page,
            self.magic_link_landing_page,
        );
    }
}

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
        performed_by: &str,
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
            let performed_by = Some(performed_by);
            let switches = [
                (old.generate_sign_in_token != new.generate_sign_in_token).then_some(
                    Occurrence::GenerateSignInTokenSwitched {
                        on: new.generate_sign_in_token,
                        performed_by,
                    },
                ),
                (old.magic_links != new.magic_links).then_some(Occurrence::MagicLinksSwitched {
                    on: new.magic_links,
                    performed_by,
                }),
            ];
            let rest = Features {
                generate_sign_in_token: old.generate_sign_in_token,
                magic_links: old.magic_links,
                ..new.clone()
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

    /// Replaces the features that management decides, all of them; the policy only where it is named.
    ///
    /// # Errors
    /// [`AppNotFound`].
    pub fn replace_features(
        &self,
        app: &AppId,
        replacement: FeaturesReplacement,
        env: Env<'_>,
    ) -> Result<(), Stopped<AppNotFound>> {
        self.store().write_locked(app, |tx| {
            let mut application = applications::find(tx, app)?.ok_or(AppNotFound)?;
            let features = &mut application.features;
            features.event_logging = replacement.event_logging;
            features.event_retention_days = replacement.event_retention_days;
            features.magic_link_monthly_quota = replacement.magic_link_monthly_quota;
            features.max_users = replacement.max_users;
            features.allow_attestation = replacement.allow_attestation;
            let changes_policy = replacement.policy != PolicyPatch::default();
            replacement.policy.apply(features);
            applications::update_features(tx, app, features)?;
            // The five features are changed without a record, as the API always did; how strict an application is
            // must not change unseen.
            if changes_policy {
                record(
                    tx,
                    &application,
                    env,
                    &Occurrence::FeaturesChanged { performed_by: None },
                )?;
            }
            Ok::<_, Stopped<AppNotFound>>(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }

    /// Changes what an application's own backend may change.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn patch_features(&self, caller: &Caller, patch: FeaturesPatch, env: Env<'_>) -> Result<(), Failure> {
        let app = caller.app_id();
        self.store().write_locked(app, |tx| -> Result<(), Failure> {
            // Deleted since the key was checked: there is nothing left to change.
            let Some(mut application) = applications::find(tx, app)? else {
                return Ok(());
            };
            let performed_by = patch.performed_by.as_deref();
            if let Some(days) = patch.event_retention_days {
                application.features.event_retention_days = days;
            }
            if let Some(on) = patch.generate_sign_in_token {
                application.features.generate_sign_in_token = on;
                let what = Occurrence::GenerateSignInTokenSwitched { on, performed_by };
                record(tx, &application, env, &what)?;
            }
            if let Some(on) = patch.magic_links {
                application.features.magic_links = on;
                record(
                    tx,
                    &application,
                    env,
                    &Occurrence::MagicLinksSwitched { on, performed_by },
                )?;
            }
            applications::update_features(tx, app, &application.features)?;
            Ok(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }
}
