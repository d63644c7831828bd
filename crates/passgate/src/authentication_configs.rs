//! Authentication configurations: what a sign-in for each purpose demands.

use passgate_core::{
    authentication_config::{AuthenticationConfig, Purpose, TimeToLive},
    code::Code,
    event::Occurrence,
};
use passgate_store::{InsertError, authentication_configs};
use passgate_webauthn::{Hint, UserVerification};

use crate::{Caller, Env, Failure, Passgate, Refusal, Stopped, record::record};

/// A configuration as an administrator writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationConfigInput {
    /// What a ceremony names to be run this way, such as `step-up`.
    pub purpose: Purpose,
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
    /// How long sign-in tokens live.
    pub time_to_live: TimeToLive,
    /// Hints for the browser, most wanted first.
    pub hints: Vec<Hint>,
    /// Who writes it.
    pub performed_by: String,
}

/// Why a configuration was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddAuthenticationConfigError {
    /// There is one for this purpose; the presets always exist.
    #[error("there is a configuration for {} already", purpose.as_str())]
    AlreadyExists {
        /// As it was sent.
        purpose: Purpose,
    },
}

impl Refusal for AddAuthenticationConfigError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::AlreadyExists { .. } => None,
        }
    }
}

/// Why a configuration was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateAuthenticationConfigError {
    /// There is none for this purpose.
    #[error("there is no configuration for {}", purpose.as_str())]
    NotFound {
        /// As it was sent.
        purpose: Purpose,
    },
}

impl Refusal for UpdateAuthenticationConfigError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotFound { .. } => None,
        }
    }
}

/// Why a configuration was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAuthenticationConfigError {
    /// There is none for this purpose.
    #[error("there is no such configuration")]
    NotFound,
    /// The presets cannot be deleted.
    #[error("{} is a preset", purpose.as_str())]
    Preset {
        /// As it was sent.
        purpose: Purpose,
    },
}

impl Refusal for DeleteAuthenticationConfigError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::NotFound | Self::Preset { .. } => None,
        }
    }
}

impl Passgate {
    /// The stored configurations, then the presets that have no stored one. With a purpose: that one, or none.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn list_authentication_configs(
        &self,
        caller: &Caller,
        purpose: Option<&str>,
    ) -> Result<Vec<AuthenticationConfig>, Failure> {
        let mut configs = self
            .store()
            .read(|tx| -> Result<_, Failure> { Ok(authentication_configs::list(tx, caller.app_id())?) })?;
        for preset in AuthenticationConfig::presets() {
            if !configs.iter().any(|config| config.purpose == preset.purpose) {
                configs.push(preset);
            }
        }
        if let Some(purpose) = purpose {
            configs.retain(|config| config.purpose.as_str() == purpose);
        }
        Ok(configs)
    }

    /// Adds a configuration for a purpose that has none.
    ///
    /// # Errors
    /// [`AddAuthenticationConfigError::AlreadyExists`], also when another call adds it at the same moment.
    pub fn add_authentication_config(
        &self,
        caller: &Caller,
        input: AuthenticationConfigInput,
        env: Env<'_>,
    ) -> Result<(), Stopped<AddAuthenticationConfigError>> {
        let app = caller.app_id();
        let exists = || AddAuthenticationConfigError::AlreadyExists {
            purpose: input.purpose.clone(),
        };
        if input.purpose.is_preset() {
            return Err(exists().into());
        }
        let config = AuthenticationConfig::create(
            input.purpose.clone(),
            input.user_verification,
            input.time_to_live,
            input.hints.clone(),
            input.performed_by.clone(),
            env.now,
        );
        self.store().write(|tx| {
            authentication_configs::insert(tx, app, &config).map_err(|error| match error {
                InsertError::Duplicate => Stopped::Refused(exists()),
                InsertError::Store(error) => error.into(),
            })?;
            let (purpose, performed_by) = (&input.purpose, input.performed_by.as_str());
            record(
                tx,
                caller,
                env,
                &Occurrence::ConfigurationCreated {
                    purpose,
                    performed_by,
                },
            )?;
            Ok::<_, Stopped<AddAuthenticationConfigError>>(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }

    /// Changes a configuration; a preset is stored with its first change.
    ///
    /// # Errors
    /// [`UpdateAuthenticationConfigError::NotFound`].
    pub fn update_authentication_config(
        &self,
        caller: &Caller,
        input: AuthenticationConfigInput,
        env: Env<'_>,
    ) -> Result<(), Stopped<UpdateAuthenticationConfigError>> {
        let app = caller.app_id();
        self.store().write_locked(app, |tx| {
            let config = authentication_configs::find(tx, app, &input.purpose)?
                .or_else(|| AuthenticationConfig::preset(&input.purpose))
                .ok_or_else(|| UpdateAuthenticationConfigError::NotFound {
                    purpose: input.purpose.clone(),
                })?
                .edit(
                    input.user_verification,
                    input.time_to_live,
                    input.hints.clone(),
                    input.performed_by.clone(),
                    env.now,
                );
            if !authentication_configs::update(tx, app, &config)? {
                // A preset that was never stored. If a sign-in stored it just now, there is a row after all.
                match authentication_configs::insert(tx, app, &config) {
                    Ok(()) => {}
                    Err(InsertError::Duplicate) => {
                        authentication_configs::update(tx, app, &config)?;
                    }
                    Err(InsertError::Store(error)) => return Err(error.into()),
                }
            }
            let (purpose, performed_by) = (&input.purpose, input.performed_by.as_str());
            record(
                tx,
                caller,
                env,
                &Occurrence::ConfigurationUpdated {
                    purpose,
                    performed_by,
                },
            )?;
            Ok::<_, Stopped<UpdateAuthenticationConfigError>>(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }

    /// Deletes a configuration that is no preset.
    ///
    /// # Errors
    /// See [`DeleteAuthenticationConfigError`].
    pub fn delete_authentication_config(
        &self,
        caller: &Caller,
        purpose: &str,
        performed_by: &str,
        env: Env<'_>,
    ) -> Result<(), Stopped<DeleteAuthenticationConfigError>> {
        let app = caller.app_id();
        let Ok(purpose) = Purpose::parse(purpose) else {
            return Err(Stopped::Refused(DeleteAuthenticationConfigError::NotFound));
        };
        if purpose.is_preset() {
            return Err(Stopped::Refused(DeleteAuthenticationConfigError::Preset {
                purpose,
            }));
        }
        self.store().write(|tx| {
            if !authentication_configs::delete(tx, app, &purpose)? {
                return Err(Stopped::Refused(DeleteAuthenticationConfigError::NotFound));
            }
            record(
                tx,
                caller,
                env,
                &Occurrence::ConfigurationDeleted {
                    purpose: &purpose,
                    performed_by,
                },
            )?;
            Ok(())
        })?;
        self.snapshots().forget(app);
        Ok(())
    }
}
