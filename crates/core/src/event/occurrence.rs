//! What happened, with everything its record names.

use passgate_webauthn::CredentialId;

use super::{EventKind, SYSTEM, UNKNOWN_USER};
use crate::{
    api_key::{ApiKeyId, ApiKeyKind, KeyRefusal},
    application::AppId,
    authentication_config::Purpose,
    user::UserId,
};

/// Something that happened in an application and is worth a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occurrence<'a> {
    /// A registration token was made for the user.
    RegistrationTokenCreated(&'a UserId),
    /// A registration ceremony began for the user.
    RegistrationBegan(&'a UserId),
    /// The user registered a credential.
    RegistrationCompleted(&'a UserId),
    /// A key of this kind was refused.
    KeyRefused(ApiKeyKind, KeyRefusal),
    /// The user's aliases were replaced.
    AliasesSet(&'a UserId),
    /// A credential of the user was deleted.
    CredentialDeleted(&'a UserId),
    /// The user completed a sign-in ceremony.
    SignInCompleted(&'a UserId),
    /// The user's sign-in token was verified.
    SignInVerified(&'a UserId),
    /// The user was deleted.
    UserDeleted(&'a UserId),
    /// A backend made a sign-in token for the user.
    SignInTokenCreated(&'a UserId),
    /// A magic link was sent for the user.
    MagicLinkCreated(&'a UserId),
    /// The application was marked for deletion by this person.
    DeletionScheduled {
        /// Who asked for it.
        requested_by: &'a str,
    },
    /// The deletion of the application was called off.
    DeletionCancelled,
    /// The application was created.
    ApplicationCreated {
        /// The administrator's e-mail address.
        admin_email: &'a str,
    },
    /// The application was frozen.
    ApplicationFrozen,
    /// The application was unfrozen.
    ApplicationUnfrozen,
    /// Authenticator models were put on the allow list.
    AuthenticatorsAllowed,
    /// Authenticator models were put on the block list.
    AuthenticatorsBlocked,
    /// Authenticator models were taken off either list.
    AuthenticatorsDelisted,
    /// An authentication configuration was created.
    ConfigurationCreated {
        /// Its purpose.
        purpose: &'a Purpose,
        /// Who did it.
        performed_by: &'a str,
    },
    /// An authentication configuration was changed.
    ConfigurationUpdated {
        /// Its purpose.
        purpose: &'a Purpose,
        /// Who did it.
        performed_by: &'a str,
    },
    /// An authentication configuration was deleted.
    ConfigurationDeleted {
        /// Its purpose.
        purpose: &'a Purpose,
        /// Who did it.
        performed_by: &'a str,
    },
    /// An API key was created.
    ApiKeyCreated(&'a ApiKeyId),
    /// An API key was deleted.
    ApiKeyDeleted(&'a ApiKeyId),
    /// An API key was locked.
    ApiKeyLocked(&'a ApiKeyId),
    /// An API key was unlocked.
    ApiKeyUnlocked(&'a ApiKeyId),
    /// The API keys were listed.
    ApiKeysEnumerated,
    /// Generating sign-in tokens was switched.
    GenerateSignInTokenSwitched {
        /// Whether it is on now.
        on: bool,
        /// Who did it, if told.
        performed_by: Option<&'a str>,
    },
    /// Magic links were switched.
    MagicLinksSwitched {
        /// Whether they are on now.
        on: bool,
        /// Who did it, if told.
        performed_by: Option<&'a str>,
    },
    /// A registration ceremony was refused.
    RegistrationFailed {
        /// The user who should have got the credential, if that is known.
        user: Option<&'a UserId>,
        /// The stable code of the refusal.
        reason: &'a str,
    },
    /// A sign-in ceremony was refused.
    SignInFailed {
        /// The user whose credential was used, if that is known.
        user: Option<&'a UserId>,
        /// The stable code of the refusal.
        reason: &'a str,
    },
    /// A sign-in token was refused at verification.
    SignInTokenRefused {
        /// The user whom the token names, if it could be opened.
        user: Option<&'a UserId>,
        /// The stable code of the refusal.
        reason: &'a str,
    },
    /// A sign count did not advance, and the sign-in passed nevertheless.
    SignCountRegressed {
        /// Whose credential.
        user: &'a UserId,
        /// What was stored.
        stored: u32,
        /// What the authenticator reported.
        reported: u32,
    },
    /// A credential was renamed.
    CredentialRenamed {
        /// Whose credential.
        user: &'a UserId,
        /// Which.
        credential: &'a CredentialId,
    },
    /// A credential was suspended.
    CredentialSuspended {
        /// Whose credential.
        user: &'a UserId,
        /// Which.
        credential: &'a CredentialId,
    },
    /// A suspended credential may sign in again.
    CredentialResumed {
        /// Whose credential.
        user: &'a UserId,
        /// Which.
        credential: &'a CredentialId,
    },
    /// Features other than the ones with records of their own were changed.
    FeaturesChanged {
        /// Who did it, if told.
        performed_by: Option<&'a str>,
    },
    /// A warning of the application's deletion did not reach an administrator.
    DeletionWarningDelayed {
        /// The administrator's address.
        address: &'a str,
    },
    /// A delayed warning of the application's deletion reached its administrator.
    DeletionWarningDelivered {
        /// The administrator's address.
        address: &'a str,
    },
    /// The addresses of the application's administrators were changed.
    AdministratorsChanged {
        /// Who did it.
        performed_by: &'a str,
    },
    /// What the application publishes under `/.well-known/` was changed.
    WellKnownChanged {
        /// Who did it, if told.
        performed_by: Option<&'a str>,
    },
}

impl Occurrence<'_> {
    /// The kind of its record.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::RegistrationTokenCreated(_) => EventKind::ApiAuthUserRegistered,
            Self::RegistrationBegan(_) => EventKind::ApiAuthPasskeyRegistrationBegan,
            Self::RegistrationCompleted(_) => EventKind::ApiAuthPasskeyRegistrationCompleted,
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Invalid) => {
                EventKind::ApiAuthInvalidSecretKeyUsed
            }
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Invalid) => {
                EventKind::ApiAuthInvalidPublicKeyUsed
            }
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Locked) => {
                EventKind::ApiAuthDisabledSecretKeyUsed
            }
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Locked) => {
                EventKind::ApiAuthDisabledPublicKeyUsed
            }
            Self::AliasesSet(_) => EventKind::ApiUserSetAliases,
            Self::CredentialDeleted(_) => EventKind::ApiUserDeleteCredential,
            Self::SignInCompleted(_) => EventKind::ApiUserSignInCompleted,
            Self::SignInVerified(_) => EventKind::ApiUserSignInVerified,
            Self::UserDeleted(_) => EventKind::ApiUserDeleted,
            Self::SignInTokenCreated(_) => EventKind::ApiUserSigninTokenCreated,
            Self::MagicLinkCreated(_) => EventKind::ApiUserMagicLinkCreated,
            Self::DeletionScheduled { .. } => EventKind::ApiManagementAppMarkedForDeletion,
            Self::DeletionCancelled => EventKind::ApiManagementAppDeletionCancelled,
            Self::ApplicationCreated { .. } => EventKind::ApiManagementAppCreated,
            Self::ApplicationFrozen => EventKind::ApiManagementAppFrozen,
            Self::ApplicationUnfrozen => EventKind::ApiManagementAppUnfrozen,
            Self::AuthenticatorsAllowed => EventKind::ApiAuthenticatorsAllowlisted,
            Self::AuthenticatorsBlocked => EventKind::ApiAuthenticatorsBlacklisted,
            Self::AuthenticatorsDelisted => EventKind::ApiAuthenticatorsDelisted,
            Self::ConfigurationCreated { .. } => EventKind::ApiAuthenticationConfigurationCreated,
            Self::ConfigurationUpdated { .. } => EventKind::ApiAuthenticationConfigurationUpdated,
            Self::ConfigurationDeleted { .. } => EventKind::ApiAuthenticationConfigurationDeleted,
            Self::ApiKeyCreated(_) => EventKind::AdminApiKeyCreated,
            Self::ApiKeyDeleted(_) => EventKind::AdminApiKeyDeleted,
            Self::ApiKeyLocked(_) => EventKind::AdminApiKeyLocked,
            Self::ApiKeyUnlocked(_) => EventKind::AdminApiKeyUnlocked,
            Self::ApiKeysEnumerated => EventKind::AdminApiKeysEnumerated,
            Self::GenerateSignInTokenSwitched { on: true, .. } => {
                EventKind::AdminGenerateSignInTokenEndpointEnabled
            }
            Self::GenerateSignInTokenSwitched { on: false, .. } => {
                EventKind::AdminGenerateSignInTokenEndpointDisabled
            }
            Self::MagicLinksSwitched { on: true, .. } => EventKind::AdminMagicLinksEnabled,
            Self::MagicLinksSwitched { on: false, .. } => EventKind::AdminMagicLinksDisabled,
            Self::RegistrationFailed { .. } => EventKind::RegistrationFailed,
            Self::SignInFailed { .. } => EventKind::SignInFailed,
            Self::SignInTokenRefused { .. } => EventKind::SignInTokenRefused,
            Self::SignCountRegressed { .. } => EventKind::SignCountRegressed,
            Self::CredentialRenamed { .. } => EventKind::CredentialRenamed,
            Self::CredentialSuspended { .. } => EventKind::CredentialSuspended,
            Self::CredentialResumed { .. } => EventKind::CredentialResumed,
            Self::FeaturesChanged { .. } => EventKind::FeaturesChanged,
            Self::AdministratorsChanged { .. } => EventKind::AdministratorsChanged,
            Self::DeletionWarningDelayed { .. } => EventKind::DeletionWarningDelayed,
            Self::DeletionWarningDelivered { .. } => EventKind::DeletionWarningDelivered,
            Self::WellKnownChanged { .. } => EventKind::WellKnownChanged,
        }
    }

    /// The sentence shown to people.
    pub(super) fn message(&self, app: &AppId) -> String {
        match self {
            Self::RegistrationTokenCreated(user) => format!("Created registration token for {user}"),
            Self::RegistrationBegan(user) => format!("Beginning passkey registration for {user}"),
            Self::RegistrationCompleted(user) => format!("Completed passkey registration for user {user}"),
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Invalid) => {
                "A request using an invalid ApiSecret was attempted.".to_owned()
            }
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Invalid) => {
                "A request using an invalid PublicKey was attempted.".to_owned()
            }
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Locked) => "Disabled Api Key used.".to_owned(),
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Locked) => {
                "Disabled Public Key used.".to_owned()
            }
            Self::AliasesSet(user) => format!("Added set aliases for user ({user})."),
            Self::CredentialDeleted(user) => format!("Deleted credential for user {user}"),
            Self::SignInCompleted(user) => format!("User {user} completed sign in."),
            Self::SignInVerified(user) => format!("User {user} verified sign in token."),
            Self::UserDeleted(user) => format!("Deleted user {user}"),
            Self::SignInTokenCreated(user) | Self::MagicLinkCreated(user) => {
                format!("Created signin token for {user}")
            }
            Self::DeletionScheduled { .. } => "Application was marked for deletion.".to_owned(),
            Self::DeletionCancelled => "Application deletion was cancelled.".to_owned(),
            Self::ApplicationCreated { .. } => format!("{app} created."),
            Self::ApplicationFrozen => "Application frozen.".to_owned(),
            Self::ApplicationUnfrozen => "Application unfrozen.".to_owned(),
            Self::AuthenticatorsAllowed => "Authenticators added to allowlist.".to_owned(),
            Self::AuthenticatorsBlocked => "Authenticators added to blocklist.".to_owned(),
            Self::AuthenticatorsDelisted => "Authenticators removed from allowlist or blocklist.".to_owned(),
            Self::ConfigurationCreated { purpose, .. } => format!("{purpose} auth config created."),
            Self::ConfigurationUpdated { purpose, .. } => format!("{purpose} auth config updated."),
            Self::ConfigurationDeleted { purpose, .. } => format!("{purpose} auth config deleted."),
            Self::ApiKeyCreated(key) => format!("Created Api Key {key}"),
            Self::ApiKeyDeleted(key) => format!("Deleted Api Key {key}"),
            Self::ApiKeyLocked(key) => format!("Locked Api Key {key}"),
            Self::ApiKeyUnlocked(key) => format!("Unlocked Api Key {key}"),
            Self::ApiKeysEnumerated => "Api keys enumerated".to_owned(),
            Self::GenerateSignInTokenSwitched { on: true, .. } => {
                "/signin/generate-token was enabled.".to_owned()
            }
            Self::GenerateSignInTokenSwitched { on: false, .. } => {
                "/signin/generate-token endpoint was disabled.".to_owned()
            }
            Self::MagicLinksSwitched { on: true, .. } => "Magic Links feature was enabled.".to_owned(),
            Self::MagicLinksSwitched { on: false, .. } => "Magic Links feature was disabled.".to_owned(),
            Self::RegistrationFailed { reason, .. } => format!("Passkey registration refused: {reason}"),
            Self::SignInFailed { reason, .. } => format!("Sign in refused: {reason}"),
            Self::SignInTokenRefused { reason, .. } => format!("Sign in token refused: {reason}"),
            Self::SignCountRegressed {
                user,
                stored,
                reported,
            } => {
                format!("Sign count of a credential of user {user} went from {stored} to {reported}")
            }
            Self::CredentialRenamed { user, .. } => format!("Renamed credential of user {user}"),
            Self::CredentialSuspended { user, .. } => format!("Suspended credential of user {user}"),
            Self::CredentialResumed { user, .. } => format!("Resumed credential of user {user}"),
            Self::FeaturesChanged { .. } => "Features of the application were changed.".to_owned(),
            Self::AdministratorsChanged { .. } => {
                "Administrators of the application were changed.".to_owned()
            }
            Self::DeletionWarningDelayed { address } => {
                format!("Warning of the deletion did not reach {address}.")
            }
            Self::DeletionWarningDelivered { address } => {
                format!("Delayed warning of the deletion reached {address}.")
            }
            Self::WellKnownChanged { .. } => {
                "Well-known documents of the application were changed.".to_owned()
            }
        }
    }

    /// Who did it.
    pub(super) fn performed_by(&self) -> &str {
        match self {
            Self::RegistrationTokenCreated(user)
            | Self::RegistrationBegan(user)
            | Self::RegistrationCompleted(user)
            | Self::AliasesSet(user)
            | Self::SignInCompleted(user)
            | Self::SignInVerified(user)
            | Self::SignInTokenCreated(user)
            | Self::MagicLinkCreated(user)
            | Self::SignCountRegressed { user, .. } => user.as_str(),
            Self::RegistrationFailed { user, .. }
            | Self::SignInFailed { user, .. }
            | Self::SignInTokenRefused { user, .. } => user.map_or(UNKNOWN_USER, UserId::as_str),
            Self::DeletionScheduled { requested_by } => requested_by,
            Self::ApplicationCreated { admin_email } => admin_email,
            Self::ConfigurationCreated { performed_by, .. }
            | Self::ConfigurationUpdated { performed_by, .. }
            | Self::ConfigurationDeleted { performed_by, .. } => performed_by,
            Self::GenerateSignInTokenSwitched { performed_by, .. }
            | Self::MagicLinksSwitched { performed_by, .. }
            | Self::FeaturesChanged { performed_by }
            | Self::WellKnownChanged { performed_by } => performed_by.unwrap_or(UNKNOWN_USER),
            Self::AdministratorsChanged { performed_by } => performed_by,
            Self::CredentialDeleted(_)
            | Self::UserDeleted(_)
            | Self::DeletionCancelled
            | Self::ApplicationFrozen
            | Self::ApplicationUnfrozen
            | Self::CredentialRenamed { .. }
            | Self::CredentialSuspended { .. }
            | Self::CredentialResumed { .. }
            | Self::DeletionWarningDelayed { .. }
            | Self::DeletionWarningDelivered { .. } => SYSTEM,
            Self::KeyRefused(..)
            | Self::AuthenticatorsAllowed
            | Self::AuthenticatorsBlocked
            | Self::AuthenticatorsDelisted
            | Self::ApiKeyCreated(_)
            | Self::ApiKeyDeleted(_)
            | Self::ApiKeyLocked(_)
            | Self::ApiKeyUnlocked(_)
            | Self::ApiKeysEnumerated => UNKNOWN_USER,
        }
    }

    /// To whom or what: a user where the record is about one user, else the application.
    pub(super) fn subject<'s>(&'s self, app: &'s AppId) -> &'s str {
        match self {
            Self::AliasesSet(user)
            | Self::CredentialDeleted(user)
            | Self::UserDeleted(user)
            | Self::SignCountRegressed { user, .. }
            | Self::CredentialRenamed { user, .. }
            | Self::CredentialSuspended { user, .. }
            | Self::CredentialResumed { user, .. } => user.as_str(),
            Self::RegistrationFailed { user, .. }
            | Self::SignInFailed { user, .. }
            | Self::SignInTokenRefused { user, .. } => user.map_or(app.as_str(), UserId::as_str),
            Self::RegistrationTokenCreated(_)
            | Self::RegistrationBegan(_)
            | Self::RegistrationCompleted(_)
            | Self::KeyRefused(..)
            | Self::SignInCompleted(_)
            | Self::SignInVerified(_)
            | Self::SignInTokenCreated(_)
            | Self::MagicLinkCreated(_)
            | Self::DeletionScheduled { .. }
            | Self::DeletionCancelled
            | Self::ApplicationCreated { .. }
            | Self::ApplicationFrozen
            | Self::ApplicationUnfrozen
            | Self::AuthenticatorsAllowed
            | Self::AuthenticatorsBlocked
            | Self::AuthenticatorsDelisted
            | Self::ConfigurationCreated { .. }
            | Self::ConfigurationUpdated { .. }
            | Self::ConfigurationDeleted { .. }
            | Self::ApiKeyCreated(_)
            | Self::ApiKeyDeleted(_)
            | Self::ApiKeyLocked(_)
            | Self::ApiKeyUnlocked(_)
            | Self::ApiKeysEnumerated
            | Self::GenerateSignInTokenSwitched { .. }
            | Self::MagicLinksSwitched { .. }
            | Self::FeaturesChanged { .. }
            | Self::AdministratorsChanged { .. }
            | Self::DeletionWarningDelayed { .. }
            | Self::DeletionWarningDelivered { .. }
            | Self::WellKnownChanged { .. } => app.as_str(),
        }
    }

    /// The stable code of a refusal.
    pub const fn reason(&self) -> Option<&str> {
        match self {
            Self::RegistrationFailed { reason, .. }
            | Self::SignInFailed { reason, .. }
            | Self::SignInTokenRefused { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Whether the record names the key that was used: changes of configurations and of the two switches do not.
    pub(super) const fn names_its_key(&self) -> bool {
        !matches!(
            self,
            Self::ConfigurationCreated { .. }
                | Self::ConfigurationUpdated { .. }
                | Self::ConfigurationDeleted { .. }
                | Self::GenerateSignInTokenSwitched { .. }
                | Self::MagicLinksSwitched { .. }
        )
    }
}
