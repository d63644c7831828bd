//! Applications: making them, freezing and thawing them.

use std::collections::BTreeSet;

use passgate_core::{
    api_key::{ApiKey, ApiKeyKind, PublicApiKey, Scope, SecretApiKey},
    application::{AppId, Application, ApplicationState, Features, FrozenBy},
    code::Code,
    event::Occurrence,
    time::Timestamp,
    well_known::WellKnown,
};
use passgate_store::{
    InsertError, StoreError, Tx, account_deletions, api_keys, applications, users, well_known,
};

use crate::{
    Env, Failure, Passgate, Refusal, Stopped,
    api_keys::{draw_public, draw_secret, insert_key},
    features::ApplicationSettings,
    record::record,
};

/// A new application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateAppInput {
    /// Its id.
    pub app: AppId,
    /// The address that administrates it; may be empty.
    pub admin_email: String,
    /// Whether events are stored.
    pub event_logging: bool,
    /// Days that events are kept.
    pub event_retention_days: u32,
    /// Magic-link mails per 30 days.
    pub magic_link_monthly_quota: u32,
    /// Most users that may own credentials; none means unlimited.
    pub max_users: Option<u64>,
    /// Whether attestation may be asked for.
    pub allow_attestation: bool,
}

/// An application with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// As it was stored, with its features.
    pub application: Application,
    /// What it publishes.
    pub well_known: WellKnown,
    /// How many users own a credential.
    pub users: u64,
    /// How many credentials they own.
    pub credentials: u64,
}

/// The keys of a new application: two pairs, so that one can be replaced while the other is in use.
///
/// The secret keys exist in clear only here.
#[derive(Debug)]
pub struct CreatedApp {
    /// For browsers.
    pub public_keys: [PublicApiKey; 2],
    /// For backends.
    pub secret_keys: [SecretApiKey; 2],
}

/// Why an application was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateAppError {
    /// There is one of this id.
    #[error("application {app} exists already")]
    NotAvailable {
        /// The id.
        app: AppId,
    },
}

impl Refusal for CreateAppError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotAvailable { .. } => None,
        }
    }
}

impl Passgate {
    /// Whether an application of this id could be created: there is none, and none that is still being removed.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn app_available(&self, app: &AppId) -> Result<bool, Failure> {
        self.store().read(|tx| Ok(!applications::is_taken(tx, app)?))
    }

    /// An application; none if there is none of this id.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn find_application(&self, app: &AppId) -> Result<Option<Application>, Failure> {
        self.store().read(|tx| Ok(applications::find(tx, app)?))
    }

    /// An application with its numbers, as of one moment; none if there is none of this id.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn overview(&self, app: &AppId) -> Result<Option<Overview>, Failure> {
        self.store().read(|tx| Ok(overview(tx, app)?))
    }

    /// Every application with its numbers, as of one moment, by name.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_overviews(&self) -> Result<Vec<Overview>, Failure> {
        self.store().read(|tx| {
            let mut overviews = Vec::new();
            for app in applications::list_ids(tx)? {
                overviews.extend(overview(tx, &app)?);
            }
            Ok(overviews)
        })
    }

    /// Creates an application and its first four keys, all scopes on each.
    ///
    /// # Errors
    /// [`CreateAppError::NotAvailable`] if the id is taken, also when that happens at the same moment.
    pub fn create_app(
        &self,
        input: CreateAppInput,
        env: Env<'_>,
    ) -> Result<CreatedApp, Stopped<CreateAppError>> {
        let features = Features {
            event_logging: input.event_logging,
            event_retention_days: input.event_retention_days,
            magic_link_monthly_quota: input.magic_link_monthly_quota,
            max_users: input.max_users,
            allow_attestation: input.allow_attestation,
            ..Features::default()
        };
        let settings = ApplicationSettings {
            features,
            ..ApplicationSettings::default()
        };
        self.create_app_with_settings(input.app, &input.admin_email, settings, env)
    }

    /// Creates an application with these settings, and its first four keys, all scopes on each.
    ///
    /// # Errors
    /// As [`Passgate::create_app`].
    pub fn create_app_with_settings(
        &self,
        app: AppId,
        admin_email: &str,
        settings: ApplicationSettings,
        env: Env<'_>,
    ) -> Result<CreatedApp, Stopped<CreateAppError>> {
        let application = Application {
            id: app,
            created_at: env.now,
            admin_emails: if admin_email.is_empty() {
                vec![]
            } else {
                vec![admin_email.to_owned()]
            },
            state: ApplicationState::Active,
            features: settings.features,
        };
        let app = &application.id;
        let mut taken = BTreeSet::new();
        let public_keys = [
            draw_public(app, &mut taken, env)?,
            draw_public(app, &mut taken, env)?,
        ];
        let secret_keys = [
            draw_secret(app, &mut taken, env)?,
            draw_secret(app, &mut taken, env)?,
        ];
        self.store().write(|tx| -> Result<(), Stopped<CreateAppError>> {
            self.vault().hold_master_key(tx)?;
            applications::insert(tx, &application).map_err(|error| match error {
                InsertError::Duplicate => Stopped::Refused(CreateAppError::NotAvailable { app: app.clone() }),
                InsertError::Store(error) => error.into(),
            })?;
            for key in &public_keys {
                insert_key(
                    tx,
                    app,
                    &ApiKey::public(key.clone(), &all_scopes(ApiKeyKind::Public), env.now),
                )?;
            }
            for key in &secret_keys {
                insert_key(
                    tx,
                    app,
                    &ApiKey::secret(key, &all_scopes(ApiKeyKind::Secret), env.now),
                )?;
            }
            if settings.well_known != WellKnown::default() {
                well_known::replace(tx, app, &settings.well_known)?;
            }
            record(
                tx,
                &application,
                env,
                &Occurrence::ApplicationCreated { admin_email },
            )?;
            Ok(())
        })?;
        self.snapshots().forget(app);
        Ok(CreatedApp {
            public_keys,
            secret_keys,
        })
    }

    /// Freezes an application: locks all of its keys, until an operator thaws it. Nothing happens to an unknown one.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn freeze(&self, app: &AppId, env: Env<'_>) -> Result<(), Failure> {
        change_state(
            self,
            app,
            env,
            &Occurrence::ApplicationFrozen,
            |_, application| Ok(application.state.clone().freeze(FrozenBy::Operator, env.now)),
        )
    }

    /// Thaws an application: unlocks the keys that were locked with it, and takes back any deletion of it.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn unfreeze(&self, app: &AppId, env: Env<'_>) -> Result<(), Failure> {
        change_state(
            self,
            app,
            env,
            &Occurrence::ApplicationUnfrozen,
            |tx, application| {
                account_deletions::delete(tx, app)?;
                Ok(application.state.unfreeze())
            },
        )
    }

    /// Replaces the addresses that administrate an application: who is warned of its deletion, and who gets its magic
    /// links while it is young. Returns those it had; none if there is no such application.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn set_admin_emails(
        &self,
        app: &AppId,
        emails: &[String],
        performed_by: &str,
        env: Env<'_>,
    ) -> Result<Option<Vec<String>>, Failure> {
        let before = self.store().write_locked(app, |tx| -> Result<_, Failure> {
            let Some(application) = applications::find(tx, app)? else {
                return Ok(None);
            };
            if application.admin_emails != emails {
                applications::set_admin_emails(tx, app, emails)?;
                let what = Occurrence::AdministratorsChanged { performed_by };
                record(tx, &application, env, &what)?;
            }
            Ok(Some(application.admin_emails))
        })?;
        self.snapshots().forget(app);
        Ok(before)
    }
}

/// Moves an application to another state, and locks or unlocks its keys accordingly. Nothing happens to an unknown
/// one.
pub(crate) fn change_state(
    passgate: &Passgate,
    app: &AppId,
    env: Env<'_>,
    what: &Occurrence<'_>,
    change: impl FnOnce(&mut Tx<'_>, &Application) -> Result<ApplicationState, StoreError>,
) -> Result<(), Failure> {
    passgate.store().write_locked(app, |tx| -> Result<(), Failure> {
        let Some(application) = applications::find(tx, app)? else {
            return Ok(());
        };
        let state = change(tx, &application)?;
        set_state(tx, app, &state, env.now)?;
        record(tx, &application, env, what)?;
        Ok(())
    })?;
    passgate.snapshots().forget(app);
    Ok(())
}

fn overview(tx: &mut Tx<'_>, app: &AppId) -> Result<Option<Overview>, StoreError> {
    let Some(application) = applications::find(tx, app)? else {
        return Ok(None);
    };
    Ok(Some(Overview {
        application,
        well_known: well_known::find(tx, app)?.unwrap_or_default(),
        users: users::count(tx, app)?,
        credentials: applications::count_credentials(tx, app)?,
    }))
}

/// Stores a state, and locks or unlocks the keys that go with it.
pub(crate) fn set_state(
    tx: &mut Tx<'_>,
    app: &AppId,
    state: &ApplicationState,
    now: Timestamp,
) -> Result<(), StoreError> {
    applications::set_state(tx, app, state)?;
    if state.locks_keys() {
        api_keys::lock_all(tx, app, now)?;
    } else {
        api_keys::unlock_all(tx, app, now)?;
    }
    Ok(())
}

fn all_scopes(kind: ApiKeyKind) -> BTreeSet<Scope> {
    Scope::all_of(kind).into()
}
