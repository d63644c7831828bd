//! Occurrences: what can happen in an application and is worth a record, and what each record says.

use std::borrow::Cow;

use passgate_webauthn::CredentialId;

use super::{EventKind, SYSTEM, UNKNOWN_USER};
use crate::{
    api_key::{ApiKeyId, ApiKeyKind, KeyRefusal},
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
        /// The purpose that the configuration is for.
        purpose: &'a Purpose,
        /// The person whom the caller names, as text; `performedBy` of the event.
        performed_by: &'a str,
    },
    /// An authentication configuration was changed.
    ConfigurationUpdated {
        /// The purpose that the configuration is for.
        purpose: &'a Purpose,
        /// The person whom the caller names, as text; `performedBy` of the event.
        performed_by: &'a str,
    },
    /// An authentication configuration was deleted.
    ConfigurationDeleted {
        /// The purpose that the configuration is for.
        purpose: &'a Purpose,
        /// The person whom the caller names, as text; `performedBy` of the event.
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
        /// The person whom the caller names; recorded as [`UNKNOWN_USER`] if none is.
        performed_by: Option<&'a str>,
    },
    /// Magic links were switched.
    MagicLinksSwitched {
        /// Whether they are on now.
        on: bool,
        /// The person whom the caller names; recorded as [`UNKNOWN_USER`] if none is.
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
        /// The owner of the credential.
        user: &'a UserId,
        /// The sign count of the last verified sign-in.
        stored: u32,
        /// The sign count of this one, as the authenticator signed it.
        reported: u32,
    },
    /// A credential that was bound to its device said that it may be backed up, and the sign-in passed nevertheless.
    BackupEligibilityLearned(
        /// The owner of the credential.
        &'a UserId,
    ),
    /// A credential was renamed.
    CredentialRenamed {
        /// The owner of the credential.
        user: &'a UserId,
        /// Its credential id.
        credential: &'a CredentialId,
    },
    /// A credential was suspended.
    CredentialSuspended {
        /// The owner of the credential.
        user: &'a UserId,
        /// Its credential id.
        credential: &'a CredentialId,
    },
    /// A suspended credential may sign in again.
    CredentialResumed {
        /// The owner of the credential.
        user: &'a UserId,
        /// Its credential id.
        credential: &'a CredentialId,
    },
    /// Features other than the ones with records of their own were changed.
    FeaturesChanged {
        /// The person whom the caller names; recorded as [`UNKNOWN_USER`] if none is.
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
        /// The person whom the caller names, as text; `performedBy` of the event.
        performed_by: &'a str,
    },
    /// What the application publishes under `/.well-known/` was changed.
    WellKnownChanged {
        /// The person whom the caller names; recorded as [`UNKNOWN_USER`] if none is.
        performed_by: Option<&'a str>,
    },
}

impl Occurrence<'_> {
    /// What is recorded of it in the application `app`: one arm each, with everything that `docs/events.md` says.
    pub(super) fn entry(&self, app: &str) -> Entry<'_> {
        match self {
            Self::RegistrationTokenCreated(user) => Entry::of(
                EventKind::ApiAuthUserRegistered,
                format!("Created registration token for {user}"),
            )
            .by(user.as_str()),
            Self::RegistrationBegan(user) => Entry::of(
                EventKind::ApiAuthPasskeyRegistrationBegan,
                format!("Beginning passkey registration for {user}"),
            )
            .by(user.as_str()),
            Self::RegistrationCompleted(user) => Entry::of(
                EventKind::ApiAuthPasskeyRegistrationCompleted,
                format!("Completed passkey registration for user {user}"),
            )
            .by(user.as_str()),
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Invalid) => Entry::of(
                EventKind::ApiAuthInvalidSecretKeyUsed,
                "A request using an invalid ApiSecret was attempted.",
            ),
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Invalid) => Entry::of(
                EventKind::ApiAuthInvalidPublicKeyUsed,
                "A request using an invalid PublicKey was attempted.",
            ),
            Self::KeyRefused(ApiKeyKind::Secret, KeyRefusal::Locked) => {
                Entry::of(EventKind::ApiAuthDisabledSecretKeyUsed, "Disabled Api Key used.")
            }
            Self::KeyRefused(ApiKeyKind::Public, KeyRefusal::Locked) => Entry::of(
                EventKind::ApiAuthDisabledPublicKeyUsed,
                "Disabled Public Key used.",
            ),
            Self::AliasesSet(user) => Entry::of(
                EventKind::ApiUserSetAliases,
                format!("Added set aliases for user ({user})."),
            )
            .by(user.as_str())
            .about(user.as_str()),
            Self::CredentialDeleted(user) => Entry::of(
                EventKind::ApiUserDeleteCredential,
                format!("Deleted credential for user {user}"),
            )
            .by(SYSTEM)
            .about(user.as_str()),
            Self::SignInCompleted(user) => Entry::of(
                EventKind::ApiUserSignInCompleted,
                format!("User {user} completed sign in."),
            )
            .by(user.as_str()),
            Self::SignInVerified(user) => Entry::of(
                EventKind::ApiUserSignInVerified,
                format!("User {user} verified sign in token."),
            )
            .by(user.as_str()),
            Self::UserDeleted(user) => Entry::of(EventKind::ApiUserDeleted, format!("Deleted user {user}"))
                .by(SYSTEM)
                .about(user.as_str()),
            Self::SignInTokenCreated(user) => Entry::of(
                EventKind::ApiUserSigninTokenCreated,
                format!("Created signin token for {user}"),
            )
            .by(user.as_str()),
            Self::MagicLinkCreated(user) => Entry::of(
                EventKind::ApiUserMagicLinkCreated,
                format!("Created signin token for {user}"),
            )
            .by(user.as_str()),
            Self::DeletionScheduled { requested_by } => Entry::of(
                EventKind::ApiManagementAppMarkedForDeletion,
                "Application was marked for deletion.",
            )
            .by(requested_by),
            Self::DeletionCancelled => Entry::of(
                EventKind::ApiManagementAppDeletionCancelled,
                "Application deletion was cancelled.",
            )
            .by(SYSTEM),
            Self::ApplicationCreated { admin_email } => {
                Entry::of(EventKind::ApiManagementAppCreated, format!("{app} created.")).by(admin_email)
            }
            Self::ApplicationFrozen => {
                Entry::of(EventKind::ApiManagementAppFrozen, "Application frozen.").by(SYSTEM)
            }
            Self::ApplicationUnfrozen => {
                Entry::of(EventKind::ApiManagementAppUnfrozen, "Application unfrozen.").by(SYSTEM)
            }
            Self::AuthenticatorsAllowed => Entry::of(
                EventKind::ApiAuthenticatorsAllowlisted,
                "Authenticators added to allowlist.",
            ),
            Self::AuthenticatorsBlocked => Entry::of(
                EventKind::ApiAuthenticatorsBlacklisted,
                "Authenticators added to blocklist.",
            ),
            Self::AuthenticatorsDelisted => Entry::of(
                EventKind::ApiAuthenticatorsDelisted,
                "Authenticators removed from allowlist or blocklist.",
            ),
            Self::ConfigurationCreated {
                purpose,
                performed_by,
            } => Entry::of(
                EventKind::ApiAuthenticationConfigurationCreated,
                format!("{purpose} auth config created."),
            )
            .by(performed_by)
            .without_key(),
            Self::ConfigurationUpdated {
                purpose,
                performed_by,
            } => Entry::of(
                EventKind::ApiAuthenticationConfigurationUpdated,
                format!("{purpose} auth config updated."),
            )
            .by(performed_by)
            .without_key(),
            Self::ConfigurationDeleted {
                purpose,
                performed_by,
            } => Entry::of(
                EventKind::ApiAuthenticationConfigurationDeleted,
                format!("{purpose} auth config deleted."),
            )
            .by(performed_by)
            .without_key(),
            Self::ApiKeyCreated(key) => {
                Entry::of(EventKind::AdminApiKeyCreated, format!("Created Api Key {key}"))
            }
            Self::ApiKeyDeleted(key) => {
                Entry::of(EventKind::AdminApiKeyDeleted, format!("Deleted Api Key {key}"))
            }
            Self::ApiKeyLocked(key) => {
                Entry::of(EventKind::AdminApiKeyLocked, format!("Locked Api Key {key}"))
            }
            Self::ApiKeyUnlocked(key) => {
                Entry::of(EventKind::AdminApiKeyUnlocked, format!("Unlocked Api Key {key}"))
            }
            Self::ApiKeysEnumerated => Entry::of(EventKind::AdminApiKeysEnumerated, "Api keys enumerated"),
            Self::GenerateSignInTokenSwitched {
                on: true,
                performed_by,
            } => Entry::of(
                EventKind::AdminGenerateSignInTokenEndpointEnabled,
                "/signin/generate-token was enabled.",
            )
            .by_known(*performed_by)
            .without_key(),
            Self::GenerateSignInTokenSwitched {
                on: false,
                performed_by,
            } => Entry::of(
                EventKind::AdminGenerateSignInTokenEndpointDisabled,
                "/signin/generate-token endpoint was disabled.",
            )
            .by_known(*performed_by)
            .without_key(),
            Self::MagicLinksSwitched {
                on: true,
                performed_by,
            } => Entry::of(
                EventKind::AdminMagicLinksEnabled,
                "Magic Links feature was enabled.",
            )
            .by_known(*performed_by)
            .without_key(),
            Self::MagicLinksSwitched {
                on: false,
                performed_by,
            } => Entry::of(
                EventKind::AdminMagicLinksDisabled,
                "Magic Links feature was disabled.",
            )
            .by_known(*performed_by)
            .without_key(),
            Self::RegistrationFailed { user, reason } => Entry::of(
                EventKind::RegistrationFailed,
                format!("Passkey registration refused: {reason}"),
            )
            .of_known(*user)
            .because(reason),
            Self::SignInFailed { user, reason } => {
                Entry::of(EventKind::SignInFailed, format!("Sign in refused: {reason}"))
                    .of_known(*user)
                    .because(reason)
            }
            Self::SignInTokenRefused { user, reason } => Entry::of(
                EventKind::SignInTokenRefused,
                format!("Sign in token refused: {reason}"),
            )
            .of_known(*user)
            .because(reason),
            Self::SignCountRegressed {
                user,
                stored,
                reported,
            } => Entry::of(
                EventKind::SignCountRegressed,
                format!("Sign count of a credential of user {user} went from {stored} to {reported}"),
            )
            .by(user.as_str())
            .about(user.as_str()),
            Self::BackupEligibilityLearned(user) => Entry::of(
                EventKind::BackupEligibilityLearned,
                format!("A credential of user {user} may be backed up since its last sign-in"),
            )
            .by(user.as_str())
            .about(user.as_str()),
            Self::CredentialRenamed { user, .. } => Entry::of(
                EventKind::CredentialRenamed,
                format!("Renamed credential of user {user}"),
            )
            .by(SYSTEM)
            .about(user.as_str()),
            Self::CredentialSuspended { user, .. } => Entry::of(
                EventKind::CredentialSuspended,
                format!("Suspended credential of user {user}"),
            )
            .by(SYSTEM)
            .about(user.as_str()),
            Self::CredentialResumed { user, .. } => Entry::of(
                EventKind::CredentialResumed,
                format!("Resumed credential of user {user}"),
            )
            .by(SYSTEM)
            .about(user.as_str()),
            Self::FeaturesChanged { performed_by } => Entry::of(
                EventKind::FeaturesChanged,
                "Features of the application were changed.",
            )
            .by_known(*performed_by),
            Self::AdministratorsChanged { performed_by } => Entry::of(
                EventKind::AdministratorsChanged,
                "Administrators of the application were changed.",
            )
            .by(performed_by),
            Self::DeletionWarningDelayed { address } => Entry::of(
                EventKind::DeletionWarningDelayed,
                format!("Warning of the deletion did not reach {address}."),
            )
            .by(SYSTEM),
            Self::DeletionWarningDelivered { address } => Entry::of(
                EventKind::DeletionWarningDelivered,
                format!("Delayed warning of the deletion reached {address}."),
            )
            .by(SYSTEM),
            Self::WellKnownChanged { performed_by } => Entry::of(
                EventKind::WellKnownChanged,
                "Well-known documents of the application were changed.",
            )
            .by_known(*performed_by),
        }
    }

    /// The kind of its record, which is the same in every application.
    pub fn kind(&self) -> EventKind {
        self.entry("").kind
    }

    /// The stable code of a refusal.
    pub fn reason(&self) -> Option<&str> {
        self.entry("").reason
    }
}

/// What the record of an occurrence says, beside when and where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) kind: EventKind,
    /// The sentence shown to people.
    pub(super) message: Cow<'static, str>,
    /// Who did it; [`UNKNOWN_USER`] unless told.
    pub(super) performed_by: &'a str,
    /// The user whom the record is about; none if that is the application.
    pub(super) user: Option<&'a str>,
    /// The stable code of a refusal.
    pub(super) reason: Option<&'a str>,
    /// Whether the record names the API key that was used.
    pub(super) names_its_key: bool,
}

impl<'a> Entry<'a> {
    fn of(kind: EventKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            performed_by: UNKNOWN_USER,
            user: None,
            reason: None,
            names_its_key: true,
        }
    }

    fn by(self, performed_by: &'a str) -> Self {
        Self { performed_by, ..self }
    }

    fn by_known(self, performed_by: Option<&'a str>) -> Self {
        self.by(performed_by.unwrap_or(UNKNOWN_USER))
    }

    fn about(self, user: &'a str) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// Done by and to this user, where the user is known.
    fn of_known(self, user: Option<&'a UserId>) -> Self {
        match user {
            Some(user) => self.by(user.as_str()).about(user.as_str()),
            None => self,
        }
    }

    fn because(self, reason: &'a str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// As the API's own records of configurations and of the two switches do it.
    fn without_key(self) -> Self {
        Self {
            names_its_key: false,
            ..self
        }
    }
}
