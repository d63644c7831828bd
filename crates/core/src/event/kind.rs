//! The kinds of events, their numbers, names and severities.

/// How much an event matters. The numbers are those of the API's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Someone should look (1).
    Alert,
    /// Unusual (2).
    Warning,
    /// Everyday (3).
    Informational,
    /// Something failed (5).
    Error,
}

impl Severity {
    /// Every severity.
    pub const ALL: [Self; 4] = [Self::Alert, Self::Warning, Self::Informational, Self::Error];

    /// Its number in storage.
    pub const fn number(self) -> i32 {
        match self {
            Self::Alert => 1,
            Self::Warning => 2,
            Self::Informational => 3,
            Self::Error => 5,
        }
    }

    /// Reads [`Severity::number`] back.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.number() == number)
    }

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "Alert",
            Self::Warning => "Warning",
            Self::Informational => "Informational",
            Self::Error => "Error",
        }
    }

    /// Reads [`Severity::as_str`] back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }
}

/// Declares the kinds once: name, number, severity. The name on the wire is the variant's.
macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $severity:ident;)+) => {
        /// What happened. Numbers below 9000 and their names are those of the API; from 9000 on they are our own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $name,)+
        }

        impl EventKind {
            /// Every kind, by number.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its number in storage.
            pub const fn number(self) -> i32 {
                match self {
                    $(Self::$name => $number,)+
                }
            }

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The severity of every event of this kind.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)+
                }
            }
        }
    };
}

event_kinds! {
    /// Something that this version does not know.
    Unknown = 0, Informational;
    /// A registration token was made.
    ApiAuthUserRegistered = 1000, Informational;
    /// A registration ceremony began.
    ApiAuthPasskeyRegistrationBegan = 1001, Informational;
    /// A registration ceremony ended with a new credential.
    ApiAuthPasskeyRegistrationCompleted = 1002, Informational;
    /// A wrong secret key was presented.
    ApiAuthInvalidSecretKeyUsed = 1003, Alert;
    /// A wrong public key was presented.
    ApiAuthInvalidPublicKeyUsed = 1004, Alert;
    /// A locked secret key was presented.
    ApiAuthDisabledSecretKeyUsed = 1005, Alert;
    /// A locked public key was presented.
    ApiAuthDisabledPublicKeyUsed = 1006, Alert;
    /// A user's aliases were replaced.
    ApiUserSetAliases = 1100, Informational;
    /// A credential was deleted.
    ApiUserDeleteCredential = 1101, Informational;
    /// A sign-in ceremony began; defined by the API and not recorded.
    ApiUserSignInBegan = 1102, Informational;
    /// A sign-in ceremony was completed.
    ApiUserSignInCompleted = 1103, Informational;
    /// A sign-in token was verified.
    ApiUserSignInVerified = 1104, Informational;
    /// A user was deleted.
    ApiUserDeleted = 1105, Informational;
    /// A backend made a sign-in token.
    ApiUserSigninTokenCreated = 1106, Informational;
    /// A magic link was sent.
    ApiUserMagicLinkCreated = 1107, Informational;
    /// The application was marked for deletion.
    ApiManagementAppMarkedForDeletion = 1200, Informational;
    /// The deletion was called off.
    ApiManagementAppDeletionCancelled = 1201, Informational;
    /// The application was created.
    ApiManagementAppCreated = 1202, Informational;
    /// The application was frozen.
    ApiManagementAppFrozen = 1203, Alert;
    /// The application was unfrozen.
    ApiManagementAppUnfrozen = 1204, Alert;
    /// Authenticator models were put on the allow list.
    ApiAuthenticatorsAllowlisted = 1300, Informational;
    /// Authenticator models were put on the block list.
    ApiAuthenticatorsBlacklisted = 1301, Informational;
    /// Authenticator models were taken off either list.
    ApiAuthenticatorsDelisted = 1302, Informational;
    /// An authentication configuration was created.
    ApiAuthenticationConfigurationCreated = 1400, Informational;
    /// An authentication configuration was changed.
    ApiAuthenticationConfigurationUpdated = 1401, Informational;
    /// An authentication configuration was deleted.
    ApiAuthenticationConfigurationDeleted = 1402, Informational;
    /// An API key was created.
    AdminApiKeyCreated = 7008, Informational;
    /// An API key was deleted.
    AdminApiKeyDeleted = 7009, Informational;
    /// An API key was locked.
    AdminApiKeyLocked = 7010, Informational;
    /// An API key was unlocked.
    AdminApiKeyUnlocked = 7011, Informational;
    /// The API keys were listed.
    AdminApiKeysEnumerated = 7012, Informational;
    /// Generating sign-in tokens was switched on.
    AdminGenerateSignInTokenEndpointEnabled = 7013, Alert;
    /// Generating sign-in tokens was switched off.
    AdminGenerateSignInTokenEndpointDisabled = 7014, Alert;
    /// Magic links were switched on.
    AdminMagicLinksEnabled = 7015, Alert;
    /// Magic links were switched off.
    AdminMagicLinksDisabled = 7016, Alert;
    /// A registration ceremony was refused; the event carries the reason.
    RegistrationFailed = 9000, Warning;
    /// A sign-in ceremony was refused; the event carries the reason.
    SignInFailed = 9001, Warning;
    /// A sign-in token was refused at verification; the event carries the reason.
    SignInTokenRefused = 9002, Warning;
    /// A sign count did not advance, and the application's setting let the sign-in pass.
    SignCountRegressed = 9003, Warning;
    /// A passkey that was bound to its device says that it may be backed up, and the application's setting let it pass.
    BackupEligibilityLearned = 9004, Warning;
    /// A credential was renamed.
    CredentialRenamed = 9100, Informational;
    /// A credential was suspended.
    CredentialSuspended = 9101, Informational;
    /// A suspended credential may sign in again.
    CredentialResumed = 9102, Informational;
    /// The application's features were changed.
    FeaturesChanged = 9200, Informational;
    /// The addresses of the application's administrators were changed.
    AdministratorsChanged = 9201, Alert;
    /// A warning of the application's deletion reached one of its administrators not at once, or not at all.
    DeletionWarningDelayed = 9202, Alert;
    /// A delayed warning of the application's deletion reached its administrator.
    DeletionWarningDelivered = 9203, Informational;
    /// What the application publishes under `/.well-known/` was changed.
    WellKnownChanged = 9210, Informational;
}

impl EventKind {
    /// Reads [`EventKind::number`] back. A record written by a newer version keeps its place as
    /// [`EventKind::Unknown`] if the caller chooses so.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL
            .binary_search_by_key(&number, |kind| kind.number())
            .ok()
            .and_then(|index| Self::ALL.get(index).copied())
    }

    /// Reads [`EventKind::as_str`] back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
